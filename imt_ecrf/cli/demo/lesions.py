"""The tumour of a child at each assessment: sizes, states, response by RECIST; knows no form and no visit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.cli.demo.dice import around, dice
from imt_ecrf.clinical import recist, recist_course

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.cli.demo.cast import Child, Lesion

SMALLEST: Final = 5.0
GONE_NODE: Final = 7.0
NORMAL_NODE: Final = 10.0
CHEST: Final = frozenset({"LUNG", "PLEURA", "MEDIASTINUM", "TRACHEA", "CHEST WALL", "MEDIASTINAL LYMPH NODE"})
PELVIC: Final = frozenset({"BLADDER", "UTERUS", "PELVIS"})
NECK: Final = frozenset({"NECK", "LARYNX"})
NEW_PLACE: Final = {"OMENTUM": "LIVER", "RETROPERITONEUM": "LUNG", "COLON": "PERITONEUM"}


@dataclass(frozen=True, slots=True)
class Measured:
    """A target lesion at a time point: its state, and the diameter in mm as written when it was measured."""

    lesion: Lesion
    state: str
    mm: str | None


@dataclass(frozen=True, slots=True)
class TimePoint:
    """One assessment (0: baseline): what was seen, what follows by the table, what the investigator says."""

    number: int
    scanned: dt.date
    targets: tuple[Measured, ...]
    others: tuple[str, ...]
    new: str | None
    target: str = "NA"
    non_target: str = "NA"
    derived: str = "NE"
    overall: str = "NE"
    why: str = ""

    @property
    def total(self) -> Fraction:
        """Give the sum of diameters in mm."""
        return sum((value(one) for one in self.targets), Fraction(0))


def value(one: Measured) -> Fraction:
    """Give the mm a lesion adds to the sum."""
    if one.mm is not None:
        return Fraction(one.mm)
    return Fraction(5) if one.state == "TOO SMALL" else Fraction(0)


def time_points(
    child: Child, seed: int, baseline: dt.date, scans: tuple[dt.date, ...], first_dose: dt.date | None
) -> tuple[TimePoint, ...]:
    """Give the baseline and every assessment, each judged from what was known before it."""
    points = [TimePoint(0, baseline, _sizes(child, seed, 0), ("PRESENT",) * len(child.others), None)]
    for number, scanned in enumerate(scans, 1):
        seen = TimePoint(
            number, scanned, _sizes(child, seed, number), _others(child, number), _new(child, number)
        )
        points.append(_judged(child, points, seen, first_dose))
    return tuple(points)


def history(points: list[TimePoint] | tuple[TimePoint, ...], first_dose: dt.date | None) -> Any:
    """Give the assessments as `clinical.recist_course` reads them."""
    plain = [_plain(point) for point in points]
    return recist_course.History(plain[0], tuple(plain[1:]), first_dose)


def share(child: Child, number: int) -> float:
    """Give the size of the tumour against baseline at an assessment; the last known one goes on."""
    if number < 1 or not child.response:
        return 1.0
    return child.response[min(number, len(child.response)) - 1]


def region(lesion: Lesion) -> str:
    """Name the body region that is scanned for a lesion."""
    if lesion.place in NECK:
        return "NECK"
    return "CHEST" if lesion.place in CHEST else "PELVIS" if lesion.place in PELVIC else "ABDOMINAL CAVITY"


def method(lesion: Lesion) -> str:
    """Name the way a lesion is measured: CT in the chest, MRI elsewhere."""
    return "CT SCAN" if region(lesion) == "CHEST" else "MRI"


def _sizes(child: Child, seed: int, number: int) -> tuple[Measured, ...]:
    return tuple(_size(child, seed, number, place) for place in range(len(child.targets)))


def _size(child: Child, seed: int, number: int, place: int) -> Measured:
    lesion = child.targets[place]
    left = share(child, number)
    if number == 0:
        return Measured(lesion, "MEASURED", f"{lesion.mm:.1f}")
    if left == 0:
        return (
            Measured(lesion, "MEASURED", f"{GONE_NODE:.1f}")
            if lesion.node
            else Measured(lesion, "DISAPPEARED", None)
        )
    mm = lesion.mm * left * around(dice(seed, child.number, "lesion", place, number), 1.0, 0.012)
    if mm < SMALLEST:
        return Measured(lesion, "TOO SMALL", None)
    return Measured(lesion, "MEASURED", f"{mm:.1f}")


def _others(child: Child, number: int) -> tuple[str, ...]:
    left = share(child, number)
    if left == 0:
        return ("ABSENT",) * len(child.others)
    worse = child.new_at == number and child.inflamed >= 1
    return ("UNEQUIVOCAL PROGRESSION" if worse else "PRESENT",) * len(child.others)


def _new(child: Child, number: int) -> str | None:
    return NEW_PLACE.get(child.tumour, "LUNG") if child.new_at == number else None


def _judged(child: Child, points: list[TimePoint], seen: TimePoint, first_dose: dt.date | None) -> TimePoint:
    found = recist_course.assess(history([*points, seen], first_dose))[-1]
    differs = "differs" in child.slips and seen.number == 1 and found.derived == "PR"
    return TimePoint(
        seen.number,
        seen.scanned,
        seen.targets,
        seen.others,
        seen.new,
        "SD" if differs else found.target,
        found.non_target,
        found.derived,
        "SD" if differs else found.derived,
        "Breathing blurs the lower border; the true size is larger than measured" if differs else "",
    )


def _lesion(place: int, one: Measured) -> recist.TargetLesion:
    state: Any = one.state
    size = None if one.mm is None else Fraction(one.mm)
    return recist.TargetLesion(f"T{place:02}", state, size, one.lesion.node)


def _plain(point: TimePoint) -> recist.TimePoint:
    targets = tuple(_lesion(place, one) for place, one in enumerate(point.targets, 1))
    states: tuple[Any, ...] = point.others
    others = tuple(recist.NonTargetLesion(f"NT{place:02}", state) for place, state in enumerate(states, 1))
    new = (recist.NewLesion("NEW01", "UNEQUIVOCAL", point.scanned),) if point.new else ()
    overall: Any = point.overall if point.number and point.overall != "NE" else None
    return recist.TimePoint(point.number, point.scanned, point.scanned, targets, others, new, overall)
