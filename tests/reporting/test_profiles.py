"""Every profile and volume is a whole tagged file; what is in it is what its reader may see."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from sqlalchemy import select

from imt_ecrf.reporting.copy import make
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.metadata import Attachment
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.paper import in_, safe
from imt_ecrf.reporting.render import Printer, PrintingFailed
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imt_ecrf.reporting.copy import Made
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.reporting.parts import PartStore
    from tests.factories import World

ATTACHED = Attachment("data.xml", "The data", "text/xml", b"<ODM/>")
WANTED = [
    Options(), Options("ru", "submission"), Options("both"), Options(signed_only=True),
    Options("en", "submission", signed_only=True, history=False), Options(volume=11),
]  # fmt: skip


def read(world: World, child: str, options: Options, role: str = "SPON") -> Casebook:
    """Gather the casebook as a role."""
    with world.looking() as session:
        return gather(session, world.user_in(session, role), child, options=options)


def print_it(casebook: Casebook, options: Options, store: PartStore) -> tuple[Made, ...]:
    """Make the files of a casebook."""
    with Printer(options.sheets, store) as printer:
        return make(casebook, options, printer, attachments=[ATTACHED])


@pytest.mark.req("R45")
@pytest.mark.req("R46")
@pytest.mark.req("R47")
@pytest.mark.parametrize("options", WANTED, ids=lambda one: f"{one.code}-{one.volume}")
def test_each_file_is_tagged_whole_declares_its_level_and_leads_everywhere(
    world: World, child: str, store: PartStore, options: Options
) -> None:
    world.user("SPON")
    made = print_it(read(world, child, options), options, store)
    assert (len(made) > 1) == (options.volume < 100)
    for one in made:
        assert re.fullmatch(r"[a-z0-9-]{1,60}\.pdf", one.name)
        file: Any
        with pikepdf.open(BytesIO(one.pdf)) as file:
            assert len(file.pages) == one.pages
            whole_tree(file)
            packet = file.Root.Metadata.read_bytes().decode()
            levels = re.findall(r"<pdf(?:ua)?a?id:(?:part|conformance)>(\w)<", packet)
            assert levels == [str(options.archive), "A", "1"]
            assert file.Root.OutputIntents[0].DestOutputProfile.N == 3
            assert ("/AF" in file.Root) == (options.profile == "archive" and one is made[0])
            for font in file.pages[0].obj.Resources.Font.values():
                assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
            everything_resolves(file)


def whole_tree(file: Any) -> None:
    """Compare the marked contents of every page with the parent tree, and every link with its element."""
    numbers = file.Root.StructTreeRoot.ParentTree.Nums
    tree = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
    for page in file.pages:
        assert (str(page.obj.Tabs), bool(file.Root.MarkInfo.Marked)) == ("/S", True)
        content = b"".join(part.read_bytes() for part in page.obj.Contents)
        found = {int(number) for number in re.findall(rb"/MCID (\d+)", content)}
        parents = tree[int(page.obj.StructParents)]
        assert found == {n for n, parent in enumerate(parents) if parent is not None}
        assert found
        for link in page.obj.get("/Annots", []):
            assert str(tree[int(link.StructParent)].S) == "/Link"


def everything_resolves(file: Any) -> None:
    """Follow every link and bookmark to a page of the file, with the zoom of the reader."""
    pages = {page.obj.objgen for page in file.pages}
    places = [link.Dest for page in file.pages for link in page.obj.get("/Annots", [])]
    with file.open_outline() as outline:
        marks = list(below(outline.root, 1))
    places += [mark.destination for _level, mark in marks]
    assert max(level for level, _mark in marks) <= 4
    assert [place for place in places if place[0].objgen not in pages] == []
    assert {(str(place[1]), float(place[4])) for place in places} == {("/XYZ", 0.0)}


def below(items: Any, level: int) -> Iterator[tuple[int, Any]]:
    """Walk the bookmarks."""
    for one in items:
        yield level, one
        yield from below(one.children, level + 1)


@pytest.mark.req("R47")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_outline_is_the_schedule_and_the_list_of_forms(
    world: World, child: str, store: PartStore, language: str
) -> None:
    world.user("SPON")
    options = Options(language)
    casebook = read(world, child, options)
    visits: dict[str, list[str]] = {}
    by_form: dict[str, set[str]] = {}
    for part in casebook.parts:
        for form in part.forms:
            visits.setdefault(in_(part.event, language), []).append(in_(form.name, language))
            by_form.setdefault(in_(form.title, language), set()).add(in_(part.event, language))
    file: Any
    with (
        pikepdf.open(BytesIO(print_it(casebook, options, store)[0].pdf)) as file,
        file.open_outline() as outline,
    ):
        _cover, _contents, first, second, *_rest = outline.root
        told = {visit.title: [form.title for form in visit.children] for visit in first.children}
        forms = {form.title: {at.title.strip() for at in form.children}
                 for domain in second.children for form in domain.children}  # fmt: skip
    assert told == visits
    assert forms == by_form


@pytest.mark.req("R43")
@pytest.mark.req("R18")
@pytest.mark.parametrize(
    ("role", "hidden"), [("CRC", set()), ("SPON", set()), ("PHARM", {"F_IC"}), ("CREAD", None)]
)
def test_audit_rows_on_paper_are_those_of_the_database_that_the_reader_may_see(
    world: World, child: str, store: PartStore, role: str, hidden: set[str] | None
) -> None:
    reader = world.user(role)
    options = Options()
    casebook = read(world, child, options, role)
    with world.looking() as session:
        subject = session.scalars(select(Subject).where(Subject.code == child)).one()
        rows = documents.forms_of_subject(session.connection(), subject.id)
        seen = [row for row in rows if reader.sees(world.book, row.form, row.site)]
        kept = [one for row in seen for one in documents.history(session.connection(), row.id)]
        everything = sum(len(documents.history(session.connection(), row.id)) for row in rows)
    assert {row.form for row in rows} - {row.form for row in seen} == hidden or hidden is None
    assert (len(kept) < everything) == (hidden != set())
    forms = [form for part in casebook.parts for form in part.forms]
    changes = [one for form in forms for save in form.saves for one in (*save.first, *save.changes)]
    assert (casebook.entries, len(changes)) == (len(kept), len(kept))
    text = "".join(said for made in print_it(casebook, options, store) for said in texts(made.pdf))
    told = [int(number) for number in re.findall(r"entries:(\d+)\)", text)]
    assert sum(told) == len(kept)
    assert all(one.user_name.replace(" ", "") in text for one in kept)


def texts(pdf: bytes) -> list[str]:
    """Give the text of each page without blanks."""
    from pypdf import PdfReader  # noqa: PLC0415

    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_a_form_that_cannot_be_printed_is_named(world: World, child: str, store: PartStore) -> None:
    world.user("SPON")
    options = Options()
    casebook = read(world, child, options)
    part = max(casebook.parts, key=lambda one: len(one.forms))
    form = part.forms[-1]
    nowhere = "took_place", "\U000f0000"  # no font has it
    broken = replace(form, facts=((nowhere, form.facts[0][1]), *form.facts[1:]))
    parts = tuple(
        replace(one, forms=(*one.forms[:-1], broken)) if one is part else one for one in casebook.parts
    )
    with pytest.raises(
        PrintingFailed, match=re.escape(f"({form.anchor}): ValueError: no paper font has U+F0000")
    ):
        print_it(replace(casebook, parts=parts), options, store)
    assert safe("\U000f0000") == "[U+F0000]"


def test_a_press_that_is_killed_is_started_anew_and_leaves_no_half_part(
    world: World, child: str, store: PartStore
) -> None:
    world.user("SPON")
    options = Options()
    casebook = read(world, child, options)
    sheets = options.sheets
    with Printer(sheets, most=1) as printer:
        first = printer.print("one", "<html><body><h1>One</h1></body></html>")
        child_of = printer._idle.get()
        assert child_of._process is not None
        child_of._process.kill()
        child_of._process.wait()
        printer._idle.put(child_of)
        assert printer.print("one", "<html><body><h1>One</h1></body></html>").data == first.data
    print_it(casebook, options, store)
    assert list(store.folder.rglob("*.half")) == []


VERAPDF = os.environ.get("VERAPDF")


@pytest.mark.req("R45")
@pytest.mark.skipif(not VERAPDF, reason="VERAPDF names no validator: set it to the command of veraPDF")
@pytest.mark.parametrize("language", ["en", "both"])
def test_the_reference_validator_passes_the_archive(
    world: World, child: str, store: PartStore, tmp_path: Path, language: str
) -> None:
    world.user("SPON")
    options = Options(language)
    path = tmp_path / "casebook.pdf"
    path.write_bytes(print_it(read(world, child, options), options, store)[0].pdf)
    for flavour in ("3a", "ua1"):
        command = [str(VERAPDF), "--format", "text", "--flavour", flavour, str(path)]
        told = subprocess.run(command, check=False, capture_output=True, text=True)
        assert told.stdout.startswith("PASS"), told.stdout + told.stderr
