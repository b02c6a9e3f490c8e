"""Blank forms to fill on paper: every question of a form, or of all forms of a visit, with its choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.assemble import Bookmark, Copy, assemble
from imt_ecrf.reporting.condition import in_words
from imt_ecrf.reporting.copy import GENERATOR, paper
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.pages import Both, Part, Said
from imt_ecrf.reporting.paper import both, in_, numbers
from imt_ecrf.reporting.render import Printer
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup

BOXES: Final = 12
BLANK_ROWS: Final = 3
COLUMNS: Final = 7
HEAD: Final = (("Site", "Subject"), ("Центр", "Пациент"), ("Site / Центр", "Subject / Пациент"))
DATE_CELLS: Final = ((4, "-"), (2, "-"), (2, ""))


@dataclass(frozen=True, slots=True)
class Notes:
    """What an annotated form says of an item; `submitted` is false for what no SDTM domain holds."""

    submitted: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlankItem:
    """A question to answer by hand."""

    number: str
    label: Said
    condition: Said
    choices: tuple[Said, ...]
    cells: tuple[tuple[int, str], ...]
    unit: Said
    long: bool
    limits: str
    missing: str
    notes: Notes | None = None


@dataclass(frozen=True, slots=True)
class BlankGroup:
    """A section: questions, or rows with empty columns."""

    name: Said
    items: tuple[BlankItem, ...] = ()
    heads: tuple[Said, ...] = ()
    rows: tuple[tuple[Said, ...], ...] = ()
    widths: tuple[float, ...] = ()
    notes: tuple[Notes, ...] = ()


@dataclass(frozen=True, slots=True)
class BlankForm:
    """A form to fill by hand."""

    anchor: str
    name: Said
    where: Said
    version: str
    groups: tuple[BlankGroup, ...]
    reasons: tuple[tuple[str, Said], ...] = ()


def blank(book: Book, forms: Sequence[str], language: str, title: Said, *, annotated: bool = False) -> bytes:
    """Print blank forms one after the other; KeyError for a form the study does not have.

    Annotated ones name beside each question its item, its SDTM and CDASH variables, code list and checks.
    """
    with Printer(Options(language).sheets) as printer:
        printed = printer.print_all(
            [(oid, _html(book, book.forms[oid], language, title, annotated=annotated)) for oid in forms]
        )
    marks = [Bookmark(in_(both(book.forms[oid].name), language), oid, None, 1) for oid in forms]
    name = f"{book.version.study_oid} {in_(title, language)}"
    spoken = "ru" if language == "ru" else "en"
    about = Copy(name, book.version.study_oid, "blank", spoken, "2000-01-01T00:00:00Z", GENERATOR)
    return assemble(printed, marks, about)


def blank_form(book: Book, form: Form, title: Said, *, annotated: bool = False) -> BlankForm:
    """Give a form as it is printed empty."""
    where = both(form.name) if isinstance(title, str) else Both(
        f"{title.en} › {form.name.en}", f"{title.ru} › {form.name.ru}"
    )  # fmt: skip
    groups = tuple(one for group in form.groups for one in _groups(book, form, group, annotated))
    reasons = tuple(_reasons(book, form))
    return BlankForm(form.oid, both(form.name), where, book.version.version, groups, reasons)


def _reasons(book: Book, form: Form) -> Iterator[tuple[str, Said]]:
    """Give the codes of missing answers that the form prints, with their texts."""
    lists = dict.fromkeys(item.missing_reasons for item in form.items() if item.missing_reasons)
    known = [book.codelists[oid] for oid in lists if oid in book.codelists]
    yield from {one.value: both(one.text) for codes in known for one in codes.items}.items()


def _html(book: Book, form: Form, language: str, title: Said, *, annotated: bool) -> str:
    doc = {"title": form.oid}
    study = book.version.study_oid
    who = Both(*(f"{study} · {site} ______ · {subject} __________" for site, subject in HEAD))
    record = Both(f"{form.oid}, {book.version.version}, {book.fingerprint[:12]}",
                  f"{form.oid}, {book.version.version}, {book.fingerprint[:12]}")  # fmt: skip
    part = Part(form.oid, title, title, "", "plain", who, record, ())
    template = paper().get_template("blank.html")
    return template.render(
        L=language, UI=UI, doc=doc, part=part, form=blank_form(book, form, title, annotated=annotated)
    )


def _groups(book: Book, form: Form, group: ItemGroup, annotated: bool) -> Iterator[BlankGroup]:
    asked = [item for item in group.items if annotated or not item.derived]
    if not asked:
        return
    if group.repeating == "no":
        yield BlankGroup(both(group.name), tuple(_item(book, form, item, annotated) for item in asked))
    elif not group.rows and len(asked) > COLUMNS:
        for row in range(1, BLANK_ROWS + 1):
            name = Both(f"{group.name.en}, {row}", f"{group.name.ru}, {row}")
            yield BlankGroup(name, tuple(_item(book, form, item, annotated) for item in asked))
    else:
        yield _table(book, group, asked, annotated)


def _table(book: Book, group: ItemGroup, asked: Sequence[Item], annotated: bool) -> BlankGroup:
    first = group.items[0]
    prefilled = {oid for row in group.rows for oid in row.prefilled}
    columns = [item for item in asked if item != first and item.oid not in prefilled]
    heads = (both(first.question), *(_head(book, item) for item in columns))
    labels = [_label(book, group, row.key) for row in group.rows] or [
        str(n) for n in range(1, BLANK_ROWS + 1)
    ]
    rows = tuple((label, *("" for _ in columns)) for label in labels)
    width = 178 - 44
    widths = (44.0, *(round(width / max(len(columns), 1), 2) for _ in columns))
    told = tuple(notes(book, item) for item in (first, *columns)) if annotated else ()
    return BlankGroup(both(group.name), (), heads, rows, widths, told)


def _label(book: Book, group: ItemGroup, key: str) -> Said:
    found = book.codelists.get(group.items[0].codelist or "")
    return Both(found.text(key, "en"), found.text(key, "ru")) if found else key


def _head(book: Book, item: Item) -> Both:
    codes = book.codelists.get(item.codelist or "")
    short = len(codes.items) <= BOXES // 2 if codes else False
    tail = f" ({' / '.join(one.value for one in codes.items)})" if codes and short else ""
    return Both(item.question.en + tail, item.question.ru + tail)


def _item(book: Book, form: Form, item: Item, annotated: bool) -> BlankItem:
    codes = book.codelists.get(item.codelist or "")
    choices = tuple(both(one.text) for one in codes.items[: 3 * BOXES]) if codes else ()
    hard = item.range.hard if item.range else None
    units = [book.units[unit].symbol for unit in item.units if unit in book.units]
    sign = Both(" / ".join(u.en for u in units), " / ".join(u.ru for u in units)) if units else ""
    reasons = book.codelists.get(item.missing_reasons or "")
    return BlankItem(
        numbers(form)[item.oid],
        both(item.question),
        _condition(book, form, item, annotated),
        choices,
        _cells(item),
        sign,
        item.data_type == "text" and not choices,
        f"{hard[0]}–{hard[1]}" if hard else "",
        " ".join(one.value for one in reasons.items) if reasons else "",
        notes(book, item) if annotated else None,
    )


def _condition(book: Book, form: Form, item: Item, annotated: bool) -> Said:
    """Say when a question is asked: an annotated form shows the rule itself."""
    if item.show_if is None:
        return ""
    return item.show_if.text if annotated else in_words(book, form, item.show_if.text)


def notes(book: Book, item: Item) -> Notes:
    """Say of an item where it goes: SDTM, CDASH, type and length, code list, method, checks."""
    submitted = bool(item.sdtm) and "SUPP" not in item.sdtm and "NOT SUBMITTED" not in item.sdtm.upper()
    size = f"({item.length})" if item.length else ""
    checks = [check.oid for check in book.version.checks if item.oid in check.items]
    facts = (
        item.sdtm or "not submitted",
        f"{item.oid}, {item.data_type}{size}",
        f"CDASH {item.cdash}" if item.cdash else "",
        item.codelist or "",
        f"ƒ {item.method}" if item.method else "",
        f"checks {', '.join(checks)}" if checks else "",
    )
    return Notes(submitted, tuple(one for one in facts if one))


def _cells(item: Item) -> tuple[tuple[int, str], ...]:
    if item.codelist:
        return ()
    if item.data_type in {"date", "partial_date"}:
        return DATE_CELLS
    if item.data_type == "time":
        return ((2, ":"), (2, ""))
    if item.data_type in {"integer", "float"}:
        whole = min((item.length or 6) - (item.decimals or 0), 6)
        return ((max(whole, 1), "."), (item.decimals, "")) if item.decimals else ((max(whole, 1), ""),)
    return ()
