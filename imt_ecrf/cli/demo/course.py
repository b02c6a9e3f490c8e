"""The whole course of one child, worked out from its script and the seed; knows no form and no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.cli.demo import body, events, lesions
from imt_ecrf.cli.demo.calendar import calendar
from imt_ecrf.cli.demo.dosing import Doses
from imt_ecrf.cli.demo.laboratory import PANELS, Bench
from imt_ecrf.clinical.age import AgeAnchor, age_days_at
from imt_ecrf.clinical.recist_course import recist_best
from imt_ecrf.study.medicine import medicine

if TYPE_CHECKING:
    from imt_ecrf.cli.demo.calendar import Calendar, Visit
    from imt_ecrf.cli.demo.cast import Child
    from imt_ecrf.cli.demo.dosing import Interval, Prescription
    from imt_ecrf.cli.demo.events import Happening
    from imt_ecrf.cli.demo.laboratory import Sample
    from imt_ecrf.cli.demo.lesions import TimePoint
    from imt_ecrf.study.book import Book

PRESCRIBING: Final = frozenset({"SE_C1D1", "SE_C2D1", "SE_CYC", "SE_UNS"})
BLED: Final = frozenset(
    {"SE_SCR", "SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22", "SE_C2D1", "SE_C2D15", "SE_CYC", "SE_EOT",
     "SE_SFU", "SE_UNS"}
)  # fmt: skip
BEFORE_DAY_ONE: Final = 5
CAPSULES_FROM: Final = 12
STALE: Final = 28


@dataclass(frozen=True)
class Course:
    """Everything that happens to one child, by day."""

    child: Child
    seed: int
    until: dt.date
    book: Book
    calendar: Calendar

    @cached_property
    def age_years(self) -> int:
        """Give the completed years at consent."""
        return int(self.child.age)

    @cached_property
    def age_months(self) -> int | None:
        """Give the completed months at consent of a child under 3 years."""
        return int(self.child.age * 12) if self.child.age < 3 else None  # noqa: PLR2004 - as the form asks

    @cached_property
    def birth_year(self) -> int:
        """Give the year of birth that fits the age."""
        return (self.calendar.consent - dt.timedelta(days=round(self.child.age * body.YEAR) + 1)).year

    def age(self, day: dt.date) -> float:
        """Give the true age in years on a day."""
        return self.child.age + (day - self.calendar.consent).days / body.YEAR

    def days_old(self, day: dt.date) -> int:
        """Give the age in days as the study counts it."""
        anchor = AgeAnchor(None, self.calendar.consent, self.age_years, self.age_months)
        return age_days_at(anchor, day) or 0

    def sampled(self, visit: Visit) -> dt.date:
        """Give the day of the tests of a visit; screening tests are made in the week before day 1."""
        if visit.event != "SE_SCR":
            return visit.day
        first = self.calendar.first_dose or self.calendar.consent + dt.timedelta(days=10)
        return _workday(first - dt.timedelta(days=BEFORE_DAY_ONE), visit.day)

    def burden(self, day: dt.date) -> float:
        """Give the size of the tumour against baseline on a day, between the scans in a straight line."""
        if self.calendar.first_dose is None:
            return 1.0
        passed = max(0, (day - self.calendar.first_dose).days)
        before = passed // 56
        low, high = lesions.share(self.child, before), lesions.share(self.child, before + 1)
        return low + (high - low) * (passed % 56) / 56

    @cached_property
    def bench(self) -> Bench:
        """Give the laboratory of the child's site."""
        return Bench(self.book, medicine(self.book), self.child, self.seed)

    @cached_property
    def samples(self) -> dict[tuple[str, int], dict[str, Sample]]:
        """Give the graded panels of every visit, by form."""
        raw = {visit.key: self._panels(visit) for visit in self.calendar.held() if visit.event in BLED}
        base = raw.get(("SE_C1D1", 1)) or raw.get(("SE_SCR", 1), {})
        found: dict[tuple[str, int], dict[str, Sample]] = {}
        for key, panels in raw.items():
            # a value is not graded against itself, and before the first dose there is no baseline
            before = {} if key[0] in {"SE_SCR", "SE_C1D1"} else base
            found[key] = {form: self.bench.graded(one, before.get(form)) for form, one in panels.items()}
        return found

    def _panels(self, visit: Visit) -> dict[str, Sample]:
        day = self.sampled(visit)
        study_day, old = self.calendar.study_day(day), self.days_old(day)
        return {form: self.bench.panel(form, study_day, self.burden(day), old, day) for form in PANELS}

    def size(self, day: dt.date) -> body.Size:
        """Give weight and height on a day."""
        return body.size(self.child, self.seed, self.age(day), self.calendar.study_day(day))

    @cached_property
    def doses(self) -> tuple[tuple[Interval, ...], dict[tuple[str, int], Prescription]]:
        """Give the dosing log, and what was prescribed at each visit."""
        decided = Doses(medicine(self.book).doses, older=self.child.age >= CAPSULES_FROM)
        prescribed: dict[tuple[str, int], Prescription] = {}
        for visit in self.calendar.held():
            last = self.calendar.last_dose
            if visit.event not in BLED - {"SE_SCR"} or (last is not None and visit.day > last):
                continue
            panels = self.samples[visit.key]
            sample = {**panels["F_LBH"], **panels["F_LBC"]}
            prescribes = visit.event in PRESCRIBING
            found = decided.at_visit(visit.day, self.size(visit.day).surface, sample, prescribes=prescribes)
            if prescribes:
                prescribed[visit.key] = found
        last = self.calendar.last_dose
        return (decided.stop(last) if last else tuple(decided.log)), prescribed

    @property
    def log(self) -> tuple[Interval, ...]:
        """Give the dosing log."""
        return self.doses[0]

    @cached_property
    def happenings(self) -> tuple[Happening, ...]:
        """Give the adverse events, numbered."""
        first = self.calendar.first_dose
        if first is None:
            return ()
        drawn = [
            (visit.day, {**self.samples[visit.key]["F_LBH"], **self.samples[visit.key]["F_LBC"]})
            for visit in self.calendar.held()
            if visit.key in self.samples and visit.day > first
        ]
        held = frozenset(one.cause for one in self.log if one.cause)
        end = self.calendar.ended or self.until
        return events.numbered(
            [*events.told(self.child, first, end, self.calendar.last_dose), *events.from_values(drawn, held)]
        )

    def line_of(self, kind: str, day: dt.date) -> int | None:
        """Give the line of the event of a kind that runs on a day."""
        lines = (one.line for one in self.happenings if one.kind == kind and one.start <= day)
        return max(lines, default=None)

    @cached_property
    def time_points(self) -> tuple[TimePoint, ...]:
        """Give the baseline and the tumour assessments."""
        scans = tuple(self.scanned(one) for one in self.assessed)
        return lesions.time_points(self.child, self.seed, self.baseline_scan, scans, self.calendar.first_dose)

    @cached_property
    def assessed(self) -> tuple[Visit, ...]:
        """List the visits with a scan: the assessments, and the end of treatment when the last is old."""
        found = [one for one in self.calendar.held() if one.event == "SE_TA"]
        end = self.calendar.visit("SE_EOT")
        last = self.scanned(found[-1]) if found else self.baseline_scan
        if end is not None and end.missed is None and (end.day - last).days > STALE:
            found.append(end)
        return tuple(found)

    def time_point(self, visit: Visit) -> TimePoint | None:
        """Give the assessment made at a visit."""
        if visit.event == "SE_SCR":
            return self.time_points[0]
        return self.time_points[1 + self.assessed.index(visit)] if visit in self.assessed else None

    def scanned(self, visit: Visit) -> dt.date:
        """Give the day of the scan of a tumour assessment: the working day before, or the day itself."""
        day = visit.day - dt.timedelta(days=1)
        return day if day.weekday() < 5 else visit.day  # noqa: PLR2004 - Saturday

    @cached_property
    def baseline_scan(self) -> dt.date:
        """Give the day of the scan at screening."""
        return _workday(self.calendar.consent + dt.timedelta(days=3), self.calendar.consent)

    @cached_property
    def best(self) -> str:
        """Give the best overall response of all assessments."""
        points: Any = self.time_points
        return recist_best(lesions.history(points, self.calendar.first_dose))


def simulate(child: Child, seed: int, until: dt.date, book: Book) -> Course:
    """Give the course of a child up to the last day of the demo; the same seed gives the same course."""
    return Course(child, seed, until, book, calendar(child, seed, until))


def _workday(day: dt.date, earliest: dt.date) -> dt.date:
    while day.weekday() > 4:  # noqa: PLR2004 - Saturday and Sunday
        day -= dt.timedelta(days=1)
    return max(day, earliest)
