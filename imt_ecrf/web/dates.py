"""Days and moments as a person reads them: `19 Nov 2026`, `19 ноя 2026`, system times in UTC."""

from __future__ import annotations

import datetime as dt
from typing import Final

from imt_ecrf.store.tables import moment as read_stamp

MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
WEEKDAYS: Final = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"),
}
MINUS: Final = "\N{MINUS SIGN}"


def day(value: dt.date | str | None, language: str, *, year: bool = True) -> str:
    """Write a day, also one known in part: `2026-11-19`, `2026-11`, `2026`; nothing for none."""
    if value is None or value == "":
        return ""
    parts = (value.isoformat() if isinstance(value, dt.date) else value)[:10].split("-")
    months = MONTHS[language]
    words = [str(int(parts[2]))] if len(parts) > 2 else []  # noqa: PLR2004 - year, month, day
    words += [months[int(parts[1]) - 1]] if len(parts) > 1 else []
    return " ".join([*words, parts[0]] if year or not words else words)


def weekday(value: dt.date, language: str) -> str:
    """Write a day of the next weeks: `Fri 20 Nov`, `Пт 20 ноя`."""
    return f"{WEEKDAYS[language][value.weekday()]} {day(value, language, year=False)}"


def span(first: dt.date, last: dt.date, language: str, *, year: bool = False) -> str:
    """Write a range of days: `16 to 22 Nov`, `16–22 ноя`; a range of one day is that day."""
    if first == last:
        return day(first, language, year=year)
    end = day(last, language, year=year)
    if first.year != last.year:
        start, end = day(first, language), day(last, language)
    elif first.month != last.month:
        start = day(first, language, year=False)
    else:
        start = str(first.day)
    between = " to " if language == "en" else ("–" if start.isdecimal() else " – ")
    return f"{start}{between}{end}"


def moment(value: dt.datetime | str | None, language: str, *, seconds: bool = False) -> str:
    """Write a system time in UTC, always with its zone; takes an aware time or the store's stamp."""
    if not value:
        return ""
    at = (read_stamp(value) if isinstance(value, str) else value).astimezone(dt.UTC)
    return (
        f"{day(at.date(), language)}, {at:%H:%M:%S} UTC"
        if seconds
        else f"{day(at.date(), language)}, {at:%H:%M} UTC"
    )


def point(value: dt.date | None, language: str) -> str:
    """Write a day, or a moment of UTC as it may be typed again: `19 Nov 2026 14:05`."""
    if not isinstance(value, dt.datetime):
        return day(value, language)
    at = value.astimezone(dt.UTC)
    return (
        f"{day(at.date(), language)} {at:%H:%M:%S}" if at.second else f"{day(at.date(), language)} {at:%H:%M}"
    )


def clock(value: dt.datetime | str, *, seconds: bool = True) -> str:
    """Write the time of day of a system time: `14:03:22 UTC`."""
    at = (read_stamp(value) if isinstance(value, str) else value).astimezone(dt.UTC)
    return f"{at:%H:%M:%S} UTC" if seconds else f"{at:%H:%M} UTC"


def figure(value: float | str | None, language: str) -> str:
    """Write a number as the reader's language does: `34,1` in Russian, a real minus sign in both."""
    if value is None:
        return "–"
    text = str(value).replace("-", MINUS, 1)
    return text.replace(".", ",") if language == "ru" else text
