"""The body of a child on a day: size, vital signs, ECG, echo, eyes, puberty; knows no form and no dose."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.dice import around, dice
from imt_ecrf.clinical.body import body_surface_area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.cli.demo.cast import Child, Trouble

YEAR: Final = 365.25
# a longer change from baseline would be grade 3, whatever the value
QT_CHANGE: Final = 55.0

# middle of the growth charts by completed years, rounded: enough for invented children
# fmt: off
_HEIGHT: Final = {
    "M": (50, 76, 87, 95.5, 102.5, 109.5, 115.5, 122, 128, 133.5, 138.5, 143.5, 149, 156, 164, 170, 173.5,
          175.5, 176),
    "F": (49, 74.5, 86, 94.5, 101.5, 108.5, 115, 121.5, 127.5, 133, 138.5, 144.5, 151.5, 157, 160.5, 162,
          162.7, 163, 163.2),
}
_WEIGHT: Final = {
    "M": (3.4, 10, 12.5, 14.4, 16.4, 18.5, 20.8, 23.2, 25.8, 28.7, 32, 36, 40.5, 45.6, 51, 56.5, 61, 64.6,
          67),
    "F": (3.3, 9.3, 11.9, 14, 16, 18, 20.3, 22.8, 25.6, 28.8, 32.5, 36.8, 41.5, 45.9, 49.4, 52, 53.8, 55, 56),
}
# fmt: on
# heart rate, breaths, systolic, diastolic pressure in the middle of each band of age
_RESTING: Final = (
    (1, 122, 30, 94, 56),
    (3, 108, 24, 98, 60),
    (6, 94, 21, 104, 63),
    (12, 82, 18, 112, 68),
    (16, 76, 16, 117, 71),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """Weight and height as written down, and the surface worked out from them."""

    weight: str
    height: str
    surface: Fraction


@dataclass(frozen=True, slots=True)
class Vitals:
    """Vital signs as measured."""

    systolic: int
    diastolic: int
    heart_rate: int
    breaths: int
    temperature: str
    saturation: int


@dataclass(frozen=True, slots=True)
class Tracing:
    """One of three ECG tracings."""

    time: str
    heart_rate: int
    pr: int
    qrs: int
    qt: int


def size(child: Child, seed: int, age: float, study_day: int) -> Size:
    """Give weight and height at an age; height never falls, weight moves a little from day to day."""
    own = dice(seed, child.number, "size")
    tall, heavy = around(own, 1.0, 0.025), around(own, 1.0, 0.06)
    height = _between(_HEIGHT[child.sex], age) * tall
    weight = _between(_WEIGHT[child.sex], age) * heavy * tall
    # ill children begin a little too light and catch up while the tumour answers
    illness = 0.03 * child.inflamed * max(0.0, 1 - max(0, study_day) / 120)
    weight *= (1 - illness) * around(dice(seed, child.number, "weight", study_day), 1.0, 0.003)
    shown_height, shown_weight = f"{height:.1f}", f"{weight:.1f}" if weight >= 15 else f"{weight:.2f}"  # noqa: PLR2004 - small children are weighed finer
    surface = body_surface_area(Fraction(shown_height), Fraction(shown_weight))
    return Size(shown_weight, shown_height, surface)


def vitals(child: Child, seed: int, age: float, study_day: int) -> Vitals:
    """Give vital signs; the drug slows the heart a little, in some children much."""
    chance = dice(seed, child.number, "vitals", study_day)
    rate, breaths, systolic, diastolic = _RESTING[_band(age)][1:]
    febrile = running(child, "fever", study_day)
    oxygen = 90 if _running(child, "pneumonitis", study_day) else chance.choice((97, 98, 98, 99, 99))
    return Vitals(
        round(around(chance, systolic, 4)),
        round(around(chance, diastolic, 3)),
        round(around(chance, rate, 4)) + _slowed(child, study_day) + 12 * febrile,
        round(around(chance, breaths, 1)),
        f"{around(chance, 38.4 if febrile else 36.6, 0.15):.1f}",
        oxygen,
    )


def tracings(child: Child, seed: int, age: float, study_day: int) -> tuple[Tracing, ...]:
    """Give three tracings some minutes apart; QT follows the heart rate and the corrected QT aimed at."""
    chance = dice(seed, child.number, "ecg", study_day)
    corrected = corrected_qt(child, seed, study_day)
    rate = _RESTING[_band(age)][1] + _slowed(child, study_day)
    hour, minute = chance.randint(9, 12), chance.randint(0, 40)
    found = []
    for number in range(3):
        beats = round(around(chance, rate, 2))
        interval = 60_000 / beats
        qt = round(around(chance, corrected, 1) * (interval / 1000) ** (1 / 3))
        pr, qrs = round(around(chance, 118 + 2 * min(age, 16), 4)), round(around(chance, 66 + age, 3))
        found.append(Tracing(f"{hour:02}:{minute + 5 * number:02}", beats, pr, qrs, qt))
    return tuple(found)


def corrected_qt(child: Child, seed: int, study_day: int) -> float:
    """Give the QTcF aimed at on a day: the child's own, a little longer under the drug."""
    trouble = next((one for one in child.troubles if one.kind == "qt"), None)
    own = trouble.peak - QT_CHANGE if trouble else around(dice(seed, child.number, "qtcf"), 402, 7)
    drug = 9 if study_day > 1 else 0
    if (
        trouble is not None
        and trouble.start <= study_day
        and (trouble.end is None or study_day < trouble.end)
    ):
        return max(own + drug, trouble.peak)
    return own + drug


def ejection_fraction(child: Child, seed: int, study_day: int) -> str:
    """Give the ejection fraction in per cent; it stays above 60."""
    own = around(dice(seed, child.number, "lvef"), 66, 1.5)
    return f"{around(dice(seed, child.number, 'echo', study_day), own, 0.7):.0f}"


def performance(child: Child, study_day: int, burden: float) -> int:
    """Give the Lansky or Karnofsky score: better as the tumour shrinks, worse with severe trouble."""
    ill = child.inflamed * burden
    steps = sum(ill > limit for limit in (0.3, 0.6, 0.9))
    severe = any(_running(child, kind, study_day) for kind in ("pneumonitis", "pain"))
    return 100 - 10 * min(3, steps + severe)


def tanner(sex: str, age: float) -> str:
    """Give the stage of puberty that is usual at an age."""
    begin = 9.6 if sex == "F" else 10.6
    return str(max(1, min(5, 1 + int((age - begin) / 1.15 + 0.999)))) if age > begin else "1"


def menarche(sex: str, age: float) -> bool:
    """Tell whether menarche has occurred, by age alone."""
    return sex == "F" and age >= 12.9  # noqa: PLR2004 - usual age


def acuity(seed: int, number: int, age: float) -> tuple[str, str | None]:
    """Give how acuity is tested at an age, and the decimal acuity where there is a number."""
    if age < 1.5:  # noqa: PLR2004 - infants follow a light
        return "FIX AND FOLLOW", None
    way = "PREFERENTIAL LOOKING" if age < 3 else "PICTURES" if age < 6 else "LETTERS"  # noqa: PLR2004 - as in the clinic
    best = 0.5 if age < 3 else 0.8 if age < 6 else 1.0  # noqa: PLR2004 - as in the clinic
    return way, f"{best - 0.1 * dice(seed, number, 'acuity').randint(0, 1):.1f}"


def running(child: Child, kind: str, study_day: int) -> bool:
    """Tell whether a trouble of a kind runs on a study day."""
    return _running(child, kind, study_day) is not None


def _running(child: Child, kind: str, day: int) -> Trouble | None:
    troubles = (one for one in child.troubles if one.kind == kind)
    return next((one for one in troubles if one.start <= day <= (one.end or day)), None)


def _slowed(child: Child, day: int) -> int:
    if day <= 1:
        return 0
    return -24 if _running(child, "bradycardia", day) else -6


def _band(age: float) -> int:
    return max(0, bisect_right([row[0] for row in _RESTING], age) - 1)


def _between(chart: Sequence[float], age: float) -> float:
    low, high = list(pairwise(chart))[min(int(age), len(chart) - 2)]
    return low + (high - low) * min(1.0, age - min(int(age), len(chart) - 2))
