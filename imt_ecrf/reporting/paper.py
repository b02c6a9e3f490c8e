"""One filled form on paper: its answers as sections of cells, panels and records; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.reporting.pages import Both, CellView, PanelRow, RecordRow, Said, Section
from imt_ecrf.reporting.sfnt import printable
from imt_ecrf.reporting.words import FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup, RowDef

LONG: Final = 160
TEXT_WIDTH: Final = 178
COLUMNS: Final = 6
FIRST_COLUMN: Final = 50
NUMBER_COLUMN: Final = 10
IN_COLUMNS: Final = ("ORRES", "ORRESU", "QUAL", "ORNRLO", "ORNRHI", "NRIND", "TOXGR", "CLSIG")
NO_GLYPH: Final = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200c\u200d\u200e\u200f\ufeff\u00ad"
)


@dataclass(frozen=True)
class Filled:
    """A filled form as it is printed: its document and what is known about its items."""

    book: Book
    form: Form
    cells: Mapping[str, Mapping[str, Any]]
    hidden: frozenset[str] = frozenset()
    changed: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    queries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Mapping[str, Both] = field(default_factory=dict)


def both(text: Any) -> Both:
    """Turn a text of the definitions into a text on paper."""
    return Both(text.en, text.ru)


def safe(text: str) -> str:
    """Print what has no glyph, controls and bidirectional marks by number: no sign is lost, none deceives."""
    return "".join(sign if _plain(sign) else f"[U+{ord(sign):04X}]" for sign in text)


def _plain(sign: str) -> bool:
    return sign in "\n\t" or (sign not in NO_GLYPH and ord(sign) in printable())


def answer(book: Book, item: Item, cell: Mapping[str, Any]) -> Said | None:
    """Decode the value of a cell; None when it holds none."""
    value = cell.get("v")
    if value in (None, "", []):
        return None
    if item.codelist and item.codelist in book.codelists:
        codes = value if isinstance(value, list) else [value]
        texts = [_code(book, item.codelist, code) for code in codes]
        return Both("; ".join(one.en for one in texts), "; ".join(one.ru for one in texts))
    if item.data_type == "record_ref":
        return f"№ {value}"
    return safe("; ".join(value) if isinstance(value, list) else str(value))


def missing(book: Book, item: Item, cell: Mapping[str, Any]) -> Both | None:
    """Decode the missing reason of a cell: its code and its text."""
    code = cell.get("m")
    if not code:
        return None
    text = _code(book, item.missing_reasons or "CL_NDREAS", str(code))
    return Both(f"{code}, {text.en}", f"{code}, {text.ru}")


def unit(book: Book, oid: str | None) -> Said:
    """Give the symbol of a unit."""
    found = book.units.get(oid or "")
    if found is None:
        return oid or ""
    return "" if found.oid == "none" else both(found.symbol)


def whole(book: Book, item: Item, cell: Mapping[str, Any] | None) -> Said:
    """Give a cell as history prints it: value with unit, or missing reason, or the word for nothing."""
    if not cell:
        return Both("(blank)", "(пусто)")
    told: Said | None = missing(book, item, cell) or answer(book, item, cell)
    if told is None:
        return Both("(blank)", "(пусто)")
    sign = unit(book, cell.get("u"))
    return joined(told, sign) if sign else told


def joined(one: Said, other: Said) -> Said:
    """Put two texts side by side in each language."""
    return Both(*(f"{in_(one, lang)} {in_(other, lang)}" for lang in ("en", "ru")))


def in_(text: Said, language: str) -> str:
    """Give a text in one language."""
    return text if isinstance(text, str) else text.ru if language == "ru" else text.en


def numbers(form: Form) -> dict[str, str]:
    """Give each item its number in the order of the paper."""
    return {item.oid: str(number) for number, item in enumerate(form.items(), 1)}


def sections(filled: Filled) -> tuple[Section, ...]:
    """Print every group of the form, blank items included."""
    many = len(filled.form.groups) > 1
    return tuple(_section(filled, group, both(group.name) if many else "") for group in filled.form.groups)


def row_keys(filled: Filled, group: ItemGroup) -> list[str]:
    """List the rows of a group: those of the panel, or those that were ever written."""
    if group.rows:
        return [row.key for row in group.rows]
    found = {path.split(".")[1] for path in filled.cells if path.startswith(f"{group.oid}.")}
    return sorted(found, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))


def _section(filled: Filled, group: ItemGroup, name: Said) -> Section:
    if group.repeating == "no":
        shown = [item for item in group.items if _shown(filled, item.oid)]
        number = numbers(filled.form)
        left = ", ".join(number[item.oid] for item in group.items if item not in shown)
        return Section("items", name, tuple(cell(filled, item, item.oid) for item in shown), skipped=left)
    if group.lbcat and any(item.oid.endswith("STRESN") for item in group.items):
        rows = tuple(_panel_row(filled, group, row, place) for place, row in enumerate(group.rows, 1))
        return Section("panel", name, rows=rows, lab=True)
    return records(filled, group, name)


def _shown(filled: Filled, path: str) -> bool:
    return path not in filled.hidden or bool(filled.cells.get(path))


def cell(filled: Filled, item: Item, path: str, label: Said | None = None) -> CellView:
    """Print one answer with its marks."""
    stored = filled.cells.get(path, {})
    told = answer(filled.book, item, stored)
    default = item.units[0] if len(item.units) == 1 else None
    return CellView(
        number=numbers(filled.form)[item.oid],
        label=both(item.question) if label is None else label,
        text=told,
        missing=missing(filled.book, item, stored),
        unit=unit(filled.book, stored.get("u") or default),
        verified=filled.marks.get(path, ""),
        derived=item.derived,
        changed_in=filled.changed.get(path, ""),
        queries=tuple(filled.queries.get(path, ())),
        long=told is not None and len(in_(told, "en")) > LONG,
        kept=path in filled.hidden and bool(stored),
        asked=_shown(filled, path),
        note="" if stored else filled.notes.get(item.oid, ""),
        oid=item.oid,
    )


def _code(book: Book, codelist: str, value: str) -> Both:
    found = book.codelists.get(codelist)
    return Both(found.text(value, "en"), found.text(value, "ru")) if found else Both(value, value)


def _panel_row(filled: Filled, group: ItemGroup, row: RowDef, place: int) -> PanelRow:
    by_end = {item.oid[len(group.items[0].oid) - 4 :]: item for item in group.items}

    def part(end: str) -> CellView:
        item = by_end[end]
        return cell(filled, item, f"{group.oid}.{row.key}.{item.oid}")

    def stored(end: str) -> str:
        return str(filled.cells.get(f"{group.oid}.{row.key}.{by_end[end].oid}", {}).get("v", ""))

    result = part("ORRES")
    flag, shape = FLAGS.get(stored("NRIND"), ("", ""))
    return PanelRow(
        key=row.key,
        number=str(place),
        label=_code(filled.book, group.items[0].codelist or "", row.key),
        result=result,
        sign=stored("QUAL"),
        unit=unit(filled.book, stored("ORRESU")) or result.unit,
        range=limits(stored("ORNRLO"), stored("ORNRHI")),
        flag=flag,
        flag_shape=shape,
        grade=stored("TOXGR"),
        significant=part("CLSIG"),
        more=_more(filled, group, row, result),
    )


def _more(filled: Filled, group: ItemGroup, row: RowDef, result: CellView) -> tuple[CellView, ...]:
    """Give what a row holds beside its columns; a standard result only where it reads differently."""
    found = []
    for item in group.items[1:]:
        path = f"{group.oid}.{row.key}.{item.oid}"
        if item.oid.endswith(IN_COLUMNS) or item.oid in row.prefilled or not filled.cells.get(path):
            continue
        one = cell(filled, item, path)
        if item.oid.endswith("STRESN") and _equal(one.text, result.text):
            continue
        found.append(one)
    return tuple(found)


def _equal(one: Said | None, other: Said | None) -> bool:
    """Tell whether two results are the same number: 136 and 136.000 are."""
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return one == other


def limits(low: str, high: str) -> Said:
    """Say which limits a result was compared with; one of them may be absent."""
    if low and high:
        return f"{low}–{high}"
    if high:
        return Both(f"up to {high}", f"до {high.replace('.', ',')}")
    return Both(f"from {low}", f"от {low.replace('.', ',')}") if low else ""


def records(filled: Filled, group: ItemGroup, name: Said) -> Section:
    """Print rows with several columns, two printed rows a record."""
    keys = row_keys(filled, group)
    columns, more = _columns(filled, group, keys)
    rows = [_record_row(filled, group, key, columns, more) for key in keys]
    titles: list[Said] = ["№", *(both(item.question) for item in columns)]
    return Section(
        "records",
        name,
        rows=tuple(rows),
        heads=tuple(titles),
        widths=widths(len(columns)),
        lab=bool(group.lbcat),
    )


def _columns(filled: Filled, group: ItemGroup, keys: list[str]) -> tuple[list[Item], list[Item]]:
    """Choose the columns among what some row is asked; what no row is asked runs in when it is there."""
    oids = [f"{group.oid}.{key}." for key in keys]
    asked = [item for item in group.items if not keys or any(_shown(filled, o + item.oid) for o in oids)]
    first = [group.items[0]] if group.rows else []
    columns = [*first, *(item for item in asked if item not in first)][:COLUMNS]
    return columns, [item for item in group.items if item not in columns]


def widths(columns: int) -> tuple[float, ...]:
    """Share the width of the sheet: the number, the first column, then equal ones."""
    if columns == 1:
        return (NUMBER_COLUMN, TEXT_WIDTH - NUMBER_COLUMN)
    rest = (TEXT_WIDTH - NUMBER_COLUMN - FIRST_COLUMN) / (columns - 1)
    return (NUMBER_COLUMN, FIRST_COLUMN, *([round(rest, 2)] * (columns - 1)))


def _record_row(
    filled: Filled, group: ItemGroup, key: str, columns: list[Item], more: list[Item]
) -> RecordRow:
    prefilled = next((row.prefilled for row in group.rows if row.key == key), {})

    def part(item: Item) -> CellView:
        path = f"{group.oid}.{key}.{item.oid}"
        found = cell(filled, item, path)
        if item.oid not in prefilled:
            return found
        told = answer(filled.book, item, {"v": prefilled[item.oid]})
        return CellView(found.number, found.label, told, oid=item.oid)

    struck = reason_of(filled.cells.get(f"{group.oid}.{key}.@struck", {}).get("v"))
    rest = [item for item in more if _shown(filled, f"{group.oid}.{key}.{item.oid}") or item.oid in prefilled]
    shown = [part(item) for item in rest if item.oid not in prefilled]
    number = key if key.isdigit() else ""
    return RecordRow(number, tuple(map(part, columns)), tuple(shown), struck, key=key)


def reason_of(kept: object) -> Said:
    """Say a kept reason in words, nothing for none."""
    if not kept:
        return ""
    return Both(*(safe(reason_text(str(kept), language)) for language in ("en", "ru")))
