"""exists, count, every, sum_of ... over the rows a rule searches; knows rows as values only."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from imt_ecrf.study.rules.arithmetic import bounded
from imt_ecrf.study.rules.plain_functions import largest, smallest
from imt_ecrf.study.values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imt_ecrf.study.rules.run import Frame, Run

    Condition: TypeAlias = Callable[[Run], Any] | None
    Act: TypeAlias = Callable[[Run, Sequence[Frame], Condition, Condition], Any]


def _chosen(run: Run, frames: Sequence[Frame], where: Condition) -> Iterator[Frame]:
    """Turn to each row whose condition is true."""
    for frame in frames:
        run.agg, run.searched = frame, frame.record
        if where is None or where(run) is True:
            yield frame


def _values(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> list[Any] | None:
    """List the values of the chosen rows; None when one of them has none."""
    found = []
    for _ in _chosen(run, frames, where):
        one = value(run) if value else None
        if one is None:
            return None
        found.append(one)
    return found


def _exists(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> bool:
    del value
    return any(True for _ in _chosen(run, frames, where))


def _count(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> int:
    del value
    return sum(1 for _ in _chosen(run, frames, where))


def _every(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> bool | None:
    del value
    found: bool | None = True
    for _ in _chosen(run, frames, None):
        one = where(run) if where else True
        if one is False:
            return False
        if one is None:
            found = None
    return found


def _sum(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    values = _values(run, frames, where, value)
    return None if values is None else bounded(plain(sum(values)))


def _mean(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    values = _values(run, frames, where, value)
    return bounded(Fraction(sum(values)) / len(values)) if values else None


def _smallest(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    values = _values(run, frames, where, value)
    return smallest(*values) if values else None


def _largest(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    values = _values(run, frames, where, value)
    return largest(*values) if values else None


def _first(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    return next((value(run) for _ in _chosen(run, frames, where) if value), None)


def _last(run: Run, frames: Sequence[Frame], where: Condition, value: Condition) -> Any:
    return _first(run, tuple(reversed(frames)), where, value)


AGGREGATE_ACTS: Final[dict[str, Act]] = {
    "exists": _exists,
    "count": _count,
    "every": _every,
    "sum_of": _sum,
    "mean_of": _mean,
    "min_of": _smallest,
    "max_of": _largest,
    "first_of": _first,
    "last_of": _last,
}
"""Name to the act over (run, rows, condition, value)."""
