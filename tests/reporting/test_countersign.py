"""Countersigning a casebook: who may, with the password, on record; and what is said of every copy."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import notes
from imt_ecrf.conduct.accounts import WrongPassword
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.reporting import countersign, custody, keep
from imt_ecrf.reporting.certificate import KeyUnusable, certificates, make_seal, seal_files
from imt_ecrf.reporting.countersign import MEANINGS
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.seal import SealWithdrawn, genuine, seal
from imt_ecrf.reporting.verdict import verdict
from imt_ecrf.store.tables import Event, StoredFile
from tests.factories import PASSWORD, World, identified, make_study, make_subject, small_book
from tests.reporting.conftest import VITALS

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.verdict import Verdict

EN = Options("en")


@pytest.fixture
def house(world: World, tmp_path: Path) -> keep.House:
    """Give an installation with its seal."""
    found = keep.House(world.engines, tmp_path / "data")
    make_seal(found.keys, "Test hospital")
    return found


@pytest.fixture
def code(world: World) -> str:
    """Give a child with one form."""
    made = make_subject(world)
    world.save(world.user("CRC"), Address(made, "SE_SCR", 1, "F_VS"), VITALS)
    return made


def sponsor_of(world: World) -> Actor:
    """Give somebody of the sponsor who may sign: identity checked, statement accepted."""
    found = world.user("SPON", None)
    with world.acting() as session:
        identified(session, found.username, world.clock)
    return found


def signed(house: keep.House, actor: Actor, code: str, **more: Any) -> StoredFile:
    """Countersign with the right password."""
    return countersign.countersign(house, actor, code, EN, **{"password": PASSWORD, **more})


def judged(house: keep.House, folder: Path, pdf: bytes, actor: Actor | None = None) -> Verdict:
    """Judge bytes as a file."""
    file = folder / "copy"
    file.write_bytes(pdf)
    return verdict(house, file, actor)


def content(house: keep.House, file: StoredFile) -> bytes:
    """Read a kept file."""
    return (house.data / file.path).read_bytes()


@pytest.mark.req("R09")
@pytest.mark.req("R44")
def test_investigator_and_sponsor_countersign_one_file_and_both_are_named(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi, sponsor = world.user("PI"), sponsor_of(world)
    made = keep.make_and_keep(house, pi, code, EN)
    first = signed(house, pi, code, shown=made.sha256)
    second = signed(house, sponsor, code, shown=first.sha256)
    pdf = content(house, second)
    assert pdf.startswith(content(house, first))
    assert content(house, first).startswith(content(house, made))
    assert genuine(pdf, seal_files(house.keys).authority)
    found = judged(house, tmp_path, pdf, pi)
    assert (found.word, found.changed, found.sha256) == ("genuine", False, second.sha256)
    assert [(one.field, one.good, one.name, one.meaning) for one in found.signers[1:]] == [
        ("Investigator", True, pi.name, " / ".join(MEANINGS["PI"])),
        ("Sponsor", True, sponsor.name, " / ".join(MEANINGS["SPON"])),
    ]
    assert found.signers[1].role.startswith("Investigator / Исследователь")
    assert all(one.at.endswith("Z") for one in found.signers)
    with world.looking() as session:
        # the reader of the first copy is given the one that all have signed
        ready = keep.ready(session, pi, house, code, EN)
        assert ready is not None
        assert ready.sha256 == second.sha256
        log = session.scalars(select(Event).where(Event.act == countersign.ACT).order_by(Event.seq)).all()
    assert [(one.role, one.username, json.loads(one.details)["before"]) for one in log] == [
        ("PI", pi.username, made.sha256),
        ("SPON", sponsor.username, first.sha256),
    ]


def test_each_copy_of_the_chain_stays_genuine(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi = world.user("PI")
    made = keep.make_and_keep(house, pi, code, EN)
    after = signed(house, pi, code)
    for file in (made, after):
        assert judged(house, tmp_path, content(house, file)).word == "genuine"
    assert judged(house, tmp_path, content(house, after) + b"\n").why == "added"


def test_a_role_signs_a_copy_once_and_only_the_copy_that_was_shown(
    world: World, house: keep.House, code: str
) -> None:
    pi, sponsor = world.user("PI"), sponsor_of(world)
    with pytest.raises(countersign.NothingToCountersign):
        signed(house, pi, code)
    made = keep.make_and_keep(house, pi, code, EN)
    signed(house, pi, code)
    with pytest.raises(countersign.AlreadyCountersigned):
        signed(house, pi, code)
    with pytest.raises(countersign.CopyChanged):
        signed(house, sponsor, code, shown=made.sha256)
    world.save(world.user("CRC"), Address(code, "SE_SCR", 1, "F_LBC"), {"LBCPERF": "Y"})
    with pytest.raises(countersign.NothingToCountersign):
        signed(house, sponsor, code)
    with pytest.raises(countersign.NoSealToCountersign):
        countersign.countersign(house, pi, code, replace(EN, profile="submission"), password=PASSWORD)


def test_a_wrong_password_or_another_role_signs_nothing(world: World, house: keep.House, code: str) -> None:
    pi = world.user("PI")
    keep.make_and_keep(house, pi, code, EN)
    with pytest.raises(WrongPassword):
        signed(house, pi, code, password="not the password")
    for role in ("CRC", "CRA", "DM"):
        with pytest.raises(NotPermitted):
            signed(house, world.user(role), code)
    with pytest.raises(NotFound):
        signed(house, world.user("PI", "02"), code)
    with world.looking() as session:
        acts = session.scalars(select(Event.act).where(Event.act == countersign.ACT)).all()
        files = session.scalars(select(StoredFile.id)).all()
    assert (acts, len(files)) == ([], 1)
    assert len([path for path in (house.data / "files").rglob("*") if path.is_file()]) == 1


def test_every_volume_of_a_long_casebook_is_countersigned_and_known_by_itself(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi, short = world.user("PI"), replace(EN, volume=1)
    crc, place = world.user("CRC"), Address(code, "SE_LOG", 1, "F_AE")
    world.save(crc, place, {"AETERM": "Rash"})
    made = keep.make_and_keep(house, pi, code, short)
    assert made.path.endswith(".zip")
    after = signed(house, pi, code)
    with zipfile.ZipFile(io.BytesIO(content(house, after))) as folder:
        volumes = {name: folder.read(name) for name in folder.namelist()}
    sums = volumes.pop(keep.MANIFEST).decode()
    assert sums == keep.manifest(list(volumes.items()))
    assert len(volumes) > 1
    for pdf in volumes.values():
        found = judged(house, tmp_path, pdf)
        assert (found.word, [one.field for one in found.signers]) == ("genuine", ["Seal", "Investigator"])
    assert judged(house, tmp_path, content(house, after)).word == "genuine"
    again = keep.zipped(list(volumes.items())[:1], "2026-01-01 00:00:00")
    assert (judged(house, tmp_path, again).word, judged(house, tmp_path, again).why) == ("not ours", "zip")


def test_what_goes_beyond_the_copy_is_told_only_to_who_may_have_it(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi, other = world.user("PI"), world.user("PI", "02")
    made = keep.make_and_keep(house, pi, code, EN)
    world.clock.advance(hours=1)
    world.save(world.user("CRC"), Address(code, "SE_SCR", 1, "F_LBC"), {"LBCPERF": "Y"})
    newer = keep.make_and_keep(house, pi, code, EN)
    pdf = content(house, made)
    told = {}
    for name, actor in (("site", pi), ("other", other), ("nobody", None), ("console", system())):
        found = judged(house, tmp_path, pdf, actor)
        assert (found.word, found.changed) == ("genuine", True)
        assert found.copy is not None
        told[name] = (found.copy.subject, found.newer is not None)
    assert told == {
        "site": (code, True), "other": ("", False), "nobody": ("", False), "console": (code, True),
    }  # fmt: skip
    assert judged(house, tmp_path, content(house, newer), pi).newer is None


def test_a_new_program_or_study_version_alone_is_no_change_of_the_data(
    world: World, house: keep.House, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.advance(hours=1)
    made = keep.make_and_keep(house, world.user("PI"), code, EN)
    monkeypatch.setattr("imt_ecrf.reporting.gather.__version__", "99")
    assert judged(house, tmp_path, content(house, made)).changed is False


def test_a_note_written_after_a_copy_was_made_is_told_of_as_a_change(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    copy = content(house, keep.make_and_keep(house, world.user("PI"), code, EN))
    assert judged(house, tmp_path, copy).changed is False
    world.clock.advance(minutes=1)
    crc = world.user("CRC")
    with world.acting() as session:
        notes.write(session, crc, Address(code, "SE_SCR", 1, "F_VS"), "weighed in clothes")
    assert judged(house, tmp_path, copy).changed is True


def test_a_lost_passphrase_stands_in_the_way_of_no_revocation_and_is_named_when_a_new_key_is_asked_for(
    world: World, house: keep.House, code: str
) -> None:
    admin, files = world.user("ADMIN", None), seal_files(house.keys)
    keep.make_and_keep(house, world.user("PI"), code, EN)
    files.passphrase.write_text("wrong", encoding="utf-8")
    before = {file: file.read_bytes() for file in house.keys.rglob("*") if file.is_file()}
    with world.acting() as session, pytest.raises(KeyUnusable, match=r"^authority\.p12$"):
        custody.renew(session, admin, files)
    assert {file: file.read_bytes() for file in house.keys.rglob("*") if file.is_file()} == before
    with world.acting() as session:
        custody.revoke(session, admin, files, "The passphrase was lost")
    with world.acting() as session:
        assert [one.state(world.clock.now()) for one in custody.held(session, files)] == ["revoked"]


def test_a_revoked_certificate_seals_no_more_and_its_copies_on_record_stay_genuine(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi = world.user("PI")
    before = content(house, keep.make_and_keep(house, pi, code, EN))
    unrecorded = seal(pdf_of(before), seal_files(house.keys), name="Copy", reason="made elsewhere")
    assert (judged(house, tmp_path, unrecorded).word, judged(house, tmp_path, unrecorded).why) == (
        "genuine", "unrecorded",
    )  # fmt: skip
    admin, files = world.user("ADMIN", None), seal_files(house.keys)
    with world.acting() as session, pytest.raises(custody.SayWhyRevoked):
        custody.revoke(session, admin, files, "  ")
    with world.acting() as session, pytest.raises(NotPermitted):
        custody.revoke(session, pi, files, "Lost")
    with world.acting() as session:
        custody.revoke(session, admin, files, "The key was copied")
    with pytest.raises(SealWithdrawn):
        keep.make_and_keep(house, pi, code, EN)
    with pytest.raises(countersign.NothingToCountersign):
        signed(house, pi, code)
    found = judged(house, tmp_path, before)
    assert (found.word, found.revoked_at is not None) == ("genuine", True)
    found = judged(house, tmp_path, unrecorded)
    assert (found.word, found.why) == ("not ours", "revoked")
    with world.acting() as session, pytest.raises(custody.NoCertificate):
        custody.revoke(session, admin, files, "Again")


def test_a_renewed_certificate_seals_anew_under_the_same_authority(
    world: World, house: keep.House, code: str, tmp_path: Path
) -> None:
    pi, admin, files = world.user("PI"), world.user("ADMIN", None), seal_files(house.keys)
    old, authority = keep.make_and_keep(house, pi, code, EN), files.authority.read_bytes()
    with world.acting() as session:
        custody.revoke(session, admin, files, "The key was copied")
    with world.acting() as session:
        custody.renew(session, admin, files)
    new = keep.make_and_keep(house, pi, code, EN)
    assert new.certificate != old.certificate
    assert files.authority.read_bytes() == authority
    for file in (old, new):
        found = judged(house, tmp_path, content(house, file))
        assert (found.word, all(one.good for one in found.signers)) == ("genuine", True)
    with world.looking() as session:
        listed = custody.held(session, files)
    assert [one.state(world.clock.now()) for one in listed] == ["in force", "revoked"]
    assert listed[1].withdrawn is not None
    assert listed[1].withdrawn.reason == "The key was copied"
    assert len(certificates(files)) == 2
    assert files.list.is_file()


def test_both_databases_keep_and_find_copies_signatures_and_revocations(
    database_url: str, tmp_path: Path
) -> None:
    world = make_study(database_url, small_book())
    place = keep.House(world.engines, tmp_path / "data")
    make_seal(place.keys, "Test hospital")
    code, pi, admin = world.subject("01"), world.user("PI"), world.user("ADMIN", None)
    made = keep.make_and_keep(place, pi, code, EN)
    after = signed(place, pi, code, shown=made.sha256)
    with world.acting() as session:
        custody.revoke(session, admin, seal_files(place.keys), "The key was copied")
    for file in (made, after):
        found = judged(place, tmp_path, content(place, file), pi)
        assert (found.word, found.changed, found.revoked_at is not None) == ("genuine", False, True)
    assert judged(place, tmp_path, content(place, after) + b"%", pi).why == "added"
    world.engines.dispose()


def pdf_of(sealed: bytes) -> bytes:
    """Give the file as it was before its seal."""
    end = sealed.index(b"%%EOF") + 6
    return sealed[:end]
