"""Completing, confirming, late entry, forms not done, lines and rows struck out; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.refused import (
    FormHoldsAnswers,
    FormIsNotDone,
    LineIsStruck,
    NotComplete,
    Unkept,
)
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import MoveNotPossible
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import Event, FormData
from imt_ecrf.store.verify import verify
from tests.conduct.desk import FIRST, Desk
from tests.factories import World, filled_form, make_subject, plain


@pytest.fixture
def desk(small: World) -> Desk:
    return Desk(small)


def test_a_complete_form_goes_back_to_in_progress_when_an_answer_changes(desk: Desk) -> None:
    done = filled_form(desk.world, desk.crc, desk.vs, FIRST)
    assert done.state == "complete"
    assert desk.save({"NOTE": "later"}).state == "in progress"


@pytest.mark.req("R27")
def test_a_hard_message_never_refuses_the_save_and_always_the_completion(desk: Desk) -> None:
    saved = desk.save({**FIRST, "WEIGHT": Answer("400", "kg")})
    assert [(one.check, one.level) for one in saved.warnings] == [("range(WEIGHT)", "hard")]
    with desk.world.acting() as session, pytest.raises(NotComplete) as refused:
        entry.complete_form(session, desk.crc, desk.vs, 1, {"*": "it is so"})
    assert [one.check for one in refused.value.findings] == ["range(WEIGHT)"]


@pytest.mark.req("R27")
def test_a_soft_message_is_confirmed_with_a_comment_that_is_logged(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "WEIGHT": Answer("130", "kg"), "HEIGHT": "180"})
    with desk.world.acting() as session, pytest.raises(NotComplete):
        entry.complete_form(session, desk.crc, desk.vs, 1, {"range(WEIGHT)": "  "})
    with desk.world.acting() as session:
        done = entry.complete_form(session, desk.crc, desk.vs, 1, {"range(WEIGHT)": "weighed twice"})
    assert [(one.check, one.confirmed) for one in done.warnings] == [("range(WEIGHT)", True)]
    with desk.world.looking() as session:
        wanted = select(Event.object, Event.reason, Event.user_name).where(Event.act == "check.confirmed")
        assert session.execute(wanted).all() == [("range(WEIGHT)", "weighed twice", "Anna Ivanova-Crc")]
        assert session.scalar(select(FormData.soft)) == 0


def test_a_changed_answer_takes_its_confirmation_back(desk: Desk) -> None:
    desk.save(
        {"VSPERF": "Y", "WEIGHT": Answer("130", "kg"), "HEIGHT": "180"}, comments={"*": "weighed twice"}
    )
    assert [one.confirmed for one in desk.world.open(desk.crc, desk.vs).warnings] == [True]
    desk.save({"WEIGHT": Answer("131", "kg")}, {"*": "TYPING"})
    assert [one.confirmed for one in desk.world.open(desk.crc, desk.vs).warnings] == [False]


def test_owed_answers_stand_between_a_form_and_its_completion(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "HEIGHT": "100"})
    with desk.world.acting() as session, pytest.raises(NotComplete) as refused:
        entry.complete_form(session, desk.crc, desk.vs, 1)
    assert [(one.check, one.path) for one in refused.value.findings] == [("required(WEIGHT)", "WEIGHT")]
    desk.save({"WEIGHT": Answer(missing="ND")})
    with desk.world.acting() as session:
        assert entry.complete_form(session, desk.crc, desk.vs, 2).state == "complete"


@pytest.mark.req("R29")
def test_a_date_in_the_future_is_kept_and_stands_against_completion(desk: Desk) -> None:
    saved = desk.save({"VSPERF": "N", "SEEN": "2026-03-11"})
    assert [(one.check, one.level) for one in saved.warnings] == [("future(SEEN)", "hard")]


@pytest.mark.req("R29")
def test_late_entry_is_visible_and_the_time_of_entry_is_the_servers(small: World) -> None:
    crc = small.user("CRC")
    subject = make_subject(small)
    visit = Address(subject, "SE_SCR", 1, "F_SV")
    day = (small.clock.now() - dt.timedelta(days=20)).date().isoformat()
    small.save(crc, visit, {"SVOCCUR": "Y", "SVSTDAT": day})
    small.save(crc, Address(subject, "SE_SCR", 1, "F_VS"), FIRST)
    record = small.open(crc, Address(subject, "SE_SCR", 1, "F_VS"))
    assert (record.late_days, record.first_saved_at) == (20, small.clock.now())
    with small.looking() as session:
        assert {one.late_days for one in entry.history(session, crc, visit)} == {20}


def test_a_form_not_done_keeps_its_reason_and_no_answers(desk: Desk) -> None:
    with desk.world.acting() as session:
        assert entry.not_done(session, desk.crc, desk.vs, "ND").state == "not done"
    assert desk.cells() == {"@not_done": {"v": "ND"}}
    with pytest.raises(FormIsNotDone):
        desk.save(FIRST)
    with desk.world.acting() as session:
        assert entry.reopen(session, desk.crc, desk.vs, "NEW").state == "in progress"
    assert desk.save(FIRST).version == 3


def test_a_form_with_answers_is_not_marked_as_not_done(desk: Desk) -> None:
    desk.save(FIRST)
    with desk.world.acting() as session, pytest.raises(FormHoldsAnswers):
        entry.not_done(session, desk.crc, desk.vs, "ND")
    with desk.world.acting() as session, pytest.raises(Unkept):
        entry.not_done(session, desk.crc, Address(desk.subject, "SE_SCR", 1, "F_LB"), "LAZY")


def test_a_form_that_is_not_complete_cannot_be_reopened(desk: Desk) -> None:
    desk.save(FIRST)
    with desk.world.acting() as session, pytest.raises(MoveNotPossible):
        entry.reopen(session, desk.crc, desk.vs, "NEW")


def test_a_line_of_a_log_is_struck_out_and_stays(small: World) -> None:
    crc = small.user("CRC")
    subject = make_subject(small)
    lines = [Address(subject, "SE_LOG", 1, "F_AE", number) for number in (1, 2, 3)]
    small.save(crc, lines[0], {"AETERM": "Rash"})
    small.save(crc, lines[1], {"AETERM": "Rash"})
    with pytest.raises(NotFound):
        small.save(crc, Address(subject, "SE_LOG", 1, "F_AE", 9), {"AETERM": "Far away"})
    with small.acting() as session:
        entry.strike_line(session, crc, lines[1], "OTHER: entered twice")
    with pytest.raises(LineIsStruck):
        small.save(crc, lines[1], {"AETERM": "Itch"}, {"*": "NEW"})
    small.save(crc, lines[2], {"AETERM": "Cough"})
    with small.looking() as session:
        kept = entry.lines_of(session, crc, subject, "SE_LOG", "F_AE")
    assert [(one.form_repeat, one.struck, one.document["AETERM"]["v"]) for one in kept] == [
        (1, False, "Rash"),
        (2, True, "Rash"),
        (3, False, "Cough"),
    ]


def test_a_row_is_struck_out_and_its_number_is_not_used_again(small: World) -> None:
    crc = small.user("CRC")
    lesions = Address(make_subject(small), "SE_SCR", 1, "F_TL")
    small.save(crc, lesions, {"G_TL.1.TLID": "T01", "G_TL.1.TLDIAM": "20", "G_TL.2.TLID": "T02"})
    with small.acting() as session:
        entry.strike_row(session, crc, lesions, "G_TL", "1", "TYPING")
    with pytest.raises(Unkept):
        small.save(crc, lesions, {"G_TL.1.TLDIAM": "25"}, {"*": "NEW"})
    small.save(crc, lesions, {"G_TL.3.TLID": "T03"})
    cells = small.open(crc, lesions).cells
    assert cells["G_TL.1.@struck"] == {"v": "TYPING"}
    assert cells["G_TL.1.TLDIAM"] == {"v": "20", "u": "mm"}


@pytest.mark.req("R28")
def test_a_preview_says_what_would_follow_and_stores_nothing(desk: Desk) -> None:
    with desk.world.looking() as session:
        judged = entry.preview(session, desk.crc, desk.vs, plain({**FIRST, "SEEN": "nonsense"}))
    assert (dict(judged.derived), judged.hidden, judged.findings) == ({"BMI": {"v": "12.5"}}, frozenset(), ())
    assert desk.rows() == (0, 0)


def test_one_key_leads_to_the_next_form_that_lacks_something(desk: Desk) -> None:
    with desk.world.looking() as session:
        after = entry.next_incomplete(session, desk.crc, desk.vs)
    assert after == Address(desk.subject, "SE_SCR", 1, "F_LB")
    filled_form(desk.world, desk.crc, after, {"G_LB.ALT.LBRES": "20", "G_LB.AST.LBRES": "30"})
    filled_form(
        desk.world,
        desk.crc,
        Address(desk.subject, "SE_SCR", 1, "F_SV"),
        {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"},
    )
    with desk.world.looking() as session:
        assert entry.next_incomplete(session, desk.crc, desk.vs) is None


@pytest.mark.req("R01", "R02")
def test_everything_written_by_acts_stands_the_audit(desk: Desk) -> None:
    desk.save(FIRST)
    desk.save({"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    with desk.world.acting() as session:
        entry.complete_form(session, desk.crc, desk.vs, 2, {"*": "fine"})
    with desk.world.acting() as session:
        entry.reopen(session, desk.crc, desk.vs, "NEW")
    assert list(verify(desk.world.engines)) == []
