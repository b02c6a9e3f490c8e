"""The casebook holds everything the reader may see, says what is signed, and prints what was entered."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.assemble import Copy, assemble
from imt_ecrf.reporting.certificate import make_seal, seal_files
from imt_ecrf.reporting.copy import file_name, html
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.pages import RecordRow
from imt_ecrf.reporting.paper import in_, limits
from imt_ecrf.reporting.render import Printer
from imt_ecrf.reporting.seal import SealExpired, genuine
from imt_ecrf.reporting.verdict import verdict
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import ChangeSet, Event, FormData

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.pages import Casebook, FormPage
    from imt_ecrf.store.tables import StoredFile
    from tests.factories import World
    from tests.reporting.conftest import Press


def read(world: World, child: str, role: str = "SPON", site: str | None = None) -> Casebook:
    """Gather the casebook as a role."""
    actor = world.user(role, site)
    with world.looking() as session:
        return gather(session, actor, child)


def pages(casebook: Casebook) -> dict[str, FormPage]:
    """Give the forms of a casebook by their anchor."""
    return {form.anchor: form for part in casebook.parts for form in part.forms}


def squeezed(text: str) -> str:
    """Leave out blanks: line breaks of paper are no characters of the data."""
    return "".join(text.split())


@pytest.mark.req("R42")
def test_every_form_stands_in_it_with_the_mark_of_its_signature(world: World, child: str) -> None:
    found = {anchor: form.mark for anchor, form in pages(read(world, child)).items()}
    assert found == {
        "F_DM.1": "signed", "F_VS.1": "void", "F_LBC.1": "draft", "F_IC.1": "draft", "F_AE.1": "draft",
    }  # fmt: skip


def test_a_part_never_mixes_signature_states(world: World, child: str) -> None:
    assert all({form.mark for form in part.forms} == {part.mark} for part in read(world, child).parts)


@pytest.mark.req("R43")
def test_audit_entries_on_paper_are_as_many_as_in_the_database(world: World, child: str) -> None:
    casebook = read(world, child)
    with world.looking() as session:
        diffs = session.scalars(select(ChangeSet.diff).join(FormData, FormData.id == ChangeSet.form_data_id))
        kept = sum(len(loads(diff)) for diff in diffs)
    printed = sum(
        len(save.first) + len(save.changes) for form in pages(casebook).values() for save in form.saves
    )
    assert (casebook.entries, printed) == (kept, kept)


@pytest.mark.req("R18")
def test_another_sites_child_is_not_found(world: World, child: str) -> None:
    with pytest.raises(NotFound):
        read(world, child, "CRC", "02")


def test_a_blinded_reader_gets_no_form_he_may_not_see(world: World, child: str) -> None:
    assert pages(read(world, child, "PHARM", "01")).keys() == {"F_DM.1", "F_VS.1", "F_LBC.1", "F_AE.1"}


def test_a_change_says_old_new_who_and_why(world: World, child: str) -> None:
    changes = [change for save in pages(read(world, child))["F_VS.1"].saves for change in save.changes]
    weight = next(change for change in changes if in_(change.label, "en") == "Weight")
    assert (in_(weight.old, "en"), in_(weight.new, "en")) == ("34.10 kg", "34.60 kg")


def test_the_fingerprint_changes_with_the_data_and_only_then(world: World, child: str) -> None:
    before, again = read(world, child).fingerprint, read(world, child).fingerprint
    assert before == again


@pytest.mark.req("R09")
@pytest.mark.req("R42")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_printed_text_holds_every_answer_and_signature(
    world: World, child: str, press: Press, language: str
) -> None:
    casebook = read(world, child)
    reader = PdfReader(BytesIO(press(casebook, language).pdf))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    said = [squeezed(cell) for cell in _answers(casebook, language)]
    assert [one for one in said if one not in text] == []
    sign = pages(casebook)["F_DM.1"].signatures[0]
    for piece in (sign.name, sign.when, in_(sign.meaning, language), sign.sha256):
        assert squeezed(piece) in text


def _answers(casebook: Casebook, language: str) -> list[str]:
    found = []
    for form in pages(casebook).values():
        for section in form.sections:
            cells = [*section.cells, *(cell for row in section.rows for cell in getattr(row, "columns", ()))]
            cells += [row.result for row in section.rows if hasattr(row, "result")]
            told = [cell.missing or cell.text for cell in cells]
            found += [in_(one, language) for one in told if one is not None]
    return found


@pytest.mark.req("R42")
def test_each_sheet_says_what_is_not_signed_or_void(world: World, child: str, press: Press) -> None:
    casebook = read(world, child)
    texts = [page.extract_text() for page in PdfReader(BytesIO(press(casebook).pdf)).pages]
    for part in casebook.parts:
        mark = {"signed": "■ SIGNED", "draft": "NOT SIGNED", "void": "SIGNATURE VOID"}[part.mark]
        own = [text for text in texts if any(in_(form.where, "en") in text for form in part.forms)]
        assert own
        assert all(mark in text for text in own)


@pytest.mark.req("R44")
def test_each_sheet_carries_its_own_number(world: World, child: str, press: Press) -> None:
    made = press(read(world, child))
    texts = [page.extract_text() for page in PdfReader(BytesIO(made.pdf)).pages]
    wanted = [f"Casebook page {number} of {made.pages}" for number in range(1, made.pages + 1)]
    assert [line for line, text in zip(wanted, texts, strict=True) if line not in text] == []


def test_markup_in_a_field_is_printed_as_text(world: World, child: str, press: Press) -> None:
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(press(read(world, child)).pdf)).pages)
    assert squeezed("Тошнота <b>сильная</b>") in squeezed(text)


def test_file_names_are_plain_and_tell_a_draft(world: World, child: str) -> None:
    assert file_name(read(world, child), Options()) == f"imt-criz-ped-{child}-en-draft.pdf"


def judged(house: keep.House, folder: Path, pdf: bytes) -> tuple[str, str, bool | None]:
    """Give the verdict on a copy."""
    file = folder / "copy.pdf"
    file.write_bytes(pdf)
    found = verdict(house, file)
    return found.word, found.why, found.changed


def test_nothing_is_printed_when_the_seal_cannot_be_used(world: World, child: str, tmp_path: Path) -> None:
    house = keep.House(world.engines, tmp_path)
    make_seal(house.keys, "Test hospital", dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    steps: list[str] = []
    with pytest.raises(SealExpired):
        keep.make_and_keep(house, world.user("SPON"), child, Options(), lambda *said: steps.append(said[2]))
    assert steps == []
    made = [one for one in tmp_path.rglob("*") if one.is_file() and house.keys not in one.parents]
    assert [one.name for one in made if one.suffix in {".pdf", ".zip"}] == []


def kept_once(world: World, child: str, folder: Path) -> tuple[keep.House, Actor, StoredFile]:
    """Give an installation with a seal, its sponsor, and the casebook that was made for him."""
    house = keep.House(world.engines, folder)
    make_seal(house.keys, "Test hospital", world.clock.now())
    sponsor = world.user("SPON", None)
    return house, sponsor, keep.make_and_keep(house, sponsor, child, Options())


@pytest.mark.req("R07")
def test_a_kept_file_is_genuine_offered_again_and_made_anew_after_a_change(
    world: World, child: str, tmp_path: Path
) -> None:
    house, sponsor, first = kept_once(world, child, tmp_path)
    assert keep.make_and_keep(house, sponsor, child, Options()).id == first.id
    with world.acting() as session:
        pdf = keep.hand_out(session, sponsor, house, child, first)
    assert genuine(pdf, seal_files(house.keys).authority)
    with world.looking() as session:
        assert session.scalar(select(func.count()).where(Event.act == "casebook.download")) == 1
    assert judged(house, tmp_path, pdf) == ("genuine", "", False)
    from imt_ecrf.conduct.views import Address  # noqa: PLC0415

    world.save(world.user("CRC"), Address(child, "SE_SCR", 1, "F_LBC"), {"LBCREFID": "7"})
    assert judged(house, tmp_path, pdf) == ("genuine", "", True)
    assert judged(house, tmp_path, pdf + b"\n% more") == ("altered", "added", None)
    with world.looking() as session:
        assert keep.ready(session, sponsor, house, child, Options()) is None


def test_a_kept_file_that_was_changed_on_the_disk_is_not_given_out_and_made_anew(
    world: World, child: str, tmp_path: Path
) -> None:
    house, sponsor, first = kept_once(world, child, tmp_path)
    path = house.data / first.path
    path.write_bytes(path.read_bytes().replace(b"/Type", b"/Tipe", 1))
    with world.looking() as session:
        assert keep.ready(session, sponsor, house, child, Options()) is None
    with pytest.raises(keep.KeptFileDamaged), world.acting() as session:
        keep.hand_out(session, sponsor, house, child, first)
    world.clock.advance(hours=1)
    second = keep.make_and_keep(house, sponsor, child, Options())
    with world.acting() as session:
        pdf = keep.hand_out(session, sponsor, house, child, second)
    assert (second.id == first.id, hashlib.sha256(pdf).hexdigest()) == (False, second.sha256)
    with world.looking() as session:
        found = session.scalars(select(Event).where(Event.act == keep.DAMAGED))
        assert [(one.site, one.object, loads(one.details)["sha256"]) for one in found] == [
            ("01", child, first.sha256)
        ] * 2


def test_a_log_names_the_line_whose_record_was_changed_last(world: World, child: str) -> None:
    facts = dict(pair for row in pages(read(world, child))["F_AE.1"].facts for pair in row)
    with world.looking() as session:
        lines = {
            row.form_repeat: row.version
            for row in session.scalars(select(FormData).where(FormData.form == "F_AE"))
        }
    said = in_(facts["last_change"], "en")
    assert lines == {1: 1, 2: 2}
    assert re.fullmatch(r"last, line 2: v2, [-0-9: ]+ UTC", said)
    assert in_(facts["last_change"], "ru") == said.replace("last, line", "последняя, строка")


def test_a_struck_line_stays_with_its_reason(world: World, child: str) -> None:
    lines = pages(read(world, child))["F_AE.1"].sections[0].rows
    rows = [row for row in lines if isinstance(row, RecordRow)]
    assert [in_(row.struck, "en") for row in rows] == ["", "Entered twice by mistake"]


@pytest.mark.parametrize(
    ("low", "high", "en", "ru"),
    [("3.5", "5.1", "3.5–5.1", "3.5–5.1"), ("", "5.1", "up to 5.1", "до 5,1"),
     ("0.5", "", "from 0.5", "от 0,5"), ("", "", "", "")],
)  # fmt: skip
def test_limits_with_one_end_are_said_in_words(low: str, high: str, en: str, ru: str) -> None:
    assert (in_(limits(low, high), "en"), in_(limits(low, high), "ru")) == (en, ru)


def test_first_entries_stand_in_the_order_of_the_form(world: World, child: str) -> None:
    first = pages(read(world, child))["F_VS.1"].saves[0].first
    numbers = [int(item) for item, _said in first]
    assert numbers == sorted(numbers)


def test_the_signatures_of_a_form_never_begin_a_sheet_without_its_last_rows(world: World, child: str) -> None:
    casebook, options = read(world, child), Options()
    part = next(one for one in casebook.parts if one.forms[0].anchor == "F_DM.1")
    whole = html(casebook, options, "part.html", replace(part, forms=part.forms[:1]))
    copy = Copy(child, "Site 01", "casebook", "en", "2026-11-22T10:00:00Z", "imt-ecrf 0")
    parted = []
    with Printer(options.sheets) as printer:
        for lower in range(0, 200, 5):  # the table ends anywhere on its sheet
            shifted = whole.replace("<h1>", f'<p style="height:{lower}mm"> </p><h1>', 1)
            pdf = assemble([printer.print(part.key, shifted)], [], copy)
            texts = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
            parted += [lower for one in texts if "Signatures" in one and "Question" not in one]
    assert parted == []
