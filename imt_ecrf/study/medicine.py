"""The tables of medicine of a published version, read once into the definitions of `clinical`."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical import tables
from imt_ecrf.clinical.labs import RangeRow, UnitFactor, UnitTable, lab_standard

if TYPE_CHECKING:
    from imt_ecrf.clinical.ctcae import CtcaeTable
    from imt_ecrf.clinical.dose import DoseTable
    from imt_ecrf.clinical.growth import GrowthTable
    from imt_ecrf.clinical.recist import RecistSettings
    from imt_ecrf.clinical.vitals import VitalBand
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Unit


class Medicine:
    """Doses, grades, ranges and units of one version, each read when first asked for."""

    def __init__(self, book: Book) -> None:
        self._tables: dict[str, Any] = book.version.tables
        self._units = book.version.units
        self._settings = {one.key: one.default for one in book.version.settings}
        self._lines: dict[tuple[str, str, str], tuple[Fraction, Fraction] | None] = {}
        self._asks: dict[str, bool] = {}

    def conversion(self, test: str, unit: str, standard: str) -> tuple[Fraction, Fraction] | None:
        """Give factor and offset from a unit to the standard unit of a test; None when none leads there."""
        place = test, unit, standard
        if place not in self._lines:
            low, high = (lab_standard(self.units, test, value, unit, standard) for value in (0, 1))
            self._lines[place] = (high - low, low) if low is not None and high is not None else None
        return self._lines[place]

    def asks_baseline(self, test: str) -> bool:
        """Tell whether a grade of a test can depend on its baseline, so that it is looked for."""
        if test not in self._asks:
            self._asks[test] = self.ctcae.asks_baseline(test)
        return self._asks[test]

    @cached_property
    def ctcae(self) -> CtcaeTable:
        """Give the CTCAE limits with their version."""
        return tables.read_ctcae(self._tables["ctcae"])

    @cached_property
    def doses(self) -> DoseTable:
        """Give the doses by body surface area."""
        return tables.read_doses(self._tables["doses"])

    @cached_property
    def ranges(self) -> tuple[RangeRow, ...]:
        """Give the study's default laboratory ranges."""
        return tables.read_ranges(self._tables["bands"])

    @cached_property
    def vitals(self) -> tuple[VitalBand, ...]:
        """Give the limits of vital signs by age."""
        return tables.read_vitals(self._tables["bands"])

    @cached_property
    def recist(self) -> RecistSettings:
        """Give the study's choices where RECIST leaves one."""
        named = {key: value for key, value in self._settings.items() if key.startswith("recist.")}
        return tables.read_recist_settings(named)

    @cached_property
    def growth(self) -> GrowthTable | None:
        """Give the growth reference that was loaded, None without one."""
        return tables.read_growth(self._tables.get("growth") or {})

    @cached_property
    def units(self) -> UnitTable:
        """Give all conversions, by unit and by analyte."""
        units = tuple(
            UnitFactor(
                unit.oid,
                unit.canonical,
                Fraction(unit.factor) if unit.factor else None,
                Fraction(unit.offset),
            )
            for unit in self._units
        )
        analytes = tables.read_analytes(self._tables.get("analyte_conversions", ()))
        return UnitTable(units, analytes)


def _unit_factor(unit: Unit) -> UnitFactor:
    factor = Fraction(unit.factor) if unit.factor else None
    return UnitFactor(unit.oid, unit.canonical, factor, Fraction(unit.offset))


_by_fingerprint: dict[str, Medicine] = {}


def medicine(book: Book) -> Medicine:
    """Give the medicine of a version, read once per fingerprint."""
    found = _by_fingerprint.get(book.fingerprint)
    if found is None:
        found = _by_fingerprint[book.fingerprint] = Medicine(book)
    return found
