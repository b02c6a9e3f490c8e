"""A form as the screen draws it in one language, made once per version and kept; knows no answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from imt_ecrf.web.words import printed

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup, RowDef
    from imt_ecrf.web.pieces import Cut

Kind: TypeAlias = Literal[
    "number", "text", "long", "date", "partial", "datetime", "time",
    "choice", "list", "multi", "ref", "unit", "derived",
]  # fmt: skip
Layout: TypeAlias = Literal["items", "panel", "table", "cards"]
Choice: TypeAlias = tuple[str, str]

MOST_RADIOS: Final = 6
LONG_TEXT: Final = 100
MOST_COLUMNS: Final = 6
KINDS: Final[dict[str, Kind]] = {
    "integer": "number", "float": "number", "date": "date", "datetime": "datetime",
    "partial_date": "partial", "time": "time", "record_ref": "ref",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Control:
    """A question and what it is answered with."""

    oid: str
    kind: Kind
    label: str
    choices: tuple[Choice, ...] = ()
    units: tuple[Choice, ...] = ()
    missing: tuple[Choice, ...] = ()
    length: int | None = None
    decimals: int | None = None
    critical: bool = False
    required: str = "no"
    condition: str = ""
    show_last: bool = False
    carries: bool = False
    ref_form: str | None = None
    limits: str = ""
    usual: str = ""
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def derived(self) -> bool:
        """Worked out by the program."""
        return self.kind == "derived"


@dataclass(frozen=True, slots=True)
class RowSheet:
    """A fixed row of a panel: its key and name, its prefilled words, its own units."""

    key: str
    label: str
    prefilled: dict[str, str] = field(default_factory=dict)
    units: tuple[Choice, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class GroupSheet:
    """A section of the form and how it is laid out."""

    oid: str
    name: str
    layout: Layout
    controls: tuple[Control, ...]
    rows: tuple[RowSheet, ...] = ()
    fixed: bool = False
    key: str = ""
    prefix: str = ""
    max_rows: int | None = None

    def control(self, oid: str) -> Control | None:
        """Find a question of the section."""
        return next((one for one in self.controls if one.oid == oid), None)


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A form in one language."""

    oid: str
    name: str
    version: str
    groups: tuple[GroupSheet, ...]
    controls: dict[str, Control]
    is_log: bool
    shapes: dict[object, Cut] = field(default_factory=dict, compare=False, repr=False)


_books: dict[str, Book] = {}


def sheet(book: Book, form: str, language: str) -> FormSheet:
    """Give a form as the screen draws it; made once per version, form and language."""
    _books.setdefault(book.fingerprint, book)
    return _sheet(book.fingerprint, form, language)


@lru_cache(maxsize=1024)
def _sheet(fingerprint: str, form: str, language: str) -> FormSheet:
    book = _books[fingerprint]
    found = book.forms[form]
    groups = tuple(_group(book, found, group, language) for group in found.groups)
    controls = {control.oid: control for group in groups for control in group.controls}
    return FormSheet(
        found.oid, found.name.in_(language), found.version, groups, controls, found.repeating == "log"
    )


def _group(book: Book, form: Form, group: ItemGroup, language: str) -> GroupSheet:
    prefix = form.oid.removeprefix("F_")
    panel = bool(group.lbcat) and f"{prefix}STRESN" in {item.oid for item in group.items}
    controls = tuple(_control(book, item, language, panel=panel) for item in group.items)
    layout: Layout = "items" if group.repeating == "no" else "panel" if panel else "table"
    if layout == "table" and len(_asked(controls, group)) > MOST_COLUMNS:
        layout = "cards"
    rows = tuple(_row(book, group, row, language) for row in group.rows)
    fixed = group.repeating == "fixed_rows"
    key = group.items[0].oid if group.repeating != "no" else ""
    return GroupSheet(
        group.oid, group.name.in_(language), layout, controls, rows, fixed, key, prefix, group.max_rows
    )


def _asked(controls: tuple[Control, ...], group: ItemGroup) -> list[Control]:
    prefilled = {oid for row in group.rows for oid in row.prefilled}
    return [control for control in controls if control.oid not in prefilled]


def _row(book: Book, group: ItemGroup, row: RowDef, language: str) -> RowSheet:
    words = {oid: _decoded(book, group, oid, value, language) for oid, value in row.prefilled.items()}
    first = group.items[0].oid
    label = words.get(first) or _decoded(book, group, first, row.key, language)
    if label.isdigit():  # a number says nothing alone: "Tracing 2"
        label = f"{group.items[0].question.in_(language)} {label}"
    rest = {oid: word for oid, word in words.items() if oid != first}
    return RowSheet(row.key, label, rest, _units(book, row.units, language), row.required == "no")


def _decoded(book: Book, group: ItemGroup, oid: str, value: str, language: str) -> str:
    item = next(one for one in group.items if one.oid == oid)
    found = book.codelists.get(item.codelist or "")
    return found.text(value, language) if found else value


def _control(book: Book, item: Item, language: str, *, panel: bool) -> Control:
    choices = _choices(book, item.codelist, language)
    return Control(
        oid=item.oid,
        kind=_kind(item, len(choices), panel=panel),
        label=item.question.in_(language),
        choices=choices,
        units=_units(book, item.units, language),
        missing=_choices(book, item.missing_reasons, language),
        length=item.length,
        decimals=item.decimals,
        critical=item.critical,
        required=item.required,
        condition=item.show_if.text if item.show_if else "",
        show_last=item.show_last,
        carries=item.carry_forward,
        ref_form=item.ref_form,
        limits=_limits(item.range.hard if item.range else None, language),
        usual=_limits(item.range.soft if item.range else None, language),
        codes=dict(choices),
    )


def _kind(item: Item, choices: int, *, panel: bool) -> Kind:
    if item.derived:
        return "derived"
    if item.codelist:
        return "multi" if item.multi else "choice" if choices <= MOST_RADIOS else "list"
    if panel and item.oid.endswith("ORRESU"):
        return "unit"
    if item.data_type == "text":
        return "long" if (item.length or 0) > LONG_TEXT else "text"
    return KINDS[item.data_type]


def _choices(book: Book, codelist: str | None, language: str) -> tuple[Choice, ...]:
    found = book.codelists.get(codelist or "")
    return tuple((one.value, one.text.in_(language)) for one in found.items) if found else ()


def _units(book: Book, units: tuple[str, ...], language: str) -> tuple[Choice, ...]:
    found = [book.units[unit] for unit in units if unit in book.units]
    return tuple(
        (unit.oid, "" if unit.oid == "none" else printed(unit.symbol.in_(language))) for unit in found
    )


def _limits(pair: tuple[str, str] | None, language: str) -> str:
    if pair is None:
        return ""
    low, high = (_short(text) for text in pair)
    return f"{low}–{high}" if language == "ru" else f"{low} to {high}"


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
