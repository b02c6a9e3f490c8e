"""The blood of a child: values that follow the course, the laboratories' own units, ranges and grades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.dice import around, dice
from imt_ecrf.clinical import ctcae, labs
from imt_ecrf.clinical.chemistry import corrected_calcium

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from imt_ecrf.cli.demo.cast import Child
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import RowDef
    from imt_ecrf.study.medicine import Medicine

PANELS: Final = {"F_LBH": "G_LBH", "F_LBC": "G_LBC", "F_LBK": "G_LBK"}
NAMES: Final = {"01": "Clinical laboratory A", "02": "Clinical laboratory B", "03": "Clinical laboratory C"}

# limits each laboratory states itself, in the standard unit; the other tests have the study's bands by age
_LIMITS: Final[dict[str, tuple[str | None, str]]] = {
    "ALT": ("5", "40"), "AST": ("10", "48"), "BILI": ("3", "20.5"), "BILDIR": (None, "5.1"),
    "GGT": ("5", "38"), "UREA": ("1.8", "6.6"), "ALB": ("35", "52"), "PROT": ("60", "80"),
    "SODIUM": ("135", "145"), "K": ("3.5", "5.1"), "CL": ("97", "108"), "CA": ("2.10", "2.65"),
    "MG": ("0.70", "1.05"), "GLUC": ("3.3", "5.8"), "URATE": ("120", "350"), "CK": ("30", "210"),
    "CRP": (None, "5"), "RBC": ("3.8", "5.4"), "HCT": ("31", "46"), "WBC": ("4.0", "14.5"),
    "MONO": ("0.10", "1.20"), "EOS": (None, "0.60"), "BASO": (None, "0.15"), "PLAT": ("150", "450"),
    "ESR": (None, "15"), "PT": ("10.0", "14.0"), "INR": ("0.85", "1.20"), "APTT": ("25.0", "38.0"),
    "FIBRINO": ("1.80", "4.20"),
}  # fmt: skip
_UPPER: Final = {"02": {"ALT": "44", "AST": "52"}, "03": {"ALT": "36", "AST": "45"}}
_UNITS: Final = {"03": {"HGB": "g/dL", "CREAT": "mg/dL", "GLUC": "mg/dL"}, "02": {"CRP": "mg/L"}}
_OWN: Final = {("03", "GLUC"): ("60", "105")}  # stated in the laboratory's own unit
_DECIMALS: Final = {("HGB", "g/dL"): 1, ("CREAT", "mg/dL"): 2, ("GLUC", "mg/dL"): 0}
_SELDOM: Final = frozenset({"AMYLASE", "LIPASET"})
_OF_OLDER: Final = frozenset({"CL", "URATE", "CK", "BILDIR", "PT"})
_FROM_YEARS: Final = 6


@dataclass(frozen=True, slots=True)
class Result:
    """One result as the laboratory reports it, with the flag and grade that follow from it."""

    test: str
    text: str
    unit: str
    value: Fraction
    low: Fraction | None
    high: Fraction | None
    flag: labs.Flag | None
    grade: int | None = None

    @property
    def asked(self) -> bool:
        """Tell whether the form asks if the result matters: it is flagged or graded."""
        return self.flag in {"LOW", "HIGH"} or bool(self.grade)

    def plain(self, unit: str) -> labs.LabResult:
        """Give the result as `clinical` grades it, in its standard unit."""
        return labs.LabResult(self.test, self.value, unit, self.low, self.high, self.flag)


Sample = dict[str, Result]


def site_ranges(site: str, book: Book) -> tuple[labs.RangeRow, ...]:
    """Give the ranges the laboratory of a site states, in the units it reports, for any age and sex."""
    units = {row.key: row.units[0] for group in PANELS.values() for row in book.groups[group][1].rows}
    rows = []
    for test, usual in _LIMITS.items():
        low, high = _OWN.get((site, test), usual)
        upper = _UPPER.get(site, {}).get(test, high)
        unit = _UNITS.get(site, {}).get(test, units[test])
        name = labs.laboratory_key(NAMES[site])
        rows.append(labs.RangeRow(test, unit, Fraction(low) if low else None, Fraction(upper), lab=name))
    return tuple(rows)


@dataclass(frozen=True)
class Bench:
    """What a laboratory needs to know to report: the study's tables, the child, the anchor of its age."""

    book: Book
    medicine: Medicine
    child: Child
    seed: int

    def panel(self, form: str, study_day: int, burden: float, days: int, on: dt.date) -> Sample:
        """Report the tests of a panel on a study day; `days`: age in days, `burden`: tumour against day 1."""
        _, group = self.book.groups[PANELS[form]]
        wanted = [row.key for row in group.rows if self._done(row.key, days)]
        values = self._values(wanted, study_day, burden, days, on)
        return {test: self._report(test, value, days, on) for test, value in values.items()}

    def limits(self, test: str, days: int, on: dt.date) -> tuple[Fraction | None, Fraction | None]:
        """Give the limits in force for the child, as the study looks them up."""
        name = labs.laboratory_key(NAMES[self.child.site])
        found = labs.range_lookup(self._ranges, test, name, self.child.sex, days, on)
        there = found and labs.in_standard_unit(self.medicine.units, found, self._tests[test].units[0])
        return (there.low, there.high) if there else (None, None)

    @cached_property
    def _ranges(self) -> tuple[labs.RangeRow, ...]:
        return *site_ranges(self.child.site, self.book), *self.medicine.ranges

    @cached_property
    def _tests(self) -> dict[str, RowDef]:
        return {row.key: row for group in PANELS.values() for row in self.book.groups[group][1].rows}

    def graded(self, sample: Mapping[str, Result], baseline: Mapping[str, Result] | None) -> Sample:
        """Grade a sample by CTCAE, against the sample before the first dose where there is one."""
        found = {test: self._grade(one, (baseline or {}).get(test)) for test, one in sample.items()}
        if {"CA", "ALB"} <= set(sample):  # CTCAE grades calcium corrected for albumin
            found["CA"] = self._calcium(sample["CA"], sample["ALB"])
        return found

    def _calcium(self, calcium: Result, albumin: Result) -> Result:
        corrected = corrected_calcium(calcium.value, albumin.value)
        plain = replace(calcium.plain("mmol/L"), test="CACORR", value=corrected)
        grade = ctcae.grade_result(self.medicine.ctcae, plain)
        return replace(calcium, grade=grade.grade if grade else None)

    def _done(self, test: str, days: int) -> bool:
        older = days >= _FROM_YEARS * 365
        return test not in _SELDOM and (older or test not in _OF_OLDER)

    def _values(self, tests: list[str], day: int, burden: float, days: int, on: dt.date) -> dict[str, float]:
        found = {test: self._usual(test, day, days, on) for test in tests}
        ill = self.child.inflamed * burden
        shifts = {"HGB": -24 * ill, "PLAT": 150 * ill, "CRP": 48 * ill, "ESR": 32 * ill, "ALB": -2 * ill}
        for test, shift in shifts.items():
            if test in found:
                found[test] += shift
        self._disturb(found, day, days, on)
        if "NEUT" in found:
            found["WBC"] = sum(round(found[one], 2) for one in ("NEUT", "LYM", "MONO", "EOS", "BASO")) * 1.005
            found["HCT"] = (
                0.3 * found["HGB"] * around(dice(self.seed, self.child.number, "hct", day), 1, 0.02)
            )
            found["RBC"] = found["HGB"] / 28.5
        return found

    def _usual(self, test: str, day: int, days: int, on: dt.date) -> float:
        low, high = self.limits(test, days, on)
        bottom, top = float(low or 0), float(high or 10)
        # where a limit is an adult's, healthy children stay clear of it
        narrow = {"NEUT": (0.25, 0.5), "LYM": (0.2, 0.4), "CRP": (0.05, 0.4), "INR": (0.25, 0.7)}
        bounds = narrow.get(test, (0.2, 0.75))
        own = dice(self.seed, self.child.number, test).uniform(*bounds)
        share = around(dice(self.seed, self.child.number, test, day), own, 0.06)
        if test == "NEUT":
            bottom = max(bottom, 1.8)
        return bottom + (top - bottom) * max(0.08, min(0.9, share))

    def _disturb(self, found: dict[str, float], day: int, days: int, on: dt.date) -> None:
        if self.child.failure == "LIVER" and "ALT" in found:
            found["ALT"], found["AST"] = 118.0, 92.0
        for trouble in self.child.troubles:
            force = rise(day, trouble.start, trouble.top, trouble.end)
            if not force:
                continue
            if trouble.kind == "alt" and "ALT" in found:
                found["ALT"] = max(
                    found["ALT"], self._high("ALT", days, on) * (1 + (trouble.peak - 1) * force)
                )
                found["AST"] = max(
                    found["AST"], self._high("AST", days, on) * (1 + (trouble.peak * 0.45 - 1) * force)
                )
            if trouble.kind == "neutropenia" and "NEUT" in found:
                found["NEUT"] = min(found["NEUT"], found["NEUT"] * (trouble.peak / found["NEUT"]) ** force)
            if trouble.kind == "pneumonitis" and "CRP" in found:
                found["CRP"] += 42 * force

    def _high(self, test: str, days: int, on: dt.date) -> float:
        return float(self.limits(test, days, on)[1] or 0)

    def _report(self, test: str, value: float, days: int, on: dt.date) -> Result:
        row = self._tests[test]
        unit = _UNITS.get(self.child.site, {}).get(test, row.units[0])
        table, standard = self.medicine.units, row.units[0]
        one = labs.lab_standard(table, test, 1, unit, standard)
        decimals = _DECIMALS.get((test, unit), row.decimals or 0)
        text = f"{value / float(one or 1):.{decimals}f}"
        known = labs.lab_standard(table, test, Fraction(text), unit, standard) or Fraction(0)
        low, high = self.limits(test, days, on)
        return Result(test, text, unit, known, low, high, labs.range_flag(known, low, high))

    def _grade(self, one: Result, base: Result | None) -> Result:
        row = self._tests[one.test]
        if not row.ctcae:
            return one
        before = None if base is None else base.plain(row.units[0])
        grade = ctcae.grade_result(self.medicine.ctcae, one.plain(row.units[0]), before)
        return replace(one, grade=grade.grade if grade else None)


def rise(day: int, start: int, top: int, end: int | None) -> float:
    """Give how strong a disturbance is on a day: up to 1 at its top, down to 0 at its end."""
    if not top or day < start or (end is not None and day >= end):
        return 0.0
    if day <= top:
        return (day - start + 1) / (top - start + 1)
    return 1.0 if end is None else max(0.05, (end - day) / (end - top))
