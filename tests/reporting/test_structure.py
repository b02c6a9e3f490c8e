"""A casebook as a file: tagged throughout, archivable, every place reachable, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from pypdf import PdfReader

from imt_ecrf.reporting.copy import make
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.metadata import Attachment
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.paper import in_, safe
from imt_ecrf.reporting.render import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.reporting.pages import Casebook, CellView
    from imt_ecrf.reporting.parts import PartStore
    from tests.factories import World
    from tests.reporting.conftest import Press

ATTACHED = Attachment("data.xml", "The data", "text/xml", b"<ODM/>")


@pytest.fixture
def casebook(world: World, child: str) -> Casebook:
    """Give the casebook of the child as the sponsor sees it."""
    actor = world.user("SPON", None)
    with world.looking() as session:
        return gather(session, actor, child)


@pytest.fixture
def file(casebook: Casebook, press: Press) -> Iterator[Any]:
    """Give the file opened, with its data inside."""
    with pikepdf.open(BytesIO(press(casebook, attachments=[ATTACHED]).pdf)) as pdf:
        yield pdf


def elements(node: Any) -> Iterator[Any]:
    """Walk the structure tree."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def test_each_marked_content_has_its_element_and_each_element_its_content(file: Any) -> None:
    numbers = file.Root.StructTreeRoot.ParentTree.Nums
    tree = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
    for page in file.pages:
        parents = tree[int(page.obj.StructParents)]
        content = b"".join(part.read_bytes() for part in page.obj.Contents)
        found = [int(number) for number in re.findall(rb"/MCID (\d+)", content)]
        assert sorted(found) == sorted(n for n, parent in enumerate(parents) if parent is not None)
        for number in found:
            kids = parents[number].K
            assert number in (
                [int(k) for k in kids if isinstance(k, int)] if isinstance(kids, pikepdf.Array) else [kids]
            )
        for link in page.obj.get("/Annots", []):
            assert tree[int(link.StructParent)].S == "/Link"
            assert (link.Subtype, "/A" in link) == ("/Link", False)


def test_text_outside_the_tree_is_an_artifact(file: Any) -> None:
    for page in file.pages:
        depth = 0
        for one in pikepdf.parse_content_stream(page):
            operator = str(one.operator)
            if operator in {"BDC", "BMC"}:
                depth += 1
            elif operator == "EMC":
                depth -= 1
            assert depth > 0 or operator not in {"Tj", "TJ", "f", "f*", "S"}


def test_headings_begin_with_the_first_level_and_skip_none(file: Any) -> None:
    root = file.Root.StructTreeRoot.K[0]
    for part in elements(root):
        if part.S == "/Part":
            levels = [int(str(one.S)[2]) for one in elements(part) if re.fullmatch("/H[1-6]", str(one.S))]
            assert levels[:1] in ([1], [])
            assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_head_of_a_table_says_what_it_heads(file: Any) -> None:
    heads = [one for one in elements(file.Root.StructTreeRoot.K[0]) if one.S == "/TH"]
    assert len(heads) > 100
    assert {str(one.A.Scope) for one in heads} == {"/Row", "/Column"}


@pytest.mark.req("R45")
def test_the_file_declares_its_archive_level_and_carries_its_data(file: Any) -> None:
    packet = file.Root.Metadata.read_bytes().decode()
    assert re.findall(r"<pdf(?:ua)?a?id:(?:part|conformance)>(\w)<", packet) == ["3", "A", "1"]
    assert file.Root.OutputIntents[0].S == "/GTS_PDFA1"
    (data,) = file.Root.AF
    assert (data.AFRelationship, data.EF.F.read_bytes()) == ("/Source", b"<ODM/>")
    assert (file.Root.MarkInfo.Marked, file.Root.Lang, file.Root.PageMode) == (True, "en", "/UseOutlines")


@pytest.mark.req("R46")
def test_every_font_is_embedded_once_for_the_whole_file(file: Any) -> None:
    fonts = file.pages[0].obj.Resources.Font
    programs = [font.DescendantFonts[0].FontDescriptor.FontFile2.objgen for font in fonts.values()]
    assert len(programs) >= 5
    assert len({page.obj.Resources.objgen for page in file.pages}) == 1


@pytest.mark.req("R47")
def test_bookmarks_lead_twice_by_visit_and_by_form_to_pages_that_are_there(
    file: Any, casebook: Casebook
) -> None:
    pages = {page.obj.objgen for page in file.pages}
    with file.open_outline() as outline:
        titles = [item.title for item in outline.root]
        visits = {item.title for item in outline.root[2].children}
        levels = list(_levels(outline.root, 1))
    assert titles == [
        "Casebook", "Contents", "By visit", "By form", "Overviews by visit", "Signature manifest",
    ]  # fmt: skip
    assert visits == {in_(part.event, "en") for part in casebook.parts}
    assert max(level for level, _item in levels) <= 4
    for _level, item in levels:
        page, kind, _left, _top, zoom = item.destination
        assert (page.objgen in pages, kind, zoom) == (True, "/XYZ", 0)
    forms = [item for _level, item in levels if item.destination]
    assert len(forms) > 2 * sum(len(part.forms) for part in casebook.parts)


def _levels(items: Any, level: int) -> Iterator[tuple[int, Any]]:
    for item in items:
        yield level, item
        yield from _levels(item.children, level + 1)


@pytest.mark.req("R47")
def test_the_contents_name_the_page_each_form_begins_on(casebook: Casebook, press: Press) -> None:
    pdf: Any
    with pikepdf.open(BytesIO(press(casebook).pdf)) as pdf:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        links = [note for page in pdf.pages for note in page.obj.get("/Annots", [])]
        told = [(str(link.Contents), f"Page {numbers[link.Dest[0].objgen]}") for link in links]
    assert len(told) > 2 * len(casebook.parts)
    assert [pair for pair in told if pair[0] != pair[1]] == []


@pytest.mark.req("R45")
@pytest.mark.req("R48")
def test_a_submission_holds_no_attachment_and_no_field_and_is_named_plainly(
    casebook: Casebook, press: Press
) -> None:
    made = press(casebook, "both", profile="submission", attachments=[ATTACHED])
    assert re.fullmatch(r"[a-z0-9-]{1,60}\.pdf", made.name)
    pdf: Any
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        forbidden = {"/AF", "/AcroForm", "/OpenAction", "/AA"} & set(pdf.Root.keys())
        assert (forbidden, "/EmbeddedFiles" in pdf.Root.Names, pdf.is_encrypted) == (set(), False, False)
        assert "pdfaid:part>2<" in pdf.Root.Metadata.read_bytes().decode()
        notes = [note for page in pdf.pages for note in page.obj.get("/Annots", [])]
        assert {str(note.Subtype) for note in notes} == {"/Link"}


@pytest.mark.req("R44")
def test_the_same_state_gives_the_same_bytes_one_by_one_and_side_by_side(casebook: Casebook) -> None:
    def content(most: int) -> str:
        options = Options()
        with Printer(options.sheets, most=most) as printer:
            return make(casebook, options, printer)[0].content_sha256

    assert content(1) == content(2)


def test_a_long_casebook_comes_in_volumes_each_with_cover_contents_and_the_whole_manifest(
    casebook: Casebook, store: PartStore
) -> None:
    options = Options(volume=11)
    with Printer(options.sheets, store) as printer:
        made = make(casebook, options, printer)
    assert max(one.pages for one in made) <= options.volume
    assert [one.name[-7:] for one in made] == [f"-v{number}.pdf" for number in range(1, len(made) + 1)]
    assert len(made) > 1
    total, before = sum(one.pages for one in made), 0
    for number, one in enumerate(made, 1):
        texts = [page.extract_text() for page in PdfReader(BytesIO(one.pdf)).pages]
        assert f"Volume {number} of {len(made)}" in texts[0]
        assert "Signature manifest" in "".join(texts[-2:])
        front = "".join("".join(texts[:3]).split())
        pages = [f"{before + 1}–{before + one.pages}", *(other.name for other in made)]
        sums = [other.content_sha256 for other in made[: number - 1]]
        assert [said for said in (*pages, *sums) if said not in front] == []
        feet = [f"Casebook page {before + page} of {total}" for page in range(1, one.pages + 1)]
        assert [foot for foot, text in zip(feet, texts, strict=True) if foot not in text] == []
        before += one.pages


NASTY = (
    "W" * 200 + " " + "Ж" * 200,
    "<script>alert(1)</script> file:///etc/passwd http://127.0.0.1/x <img src=http://127.0.0.1/y>",
    "Smile 🙂 family 👨‍👩‍👧 right to left \u202eabc שלום مرحبا null \x00 bell \x07",
    "A sentence of a comment that goes on. " * 260,
)


@pytest.mark.req("R42")
@pytest.mark.req("R68")
@pytest.mark.parametrize("said", NASTY)
def test_whatever_is_typed_is_printed_whole_and_does_nothing(
    casebook: Casebook, press: Press, said: str
) -> None:
    part = next(part for part in casebook.parts if any(form.sections[0].cells for form in part.forms))
    form = next(form for form in part.forms if form.sections[0].cells)
    section = form.sections[0]
    cell: CellView = replace(section.cells[0], text=safe(said), missing=None, long=len(said) > 160)
    forms = (replace(form, sections=(replace(section, cells=(cell,)),), queries=()),)
    made = press(replace(casebook, parts=(replace(part, forms=forms),)))
    reader = PdfReader(BytesIO(made.pdf))
    found = "".join(page.extract_text() for page in reader.pages)
    lost = {
        sign for sign in set(safe(said)) if not sign.isspace() and found.count(sign) < safe(said).count(sign)
    }
    assert lost == set()
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots") or []]
    assert [note for note in notes if "/A" in note] == []
