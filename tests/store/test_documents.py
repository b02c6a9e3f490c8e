"""Saves: document and change-set together, the history of an item, and what folding gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import Engines, NoActor, reading, writing
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.changes import ItemChange, difference, fold, fold_all
from imt_ecrf.store.documents import (
    NothingChanged,
    VersionMoved,
    find_form,
    find_save,
    forms_of_subject,
    history,
    put,
)
from imt_ecrf.store.tables import EntryDraft, Site
from tests.store.saves import ANNA, AT, BORIS, FINGERPRINT, FORTY, Study

if TYPE_CHECKING:
    from collections.abc import Mapping


def entries(engines: Engines) -> int:
    with reading(engines) as session:
        return int(session.execute(text("SELECT count(*) FROM item_change")).scalar_one())


def test_save_writes_document_and_change_set_together(study: Study) -> None:
    saved = study.save(FORTY)
    row = study.stored(saved.row)
    assert row == saved.row
    assert (row.version, row.document, row.data, row.data_sha256) == (
        1,
        FORTY,
        dumps(FORTY),
        sha256(dumps(FORTY)),
    )
    assert entries(study.engines) == 40


@pytest.mark.req("R01")
def test_one_changed_item_of_twenty_adds_exactly_one_entry(study: Study) -> None:
    twenty = dict(list(FORTY.items())[:20])
    saved = study.save(twenty)
    study.save({**twenty, "VS_ITEM03": {"v": "9"}}, saved.row, "misread")
    assert entries(study.engines) == 21
    with reading(study.engines) as session:
        last = history(session.connection(), saved.row.id, "VS_ITEM03")[-1]
    assert (last.old, last.new, last.reason) == ({"v": "3.50"}, {"v": "9"}, "misread")
    assert (last.user_name, last.role, last.organisation) == ("Anna Ivanova", "CRC", "Hospital One")
    assert (last.at_utc, last.study_version, last.origin, last.to_version) == (AT, FINGERPRINT, "screen", 2)


@pytest.mark.req("R01")
def test_an_unchanged_save_writes_nothing(study: Study) -> None:
    saved = study.save(FORTY)
    with pytest.raises(NothingChanged):
        study.save(FORTY, saved.row)
    assert entries(study.engines) == 40
    assert study.stored(saved.row).version == 1


def test_save_keeps_the_first_value_in_the_trail(study: Study) -> None:
    saved = study.save({"A": {"v": "1"}})
    study.save({"A": {"v": "2"}}, saved.row, "typing error")
    study.save({}, saved.row, "belongs to another visit", BORIS)
    with reading(study.engines) as session:
        found = history(session.connection(), saved.row.id)
    assert [(one.old, one.new, one.reason, one.username) for one in found] == [
        (None, {"v": "1"}, "", "anna"),
        ({"v": "1"}, {"v": "2"}, "typing error", "anna"),
        ({"v": "2"}, None, "belongs to another visit", "boris"),
    ]


def test_a_save_from_an_older_version_is_refused_and_changes_nothing(study: Study) -> None:
    first = study.save({"A": {"v": "1"}})
    study.save({"A": {"v": "2"}}, first.row, "correction")
    with pytest.raises(VersionMoved), writing(study.engines, ANNA) as session:
        put(session.connection(), first.row, [ItemChange("B", None, {"v": "3"})], ANNA, at=AT)
    assert study.stored(first.row).document == {"A": {"v": "2"}}
    assert entries(study.engines) == 2


def test_two_first_saves_of_the_same_place_leave_one_form(study: Study) -> None:
    study.save({"A": {"v": "1"}})
    with pytest.raises(VersionMoved):
        study.save({"A": {"v": "2"}})
    assert entries(study.engines) == 1


def test_a_double_submit_is_found_by_its_number(study: Study) -> None:
    with writing(study.engines, ANNA) as session:
        connection = session.connection()
        saved = put(
            connection, study.blank(), [ItemChange("A", None, {"v": "1"})], ANNA, at=AT, save_number="n-1"
        )
        assert find_save(connection, "n-1") == (saved.change_set, saved.seq, saved.row.id, 1)
        assert find_save(connection, "n-2") is None


def test_forms_of_a_subject_are_found_all_or_by_oid(study: Study) -> None:
    vital = study.save({"A": {"v": "1"}}).row
    other = study.save({"B": {"v": "1"}}, study.blank(form="F_LBC")).row
    with reading(study.engines) as session:
        connection = session.connection()
        assert forms_of_subject(connection, study.subject) == [other, vital]
        assert forms_of_subject(connection, study.subject, ["F_VS"]) == [vital]
        assert find_form(connection, study.subject, vital.address) == vital
        assert find_form(connection, study.subject, ("SE_UNS", 2, "F_VS", 1)) is None


def test_a_line_struck_out_is_marked_in_its_row(study: Study) -> None:
    saved = study.save({"A": {"v": "1"}})
    assert study.stored(saved.row).struck is False
    study.save({"A": {"v": "1"}, "@struck": {"v": "entered twice"}}, saved.row)
    assert study.stored(saved.row).struck is True


def test_nothing_is_written_without_saying_who_writes(study: Study) -> None:
    def add() -> None:
        with writing(study.engines) as session:
            session.add(Site(code="02", name="Two", timezone="Asia/Tokyo", created_at=AT, created_by="x"))

    with pytest.raises(NoActor):
        add()
    with writing(study.engines) as session, pytest.raises(NoActor):
        session.query(Site).delete()


def test_a_draft_may_be_overwritten_and_dropped(study: Study) -> None:
    with writing(study.engines, ANNA) as session:
        draft = EntryDraft(
            user_id="u-1",
            subject_id=study.subject,
            event="SE_UNS",
            form="F_VS",
            base_version=0,
            answers="a",
            at_utc=AT,
        )
        session.add(draft)
        session.flush()
        draft.answers = "b"
        session.flush()
        session.delete(draft)
    with reading(study.engines) as session:
        assert session.execute(text("SELECT count(*) FROM entry_draft")).scalar_one() == 0


def test_a_reading_session_cannot_write(study: Study) -> None:
    with reading(study.engines) as session, pytest.raises(DBAPIError, match=r"readonly|read-only"):
        session.execute(text("UPDATE site SET name = 'x'"))


CELLS = st.fixed_dictionaries(
    {},
    optional={
        "v": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)
        | st.lists(st.sampled_from("ABC"), max_size=2),
        "u": st.sampled_from(["U_KG", "U_G"]),
        "m": st.sampled_from(["NI", "NASK"]),
    },
)
PATHS = st.sampled_from(["A", "B", "G_LBC.ALT.LBORRES", "G_TL.1.TLDIAM", "Я"])
DOCUMENTS = st.dictionaries(PATHS, CELLS.filter(bool), max_size=5)


@given(DOCUMENTS, DOCUMENTS)
def test_a_difference_folded_onto_the_old_document_gives_the_new_one(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    assert fold(old, difference(old, new)) == new


@pytest.mark.req("R01")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=12))
def test_folding_every_change_set_gives_the_document(
    study: Study, documents: list[Mapping[str, Any]]
) -> None:
    with reading(study.engines) as session:
        blank = study.blank(1 + len(forms_of_subject(session.connection(), study.subject)))
    row = None
    for document in documents:
        if document != (row or blank).document:
            row = study.save(document, row or blank, "random").row
    with reading(study.engines) as session:
        diffs = session.execute(
            text("SELECT diff FROM change_set WHERE form_data_id = :id ORDER BY to_version"), {"id": blank.id}
        ).scalars()
        sets = [[ItemChange.of(entry) for entry in json.loads(diff)] for diff in diffs]
    stored = study.stored(row).document if row else {}
    # the document is kept in NFC, so it is compared in the same writing
    assert dumps(fold_all(sets)) == dumps(stored) == dumps(documents[-1] if row else {})
