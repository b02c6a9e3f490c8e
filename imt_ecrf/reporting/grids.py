"""Laboratory results and lesions beside each other, a visit a column; made of the printed forms alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.pages import (
    Both,
    CellView,
    FormPage,
    Grid,
    GridCell,
    GridColumn,
    GridRow,
    Mark,
    PanelRow,
    Part,
    RecordRow,
    Said,
)
from imt_ecrf.reporting.paper import in_, joined
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LAB_COLUMNS: Final = 5
TIME_POINTS: Final = 6
LESIONS: Final = "F_TL"
IDENTITY: Final = ("TLLOC", "TLLOCOT", "TLLAT", "TLDTL")
MEASURED: Final = ("TLDIAM", "TLSTATE", "TLNEREAS")
SUMS: Final = ("TLSUM", "TLNADIR", "TLPCBL", "TLPCND", "TLRESPD")
RESPONSES: Final = (("F_NTL", "NTLRESPD"), ("F_NL", "NLYN"), ("F_RS", "RSOVR"), ("F_RS", "RSCONF"))
WORST: Final[tuple[Mark, ...]] = ("void", "draft", "signed")
SHAPES: Final = {"signed": "■", "draft": "○", "void": "□", "plain": ""}

_Seen = tuple[Part, FormPage]


def grids(parts: Sequence[Part]) -> tuple[Grid, ...]:
    """Lay the laboratory panels and the target lesions of these forms out by visit, in sheets of columns."""
    by_form: dict[str, list[_Seen]] = {}
    for part in parts:
        for form in part.forms:
            by_form.setdefault(form.anchor.split(".")[0], []).append((part, form))
    found: list[Grid] = []
    for oid, seen in by_form.items():
        if any(section.lab for _part, form in seen for section in form.sections):
            found += _laboratory(oid, seen)
    if LESIONS in by_form:
        found += _lesions(by_form)
    return tuple(found)


def worst(marks: Iterable[Mark]) -> Mark:
    """Give the mark of a sheet on which forms of several marks are told of: the worst wins."""
    found = set(marks)
    return next((one for one in WORST if one in found), "draft")


def _column(seen: _Seen) -> GridColumn:
    part, form = seen
    number = form.anchor.split(".")[1]
    name = part.event if number == "1" else joined(part.event, number)
    return GridColumn(name, form.day, SHAPES[form.mark])


def _laboratory(oid: str, seen: Sequence[_Seen]) -> Iterator[Grid]:
    filled = [one for one in seen if any(_has(row) for row in _results(one[1]).values())]
    for number, start in enumerate(range(0, len(filled), LAB_COLUMNS), 1):
        some = filled[start : start + LAB_COLUMNS]
        columns = tuple(_column(one) for one in some)
        results = [_results(form) for _part, form in some]
        rows = tuple(
            _lab_row(key, results) for key in results[0] if any(_has(one.get(key)) for one in results)
        )
        mark = worst(form.mark for _part, form in some)
        yield Grid(f"grid-{oid}-{number}", seen[0][1].title, "labs", columns, rows, mark)


def _results(form: FormPage) -> dict[str, PanelRow | RecordRow]:
    rows = (row for section in form.sections if section.lab for row in section.rows)
    return {row.key: row for row in rows}


def _has(row: PanelRow | RecordRow | None) -> bool:
    if isinstance(row, RecordRow):
        return any(_told(one) for one in row.columns[1:])
    return row is not None and bool(_told(row.result))


def _told(cell: CellView | None) -> Said:
    """Give what a cell says: its value, or why there is none."""
    return "" if cell is None else cell.missing or cell.text or ""


def _lab_row(key: str, results: Sequence[dict[str, PanelRow | RecordRow]]) -> GridRow:
    rows = [one.get(key) for one in results]
    panel = [row for row in rows if isinstance(row, PanelRow)]
    label = next(row.label if isinstance(row, PanelRow) else _told(row.columns[0]) for row in rows if row)
    units, ranges = _same(row.unit for row in panel), _same(row.range for row in panel)
    cells = tuple(_lab_cell(row, unit=units is None, limits=ranges is None) for row in rows)
    return GridRow(label, cells, units or "", ranges or "")


def _same(texts: Iterable[Said]) -> Said | None:
    """Give the text that all share, blanks aside; None when they differ."""
    found = list(dict.fromkeys(text for text in texts if text))
    return None if len(found) > 1 else found[0] if found else ""


def _lab_cell(row: PanelRow | RecordRow | None, *, unit: bool, limits: bool) -> GridCell:
    if isinstance(row, RecordRow):
        said = [text for one in row.columns[1:] if (text := _told(one))]
        return GridCell(said[0] if said else "", tuple(said[1:]), "")
    if row is None or not _told(row.result):
        return GridCell("", (), "")
    value: Said = _told(row.result)
    if row.sign:
        value = Both(*(f"{in_(row.sign, lang)}{in_(value, lang)}" for lang in ("en", "ru")))
    below = [row.unit] if unit else []
    below += [row.range] if limits and row.range else []
    return GridCell(value, tuple(below), row.flag_shape.strip())


def _lesions(by_form: dict[str, list[_Seen]]) -> Iterator[Grid]:
    seen = by_form[LESIONS]
    for number, start in enumerate(range(1, max(len(seen), 2), TIME_POINTS - 1), 1):
        some = [seen[0], *seen[start : start + TIME_POINTS - 1]]
        columns = tuple(_column(one) for one in some)
        rows = [*_lesion_rows(seen[0][1], some), *_sum_rows(by_form, some)]
        mark = worst(form.mark for form in _told_of(by_form, some))
        yield Grid(f"grid-{LESIONS}-{number}", UI["lesions"], "lesions", columns, tuple(rows), mark)


def _told_of(by_form: dict[str, list[_Seen]], some: Sequence[_Seen]) -> Iterator[FormPage]:
    """Give the forms a sheet of lesions tells of: those of its time points and their responses."""
    places = {part.key.rsplit("-", 1)[0] for part, _form in some}
    yield from (form for _part, form in some)
    for oid in dict.fromkeys(form for form, _item in RESPONSES):
        yield from (form for part, form in by_form.get(oid, ()) if part.key.rsplit("-", 1)[0] in places)


def _lesion_rows(first: FormPage, some: Sequence[_Seen]) -> Iterator[GridRow]:
    rows = [_records(form) for _part, form in some]
    identity = _records(first)
    for key in dict.fromkeys(key for one in rows for key in one):
        own = next(one[key] for one in rows if key in one)
        known = _by_oid(identity.get(key, own))
        where = [text for oid in IDENTITY if (text := _told(known.get(oid)))]
        note = Both(*(", ".join(in_(text, lang) for text in where) for lang in ("en", "ru")))
        yield GridRow(_told(own.columns[0]), tuple(_lesion_cell(one.get(key)) for one in rows), note=note)


def _lesion_cell(row: RecordRow | None) -> GridCell:
    if row is None:
        return GridCell("", (), "")
    found = _by_oid(row)
    said = [text for oid in MEASURED if (text := _told(found.get(oid)))]
    if row.struck:
        said.append(UI["struck"])
    diameter = found.get("TLDIAM")
    has_value = diameter is not None and bool(_told(diameter))
    changed = f"△ {diameter.changed_in}" if diameter and diameter.changed_in else ""
    return GridCell(said[0] if has_value else "", tuple(said[1:] if has_value else said), changed)


def _sum_rows(by_form: dict[str, list[_Seen]], some: Sequence[_Seen]) -> Iterator[GridRow]:
    places = [part.key.rsplit("-", 1)[0] for part, _form in some]
    wanted = [*((LESIONS, oid) for oid in SUMS), *RESPONSES]
    for form_oid, oid in wanted:
        cells = [_at(by_form.get(form_oid, ()), place, oid) for place in places]
        found = next((one for one in cells if one is not None), None)
        if found is not None and any(_told(one) for one in cells):
            yield GridRow(found.label, tuple(GridCell(_told(one), (), "") for one in cells), found.unit)


def _at(seen: Sequence[_Seen], place: str, oid: str) -> CellView | None:
    """Find the answer to a question at a visit."""
    for part, form in seen:
        if part.key.rsplit("-", 1)[0] == place:
            for section in form.sections:
                for cell in section.cells:
                    if cell.oid == oid:
                        return cell
    return None


def _records(form: FormPage) -> dict[str, RecordRow]:
    rows = (row for section in form.sections for row in section.rows)
    return {row.key: row for row in rows if isinstance(row, RecordRow)}


def _by_oid(row: RecordRow) -> dict[str, CellView]:
    return {cell.oid: cell for cell in (*row.columns, *row.more)}
