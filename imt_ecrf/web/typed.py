"""Days and moments that people type into the pages' own fields, read as on forms; knows no page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from imt_ecrf.policy.refusals import Refused
from imt_ecrf.study.entry import read_entry
from imt_ecrf.study.values import read_date
from imt_ecrf.web.language import current

MOST_SHOWN: Final = 40
_TIME: Final = re.compile(r"[\s,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*(?:UTC|Z))?$")


class NotADay(Refused):
    """Write the whole day, as 31.12.2026, 31 Dec 2026 or 2026-12-31."""

    ru = "Укажите дату полностью: 31.12.2026, 31 дек 2026 или 2026-12-31."


class NotAMoment(Refused):
    """Write a whole day, as 31.12.2026, 31 Dec 2026 or 2026-12-31, and if you wish a time, as 14:05 (UTC)."""

    ru = "Укажите дату полностью: 31.12.2026, 31 дек 2026 или 2026-12-31, и при желании время: 14:05 (UTC)."


def point(text: str) -> dt.date | None:
    """Read a day, or a day with a time of UTC (`19 Nov 2026 14:05`); None when it is neither."""
    words, at = text.strip(), _TIME.search(text.strip())
    if at is None:
        return typed_day(words)
    day = typed_day(words[: at.start()])
    try:
        hour, minute, second = (int(part or 0) for part in at.groups())
        time = dt.time(hour, minute, second)
    except ValueError:
        return None
    return dt.datetime.combine(day, time, dt.UTC) if day else None


def point_to_find(text: str, field: str) -> dt.date | None:
    """Read a day or a moment to find something by: None when nothing was typed, else NotAMoment."""
    found = point(text)
    if found is None and text.strip():
        raise NotAMoment(f"«{field}».")
    return found


def day_to_keep(text: str, field: str) -> dt.date | None:
    """Read a day that is to be stored: None when nothing was typed, NotADay (naming the field) otherwise."""
    day = typed_day(text)
    if day is None and text.strip():
        raise NotADay(f"«{field}».")
    return day


def unread(text: str, *, timed: bool = False) -> str:
    """Give what was typed where a day (or a moment) belongs when it is none, as far as a page repeats it."""
    typed = text.strip()
    return typed[:MOST_SHOWN] if typed and (point(typed) if timed else typed_day(typed)) is None else ""


def typed_day(text: str) -> dt.date | None:
    """Read `19.11.2026`, `19 Nov 2026` or `2026-11-19`; None when it is no full day."""
    found = read_entry(text.strip(), "date", current()) if text.strip() else None
    day = read_date(found) if isinstance(found, str) else None
    return day.first if day is not None and day.full else None
