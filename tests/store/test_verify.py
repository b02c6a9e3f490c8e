"""Tampering by somebody who can switch the guards off: each case is found and its first bad row named."""

# ruff: noqa: S608 - attacks are put together from our own names

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from imt_ecrf import config
from imt_ecrf.cli import contents
from imt_ecrf.store import guards, journal, writing
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.changes import difference
from imt_ecrf.store.documents import put, set_caches
from imt_ecrf.store.faults import Fault
from imt_ecrf.store.merkle import grow, root
from imt_ecrf.store.seal import leaf_of, public_key, seal_key, seal_log, unsealed
from imt_ecrf.store.signed import content_sha256
from imt_ecrf.store.tables import Query, Signature
from imt_ecrf.store.verify import proof, verify
from tests.store.saves import ANNA, AT, BORIS, Study

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


class Sealed:
    """A study with twelve sealed saves of one form, and what an intruder may do to it."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study, self.folder = study, folder
        self.anchors = folder / "anchors" / "heads.jsonl"
        self.row = study.save({"A": {"v": "0"}}).row
        for number in range(1, 12):
            self.row = study.save({"A": {"v": str(number)}}, self.row, "correction").row
            if number % 4 == 0:
                self.seal()
        self.seal()

    def seal(self) -> None:
        """Seal what is not sealed yet."""
        assert seal_log(self.study.engines, seal_key(self.folder / "keys"), self.anchors, AT)

    def intrude(self, *sentences: str, **values: object) -> None:
        """Switch every guard off, do something, and set them again as if nothing had been."""
        with self.study.engines.turn(), self.study.engines.writing.begin() as connection:
            switch_off(connection)
            for sentence in sentences:
                connection.execute(text(sentence), values)
            guards.install(connection)

    def faults(self, *, anchored: bool = True) -> list[str]:
        """List the faults found, as the terminal shows them."""
        key = public_key(self.folder / "keys")
        return [str(one) for one in verify(self.study.engines, key, self.anchors if anchored else None)]

    def value(self, sentence: str) -> Any:
        """Ask for one value."""
        with self.study.engines.reading.connect() as connection:
            return connection.execute(text(sentence)).scalar_one()


def switch_off(connection: Connection) -> None:
    for trigger in guards.triggers(connection.dialect.name):
        on = "" if connection.dialect.name == "sqlite" else f" ON {trigger.table}"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}{on}")


@pytest.fixture
def sealed(study: Study, tmp_path: Path) -> Sealed:
    return Sealed(study, tmp_path)


def test_an_untouched_database_has_no_fault(sealed: Sealed) -> None:
    assert sealed.faults() == []
    found = proof(sealed.study.engines, public_key(sealed.folder / "keys"), sealed.anchors)
    assert (found.faults, found.forms, found.change_sets, found.sealed, found.unsealed) == ((), 1, 12, 12, 0)


@pytest.mark.req("R03")
def test_one_changed_byte_is_found_and_its_row_named(sealed: Sealed) -> None:
    sealed.intrude('UPDATE change_set SET diff = replace(diff, \'"v":"5"\', \'"v":"6"\') WHERE seq = 6')
    assert sealed.faults()[0] == "change_set 6: the row is not what was sealed."


@pytest.mark.req("R03")
def test_the_newest_three_rows_deleted_are_found_and_the_first_named(sealed: Sealed) -> None:
    sealed.intrude("DELETE FROM change_set WHERE seq > 9")
    assert sealed.faults()[0] == "change_set 10: the row was sealed and is gone."


FORGET = ("UPDATE sqlite_sequence SET seq = 9 WHERE name = 'change_set'",)


@pytest.mark.req("R03")
def test_the_newest_rows_deleted_with_every_trace_are_found_by_the_anchors(sealed: Sealed) -> None:
    data = dumps({"A": {"v": "8"}})
    sealed.intrude(
        "DELETE FROM change_set WHERE seq > 9",
        "DELETE FROM leaf WHERE seq > 9",
        "DELETE FROM tree_head WHERE size > 9",
        "UPDATE form_data SET version = 9, data = :data, data_sha256 = :hash",
        *(FORGET if sealed.study.engines.sqlite else ()),
        data=data, hash=sha256(data),
    )  # fmt: skip
    assert sealed.faults(anchored=False) == []
    found = sealed.faults()
    assert found[0] == "tree_head 12: the head written outside is not in the database as it was."
    assert found[1].startswith(
        "leaf 9: the head of 2026-03-01T10:00:00.000000Z covers 12 rows, the log has 9"
    )


@pytest.mark.req("R03")
def test_two_rows_that_changed_places_are_found(sealed: Sealed) -> None:
    columns = "diff, data_sha256, from_version, to_version"
    pair = f"SELECT {columns} FROM change_set WHERE seq = "
    with sealed.study.engines.reading.connect() as connection:
        three, four = (connection.execute(text(pair + number)).one() for number in ("3", "4"))
    put = (
        "UPDATE change_set SET diff = :{0}d, data_sha256 = :{0}h, from_version = :{0}f, to_version = :{0}t "
        "WHERE seq = {1}"
    )
    values = dict(zip(("ad", "ah", "af", "at", "bd", "bh", "bf", "bt"), (*three, *four), strict=True))
    away = "UPDATE change_set SET to_version = to_version + 1000 WHERE seq IN (3, 4)"
    sealed.intrude(away, put.format("b", 3), put.format("a", 4), **values)
    assert sealed.faults()[0] == "change_set 3: the row is not what was sealed."


@pytest.mark.req("R03")
def test_an_intruder_who_makes_the_tree_anew_cannot_sign_it(sealed: Sealed) -> None:
    sealed.intrude('UPDATE change_set SET diff = replace(diff, \'"v":"11"\', \'"v":"12"\') WHERE seq = 12')
    forge_tree(sealed)
    assert "tree_head 12: the head was not signed with the installation's key." in sealed.faults(
        anchored=False
    )
    assert "tree_head 12: the head written outside is not in the database as it was." in sealed.faults()


def forge_tree(sealed: Sealed) -> None:
    with sealed.study.engines.reading.connect() as connection:
        rows = connection.execute(text("SELECT * FROM change_set ORDER BY seq")).mappings().all()
    hashes = [leaf_of("change_set", dict(row)) for row in rows]
    forged = root(grow((), 0, hashes)[0]).hex()
    sealed.intrude(
        "UPDATE leaf SET hash = :hash WHERE seq = 12", "UPDATE tree_head SET root = :root WHERE size = 12",
        hash=hashes[-1].hex(), root=forged,
    )  # fmt: skip


@pytest.mark.req("R03")
def test_leaves_made_anew_do_not_fit_their_head(sealed: Sealed) -> None:
    sealed.intrude("UPDATE change_set SET reason = 'nicer' WHERE seq = 7")
    with sealed.study.engines.reading.connect() as connection:
        row = connection.execute(text("SELECT * FROM change_set WHERE seq = 7")).mappings().one()
    sealed.intrude("UPDATE leaf SET hash = :hash WHERE seq = 7", hash=leaf_of("change_set", dict(row)).hex())
    assert sealed.faults() == [
        "change_set 6: the seal of 2026-03-01T10:00:00.000000Z fits neither this row nor the 3 after it."
    ]


def test_rows_not_sealed_yet_are_counted_and_still_proved_by_the_documents(sealed: Sealed) -> None:
    sealed.study.save({"A": {"v": "12"}}, sealed.row, "correction")
    with sealed.study.engines.reading.connect() as connection:
        assert unsealed(connection) == 1
    assert sealed.faults() == []
    sealed.intrude("DELETE FROM change_set WHERE seq = 13")
    assert (
        f"form_data {sealed.row.id}: the form is at version 13, its change_sets end at 12." in sealed.faults()
    )


def test_a_document_changed_behind_its_log_is_found(sealed: Sealed) -> None:
    sealed.intrude('UPDATE form_data SET data = \'{"A":{"v":"99"}}\'')
    assert sealed.faults() == [f"form_data {sealed.row.id}: the document does not have its hash."]
    data = dumps({"A": {"v": "99"}})
    sealed.intrude("UPDATE form_data SET data = :data, data_sha256 = :hash", data=data, hash=sha256(data))
    assert sealed.faults() == [
        f"form_data {sealed.row.id}: the document is not what its change_sets lead to."
    ]


def test_a_state_or_counter_that_does_not_follow_from_the_log_is_found(sealed: Sealed) -> None:
    sealed.intrude("UPDATE form_data SET entry_state = 'complete', open_queries = 2, signature = 'valid'")
    row = sealed.row.id
    assert sealed.faults() == [
        f"form_data {row}: the state is complete, the log says in progress.",
        f"form_data {row}: open_queries is 2, the log says 0.",
        f"form_data {row}: signature is valid, the log says none.",
    ]


def test_states_moved_through_the_log_are_right(sealed: Sealed) -> None:
    with writing(sealed.study.engines, ANNA) as session:
        query = Query(
            form_data_id=sealed.row.id, subject_id=sealed.study.subject, site="01", event="SE_UNS",
            event_repeat=1, form="F_VS", form_repeat=1, origin="manual", opened_at=AT, opened_by="boris",
            changed_at=AT,
        )  # fmt: skip
        session.add(query)
        session.flush()
        connection = session.connection()
        journal.say(connection, query.id, "Is this so?", BORIS, at=AT, act="open", to_state="open")
        journal.say(connection, query.id, "It is.", ANNA, at=AT, act="answer", to_state="answered")
        set_caches(connection, sealed.row.id, {"answered_queries": 1})
        journal.move_form(connection, sealed.row, "complete", ANNA, at=AT, act="form.completed")
    sealed.seal()
    assert sealed.faults() == []


def sign(sealed: Sealed, form: str, digest: str, version: int) -> None:
    with writing(sealed.study.engines, BORIS) as session:
        session.add(
            Signature(
                **journal.by(BORIS),
                at_utc=AT,
                act="sign",
                form_data_id=form,
                form_version=version,
                content_sha256=digest,
                meaning="review",
                meaning_text="I reviewed it",
                batch="b",
                program_version="0",
            )
        )
        set_caches(session.connection(), form, {"signature": "valid"})


@pytest.mark.req("R10")
def test_a_signature_fits_what_was_signed_and_nothing_else(sealed: Sealed) -> None:
    other = sealed.study.save({"A": {"v": "11"}}, sealed.study.blank(2)).row
    assert other.data == sealed.row.data
    digest = content_sha256(sealed.row)
    sign(sealed, sealed.row.id, digest, 12)
    assert sealed.faults() == []
    sign(sealed, other.id, digest, 1)
    assert sealed.faults() == ["signature 2: the signature does not belong to what it stands under."]


@pytest.mark.req("R10")
def test_a_value_changed_under_a_signature_makes_it_another_content(sealed: Sealed) -> None:
    signed = content_sha256(sealed.row)
    changed = (
        replace(sealed.row, data_sha256="x"),
        replace(sealed.row, study_version="fp-2"),
        replace(sealed.row, subject_id="s"),
        replace(sealed.row, form_repeat=9),
    )
    assert signed not in {content_sha256(row) for row in changed}
    assert content_sha256(replace(sealed.row, open_queries=3, item_state="{}")) == signed


def test_a_row_slipped_in_between_is_found_on_sqlite(sealed: Sealed) -> None:
    if not sealed.study.engines.sqlite:
        # there a free number may be that of a transaction taken back: the row would be sealed as a late one
        return
    sealed.intrude("DELETE FROM change_set WHERE seq = 5", "DELETE FROM leaf WHERE seq = 5")
    assert sealed.faults()[0] == "change_set 5: the row is missing from the numbering."


@pytest.mark.req("R03")
@pytest.mark.parametrize("place", [0, 1, 2, 9, 20, -1])
def test_any_byte_changed_is_found_also_where_it_makes_the_row_unreadable(sealed: Sealed, place: int) -> None:
    diff = sealed.value("SELECT diff FROM change_set WHERE seq = 6")
    damaged = list(diff)
    damaged[place] = "#"
    sealed.intrude("UPDATE change_set SET diff = :diff WHERE seq = 6", diff="".join(damaged))
    assert sealed.faults()[0] == "change_set 6: the row is not what was sealed."


@pytest.mark.req("R57")
def test_a_published_version_that_was_edited_is_found(sealed: Sealed) -> None:
    sealed.intrude("UPDATE study_version SET document = '{\"forms\":[]}'")
    assert sealed.faults() == ["study_version 1: the study version is not the one that was published."]


def test_a_frontier_that_was_edited_is_found_before_it_spoils_the_next_seal(sealed: Sealed) -> None:
    sealed.intrude("UPDATE tree_head SET frontier = '[]' WHERE size = 12")
    assert sealed.faults() == ["tree_head 12: the frontier it keeps is not that of its tree."]


def test_anchors_that_cannot_be_read_are_told(sealed: Sealed) -> None:
    sealed.anchors.write_text("{")
    assert sealed.faults() == [f"anchor: the file {sealed.anchors} cannot be read."]


def test_a_leaf_that_is_no_hash_does_not_fit_its_head(sealed: Sealed) -> None:
    sealed.intrude("UPDATE leaf SET hash = 'x' WHERE seq = 2")
    assert [fault.partition(":")[0] for fault in sealed.faults()] == ["change_set 2", "change_set 1"]


@pytest.mark.req("R03")
def test_a_row_that_is_committed_late_is_sealed_in_its_place(study: Study, tmp_path: Path) -> None:
    if study.engines.sqlite:
        return  # one writer at a time: the order of numbers is the order of commits
    late, early = study.blank(1), study.blank(2)
    changes = difference({}, {"A": {"v": "1"}})
    key, anchors = seal_key(tmp_path / "keys"), tmp_path / "heads.jsonl"
    with study.engines.writing.begin() as waiting:
        assert put(waiting, late, changes, ANNA, at=AT).seq == 1
        assert study.save({"A": {"v": "2"}}, early).seq == 2
        # the second row is there, but one before it may still come
        assert seal_log(study.engines, key, anchors, AT) is None
    head = seal_log(study.engines, key, anchors, AT)
    assert head is not None
    assert head.size == 2
    with study.engines.reading.connect() as connection:
        assert list(connection.execute(text("SELECT seq FROM leaf ORDER BY idx")).scalars()) == [1, 2]
    assert verify(study.engines, public_key(tmp_path / "keys"), anchors) == []


def test_a_fault_is_written_with_its_row() -> None:
    assert str(Fault("change_set", "17", "gone.")) == "change_set 17: gone."
    assert str(Fault("database", "", "gone.")) == "database: gone."


def test_two_sealers_at_once_seal_every_row_once(sealed: Sealed) -> None:
    sealed.study.save({"A": {"v": "12"}}, sealed.row, "correction")
    key = seal_key(sealed.folder / "keys")
    assert seal_log(sealed.study.engines, key, sealed.anchors, AT) is not None
    assert seal_log(sealed.study.engines, key, sealed.anchors, AT) is None
    assert sealed.value("SELECT count(*) FROM leaf") == 13
    assert [json.loads(line)["size"] for line in sealed.anchors.read_text().splitlines()] == [5, 9, 12, 13]


def test_another_key_is_not_the_installations_key(sealed: Sealed) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    assert "the head was not signed" in str(verify(sealed.study.engines, other)[0])


@pytest.mark.req("R03")
def test_audit_verify_ends_with_0_or_names_the_first_bad_row_and_ends_with_1(
    study: Study, tmp_path: Path
) -> None:
    url = study.engines.writing.url.render_as_string(hide_password=False)
    data = tmp_path / "installation"
    config.create(data, "test", database_url=url)
    sealed = Sealed(study, data)
    command = ["audit", "verify", "--data", str(data)]
    well = CliRunner().invoke(contents, command)
    assert (well.exit_code, well.stdout) == (
        0, "All is right: 1 forms, 12 change-sets, 12 rows sealed, 0 not yet sealed.\n",
    )  # fmt: skip
    sealed.intrude("UPDATE change_set SET username = 'boris' WHERE seq = 4")
    bad = CliRunner().invoke(contents, command)
    assert (bad.exit_code, bad.stdout) == (1, "change_set 4: the row is not what was sealed.\n")
    with study.engines.turn(), study.engines.writing.begin() as connection:
        switch_off(connection)
    bare = CliRunner().invoke(contents, command)
    assert bare.exit_code == 1
    assert "is missing or changed" in bare.stdout


def test_audit_verify_says_when_there_is_no_database_to_read(tmp_path: Path) -> None:
    config.create(tmp_path, "test")
    absent = CliRunner().invoke(contents, ["audit", "verify", "--data", str(tmp_path)])
    assert (absent.exit_code, "is not there" in absent.output) == (1, True)
    (tmp_path / "study.sqlite3").write_text("this is no database, it is a text of some length")
    spoilt = CliRunner().invoke(contents, ["audit", "verify", "--data", str(tmp_path)])
    assert (spoilt.exit_code, "cannot be read" in spoilt.output) == (1, True)
