"""Saving a form: what is written, what is refused, and that nothing is half-saved; on both databases."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from imt_ecrf import store
from imt_ecrf.conduct import entry
from imt_ecrf.conduct.refused import (
    HiddenHold,
    ReasonNeeded,
    ReasonUnknown,
    SaveRepeated,
    StaleVersion,
    Unkept,
)
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import ChangeSet
from tests.conduct.desk import FIRST, Desk
from tests.factories import World, enrolled, opened, plain


@pytest.fixture
def desk(small: World) -> Desk:
    return Desk(small)


@pytest.mark.req("R01", "R28")
def test_a_first_save_keeps_the_answers_and_works_out_the_derived_ones(desk: Desk) -> None:
    saved = desk.save(FIRST)
    assert (saved.version, saved.state, saved.changed, saved.derived) == (
        1,
        "in progress",
        ("HEIGHT", "VSPERF", "WEIGHT"),
        ("BMI",),
    )
    assert desk.cells() == {
        "VSPERF": {"v": "Y"},
        "WEIGHT": {"v": "12.50", "u": "kg"},
        "HEIGHT": {"v": "100", "u": "cm"},
        "BMI": {"v": "12.5"},
    }


@pytest.mark.req("R28")
def test_opening_and_saving_a_blank_form_untouched_writes_nothing(desk: Desk) -> None:
    before = desk.rows()
    blank = dict.fromkeys(("VSPERF", "WEIGHT", "HEIGHT", "NOTE", "SEEN"), "")
    saved = desk.save({**blank, "SYMPTOMS": ()})
    assert (saved.unchanged, saved.version, saved.id) == (True, 0, None)
    assert desk.rows() == before == (0, 0)


@pytest.mark.req("R01")
def test_saving_what_is_already_kept_adds_no_row(desk: Desk) -> None:
    desk.save(FIRST)
    before = desk.rows()
    assert desk.save(FIRST).unchanged
    assert desk.rows() == before


@pytest.mark.req("R01")
def test_one_changed_answer_of_many_is_one_entry_of_the_trail(desk: Desk) -> None:
    desk.save(FIRST)
    desk.save({**FIRST, "NOTE": "calm"})
    with desk.world.looking() as session:
        trail = entry.history(session, desk.crc, desk.vs)
    assert [(one.path, one.version) for one in trail] == [
        ("HEIGHT", 1),
        ("VSPERF", 1),
        ("WEIGHT", 1),
        ("BMI", 1),
        ("NOTE", 2),
    ]


@pytest.mark.req("R01", "R26")
def test_save_keeps_the_first_value_in_the_trail_with_who_when_and_why(desk: Desk) -> None:
    desk.save(FIRST)
    desk.world.clock.advance(hours=1)
    desk.save({"WEIGHT": Answer("12.80", "kg")}, {"WEIGHT": "SOURCE"})
    with desk.world.looking() as session:
        trail = entry.history(session, desk.crc, desk.vs, "WEIGHT")
        derived = entry.history(session, desk.crc, desk.vs, "BMI")
    told = [(one.old, one.new, one.reason, one.name, one.role, one.at.hour) for one in trail]
    assert told == [
        (None, {"v": "12.50", "u": "kg"}, None, "Anna Ivanova-Crc", "CRC", 12),
        ({"v": "12.50", "u": "kg"}, {"v": "12.80", "u": "kg"}, "SOURCE", "Anna Ivanova-Crc", "CRC", 13),
    ]
    assert [(one.new, one.reason, one.name, one.method) for one in derived] == [
        ({"v": "12.5"}, None, "System", "M_BMI/1"),
        ({"v": "12.8"}, "recalculated", "System", "M_BMI/1"),
    ]


@pytest.mark.req("R04")
@pytest.mark.parametrize("reasons", [{}, {"*": ""}, {"WEIGHT": "  \u00a0"}, {"HEIGHT": "TYPING"}])
def test_changing_a_saved_value_without_a_reason_is_refused_and_nothing_is_written(
    desk: Desk, reasons: dict[str, str]
) -> None:
    desk.save(FIRST)
    before = desk.rows()
    with pytest.raises(ReasonNeeded) as refused:
        desk.save({"WEIGHT": Answer("13", "kg"), "NOTE": "new"}, reasons)
    assert refused.value.paths == ("WEIGHT",)
    assert desk.rows() == before


@pytest.mark.req("R04")
@pytest.mark.parametrize("reason", ["OTHER", "OTHER:", "OTHER:  ", "OTHER: x", "..", "other"])
def test_other_as_a_reason_asks_for_words(desk: Desk, reason: str) -> None:
    desk.save(FIRST)
    with pytest.raises(ReasonUnknown):
        desk.save({"WEIGHT": Answer("13", "kg")}, {"*": reason})


@pytest.mark.req("R04")
def test_emptying_a_saved_value_needs_a_reason_and_a_first_entry_needs_none(desk: Desk) -> None:
    desk.save(FIRST)
    with pytest.raises(ReasonNeeded):
        desk.save({"WEIGHT": ""})
    saved = desk.save({"WEIGHT": "", "NOTE": "first"}, {"WEIGHT": "OTHER: scales were broken"})
    assert saved.changed == ("NOTE", "WEIGHT")
    assert "WEIGHT" not in desk.cells()
    assert "BMI" not in desk.cells()


def test_one_reason_counts_for_the_whole_save_and_an_own_one_goes_before_it(desk: Desk) -> None:
    desk.save(FIRST)
    desk.save({"WEIGHT": Answer("13", "kg"), "HEIGHT": "101"}, {"*": "TYPING", "HEIGHT": "NEW"})
    with desk.world.looking() as session:
        trail = entry.history(session, desk.crc, desk.vs)
    assert {one.path: one.reason for one in trail if one.version == 2} == {
        "WEIGHT": "TYPING",
        "HEIGHT": "NEW",
        "BMI": "recalculated",
    }


def test_a_refused_answer_leaves_the_whole_save_undone(desk: Desk) -> None:
    with pytest.raises(Unkept) as refused:
        desk.save({**FIRST, "SEEN": "30.02.2026"})
    assert [one.path for one in refused.value.problems] == ["SEEN"]
    assert desk.rows() == (0, 0)


@pytest.mark.req("R28")
def test_an_answer_behind_a_hidden_question_is_asked_about_before_it_is_cleared(desk: Desk) -> None:
    desk.save(FIRST)
    with pytest.raises(HiddenHold) as asked:
        desk.save({"VSPERF": "N"}, {"*": "SOURCE"})
    assert asked.value.paths == ("HEIGHT", "WEIGHT")
    assert desk.cells()["VSPERF"] == {"v": "Y"}
    saved = desk.save({"VSPERF": "N"}, {"*": "SOURCE"}, confirmed_clear=True)
    assert saved.changed == ("HEIGHT", "VSPERF", "WEIGHT")
    assert desk.cells() == {"VSPERF": {"v": "N"}}
    with desk.world.looking() as session:
        trail = entry.history(session, desk.crc, desk.vs, "WEIGHT")
    assert trail[-1].reason == "no longer applicable: VSPERF == 'Y'"


def test_an_answer_given_to_a_hidden_question_is_not_slipped_in(desk: Desk) -> None:
    with pytest.raises(HiddenHold):
        desk.save({"VSPERF": "N", "HEIGHT": "100"})
    desk.save({"VSPERF": "N", "HEIGHT": "100"}, confirmed_clear=True)
    assert desk.cells() == {"VSPERF": {"v": "N"}}


@pytest.mark.req("R30")
def test_a_stale_save_writes_nothing_and_brings_base_theirs_and_mine(desk: Desk) -> None:
    desk.save(FIRST)
    desk.save({"NOTE": "theirs", "HEIGHT": "101"}, {"*": "TYPING"})
    with pytest.raises(StaleVersion) as stale:
        desk.save({**FIRST, "NOTE": "mine", "SEEN": "2026"}, {"*": "NEW"}, version=1)
    error = stale.value
    assert (error.version, error.by, error.status) == (2, "anna.crc.01", 409)
    merged = entry.merge(error)
    assert [one.path for one in merged.both] == ["NOTE"]
    assert {"HEIGHT", "BMI"} == {one.path for one in merged.theirs}
    assert merged.proposed == {"SEEN": {"v": "2026"}}
    assert desk.cells()["NOTE"] == {"v": "theirs"}


@pytest.mark.req("R30")
def test_a_stale_save_of_what_is_already_there_changes_nothing_of_theirs(desk: Desk) -> None:
    desk.save(FIRST)
    desk.save({"NOTE": "same", "HEIGHT": "101"}, {"*": "TYPING"})
    assert desk.save({**FIRST, "NOTE": "same"}, version=1).unchanged
    assert desk.cells()["HEIGHT"] == {"v": "101", "u": "cm"}


@pytest.mark.req("R30")
def test_of_two_concurrent_saves_one_wins_and_the_other_gets_the_merge(desk: Desk) -> None:
    desk.save(FIRST)
    results: list[Any] = []
    ready = threading.Barrier(2)

    def work(note: str) -> None:
        ready.wait()
        try:
            with store.writing(desk.world.engines) as session:
                answers = plain({"NOTE": note})
                results.append(entry.save_form(session, desk.crc, desk.vs, answers, {}, 1).version)
        except StaleVersion as error:
            results.append((error.version, error.theirs["NOTE"]["v"]))

    threads = [threading.Thread(target=work, args=(note,)) for note in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = desk.cells()["NOTE"]["v"]
    assert sorted(map(str, results)) == sorted(["2", str((2, winner))])


@pytest.mark.req("R30")
def test_more_typed_on_a_page_that_was_saved_is_never_taken_for_the_save_sent_twice(desk: Desk) -> None:
    desk.save(FIRST, version=0, save_number="n-1")
    with pytest.raises(StaleVersion):
        desk.save({**FIRST, "WEIGHT": Answer("13", "kg")}, version=0, save_number="n-1")


def test_the_same_save_number_saves_once(desk: Desk) -> None:
    first = desk.save(FIRST, version=0, save_number="n-1")
    again = desk.save(FIRST, version=0, save_number="n-1")
    assert (again.id, again.version, again.unchanged) == (first.id, 1, True)
    other = Address(desk.subject, "SE_LOG", 1, "F_AE")
    with pytest.raises(SaveRepeated):
        desk.world.save(desk.crc, other, {"AETERM": "Rash"}, save_number="n-1")


def test_a_changed_weight_reaches_the_dose_of_the_same_visit(small: World) -> None:
    crc, pi = small.user("CRC"), small.user("PI")
    subject = enrolled(small)
    opened(small, crc, subject, "SE_C1D1")
    vs, dose = (Address(subject, "SE_C1D1", 1, form) for form in ("F_VS", "F_DO"))
    small.save(crc, vs, FIRST)
    small.save(pi, dose, {"DODAT": "2026-03-10"})
    assert small.open(pi, dose).cells["DOWEIGHT"] == {"v": "12.50"}
    saved = small.save(crc, vs, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    assert saved.reached == (dose,)
    assert small.open(pi, dose).cells["DOWEIGHT"] == {"v": "13.00"}
    with small.looking() as session:
        last = entry.history(session, crc, dose)[-1]
        cause = session.scalar(
            select(ChangeSet.id).where(ChangeSet.form_data_id == saved.id, ChangeSet.to_version == 2)
        )
    assert (last.path, last.name, last.role, last.method, last.cause) == (
        "DOWEIGHT",
        "System",
        "SYSTEM",
        "M_DOWEIGHT/1",
        cause,
    )
