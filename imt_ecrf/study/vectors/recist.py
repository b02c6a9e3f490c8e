"""Vectors of tumour response: figures by the version's expressions, responses over the course by clinical."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.clinical import recist_course
from imt_ecrf.clinical.recist import NewLesion, NonTargetLesion, TargetLesion, TimePoint, recist_target, total
from imt_ecrf.clinical.recist_course import History
from imt_ecrf.study.vectors.bench import expected, number, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from imt_ecrf.clinical.recist_course import Assessed
    from imt_ecrf.study.vectors.bench import Bench

FIRST_DOSE: Final = date(2026, 1, 5)
BASELINE: Final = FIRST_DOSE - timedelta(days=7)
_EIGHT_WEEKS: Final = 56
_COLUMNS: Final = {"strict": "off", "keep_pr_until_pd": "any", "keep_confirmed": "confirmed"}
_FIGURES: Final = {"sum": "", "pct_base": "M_PCBSD", "pct_nadir": "M_PCNSD", "abs_nadir": "M_ACNSD"}


def target(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give the response of the target lesions at one time point."""
    del bench
    inputs = vector["inputs"]
    values = [number(value) for value in inputs["values"]]
    came = recist_target(inputs["node"], values, number(inputs["baseline"]), number(inputs["nadir"]))
    yield "value", expected(vector)["value"], came


def series(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Read a series, first the baseline, with each way to keep a partial response."""
    points = [
        _point(place, _day(1 + _EIGHT_WEEKS * place), _measured(one["values"]))
        for place, one in enumerate(vector["inputs"])
    ]
    course = History(points[0], tuple(points[1:]), FIRST_DOSE)
    for column, setting in _COLUMNS.items():
        settings = replace(bench.recist, keep_pr_until_pd=setting)  # type: ignore[arg-type]
        done = recist_course.assess(course, settings)
        for row, one in zip(vector["result"], done, strict=True):
            if column in row:
                yield f"{row['tp']} {column}", row[column], one.target
    for row, one in zip(vector["result"], recist_course.assess(course, bench.recist), strict=True):
        yield from _figures(row["tp"], row, one, bench)


def best(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give the best overall response of a course of the investigator's readings."""
    lesion = _measured([50])
    points = [
        replace(_point(place, _day(one["day"]), lesion), overall=one["resp"])
        for place, one in enumerate(vector["inputs"]["responses"], 1)
    ]
    course = History(_point(0, BASELINE, lesion), tuple(points), FIRST_DOSE)
    yield "value", expected(vector)["value"], recist_course.recist_best(course, bench.recist)


def history(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Follow a whole course: every visit, best response with and without confirmation, dates."""
    course, settings = _course(vector), bench.recist
    given = vector["baseline"]
    if "sum" in given:
        yield "baseline sum", number(given["sum"]), _sum(course.baseline.targets, bench)
    for visit, one in zip(vector["visits"], recist_course.assess(course, settings), strict=True):
        yield from _visit(visit, one, bench)
    came = {
        "confirmed": recist_course.recist_best(course, settings),
        "unconfirmed": recist_course.recist_best(course, settings, confirmed=False),
        "first_response_day": _number_of(recist_course.recist_first_response(course, settings)),
        "pd_day": _number_of(recist_course.recist_progression(course, settings)),
    }
    for key, wanted in vector["bor"].items():
        yield key, wanted, came[key]
    if "alternative" in vector:
        other = replace(settings, **vector["alternative"]["settings"])
        wanted = vector["alternative"]["bor_confirmed"]
        yield "alternative", wanted, recist_course.recist_best(course, other)


def _visit(visit: Mapping[str, Any], one: Assessed, bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    wanted, name = expected(visit), f"day {visit['day']}"
    yield from _figures(name, wanted, one, bench)
    overall = bench.value(
        "M_OVRLRESP",
        {"RSTRG": one.target, "RSNTRG": one.non_target, "RSNEW": "Y" if one.new else "N"},
    )
    came = {"TRGRESP": one.target, "NTRGRESP": one.non_target, "OVRLRESP": overall}
    for key, value in came.items():
        if key in wanted:
            yield f"{name} {key}", wanted[key], value
    yield f"{name} response table", one.derived, overall


def _figures(
    name: str, wanted: Mapping[str, Any], one: Assessed, bench: Bench
) -> Iterator[tuple[str, Any, Any]]:
    """Compare sum and changes, worked out by the version's rules from the unrounded sums."""
    figures = one.figures
    sums = {"TLSUM": figures.total, "TLBASE": figures.baseline, "TLNADIR": figures.nadir}
    known = {key: value for key, value in sums.items() if value is not None}
    for key, method in _FIGURES.items():
        if key in wanted:
            value: Any = bench.value(method, known) if method else figures.total
            yield f"{name} {key}", number(wanted[key]), rounded(value, 1) if "pct" in key else value


def _sum(lesions: Iterable[TargetLesion], bench: Bench) -> Fraction | None:
    """Add what the version counts of each lesion (M_TLVALUE)."""
    values: list[Any] = []
    for lesion in lesions:
        given = {"TLSTATE": lesion.state, "TLDIAM": lesion.diameter}
        values.append(bench.value("M_TLVALUE", {key: v for key, v in given.items() if v is not None}))
    return total(values)


def _course(vector: Mapping[str, Any]) -> History:
    given = vector["baseline"]
    targets = [_lesion(one["id"], one["mm"], node=one["node"] == "Y") for one in given["targets"]]
    others = tuple(
        NonTargetLesion(f"NT{place:02}", "PRESENT") for place in range(given["non_target_lesions"])
    )
    first = replace(_point(0, BASELINE, targets), non_targets=others)
    visits = (_assessment(place, visit) for place, visit in enumerate(vector["visits"], 1))
    return History(first, tuple(visits), FIRST_DOSE)


def _assessment(place: int, visit: Mapping[str, Any]) -> TimePoint:
    scan = _day(visit["day"])
    new: tuple[NewLesion, ...] = ()
    if visit.get("new") == "Y":
        new = (NewLesion("N01", "UNEQUIVOCAL", scan),)
    elif visit.get("equivocal_confirmed_later"):
        new = (NewLesion("N01", "EQUIVOCAL", scan),)
    targets = [_lesion(name, reading) for name, reading in visit.get("targets", {}).items()]
    states = enumerate(visit.get("non_target", ()))
    others = tuple(NonTargetLesion(f"NT{line:02}", state) for line, state in states)
    return replace(_point(place, scan, targets), non_targets=others, new_lesions=new)


def _point(place: int, scan: date, targets: Sequence[TargetLesion]) -> TimePoint:
    return TimePoint(place, scan, scan, tuple(targets))


def _lesion(name: str, reading: Any, *, node: bool = False) -> TargetLesion:
    """Read a lesion as vectors write it: mm, a state, or SPLIT with the sum of the parts."""
    if isinstance(reading, dict):
        return TargetLesion(name, "SPLIT", number(reading["SPLIT"]), node)
    if isinstance(reading, str):
        return TargetLesion(name, reading, None, node)  # type: ignore[arg-type]
    return TargetLesion(name, "MEASURED", number(reading), node)


def _measured(values: Iterable[Any]) -> list[TargetLesion]:
    return [_lesion(f"T{place:02}", value) for place, value in enumerate(values, 1)]


def _day(study_day: int) -> date:
    """Give the date of a study day; there is no day 0."""
    return FIRST_DOSE + timedelta(days=study_day - 1 if study_day > 0 else study_day)


def _number_of(on: date | None) -> int | None:
    return None if on is None else (on - FIRST_DOSE).days + 1
