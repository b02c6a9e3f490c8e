"""Doses as rules ask for them: the table of the version and the subject's own dosing log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.clinical import dose
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.values import Date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from imt_ecrf.study.records import Record
    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Number

NOT_ORDERED = frozenset({"NON-COMPLIANCE", "SUPPLY", "MEDICATION ERROR"})
TIMES_A_DAY = {"QD": 1, "BID": 2, "TID": 3, "QID": 4}


def dose_level_mg_m2(context: Context, level: str) -> int | None:
    """Give the mg/m2 of a dose level."""
    return dose.dose_level_mg_m2(medicine(context.book).doses, level) if context.book else None


def dose_table(context: Context, bsa: Number, level: str, form: str) -> int | None:
    """Give the single dose of the label's table for a surface, level and formulation."""
    return dose.dose_table(medicine(context.book).doses, bsa, level, form) if context.book else None


def makeable(context: Context, amount: Number, form: str) -> bool | None:
    """Tell whether a single dose can be made from the strengths of a formulation."""
    return dose.makeable(medicine(context.book).doses, amount, form) if context.book else None


def expected_amount(context: Context) -> Number | None:
    """Give the milligrams expected between the dispensing before this one and this one (M_DAEXP)."""
    record = context.record
    if record is None:
        return None
    end = _dispensed(context, record)
    begins = list(_earlier(context, record, end))
    if end is None or not begins:
        return None
    return dose.expected_amount(_intervals(context), max(begins, key=lambda day: day.lo).first, end.first)


def _earlier(context: Context, record: Record, end: Date | None) -> Iterator[Date]:
    for other in context.subject.valid_records(record.form):
        day = _dispensed(context, other)
        if other.key != record.key and day is not None and end is not None and day.lo < end.lo:
            yield day
    first: Date | None = context.call("first_dose")
    if first is not None and end is not None and first.lo < end.lo:
        yield first


def _dispensed(context: Context, record: Record) -> Date | None:
    event = context.subject.event(record.event or "", record.event_repeat)
    held = next((one for one in context.subject.valid_records("F_SV") if one.event == record.event
                 and one.event_repeat == record.event_repeat), None)  # fmt: skip
    value = context.value(held, "SVSTDAT") if held and event else None
    return value if isinstance(value, Date) and value.full else None


def _intervals(context: Context) -> list[dose.DosingInterval]:
    found: list[dose.DosingInterval] = []
    for record in context.subject.valid_records("F_EX"):
        start, end = (context.value(record, item) for item in ("EXSTDAT", "EXENDAT"))
        amount, times = context.value(record, "EXDOSE"), context.value(record, "EXDOSFRQ")
        if not isinstance(start, Date) or not start.full or not isinstance(amount, int):
            continue
        last: date | None = end.first if isinstance(end, Date) and end.full else None
        missed = amount == 0 and context.value(record, "EXADJ") in NOT_ORDERED
        before = found[-1] if missed and found else None
        daily = TIMES_A_DAY.get(str(times)) if before is None else before.times_a_day
        due = None if before is None else before.prescribed or before.mg
        found.append(dose.DosingInterval(start.first, last, amount, daily, due))
    return found
