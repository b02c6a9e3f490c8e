"""How late something was written down: days from the observation to its first save; knows no database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from imt_ecrf.store.tables import moment
from imt_ecrf.study.values import read_date

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.definition import Form


def late_days(form: Form, row: FormRow, visit_date: str | None, zone: str) -> int | None:
    """Count the days between what a form tells of and its first save; None when that is not known."""
    if not row.created_at:
        return None
    return days_after(observed(form, row, visit_date), moment(row.created_at), zone)


def observed(form: Form, row: FormRow, visit_date: str | None) -> dt.date | None:
    """Give the full date a form tells of: its own date item, else the visit."""
    cell = row.document.get(form.date_item or "", {})
    text = cell.get("v") or visit_date
    day = read_date(text) if isinstance(text, str) else None
    return day.first if day and day.full else None


def days_after(day: dt.date | None, written: dt.datetime, zone: str) -> int | None:
    """Count the days from a clinical date to a moment, on the calendar of the site."""
    if day is None:
        return None
    return max(0, (written.astimezone(ZoneInfo(zone)).date() - day).days)
