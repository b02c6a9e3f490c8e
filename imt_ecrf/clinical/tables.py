"""The tables of medicine of a study, read from their plain data into frozen definitions; knows no file."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.age import days_of_years
from imt_ecrf.clinical.ctcae import CtcaeTable
from imt_ecrf.clinical.ctcae_text import read_term
from imt_ecrf.clinical.dose import BandDose, DoseBand, DoseTable
from imt_ecrf.clinical.growth import GrowthTable, growth_table
from imt_ecrf.clinical.labs import AnalyteFactor, RangeRow
from imt_ecrf.clinical.recist import RecistSettings
from imt_ecrf.clinical.vitals import VitalBand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VITALS = ("HR", "RR", "SBP")
WHOLE_SETTINGS = ("confirm_days", "sd_min_days", "max_ne_between")
COLUMNS_OF_FORMS = (("pellets", "PELLET"), ("capsules", "CAPSULE"))


def written(number: object) -> Fraction:
    """Give the number as it is written in the file: 0.1 is one tenth, also after a reader made a float."""
    return Fraction(str(number))


def read_ctcae(data: Mapping[str, Any]) -> CtcaeTable:
    """Read the laboratory grades."""
    terms = [
        read_term(
            term=row["term"],
            test=row["test"],
            direction=row["direction"],
            unit=row["unit"],
            grades=row["grades"],
            if_baseline_abnormal=row.get("grades_if_baseline_abnormal"),
            if_on_anticoagulation=row.get("grades_if_on_anticoagulation"),
            note=row.get("note") or "",
        )
        for row in data["rows"]
    ]
    return CtcaeTable(str(data["version"]), tuple(terms))


def read_doses(data: Mapping[str, Any]) -> DoseTable:
    """Read the doses; a column pellets or capsules that is there but empty: not given by the label."""
    levels = data["target_mg_per_m2"]
    bands = [
        DoseBand(
            written(band["bsa_from"]),
            None if band["bsa_to"] is None else written(band["bsa_to"]),
            tuple(_band_dose(level, band[level]) for level in levels if level in band),
        )
        for band in data["bands"]
    ]
    return DoseTable(
        data["oid"], tuple((level, int(target)) for level, target in levels.items()), tuple(bands)
    )


def _band_dose(level: str, cell: Mapping[str, Any]) -> BandDose:
    not_as = tuple(form for column, form in COLUMNS_OF_FORMS if column in cell and cell[column] is None)
    return BandDose(level, int(cell["mg"]), cell["freq"], not_as, str(cell.get("status") or ""))


def read_analytes(rows: Iterable[Mapping[str, Any]]) -> tuple[AnalyteFactor, ...]:
    """Read the conversions that hold for one test only (units.yaml)."""
    return tuple(
        AnalyteFactor(row["test"], unit, row["canonical"], written(factor))
        for row in rows
        for unit, factor in row["factors"].items()
    )


def read_growth(data: Mapping[str, Any]) -> GrowthTable | None:
    """Read the growth reference of the study file; None when no rows are loaded."""
    rows = data.get("rows") or ()
    if not rows:
        return None
    cells = [tuple(str(row[name]) for name in ("kind", "sex", "months", "l", "m", "s")) for row in rows]
    return growth_table(((f"row {place}", row) for place, row in enumerate(cells, 1)), str(data["source"]))


def read_ranges(data: Mapping[str, Any]) -> tuple[RangeRow, ...]:
    """Read the default ranges of laboratory tests: years become days, `*` is any sex."""
    return tuple(_range_row(row) for row in data["laboratory"])


def _range_row(row: Mapping[str, Any]) -> RangeRow:
    return RangeRow(
        test=row["test"],
        unit=row["unit"],
        low=None if row.get("lo") is None else written(row["lo"]),
        high=None if row.get("hi") is None else written(row["hi"]),
        sex=None if row.get("sex") in (None, "*") else row["sex"],
        age_from=_days(row, "age_from") or 0,
        age_to=_days(row, "age_to"),
        lab=row.get("lab"),
        valid_from=_date(row.get("valid_from")),
        valid_to=_date(row.get("valid_to")),
    )


def _days(row: Mapping[str, Any], bound: str) -> int | None:
    if row.get(f"{bound}_d") is not None:
        return int(row[f"{bound}_d"])
    years = row.get(f"{bound}_y")
    return None if years is None else days_of_years(written(years))


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def read_vitals(data: Mapping[str, Any]) -> tuple[VitalBand, ...]:
    """Read the limits of vital signs by age."""
    return tuple(
        VitalBand(
            vital,
            written(row["age_from_y"]),
            written(row["age_to_y"]),
            written(row[f"{vital.lower()}_lo"]),
            written(row[f"{vital.lower()}_hi"]),
        )
        for row in data["vital_signs"]
        for vital in VITALS
    )


def read_recist_settings(settings: Mapping[str, Any]) -> RecistSettings:
    """Read the settings recist.*; what is not set keeps its default."""
    named = {key.removeprefix("recist."): value for key, value in settings.items()}
    known = {field.name: named.pop(field.name) for field in fields(RecistSettings) if field.name in named}
    if named:
        msg = f"RECIST knows no setting {', '.join(named)}"
        raise ValueError(msg)
    whole = {name: int(value) for name, value in known.items() if name in WHOLE_SETTINGS}
    return RecistSettings(**(known | whole))
