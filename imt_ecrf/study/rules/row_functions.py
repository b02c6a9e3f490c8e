"""The R functions that compare rows of one form: row, dup_row, overlaps_other_row, gap_before_row ..."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.rules.dictionary import FormType, GroupType
from imt_ecrf.study.rules.run import FILLED, Frame, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imt_ecrf.study.values import Date

OTHER: Final = "OTHER"
"""Not one place or thing: never counted as the same."""
_ENDLESS: Final = 10**9


def _rows(run: Run, name: str) -> Sequence[Frame]:
    rows = run.dictionary.rows_of(name)
    return run.search(rows) if rows else ()


def _key(rows: FormType | GroupType, frame: Frame) -> Any:
    """Give what names a row: the line number of a record, or the value of the first column."""
    if isinstance(rows, GroupType):
        return frame[rows.key]
    record = frame.record
    return (record.line or record.repeat) if record else None


def _found(run: Run, name: str, key: Any) -> Frame | None:
    rows = run.dictionary.rows_of(name)
    if rows is None:
        return None
    return next((frame for frame in run.search(rows) if _key(rows, frame) == key), None)


def row(run: Run, name: str, key: Any, column: str) -> Any:
    """Give a column of the record with this line number, or of the row with this key."""
    frame = _found(run, name, key)
    return frame[column] if frame is not None else None


def row_exists(run: Run, name: str, key: Any) -> bool:
    """Tell whether there is such a row."""
    return _found(run, name, key) is not None


def line(run: Run, form: str) -> int | None:
    """Give the number of this record."""
    record = run.record
    return (record.line or record.repeat) if record is not None and record.form == form else None


def entered(frame: Frame, item: str) -> tuple[Any, ...] | None:
    """Give what was entered, as entered, with its unit; None unless the item is filled."""
    record = frame.record
    if record is None or frame.run.state(frame, item) != FILLED:
        return None
    cell = record.cell(frame.row.path(item) if frame.row else item)
    value = cell.get("v", frame[item])
    return (tuple(value) if isinstance(value, list) else value, cell.get("u"))


def max_same(run: Run, column: str) -> int:
    """Count the rows of the most frequent entry; blank and OTHER left out."""
    group = run.dictionary.items[column].group or ""
    found = Counter(
        entered(frame, column) for frame in _rows(run, group) if frame[column] not in {None, OTHER}
    )
    return max(found.values(), default=0)


def _here(run: Run, rows: Sequence[Frame]) -> Frame | None:
    """Find the row the rule runs on."""
    here = run.rows_frame if run.row else run.form
    return next((frame for frame in rows if frame is here), None)


def dup_row(run: Run, name: str, *items: str) -> bool | None:
    """Tell whether an earlier row was entered alike in all items; a blank here: unknown."""
    rows = _rows(run, name)
    here = _here(run, rows)
    if here is None:
        return None
    wanted = [entered(here, item) for item in items]
    if None in wanted:
        return None
    earlier = rows[: _place(rows, here)]
    return any([entered(frame, item) for item in items] == wanted for frame in earlier)


def _place(rows: Sequence[Frame], here: Frame) -> int:
    return next(place for place, frame in enumerate(rows) if frame is here)


def overlaps_other_row(run: Run, name: str, start: str, end: str) -> bool | None:
    """Tell whether an earlier row certainly shares more than a boundary day with this one."""
    rows = _rows(run, name)
    here = _here(run, rows)
    if here is None or here[start] is None:
        return None
    lo, hi = here[start].hi, _certain_end(here, end)
    earlier = [frame for frame in rows[: _place(rows, here)] if frame[start] is not None]
    return any(frame[start].hi < hi and lo < _certain_end(frame, end) for frame in earlier)


def _certain_end(frame: Frame, end: str) -> int:
    """Give the first day the row may end on; without end it runs on."""
    found: Date | None = frame[end]
    return _ENDLESS if found is None else found.lo


def gap_before_row(run: Run, name: str, start: str, end: str) -> int | None:
    """Count the days between the latest end of rows that start earlier and this start."""
    rows = _rows(run, name)
    here = _here(run, rows)
    begins: Date | None = here[start] if here is not None else None
    if begins is None or not begins.full:
        return None
    earlier = [frame for frame in rows if frame[start] is not None and frame[start].lo < begins.lo]
    ends = [frame[end] for frame in earlier]
    unsure = any(frame[start].hi >= begins.lo for frame in earlier) or None in ends
    if not ends or unsure or not all(day.full for day in ends):
        return None
    latest: int = max(day.lo for day in ends)
    return begins.lo - latest - 1


ROW_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "row": row,
    "row_exists": row_exists,
    "line": line,
    "max_same": max_same,
    "dup_row": dup_row,
    "overlaps_other_row": overlaps_other_row,
    "gap_before_row": gap_before_row,
}
"""Name to the function of (run, *values); those that look at other events stand in references.py."""
