"""Growth z-scores and limits of vital signs by age, as rules ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.clinical import growth, vitals
from imt_ecrf.study.ageing import months_on, years_on
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.values import Date, read_date

if TYPE_CHECKING:
    from datetime import date

    from imt_ecrf.clinical.growth import GrowthTable
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Subject
    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Number


FUNCTION: Final = "growth_z("
_scored: dict[str, dict[str, tuple[str, ...]]] = {}


def growth_z(context: Context, kind: str, value: Number) -> Number | None:
    """Give the z-score of a weight or height on the form's date; unknown without a loaded reference."""
    day = form_date(context)
    if context.book is None or day is None:
        return None
    record = next(iter(context.subject.valid_records("F_DM")), None)
    sex = context.value(record, "SEX") if record else None
    return growth.growth_z(
        reference(context.subject, context.book),
        kind,
        str(sex) if sex else None,
        months_on(context, day),
        value,
    )


def scored(book: Book) -> dict[str, tuple[str, ...]]:
    """Give by form the items that are growth scores, worked out once per version."""
    if book.fingerprint not in _scored:
        _scored[book.fingerprint] = _find_scored(book)
    return _scored[book.fingerprint]


def _find_scored(book: Book) -> dict[str, tuple[str, ...]]:
    methods = {
        method.oid
        for method in book.version.methods
        if any(FUNCTION in rule.text for rule in method.rules.values())
    }
    found = {
        form.oid: tuple(item.oid for item in form.items() if item.method in methods)
        for form in book.version.forms
    }
    return {form: items for form, items in found.items() if items}


def reference(subject: Subject, book: Book) -> GrowthTable | None:
    """Give the growth reference of the installation, else that of the version; None without one."""
    imported: GrowthTable | None = subject.fact("growth", None)
    return imported or medicine(book).growth


def vital_lo(context: Context, vital: str) -> Number | None:
    """Give the lower limit of a vital sign for the age on the form's date."""
    day = form_date(context)
    age = years_on(context, day) if day else None
    return (
        vitals.vital_lo(medicine(context.book).vitals, vital, age)
        if context.book and age is not None
        else None
    )


def vital_hi(context: Context, vital: str) -> Number | None:
    """Give the upper limit of a vital sign for the age on the form's date."""
    day = form_date(context)
    age = years_on(context, day) if day else None
    return (
        vitals.vital_hi(medicine(context.book).vitals, vital, age)
        if context.book and age is not None
        else None
    )


def form_date(context: Context) -> date | None:
    """Give the date of this form: its date item, else the visit date."""
    record, book = context.record, context.book
    if record is None or book is None:
        return None
    item = book.forms[record.form].date_item
    day = context.value(record, item) if item else None
    if isinstance(day, Date) and day.full:
        return day.first
    visit = context.event.date if context.event else None
    read = read_date(visit) if visit else None
    return read.first if read is not None and read.full else None
