"""RECIST histories made of golden vectors and of short notes, for the tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from imt_ecrf.clinical.recist import NewLesion, NonTargetLesion, Response, TargetLesion, TimePoint
from imt_ecrf.clinical.recist_course import History
from tests.clinical.book import exact

FIRST_DOSE = date(2026, 1, 5)
BASELINE_SCAN = FIRST_DOSE - timedelta(days=7)


def day(number: int) -> date:
    """Give the date of a study day; there is no day 0."""
    return FIRST_DOSE + timedelta(days=number - 1 if number > 0 else number)


def study_day(on: date | None) -> int | None:
    """Give the study day of a date after the first dose."""
    return None if on is None else (on - FIRST_DOSE).days + 1


def lesion(name: str, reading: object, *, node: bool = False) -> TargetLesion:
    """Read a lesion as the vectors write it: mm, a state, or SPLIT with the sum of the parts."""
    if isinstance(reading, dict):
        return TargetLesion(name, "SPLIT", exact(reading["SPLIT"]), node)
    if isinstance(reading, str):
        return TargetLesion(name, reading, None, node)  # type: ignore[arg-type]
    return TargetLesion(name, "MEASURED", exact(reading), node)


def history_of(vector: dict[str, Any]) -> History:
    """Make the history of a golden vector."""
    given = vector["baseline"]
    targets = [lesion(one["id"], one["mm"], node=one["node"] == "Y") for one in given["targets"]]
    non_targets = [NonTargetLesion(f"NT{n:02}", "PRESENT") for n in range(given["non_target_lesions"])]
    baseline = TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, tuple(targets), tuple(non_targets))
    visits = [_time_point(number, visit) for number, visit in enumerate(vector["visits"], 1)]
    return History(baseline, tuple(visits), FIRST_DOSE)


def _time_point(number: int, visit: dict[str, Any]) -> TimePoint:
    scan = day(visit["day"])
    new: list[NewLesion] = []
    if visit["new"] == "Y":
        new.append(NewLesion("N01", "UNEQUIVOCAL", scan))
    elif visit.get("equivocal_confirmed_later"):
        new.append(NewLesion("N01", "EQUIVOCAL", scan))
    return TimePoint(
        number,
        scan,
        scan,
        tuple(lesion(name, reading) for name, reading in visit.get("targets", {}).items()),
        tuple(NonTargetLesion(f"NT{place:02}", state) for place, state in enumerate(visit["non_target"])),
        tuple(new),
    )


def read_by_the_investigator(*readings: tuple[Response, int], new_therapy: int | None = None) -> History:
    """Make a history of overall responses and study days, with one target lesion."""
    target = (TargetLesion("T01", "MEASURED", 50),)
    points = [
        TimePoint(number, day(on), day(on), target, overall=response)
        for number, (response, on) in enumerate(readings, 1)
    ]
    stop = None if new_therapy is None else day(new_therapy)
    return History(TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, target), tuple(points), FIRST_DOSE, stop)


def measured(*sums: object, node: bool = False) -> History:
    """Make a history of one lesion: baseline first, then a reading every 8 weeks."""
    first, *later = (lesion("T01", reading, node=node) for reading in sums)
    points = [
        TimePoint(number, day(1 + 56 * number), day(1 + 56 * number), (one,))
        for number, one in enumerate(later, 1)
    ]
    return History(TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, (first,)), tuple(points), FIRST_DOSE)
