"""The press prints in a child, fetches nothing foreign, and a sealed file shows every alteration."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from imt_ecrf.reporting.assemble import Bookmark, Copy, assemble
from imt_ecrf.reporting.certificate import SealFiles, fingerprint, make_seal, seal_certificate
from imt_ecrf.reporting.judge import JudgingTookTooLong, Trust, judge, judge_apart
from imt_ecrf.reporting.piece import read
from imt_ecrf.reporting.render import Printer, PrintingFailed
from imt_ecrf.reporting.seal import (
    INVESTIGATOR,
    SPONSOR,
    SealExpired,
    SealUnusable,
    SealWithdrawn,
    countersign,
    genuine,
    seal,
)
from tests.reporting.attacks import ATTACKS, attacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

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


@pytest.fixture(scope="module")
def sealed(two_pages: bytes, keys: SealFiles) -> bytes:
    """Give the file under the seal."""
    return seal(two_pages, keys, name="Casebook", reason="Certified copy")


@pytest.fixture(scope="module")
def countersigned(sealed: bytes, keys: SealFiles) -> bytes:
    """Give the file with the signatures of investigator and sponsor."""
    return signed_by_all(sealed, keys)


def signed_by_all(pdf: bytes, keys: SealFiles) -> bytes:
    """Countersign a file for investigator and sponsor."""
    for field, name in ((INVESTIGATOR, "Анна Петрова"), (SPONSOR, "Lena Braun")):
        pdf = countersign(pdf, keys, field, name=name, role=field, meaning="I have reviewed this copy")
    return pdf


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


LONG = PAGE.format("<p>Vital signs</p>" * 3000)
PATIENCE = 120.0


def presses() -> list[int]:
    """Give the ids of the presses this process has started."""
    found = (path.read_text().split() for path in Path("/proc/self/task").glob("*/children"))
    ids = [one for some in found for one in some]
    lines = {one: Path(f"/proc/{one}/cmdline") for one in ids}
    return [int(one) for one, path in lines.items() if b"imt_ecrf.reporting.press" in path.read_bytes()]


def killed(most: int, ended: threading.Event) -> list[int]:
    """Kill so many presses one after the other as soon as they are there; give their ids."""
    gone: list[int] = []
    until = time.monotonic() + PATIENCE
    while len(gone) < most and not ended.is_set() and time.monotonic() < until:
        with contextlib.suppress(OSError):  # it ended between two looks
            for press in set(presses()) - set(gone):
                os.kill(press, signal.SIGKILL)
                gone.append(press)
        time.sleep(0.01)
    return gone


def printed_under_fire(sheet: Path, kills: int) -> tuple[int, int | str]:
    """Print a part while presses are killed; give how many were, and its pages or what was said."""
    ended = threading.Event()
    with ThreadPoolExecutor(1) as hands, Printer((sheet,)) as printer:
        shots = hands.submit(killed, kills, ended)
        try:
            told: int | str = printer.print("F_VS", LONG).pages
        except PrintingFailed as fault:
            told = str(fault)
        finally:
            ended.set()
        return len(shots.result()), told


def test_a_press_killed_from_outside_is_replaced_and_the_part_printed(sheet: Path) -> None:
    with Printer((sheet,)) as printer:
        pages = printer.print("F_VS", LONG).pages
    assert printed_under_fire(sheet, 1) == (1, pages)


def test_a_part_over_which_two_presses_ended_is_named(sheet: Path) -> None:
    said = "F_VS: the printing process ended twice before it had finished"
    assert printed_under_fire(sheet, 2) == (2, said)


HALF_A_LINE = """
import sys
sys.stdin.buffer.readline()
sys.stdout.buffer.write(b'{"cpu_s": 0.5, "si')
"""


def test_a_press_killed_in_the_middle_of_its_answer_is_told_as_such(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\n{HALF_A_LINE}")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with Printer((sheet,)) as printer, pytest.raises(PrintingFailed, match=r"F_VS: .* ended twice"):
        printer.print("F_VS", PAGE.format("Vital signs"))


def test_a_sealed_file_is_genuine(two_pages: bytes, keys: SealFiles) -> None:
    assert genuine(seal(two_pages, keys, name="Casebook", reason="Certified copy"), keys.authority)


@pytest.mark.req("R44")
def test_a_countersigned_file_is_genuine_and_names_who_signed_as_what(
    sealed: bytes, countersigned: bytes, keys: SealFiles
) -> None:
    assert countersigned.startswith(sealed)
    assert genuine(countersigned, keys.authority)
    found = judge(countersigned, Trust((keys.authority.read_bytes(),)))
    assert [(one.field, one.good, one.whole, one.name, one.role, one.meaning) for one in found] == [
        ("Seal", True, False, "Casebook", "", "Certified copy"),
        ("Investigator", True, False, "Анна Петрова", "Investigator", "I have reviewed this copy"),
        ("Sponsor", True, True, "Lena Braun", "Sponsor", "I have reviewed this copy"),
    ]
    assert all(one.at.endswith("Z") for one in found)


def test_a_child_judges_like_this_process_and_reads_nothing_broken(
    countersigned: bytes, keys: SealFiles, tmp_path: Path
) -> None:
    file, trust = tmp_path / "copy.pdf", Trust((keys.authority.read_bytes(),))
    file.write_bytes(countersigned)
    assert judge_apart(file, trust) == judge(countersigned, trust)
    file.write_bytes(b"%PDF-1.7\n" + b"[" * 100_000)
    assert judge_apart(file, trust) is None


def test_a_file_that_takes_too_long_to_judge_is_refused(
    sealed: bytes, keys: SealFiles, tmp_path: Path
) -> None:
    file = tmp_path / "copy.pdf"
    file.write_bytes(sealed)
    with pytest.raises(JudgingTookTooLong):
        judge_apart(file, Trust((keys.authority.read_bytes(),)), 0.01)


def test_the_seal_certifies_first_invisibly_and_keeps_what_the_standards_ask(
    two_pages: bytes, countersigned: bytes
) -> None:
    with pikepdf.open(BytesIO(countersigned)) as pdf, pikepdf.open(BytesIO(two_pages)) as before:
        seal_value = pdf.Root.Perms.DocMDP
        assert seal_value.Reference[0].TransformParams.P == 2
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        assert set(fields) == {"Seal", "Investigator", "Sponsor"}
        assert fields["Seal"].V.objgen == seal_value.objgen
        assert [[float(side) for side in field.Rect] for field in fields.values()] == [[0] * 4] * 3
        assert all("/AP" not in field for field in fields.values())
        assert all("/TU" in fields[name] for name in ("Investigator", "Sponsor"))
        for key in ("/OutputIntents", "/MarkInfo", "/StructTreeRoot", "/Lang", "/PageMode"):
            assert str(pdf.Root[key]) == str(before.Root[key])
        packet = pdf.open_metadata()
        said = {name: packet[name] for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")}
        assert said == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
        assert b"PDF/UA identification schema" in pdf.Root.Metadata.read_bytes()


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


@pytest.mark.req("R44")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_written_behind_a_sealed_file_is_found(
    sealed: bytes, keys: SealFiles, attack: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert not genuine(attacked(sealed, attack), keys.authority)


@pytest.mark.req("R44")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_written_behind_a_countersigned_file_is_found(
    countersigned: bytes, keys: SealFiles, attack: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert not genuine(attacked(countersigned, attack), keys.authority)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_between_the_seal_and_a_countersignature_is_found(
    sealed: bytes, keys: SealFiles, attack: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert not genuine(signed_by_all(attacked(sealed, attack), keys), keys.authority)


def test_a_wrong_passphrase_is_a_clear_refusal(two_pages: bytes, keys: SealFiles, tmp_path: Path) -> None:
    wrong = tmp_path / "passphrase"
    wrong.write_text("not the passphrase")
    with pytest.raises(SealUnusable):
        seal(two_pages, SealFiles(keys.pkcs12, wrong, keys.authority), name="Casebook", reason="copy")


@pytest.mark.parametrize("spoilt", ["passphrase", "key", "missing key"])
def test_a_key_that_cannot_be_opened_writes_no_traceback(
    two_pages: bytes, keys: SealFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoilt: str
) -> None:
    wrong = tmp_path / "wrong"
    if spoilt != "missing key":
        wrong.write_text("not what it should be")
    files = replace(keys, passphrase=wrong) if spoilt == "passphrase" else replace(keys, pkcs12=wrong)
    with pytest.raises(SealUnusable):
        seal(two_pages, files, name="x", reason="y")
    assert caplog.messages == []


def test_a_missing_key_is_named_without_its_place(two_pages: bytes, keys: SealFiles, tmp_path: Path) -> None:
    with pytest.raises(SealUnusable) as refused:
        seal(two_pages, replace(keys, pkcs12=tmp_path / "seal.p12"), name="x", reason="y")
    assert refused.value.text("en") == (
        "The casebook cannot be sealed: the installation's certificate or its passphrase cannot be used. "
        "seal.p12: No such file or directory."
    )


def test_an_expired_certificate_is_a_clear_refusal(two_pages: bytes, tmp_path: Path) -> None:
    old = make_seal(tmp_path, "Test hospital", dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(SealExpired):
        seal(two_pages, old, name="Casebook", reason="copy")


def test_a_revoked_certificate_is_a_clear_refusal(two_pages: bytes, sealed: bytes, keys: SealFiles) -> None:
    certificate = seal_certificate(keys)
    assert certificate is not None
    out = replace(keys, withdrawn=frozenset({fingerprint(certificate)}))
    with pytest.raises(SealWithdrawn):
        seal(two_pages, out, name="Casebook", reason="copy")
    with pytest.raises(SealWithdrawn):
        countersign(sealed, out, INVESTIGATOR, name="A", role="R", meaning="M")


def test_key_files_are_readable_by_their_owner_only(keys: SealFiles) -> None:
    assert [path.stat().st_mode & 0o777 for path in (keys.pkcs12, keys.passphrase, keys.authority_key)] == [
        0o600
    ] * 3


@given(place=st.integers(min_value=0, max_value=10**9), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_under_the_seal_is_found(
    two_pages: bytes, sealed: bytes, keys: SealFiles, place: int, bit: int
) -> None:
    assert not stands(flipped(sealed, place % len(two_pages), bit), keys)


@given(place=st.integers(min_value=0, max_value=10**9), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_under_a_countersignature_is_found(
    two_pages: bytes, countersigned: bytes, keys: SealFiles, place: int, bit: int
) -> None:
    assert not stands(flipped(countersigned, place % len(two_pages), bit), keys)


def flipped(pdf: bytes, place: int, bit: int) -> bytes:
    """Turn one bit of a file over."""
    changed = bytearray(pdf)
    changed[place] ^= 1 << bit
    return bytes(changed)


def stands(pdf: bytes, keys: SealFiles) -> bool:
    """Tell whether a file passes; one that cannot be read is found out too."""
    try:
        return genuine(pdf, keys.authority)
    except ValueError:
        return False
