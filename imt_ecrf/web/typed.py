"""Days that people type into the pages' own fields, read as on forms; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.policy.refusals import Refused
from imt_ecrf.study.entry import read_entry
from imt_ecrf.study.values import read_date
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    import datetime as dt


MOST_SHOWN: Final = 40


class NotADay(Refused):
    """Write the whole day, as 31.12.2026, 31 Dec 2026 or 2026-12-31."""

    ru = "Укажите дату полностью: 31.12.2026, 31 дек 2026 или 2026-12-31."


def day_to_keep(text: str, field: str) -> dt.date | None:
    """Read a day that is to be stored: None when nothing was typed, NotADay (naming the field) otherwise."""
    day = typed_day(text)
    if day is None and text.strip():
        raise NotADay(f"«{field}».")
    return day


def unread(text: str) -> str:
    """Give what was typed where a day belongs when it is none, as far as a page repeats it."""
    typed = text.strip()
    return typed[:MOST_SHOWN] if typed and typed_day(typed) is None else ""


def typed_day(text: str) -> dt.date | None:
    """Read `19.11.2026`, `19 Nov 2026` or `2026-11-19`; None when it is no full day."""
    found = read_entry(text.strip(), "date", current()) if text.strip() else None
    day = read_date(found) if isinstance(found, str) else None
    return day.first if day is not None and day.full else None
