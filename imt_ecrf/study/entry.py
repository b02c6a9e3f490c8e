"""What a person types, in either language, to the text that is stored; knows no page and no item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.values import NUMBER_SIGNS, normal, read_date, read_datetime, read_integer, read_time
from imt_ecrf.study.wording import seen

if TYPE_CHECKING:
    from collections.abc import Callable

REASONS: Final[dict[str, tuple[str, str]]] = {
    "not_a_number": (
        "Write a number with digits and one decimal sign.",
        "Введите число: цифры и один десятичный знак.",
    ),
    "number_too_long": ("The number has more than 40 signs.", "В числе больше 40 знаков."),
    "not_a_whole_number": ("Write a whole number.", "Введите целое число."),
    "not_a_date": (
        "Write the date as 12.03.2024 or 12 Mar 2024; UN stands for an unknown day or month.",
        "Введите дату как 12.03.2024 или 12 мар 2024; UN вместо неизвестного дня или месяца.",
    ),
    "no_such_day": ("There is no such day in the calendar.", "Такого дня нет в календаре."),
    "ambiguous_date": (
        "Day and month could be mistaken: write the month in letters, as in 12 Mar 2024.",
        "День и месяц можно перепутать: напишите месяц буквами, например 12 мар 2024.",
    ),
    "year_of_two_digits": ("Write the year with four digits.", "Укажите год четырьмя цифрами."),
    "year_out_of_range": ("The year must be from 1850 to 2199.", "Год должен быть от 1850 до 2199."),
    "day_needed": ("The full date is needed here.", "Здесь нужна полная дата."),
    "day_without_month": (
        "A day without its month cannot be kept: write UN for the day too.",
        "День без месяца не сохраняется: укажите UN и для дня.",
    ),
    "not_a_time": (
        "Write the time as 09:05, from 00:00 to 23:59.",
        "Введите время как 09:05, от 00:00 до 23:59.",
    ),
    "twelve_hour_clock": ("Use the 24-hour clock: 14:30.", "Используйте 24-часовой формат: 14:30."),
    "not_a_line": ("Choose the number of a record.", "Выберите номер записи."),
}
"""Why an entry is refused: code to the sentence in English and in Russian."""


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """What was typed cannot be represented; `code` is a key of REASONS."""

    code: str

    def message(self, language: str) -> str:
        """Give the sentence for the person, in English unless Russian is asked for."""
        return REASONS[self.code][language == "ru"]


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january янв январь января",
            "feb february фев февр февраль февраля",
            "mar march мар март марта",
            "apr april апр апрель апреля",
            "may май мая",
            "jun june июн июнь июня",
            "jul july июл июль июля",
            "aug august авг август августа",
            "sep sept september сен сент сентябрь сентября",
            "oct october окт октябрь октября",
            "nov november ноя нояб ноябрь ноября",
            "dec december дек декабрь декабря",
        ),
        start=1,
    )
    for name in names.split()
}
_UNKNOWN: Final = frozenset({"un", "unk", "uk", "нд", "неизв", "--", "xx", "хх"})
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-"})
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})|([0-9]{2})([0-9]{2})")
_YEAR_FIRST = re.compile(r"[0-9]{4}(?:[-./\s].*)?")
_SPLIT = re.compile(r"[-./,\s]+")
_MONTHLESS_PARTS = 1
_DAYLESS_PARTS = 2
_DATE_PARTS = 3
_YEAR_DIGITS = 4


def read_entry(text: str, data_type: str, language: str = "en") -> str | EntryRefused:
    """Turn one typed answer into stored text, or say why it cannot be represented; blank gives "".

    `12,5` becomes `12.5`; `UN Nov 2026`, `UN.11.2026` become `2026-11`; `12 мар 2024` becomes `2024-03-12`;
    `9:05` becomes `09:05`. The digits of a number stay as typed. Length, range and codes are not looked at.
    """
    typed = normal(text)
    reader = _READERS.get(data_type)
    if reader is None:
        return typed if seen(typed) else ""
    return reader(typed, language) if typed else typed


def _number(typed: str, language: str) -> str | EntryRefused:
    del language
    text = typed.translate(_MINUS)
    if not _NUMBER.fullmatch(text):
        return EntryRefused("not_a_number")
    return text.replace(",", ".") if len(text) <= NUMBER_SIGNS else EntryRefused("number_too_long")


def _integer(typed: str, language: str) -> str | EntryRefused:
    stored = _number(typed, language)
    if isinstance(stored, EntryRefused):
        return stored
    return stored if read_integer(stored) is not None else EntryRefused("not_a_whole_number")


def _line(typed: str, language: str) -> str | EntryRefused:
    del language
    return typed if typed.isascii() and typed.isdigit() else EntryRefused("not_a_line")


def _full_date(typed: str, language: str) -> str | EntryRefused:
    stored = _date(typed, language)
    if isinstance(stored, EntryRefused):
        return stored
    day = read_date(stored)
    return stored if day and day.full else EntryRefused("day_needed")


def _date(typed: str, language: str) -> str | EntryRefused:
    parts = [part for part in _SPLIT.split(typed.translate(_MINUS).lower().rstrip(". г")) if part]
    if not 1 <= len(parts) <= _DATE_PARTS:
        return EntryRefused("not_a_date")
    year_first = _YEAR_FIRST.fullmatch(typed) is not None
    if not year_first:
        parts.reverse()
    year, month, day = (*parts, "un", "un")[:_DATE_PARTS]
    if not year.isascii() or not year.isdigit() or len(year) != _YEAR_DIGITS:
        short = year.isascii() and year.isdigit() and len(parts) > 1
        return EntryRefused("year_of_two_digits" if short else "not_a_date")
    if "/" in typed and not year_first and _may_be_swapped(month, day, language):
        return EntryRefused("ambiguous_date")
    return _join(year, month, day)


def _may_be_swapped(month: str, day: str, language: str) -> bool:
    """12/03 is 12 March for a Russian reader and may be 3 December for an English one."""
    return language != "ru" and month.isdigit() and day.isdigit() and int(day) <= 12 and month != day  # noqa: PLR2004


def _join(year: str, month: str, day: str) -> str | EntryRefused:
    if month in _UNKNOWN:
        stored = year
        if day not in _UNKNOWN:
            return EntryRefused("day_without_month")
    else:
        number = str(_MONTHS.get(month, month))
        if not _short(number) or not (_short(day) or day in _UNKNOWN):
            return EntryRefused("not_a_date")
        stored = f"{year}-{number.zfill(2)}" + ("" if day in _UNKNOWN else f"-{day.zfill(2)}")
    if read_date(f"{year}") is None:
        return EntryRefused("year_out_of_range")
    return stored if read_date(stored) else EntryRefused("no_such_day")


def _short(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 2  # noqa: PLR2004


def _time(typed: str, language: str) -> str | EntryRefused:
    del language
    if typed.lower().rstrip(".").endswith(("am", "pm", "a.m", "p.m")):
        return EntryRefused("twelve_hour_clock")
    match = _CLOCK.fullmatch(typed)
    if match is None:
        return EntryRefused("not_a_time")
    stored = f"{(match[1] or match[3]).zfill(2)}:{match[2] or match[4]}"
    return stored if read_time(stored) is not None else EntryRefused("not_a_time")


def _datetime(typed: str, language: str) -> str | EntryRefused:
    day_text, _, time = typed.replace("T", " ").rpartition(" ")
    if not day_text or ":" not in time:
        return _date(typed, language)
    day, clock = _full_date(day_text, language), _time(time, language)
    if isinstance(day, EntryRefused):
        return day
    if isinstance(clock, EntryRefused):
        return clock
    return f"{day}T{clock}" if read_datetime(f"{day}T{clock}") else EntryRefused("not_a_date")


_READERS: Final[dict[str, Callable[[str, str], str | EntryRefused]]] = {
    "integer": _integer,
    "float": _number,
    "date": _full_date,
    "partial_date": _date,
    "time": _time,
    "datetime": _datetime,
    "record_ref": _line,
}
