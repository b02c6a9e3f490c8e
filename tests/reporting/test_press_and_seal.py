"""The press prints in a child, fetches nothing foreign, and a sealed file shows every alteration."""

# mypy: disable-error-code=no-untyped-call
# pyHanko writes the attacks, and has no types

from __future__ import annotations

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader

from imt_ecrf.reporting.assemble import Bookmark, Copy, assemble
from imt_ecrf.reporting.certificate import SealFiles, make_seal
from imt_ecrf.reporting.piece import read
from imt_ecrf.reporting.render import Printer, PrintingFailed
from imt_ecrf.reporting.seal import SealExpired, SealUnusable, genuine, seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CSS = (
    '@font-face{font-family:"PT Sans";src:url(font:PT_Sans-Web-Regular.ttf)}'
    '@page{size:A4}html{font:10pt "PT Sans"}'
)
PAGE = '<html lang="en"><head><title>T</title></head><body><h1 id="a">{}</h1></body></html>'
COPY = Copy("Casebook 01-001", "Site 01", "casebook", "en", "2026-11-22T10:00:00Z", "imt-ecrf 0")


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a style sheet of paper."""
    path = tmp_path_factory.mktemp("css") / "paper.css"
    path.write_text(CSS)
    return path


@pytest.fixture(scope="module")
def two_pages(sheet: Path) -> bytes:
    """Give an assembled file of two parts with bookmarks and a link."""
    with Printer((sheet,)) as printer:
        contents = printer.print("toc", PAGE.format('<a href="part:one#a">Вес, кг</a>'))
        one = printer.print("one", PAGE.format("Vital signs"))
    marks = [Bookmark("Contents", "toc", None, 1), Bookmark("Vital signs", "one", "a", 2)]
    return assemble([contents, one], marks, COPY)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SealFiles:
    """Give the certificate of a new installation."""
    return make_seal(tmp_path_factory.mktemp("keys"), "Test hospital")


def test_text_of_both_alphabets_can_be_read_back(two_pages: bytes) -> None:
    texts = [page.extract_text().strip() for page in PdfReader(BytesIO(two_pages)).pages]
    assert texts == ["Вес, кг", "Vital signs"]


def test_a_link_between_parts_becomes_a_destination_and_no_address_remains(two_pages: bytes) -> None:
    with pikepdf.open(BytesIO(two_pages)) as pdf:
        (link,) = pdf.pages[0].obj["/Annots"]
        assert link["/Dest"][0].objgen == pdf.pages[1].obj.objgen
        assert "/A" not in link


def test_bookmarks_nest_by_level_and_the_panel_opens(two_pages: bytes) -> None:
    with pikepdf.open(BytesIO(two_pages)) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["Contents"]
        assert [item.title for item in outline.root[0].children] == ["Vital signs"]
        assert pdf.Root.PageMode == pikepdf.Name.UseOutlines


def test_the_same_parts_give_the_same_bytes_in_another_process(sheet: Path) -> None:
    def make() -> bytes:
        with Printer((sheet,)) as printer:
            return assemble([printer.print("one", PAGE.format("Vital signs"))], [], COPY)

    assert make() == make()


@pytest.mark.req("R68")
@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:9/x.png", "part.html", "data:,x"]
)
def test_the_press_fetches_nothing_that_a_field_names(sheet: Path, address: str) -> None:
    with Printer((sheet,)) as printer:
        printed = printer.print("x", PAGE.format(f'x<img src="{address}" alt="no picture">'))
    assert "/Image" not in str(read(printed.data))


def test_a_part_that_cannot_be_printed_is_named(sheet: Path) -> None:
    with Printer((sheet,)) as printer, pytest.raises(PrintingFailed, match="F_VS: ValueError"):
        printer.print("F_VS", PAGE.format("\ue000"))


def test_a_sealed_file_is_genuine(two_pages: bytes, keys: SealFiles) -> None:
    assert genuine(seal(two_pages, keys, name="Casebook", reason="Certified copy"), keys.authority)


def test_a_file_is_sealed_and_judged_also_where_a_loop_runs_already(
    two_pages: bytes, keys: SealFiles
) -> None:
    async def within() -> bool:
        return genuine(seal(two_pages, keys, name="Casebook", reason="copy"), keys.authority)

    with ThreadPoolExecutor(1) as thread:  # the browser of another test may keep a loop in this one
        assert thread.submit(lambda: asyncio.run(within())).result()


def test_a_file_sealed_by_another_installation_is_not_ours(
    two_pages: bytes, keys: SealFiles, tmp_path: Path
) -> None:
    other = make_seal(tmp_path, "Other hospital")
    assert not genuine(seal(two_pages, other, name="Casebook", reason="copy"), keys.authority)


def test_an_update_appended_to_a_sealed_file_is_found(two_pages: bytes, keys: SealFiles) -> None:
    sealed = seal(two_pages, keys, name="Casebook", reason="copy")
    with pikepdf.open(BytesIO(sealed)) as pdf:
        pdf.pages[0].contents_add(b"BT ET")
        changed = BytesIO()
        pdf.save(changed)
    assert not genuine(changed.getvalue(), keys.authority)


def _content(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    stream = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    page["/Contents"] = generic.ArrayObject([*page["/Contents"], stream])
    writer.update_container(page)


def _note(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][1]
    note = generic.DictionaryObject({
        generic.NameObject("/Type"): generic.NameObject("/Annot"),
        generic.NameObject("/Subtype"): generic.NameObject("/FreeText"),
        generic.NameObject("/Rect"): generic.ArrayObject(map(generic.NumberObject, (9, 9, 99, 99))),
        generic.NameObject("/Contents"): generic.TextStringObject("signed"),
    })  # fmt: skip
    page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def _language(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.TextStringObject("de")
    writer.update_root()


def _title(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Outlines"]["/First"]["/Title"] = generic.TextStringObject("Other")
    writer.update_container(writer.root["/Outlines"]["/First"])


def _page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(1)])
    pages["/Count"] = generic.NumberObject(1)
    writer.update_container(pages)


def _script(writer: IncrementalPdfFileWriter) -> None:
    action = {"/S": generic.NameObject("/JavaScript"), "/JS": generic.TextStringObject("app.alert(1)")}
    names = {generic.NameObject(key): value for key, value in action.items()}
    writer.root["/OpenAction"] = generic.DictionaryObject(names)
    writer.update_root()


@pytest.mark.req("R44")
@pytest.mark.parametrize("attack", [_content, _note, _language, _title, _page, _script])
def test_a_change_written_behind_a_sealed_file_is_found(
    two_pages: bytes, keys: SealFiles, attack: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(seal(two_pages, keys, name="Casebook", reason="copy")))
    attack(writer)
    changed = BytesIO()
    writer.write(changed)
    assert not genuine(changed.getvalue(), keys.authority)


def test_a_wrong_passphrase_is_a_clear_refusal(two_pages: bytes, keys: SealFiles, tmp_path: Path) -> None:
    wrong = tmp_path / "passphrase"
    wrong.write_text("not the passphrase")
    with pytest.raises(SealUnusable):
        seal(two_pages, SealFiles(keys.pkcs12, wrong, keys.authority), name="Casebook", reason="copy")


def test_an_expired_certificate_is_a_clear_refusal(two_pages: bytes, tmp_path: Path) -> None:
    old = make_seal(tmp_path, "Test hospital", dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(SealExpired):
        seal(two_pages, old, name="Casebook", reason="copy")


def test_key_files_are_readable_by_their_owner_only(keys: SealFiles) -> None:
    assert [path.stat().st_mode & 0o777 for path in (keys.pkcs12, keys.passphrase)] == [0o600, 0o600]


@given(place=st.integers(min_value=0, max_value=10**9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_under_the_seal_is_found(two_pages: bytes, keys: SealFiles, place: int) -> None:
    sealed = bytearray(seal(two_pages, keys, name="Casebook", reason="copy"))
    sealed[place % len(two_pages)] ^= 1
    try:
        verdict = genuine(bytes(sealed), keys.authority)
    except Exception:  # noqa: BLE001 - a file that cannot be read is found out too
        verdict = False
    assert not verdict
