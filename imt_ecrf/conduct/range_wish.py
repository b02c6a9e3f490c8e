"""A normal range as a person states it, and what is wrong with it; knows no database."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.clinical.age import DAYS_OF_A_YEAR, days_of_years
from imt_ecrf.clinical.labs import RangeRow, laboratory_key
from imt_ecrf.clinical.range_table import range_faults
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.study.laboratory import panels
from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.clinical.range_table import RangeFault
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import RowDef

LONGEST_NAME: Final = 60
OLDEST_YEARS: Final = 120
EARLIEST: Final = dt.date(1990, 1, 1)
NUMBER: Final = re.compile(r"\d{1,7}(\.\d{1,4})?")
AGE: Final = re.compile(r"(\d{1,5})\s*([ymd])", re.IGNORECASE)
MONTHS: Final = 12


class RangeNotPossible(Refused):
    """This range cannot be kept."""

    ru = "Эти границы нельзя сохранить."

    def __init__(self, en: str, ru: str) -> None:
        super().__init__(en)
        self.detail_ru = ru

    def text(self, language: str = "en") -> str:
        """Say what is wrong in the reader's language."""
        return f"{self.ru} {self.detail_ru}" if language == "ru" else f"{self.__doc__} {self.detail}"


@dataclass(frozen=True, slots=True)
class RangeWish:
    """Normal limits of a test at a laboratory: ages in days, `valid_to` the first day without them."""

    laboratory: str
    test: str
    unit: str
    valid_from: dt.date
    low: str | None = None
    high: str | None = None
    sex: str | None = None
    age_from: int = 0
    age_to: int | None = None
    valid_to: dt.date | None = None

    def plain(self) -> dict[str, Any]:
        """Give the range as the log keeps it."""
        days = {name: getattr(self, name) for name in ("valid_from", "valid_to")}
        return {**asdict(self), **{name: day.isoformat() if day else None for name, day in days.items()}}

    def told(self) -> str:
        """Name the range in a message."""
        ages = age_words(self.age_from, self.age_to)
        return " ".join(part for part in (self.laboratory, self.test, self.sex or "", ages) if part)


def tests_of(book: Book) -> dict[str, RowDef]:
    """Give the tests that have ranges, each with its units, the standard one first."""
    return {row.key: row for panel in panels(book) for row in panel.group.rows if row.units}


def checked(book: Book, wish: RangeWish) -> RangeWish:
    """Give the range as it is kept; RangeNotPossible says what is wrong with it."""
    name = normal(wish.laboratory)
    known = tests_of(book)
    if not name or len(name) > LONGEST_NAME:
        raise RangeNotPossible("Name the laboratory.", "Укажите лабораторию.")
    if wish.test not in known:
        raise RangeNotPossible(
            f"{wish.test or 'No test'}: the study has no such test.",
            f"{wish.test or 'Показатель не указан'}: такого показателя в исследовании нет.",
        )
    if wish.unit not in known[wish.test].units:
        units = ", ".join(known[wish.test].units)
        raise RangeNotPossible(
            f"{wish.unit or 'No unit'}: {wish.test} is reported in {units}.",
            f"{wish.unit or 'Единица не указана'}: {wish.test} измеряют в {units}.",
        )
    _sex_age_days(wish)
    ready = replace(wish, laboratory=name, low=_number(wish.low), high=_number(wish.high))
    _limits(ready)
    return ready


def _sex_age_days(wish: RangeWish) -> None:
    if wish.sex not in {None, "F", "M"}:
        raise RangeNotPossible(
            f"{wish.sex}: the sex is F, M or empty for any.", f"{wish.sex}: пол — F, M или пусто."
        )
    oldest = days_of_years(OLDEST_YEARS)
    if not 0 <= wish.age_from <= oldest or (wish.age_to is not None and wish.age_to <= wish.age_from):
        raise RangeNotPossible(
            "The age to must be above the age from.", "Возраст «до» должен быть больше возраста «от»."
        )
    if wish.valid_from < EARLIEST or (wish.valid_to is not None and wish.valid_to <= wish.valid_from):
        raise RangeNotPossible(
            "The last day in force lies before the first.", "Последний день действия раньше первого."
        )


def _number(text: str | None) -> str | None:
    given = normal(text or "").replace(",", ".")
    if not given:
        return None
    if not NUMBER.fullmatch(given):
        raise RangeNotPossible(
            f"{text}: a limit is a number such as 3.5.", f"{text}: граница — число, например 3,5."
        )
    return str(Decimal(given))


def _limits(wish: RangeWish) -> None:
    if wish.low is None and wish.high is None:
        raise RangeNotPossible("Give at least one limit.", "Укажите хотя бы одну границу.")
    if wish.low is not None and wish.high is not None and Decimal(wish.low) > Decimal(wish.high):
        raise RangeNotPossible(
            f"The lower limit {wish.low} is above the upper one {wish.high}.",
            f"Нижняя граница {wish.low} больше верхней {wish.high}.",
        )


def table_faults(wishes: Iterable[RangeWish]) -> tuple[RangeFault, ...]:
    """List overlaps and gaps between the ages of a whole table, before it is added (CRF book section 11)."""
    return range_faults(_looked_up(one) for one in wishes)


def _looked_up(wish: RangeWish) -> RangeRow:
    low, high = (Fraction(limit) if limit else None for limit in (wish.low, wish.high))
    laboratory = laboratory_key(wish.laboratory)
    ages = wish.age_from, wish.age_to
    return RangeRow(
        wish.test, wish.unit, low, high, wish.sex, *ages, laboratory, wish.valid_from, wish.valid_to
    )


def age_days(text: str) -> int | None:
    """Read an age such as `6y`, `18m` or `30d` into days; None for anything else."""
    found = AGE.fullmatch(normal(text))
    if found is None:
        return None
    number, unit = int(found[1]), found[2].lower()
    if unit == "d":
        return number
    return days_of_years(Fraction(number, MONTHS) if unit == "m" else number)


def age_text(days: int) -> str:
    """Write an age in days as it was most likely meant: whole years, else whole months, else days."""
    years = round(days / DAYS_OF_A_YEAR)
    if days_of_years(years) == days:
        return f"{years}y"
    months = round(days * MONTHS / DAYS_OF_A_YEAR)
    return f"{months}m" if days_of_years(Fraction(months, MONTHS)) == days else f"{days}d"


def age_words(start: int, end: int | None) -> str:
    """Write a band of ages, the end excluded; nothing for any age."""
    if start == 0 and end is None:
        return ""
    return f"{age_text(start)}-{age_text(end)}" if end is not None else f"{age_text(start)}+"
