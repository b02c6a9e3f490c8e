"""The dose of a child by the rules of the protocol: table by surface, hold and reduce for toxicity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imt_ecrf.clinical import dose

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from fractions import Fraction

    from imt_ecrf.cli.demo.laboratory import Sample
    from imt_ecrf.clinical.dose import DoseTable

LEVELS: Final = ("L0", "L-1", "L-2")
HOLD: Final = "HOLD"
CAPSULE_FROM_YEARS: Final = 12
SWALLOWS: Final = "CAPSULE"
PELLETS: Final = (150, 50, 20)
CAPSULES: Final = (250, 200)
LIVER: Final = ("ALT", "AST")
SEVERE: Final = 3
LOWEST_COUNT: Final = 4


@dataclass(frozen=True, slots=True)
class Prescription:
    """What is prescribed at a visit: the level, the single dose in mg (0: held), the formulation; why."""

    level: str
    mg: int
    form: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A line of the dosing log: from, to (None: goes on), single dose, what changed and why."""

    line: int
    start: dt.date
    end: dt.date | None
    mg: int
    form: str
    change: str
    why: str = ""
    cause: str = ""


class Doses:
    """The doses of one child, decided visit by visit."""

    def __init__(self, table: DoseTable, *, older: bool) -> None:
        self.table, self.older = table, older
        self.step = 0
        self.holding = ""
        self.reduced_for = ""
        self.log: list[Interval] = []
        self.last = Prescription(LEVELS[0], 0, "PELLET")

    def at_visit(self, day: dt.date, surface: Fraction, sample: Sample, *, prescribes: bool) -> Prescription:
        """Decide at a visit: hold at once for toxicity, go on or change the dose where one is prescribed."""
        cause = toxic(sample)
        if cause and self.log and not self.holding:
            self.holding = cause
            self.last = Prescription(HOLD, 0, "", cause)
            self._write(day, 0, "", "INTERRUPTED", "ADVERSE EVENT", cause)
        elif prescribes and self.holding and not _recovered(sample):
            self.last = Prescription(HOLD, 0, "", self.holding)
        elif prescribes:
            self._prescribe(day, surface)
        return self.last

    def stop(self, last_dose: dt.date) -> tuple[Interval, ...]:
        """Close the log on the day of the last dose."""
        if self.log and self.log[-1].mg == 0:
            self.log.pop()
        if self.log:
            self.log[-1] = replace(self.log[-1], end=last_dose)
        return tuple(self.log)

    def _prescribe(self, day: dt.date, surface: Fraction) -> None:
        resumed = self.holding
        if resumed:
            self.step, self.reduced_for, self.holding = self.step + 1, resumed, ""
        level = LEVELS[min(self.step, len(LEVELS) - 1)]
        form = self._form(surface, level)
        mg = dose.dose_table(self.table, surface, level, form) or 0
        before = self.log[-1].mg if self.log else None
        self.last = Prescription(level, mg, form, self.reduced_for)
        if before is None:
            self._write(day, mg, form, "START")
        elif resumed:
            self._write(day, mg, form, "RESUMED", "RECOVERED", "")
        elif mg != before:
            self._write(day, mg, form, "INCREASED" if mg > before else "REDUCED", "BSA CHANGE")

    def _form(self, surface: Fraction, level: str) -> str:
        capsule = self.older and dose.dose_table(self.table, surface, level, SWALLOWS) is not None
        return SWALLOWS if capsule else "PELLET"

    def _write(self, day: dt.date, mg: int, form: str, change: str, why: str = "", cause: str = "") -> None:  # noqa: PLR0917 - the columns of the log
        if self.log:
            self.log[-1] = replace(self.log[-1], end=_before(day))
        self.log.append(Interval(len(self.log) + 1, day, None, mg, form, change, why, cause))


def toxic(sample: Sample) -> str:
    """Name the finding for which the drug is held (label: liver grade 3, neutrophils below 0.5)."""
    for test in LIVER:
        if test in sample and (sample[test].grade or 0) >= SEVERE:
            return "alt"
    if "NEUT" in sample and (sample["NEUT"].grade or 0) >= LOWEST_COUNT:
        return "neutropenia"
    return ""


def _recovered(sample: Sample) -> bool:
    liver = all((sample[test].grade or 0) <= 1 for test in LIVER if test in sample)
    return liver and ("NEUT" not in sample or (sample["NEUT"].grade or 0) <= 2)  # noqa: PLR2004 - the count is 1.0 or more


def units(mg: int, form: str) -> dict[int, int]:
    """Make a single dose of whole units, as few as possible, by strength."""
    strengths = CAPSULES if form == SWALLOWS else PELLETS
    best: dict[int, dict[int, int]] = {0: {}}
    for amount in range(10, mg + 1, 10):
        made = [
            {**best[amount - one], one: best[amount - one].get(one, 0) + 1}
            for one in strengths
            if amount - one in best
        ]
        if made:
            best[amount] = min(made, key=lambda found: sum(found.values()))
    return best.get(mg, {})


def doses_in(log: Iterable[Interval], begin: dt.date, before: dt.date) -> dict[tuple[int, str], int]:
    """Count the single doses by dose and formulation from a day up to, not with, another."""
    found: dict[tuple[int, str], int] = {}
    for one in log:
        low = max(one.start, begin)
        high = before if one.end is None else min(before, _after(one.end))
        days = (high - low).days
        if days > 0 and one.mg:
            found[one.mg, one.form] = found.get((one.mg, one.form), 0) + 2 * days
    return found


def _before(day: dt.date) -> dt.date:
    return day.fromordinal(day.toordinal() - 1)


def _after(day: dt.date) -> dt.date:
    return day.fromordinal(day.toordinal() + 1)
