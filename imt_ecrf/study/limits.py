"""Which reference limits hold for a result: laboratory, sex, age and day of its sample; knows no database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from imt_ecrf.clinical import labs
from imt_ecrf.clinical.exact import round_half_away
from imt_ecrf.study.ageing import days_on
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.values import Date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imt_ecrf.clinical.labs import RangeRow
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.records import Record, Row
    from imt_ecrf.study.rules.facts import Context

Why = Literal["no unit", "no day", "no age", "which laboratory", "another unit", "no range"]
REGISTERED: Final = "lab_ranges"
_Found = TypeVar("_Found")


def limits(context: Context, panel: Panel, record: Record, row: Row) -> RangeRow | None:
    """Give the limits in force for a result on the day of its sample, as they were registered (M_LBRANGE)."""
    found, _ = _looked_up(context, panel, record, row)
    return found


def standard_limits(context: Context, panel: Panel, record: Record, row: Row) -> RangeRow | None:
    """Give the limits in the standard unit, rounded as the result they are held against."""
    found, known = limits(context, panel, record, row), context.book
    definition = known.row(panel.group.oid, row.key) if known else None
    if found is None or known is None or definition is None or found.unit == definition.units[0]:
        return found
    there = labs.in_standard_unit(medicine(known).units, found, definition.units[0])
    if there is None:
        return None
    places = known.item(panel.item("STRESN")).decimals or 0
    low, high = (None if one is None else round_half_away(one, places) for one in (there.low, there.high))
    return replace(there, low=low, high=high)


def why_no_limits(context: Context, panel: Panel, record: Record, row: Row) -> Why | None:
    """Say why a result has no limits; None when it has some."""
    return _looked_up(context, panel, record, row)[1]


def sampled(context: Context, panel: Panel, record: Record) -> Date | None:
    """Give the full day of a sample."""
    item = panel.form.date_item
    day = context.value(record, item) if item else None
    return day if isinstance(day, Date) and day.full else None


def result_unit(context: Context, panel: Panel, record: Record, row: Row) -> str | None:
    """Give the unit a result was reported in."""
    unit = context.value(record, panel.item("ORRESU"), row)
    unit = unit or record.cell(row.path(panel.item("ORRES"))).get("u")
    return str(unit) if unit else None


def once(context: Context, what: str, record: Record, row: Row, work: Callable[[], _Found]) -> _Found:
    """Work something out once: it rests on entered answers only, not on what is derived from it."""
    key = what, record.key, row.key
    if key not in context.scratch:
        context.scratch[key] = work()
    found: _Found = context.scratch[key]
    return found


def _looked_up(
    context: Context, panel: Panel, record: Record, row: Row
) -> tuple[RangeRow | None, Why | None]:
    return once(context, "range", record, row, lambda: _in_force(context, panel, record, row))


def _in_force(context: Context, panel: Panel, record: Record, row: Row) -> tuple[RangeRow | None, Why | None]:
    known = context.book.row(panel.group.oid, row.key) if context.book else None
    unit, day = result_unit(context, panel, record, row), sampled(context, panel, record)
    if known is None or not known.units or unit is None:
        return None, "no unit"
    if day is None:
        return None, "no day"
    age = _age(context, day)
    if age is None:
        return None, "no age"
    sex = context.noted("sex", ("F_DM",), lambda: _sex(context))
    rows = context.noted("ranges", (), lambda: _by_test(context)).get(row.key, ())
    laboratory = _written(context, panel, record)
    here = labs.laboratories(rows, row.key, sex, age, day.first) if laboratory is None else frozenset()
    if len(here) == 1:
        (laboratory,) = here  # no other laboratory could have measured it
    found = labs.range_lookup(rows, row.key, laboratory, sex, age, day.first, unit)
    if found is not None:
        return found, None
    if labs.range_lookup(rows, row.key, laboratory, sex, age, day.first) is not None:
        return None, "another unit"
    return None, "which laboratory" if len(here) > 1 else "no range"


def _age(context: Context, day: Date) -> int | None:
    """Give the age in days on the day of a sample, worked out once for all its rows."""
    place = "age", day.lo
    if place not in context.scratch:
        context.scratch[place] = days_on(context, day.first)
    found: int | None = context.scratch[place]
    return found


def _written(context: Context, panel: Panel, record: Record) -> str | None:
    """Give the laboratory as it is written on the sample."""
    item = panel.item("NAM")
    name: Any = context.value(record, item) if context.book and item in context.book.places else None
    return labs.laboratory_key(str(name)) if name else None


def _sex(context: Context) -> str | None:
    demographics = next(iter(context.subject.valid_records("F_DM")), None)
    sex = context.value(demographics, "SEX") if demographics else None
    return str(sex) if sex else None


def _by_test(context: Context) -> Mapping[str, list[RangeRow]]:
    """List the ranges of the site and of the study by test, in one order."""
    found: dict[str, list[RangeRow]] = {}
    for row in (
        *context.subject.fact(REGISTERED, ()),
        *(medicine(context.book).ranges if context.book else ()),
    ):
        found.setdefault(row.test, []).append(row)
    return found
