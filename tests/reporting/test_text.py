"""What is printed is what is kept: each answer of a full subject under its question, sign for sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry, queries
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.paper import safe
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Subject
from imt_ecrf.study import publication
from imt_ecrf.study.definition import FormRef, FormRights
from tests.factories import World, make_study, make_subject, plain
from tests.reporting.tagged import rows
from tests.small_study import form, item, section, small_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from tests.reporting.conftest import Press
    from tests.reporting.tagged import Row

LINES = 500
NASTY = (
    "W" * 200 + " " + "Ж" * 190,
    "<script>alert(1)</script> {{ 7*7 }} file:///etc/passwd <img src=http://127.0.0.1/y onerror=x> &amp;",
    "Smile 🙂 family 👨‍👩‍👧 tag \u202eabc\u2066 soft\u00adhyphen zero\u200bwidth\ufeff",
    "שלום עולם 12 مرحبا end",
)
ASKED = "W" * 180 + " <script>ask</script>"
WHY = "<b>why</b> http://127.0.0.1/z " + "ж" * 200
COMMENT = "A sentence of a comment that goes on, ещё одно предложение без конца; " * 140
EVERY: dict[str, Any] = {
    "TXT": NASTY[0], "MARKUP": NASTY[1], "SIGNS": NASTY[2], "RIGHT": NASTY[3],
    "LONG": COMMENT[:10_000].strip(),
    "INT": "42", "FLT": Answer("12.50", "kg"), "DAT": "2026-03-09", "PDT": "2026-03", "TIM": "09:40",
    "COD": "Y", "MUL": ("ALT", "AST"), "REF": "1", "MISS": Answer(missing="ND"),
}  # fmt: skip


def wide_book() -> Book:
    """Give the small study with a form of every type of item and a log with long texts."""
    items = (
        *(item(oid, length=400, required="no") for oid in ("TXT", "MARKUP", "SIGNS", "RIGHT")),
        item("LONG", length=10_000, required="no"),
        item("INT", "integer", "no", length=4),
        item("FLT", "float", "no", length=7, decimals=2, units=("kg", "g")),
        item("DAT", "date", "no", length=10), item("PDT", "partial_date", "no", length=10),
        item("TIM", "time", "no", length=5), item("COD", required="no", codelist="CL_NYX"),
        item("MUL", required="no", codelist="CL_TEST", multi=True),
        item("REF", "record_ref", "no", ref_form="F_BIG"),
        item("MISS", "integer", "no", length=4, missing_reasons="CL_NDREAS"),
        item("EMPTY", required="no", length=10),
    )  # fmt: skip
    lines = (
        item("TERM", required="hard", length=400), item("SEVERE", required="no", codelist="CL_NYX"),
        item("REMARK", required="no", length=10_000), item("SCORE", "integer", "no", length=4),
    )  # fmt: skip
    small = small_book().version
    site = ("CRC", "SUBI", "PI")
    events = tuple(
        replace(event, forms=(*event.forms, FormRef({"SE_SCR": "F_ALL", "SE_LOG": "F_BIG"}[event.oid], "O")))
        if event.oid in {"SE_SCR", "SE_LOG"}
        else event
        for event in small.events
    )
    more = form("F_ALL", section("G_ALL", *items)), form("F_BIG", section("G_BIG", *lines), repeating="log")
    rights = (FormRights(one.oid, site, ("CRA",), ("PI",), ("CPATH", "CREAD", "ADMIN")) for one in more)
    wide = replace(
        small, version="wide", forms=(*small.forms, *more), events=events, rights=(*small.rights, *rights)
    )
    return publication.read(publication.publish(wide))


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """Give that study."""
    made = make_study(sqlite_url, wide_book())
    yield made
    made.engines.dispose()


def fill(world: World) -> str:
    """Fill everything for one child: each kind of item, 500 lines, a change, a long query."""
    code, crc, cra = make_subject(world), world.user("CRC"), world.user("CRA")
    with world.acting() as session:
        for line in range(1, LINES + 1):
            said = {"TERM": f"{line} {NASTY[line % 4]}" if line < 9 else f"term {line}", "SCORE": str(line)}
            said |= {"REMARK": COMMENT[: 40 * line].strip(), "SEVERE": "N"} if line < 9 else {}
            address = Address(code, "SE_LOG", 1, "F_BIG", line)
            entry.save_form(session, crc, address, plain(said), {}, 0)
    here = Address(code, "SE_SCR", 1, "F_ALL")
    world.save(crc, here, EVERY)
    world.save(crc, here, {"TXT": EVERY["TXT"] + " again"}, {"*": f"OTHER: {WHY}"})
    with world.acting() as session:
        queries.ask(session, cra, here, ASKED, "LONG")
    return code


@pytest.mark.req("R42")
@pytest.mark.req("R68")
@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_every_answer_kept_stands_in_print_under_its_question_sign_for_sign(
    world: World, press: Press, language: str
) -> None:
    code = fill(world)
    with world.looking() as session:
        casebook = gather(session, world.user("SPON"), code)
        subject = session.query(Subject).filter_by(code=code).one()
        kept = documents.forms_of_subject(session.connection(), subject.id)
    printed = rows(press(casebook, language).pdf)
    book, lost = wide_book(), []
    for row in kept:
        look = in_line if row.form == "F_BIG" else under_question
        for path, cell in row.document.items():
            asked = question(book, path, language, run_in=row.form == "F_BIG")
            wanted = (asked, squeezed(value(book, path, cell, language)))
            if not look(printed, row, *wanted):
                lost.append((row.form, row.form_repeat, path, wanted[1][:80]))
    assert lost == []
    assert sum(len(row.document) for row in kept) > 2 * LINES
    cells = [text for cells in printed for _tag, text in cells]
    for said in (ASKED, WHY, NASTY[0], NASTY[0] + " again"):
        assert squeezed(said) in cells, said


def squeezed(text: str) -> str:
    """Leave out blanks: line breaks of paper are no characters of the data."""
    return "".join(safe(text).split())


def question(book: Book, path: str, language: str, *, run_in: bool) -> str:
    """Give the words of a question as its first cell holds them; run in, both languages stand together."""
    asked = book.item(path).question
    if language == "both" and run_in:
        return squeezed(f"{asked.en} / {asked.ru}")
    return squeezed(asked.ru if language == "ru" else asked.en)


def value(book: Book, path: str, cell: Any, language: str) -> str:
    """Say a kept answer as a person reads it; nothing of the program's own paper is asked."""
    one = book.item(path)

    def coded(codelist: str, code: str) -> str:
        words = next(entry.text for entry in book.codelists[codelist].items if entry.value == code)
        said = {"en": words.en, "ru": words.ru}
        return said.get(language) or code

    def all_of(tongue: str) -> str:
        nonlocal language
        before, language = language, tongue
        try:
            return _said()
        finally:
            language = before

    def _said() -> str:
        if "m" in cell:
            return f"{cell['m']}, {coded('CL_NDREAS', cell['m'])}"
        if one.codelist:
            values = cell["v"] if isinstance(cell["v"], list) else [cell["v"]]
            return "; ".join(coded(one.codelist, code) for code in values)
        return f"№ {cell['v']}" if one.data_type == "record_ref" else str(cell["v"])

    if language != "both":
        return _said()
    said = [all_of("en"), all_of("ru")]
    return said[0] if said[0] == said[1] else " / ".join(said)


def below(printed: list[Row], place: int) -> str:
    """Give what stands over the full width under a row; a row over two sheets is two rows there."""
    found = ""
    for cells in printed[place + 1 :]:
        if all(tag == "/TH" for tag, _text in cells):
            continue  # heads, said again on the next sheet
        if len(cells) != 2 or cells[0] != ("/TD", ""):
            break
        found += cells[1][1]
    return found


def under_question(printed: list[Row], _row: FormRow, asked: str, said: str) -> bool:
    """Find the row of a question and compare its answer, which may stand over the full width below."""
    for place, cells in enumerate(printed):
        heads = [text for tag, text in cells if tag == "/TH"]
        if heads == [asked] and any(text == said for _tag, text in cells):
            return True
        if heads == [asked] and any(text.startswith("↓") for _tag, text in cells):
            return below(printed, place) == said
    return False


def in_line(printed: list[Row], row: FormRow, asked: str, said: str) -> bool:
    """Find a line of a log by its number; its answers stand in columns or run in below."""
    number = str(row.form_repeat)
    for place, cells in enumerate(printed):
        if len(cells) > 1 and cells[0] == ("/TD", number) and cells[1][0] == "/TH":
            run_in = below(printed, place)
            in_columns = any(text.rstrip("○●") == said for _tag, text in cells)
            if in_columns or f"{asked}:{said}" in run_in:
                return True
    return False
