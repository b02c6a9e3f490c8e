"""The checks every item brings along: required, range, not in the future, kept; reads one record's run."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from imt_ecrf.study.laboratory import panel_of
from imt_ecrf.study.rules.run import BLANK, Frame, Run
from imt_ecrf.study.values import Date, exact, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup, Range, RowDef
    from imt_ecrf.study.records import Record, Row
    from imt_ecrf.study.values import Number

Level = Literal["hard", "soft"]
IMPOSSIBLE: Final = ("{} is not possible; {} to {}{}.", "{} невозможно; {}–{}{}.")
UNUSUAL: Final = ("{} is unusual; usually {} to {}{}.", "{} необычно; обычно {}–{}{}.")
DATES: Final = frozenset({"date", "partial_date", "datetime"})
OWED: Final = frozenset({"hard", "soft"})


@dataclass(frozen=True, slots=True)
class Firing:
    """A check that fires: where it stands, what it says in both languages, the figures it fired on.

    `figures` are written as rules write them, `words` as people read them (English, Russian).
    """

    check: str
    level: Level
    path: str | None
    row: str | None
    en: str
    ru: str
    figures: str = ""
    words: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Spot:
    """One item of the record at hand, in a row of its group or outside rows."""

    run: Run
    book: Book
    record: Record
    group: ItemGroup
    item: Item
    row: Row | None

    @property
    def path(self) -> str:
        """Give the path of the answer."""
        return self.row.path(self.item.oid) if self.row else self.item.oid

    @property
    def fixed(self) -> RowDef | None:
        """Give the fixed row of a panel, None elsewhere."""
        if self.row is None:
            return None
        return self.book.rows.get((self.group.oid, self.row.key))

    def state(self) -> str:
        """Give the state of the answer."""
        return self.run.state(self.run.frame(self.record, self.row), self.item.oid)

    def fire(self, check: str, level: Level, en: str, ru: str) -> Firing:
        """Make the firing of a generated check at this place."""
        row = self.row.key if self.row else None
        named = [f"{self.named(language)}: {text}" for language, text in (("en", en), ("ru", ru))]
        cell = self.record.cell(self.path)
        said = f"{cell['v']} {cell.get('u', '')}".strip() if "v" in cell else ""
        figures = f"{self.item.oid} = {said}" if said else ""
        return Firing(f"{check}({self.item.oid})", level, self.path, row, named[0], named[1], figures)

    def named(self, language: str) -> str:
        """Name the question, in rows after the name of the row."""
        question = self.item.question.in_(language)
        if self.row is None:
            return question
        codes = self.book.codelists.get(self.group.items[0].codelist or "")
        row = codes.text(self.row.key, language) if codes else self.row.key
        return f"{row}, {question}"


def generated(run: Run, form: Form, book: Book) -> Iterator[Firing]:
    """Run the generated checks of a form on the record of a run."""
    record = run.record
    if record is None or record.not_done or record.struck:
        return
    for group in form.groups:
        asked = [item for item in group.items if item.required not in {"derived", "prefilled"}]
        rows = run.rows(record, group.oid) if group.repeating != "no" else (None,)
        for row in rows:
            frame = run.frame(record, row)
            for item in asked:
                if row is None and "v" in record.cell(item.oid) and not _of_answers(item):
                    continue
                if frame[item.oid] is not None or item.required in OWED or item.show_if is not None:
                    yield from _of_item(Spot(run, book, record, group, item, row), frame)


def _of_answers(item: Item) -> bool:
    """Tell whether a generated check may fire on a question that is answered; for most there is none."""
    return item.show_if is not None or item.range is not None or item.data_type in DATES


def _of_item(spot: Spot, frame: Frame) -> Iterator[Firing]:
    item, value = spot.item, frame[spot.item.oid]
    if value is None:
        yield from _required(spot)
    if item.show_if is not None and spot.run.kept(frame, item.oid):
        yield spot.fire("kept", "soft", "an answer is kept but not expected.", "ответ есть, но не ожидается.")
    if value is None:
        return
    if item.data_type in DATES and isinstance(value, Date):
        yield from _future(spot, value)
    yield from _range(spot)


def _required(spot: Spot) -> Iterator[Firing]:
    level = spot.item.required
    if level not in OWED or spot.state() != BLANK:
        return
    fixed = spot.fixed
    if fixed is None or fixed.required != "no":
        yield spot.fire(
            "required", "hard" if level == "hard" else "soft", "no answer yet.", "ответа пока нет."
        )


def _future(spot: Spot, value: Date) -> Iterator[Firing]:
    today: Date | None = spot.run.call("today")
    if today is not None and value.lo > today.hi:
        yield spot.fire("future", "hard", "the date lies in the future.", "дата ещё не наступила.")


def _range(spot: Spot) -> Iterator[Firing]:
    limits, value, unit = _measured(spot)
    if limits is None or value is None:
        return
    for level, pair in (("hard", limits.hard), ("soft", limits.soft)):
        if pair is None or _bound(pair[0]) <= value <= _bound(pair[1]):
            continue
        low, high, said = pair[0], pair[1], exact(value)
        tail_en, tail_ru = symbol(spot.book, unit)
        words = IMPOSSIBLE if level == "hard" else UNUSUAL
        en, ru = words[0].format(said, low, high, tail_en), words[1].format(said, low, high, tail_ru)
        yield spot.fire("range", "hard" if level == "hard" else "soft", en, ru)
        return


@cache
def _bound(text: str) -> Number:
    return plain(Fraction(text))


def symbol(book: Book, unit: str | None) -> tuple[str, str]:
    """Give a unit as messages write it after a figure, in both languages; nothing for none."""
    found = book.units.get(unit or "")
    if found is None or found.oid == "none":
        return "", ""
    # the sentence ends with a point of its own
    return f" {found.symbol.en.rstrip('.')}", f" {found.symbol.ru.rstrip('.')}"


def _measured(spot: Spot) -> tuple[Range | None, Number | None, str | None]:
    """Give limits and value in the canonical unit; a laboratory result is converted by its test."""
    fixed = spot.fixed
    if fixed is not None and fixed.range is not None and spot.item.oid.endswith("ORRES"):
        unit = fixed.units[0] if fixed.units else None
        if panel_of(spot.book, spot.record.form) is None:
            return fixed.range, _number(spot), unit
        spot.run.move(spot.row)
        value: Number | None = spot.run.call("lab_standard")
        spot.run.move(None)
        return fixed.range, value, unit
    return spot.item.range, _number(spot), spot.item.units[0] if spot.item.units else None


def _number(spot: Spot) -> Number | None:
    value = spot.run.value(spot.record, spot.item.oid, spot.row)
    return value if isinstance(value, int | Fraction) and not isinstance(value, bool) else None
