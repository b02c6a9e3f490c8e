"""Saving a form: what is written, what is refused, and that nothing is half-saved; on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from imt_ecrf import store
from imt_ecrf.conduct import entry
from imt_ecrf.conduct.refused import (
    FormHoldsAnswers,
    FormIsNotDone,
    HiddenHold,
    LineIsStruck,
    NotComplete,
    ReasonNeeded,
    ReasonUnknown,
    SaveRepeated,
    StaleVersion,
    Unkept,
)
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import MoveNotPossible
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import ChangeSet, Event, FormData
from imt_ecrf.store.verify import verify
from tests.factories import World, enrolled, filled_form, make_subject, opened, plain

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor

FIRST: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}


class Desk:
    """A coordinator before the vital signs of a child in screening."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crc: Actor = world.user("CRC")
        self.subject = make_subject(world)
        self.vs = Address(self.subject, "SE_SCR", 1, "F_VS")

    def save(self, answers: dict[str, Any], reasons: dict[str, str] | None = None, **more: Any) -> Any:
        """Save from the version kept now."""
        return self.world.save(self.crc, self.vs, answers, reasons, **more)

    def cells(self) -> dict[str, Any]:
        """Give what is kept."""
        return dict(self.world.open(self.crc, self.vs).cells)

    def rows(self) -> tuple[int, int]:
        """Count change-sets and forms."""
        with self.world.looking() as session:
            sets = session.scalar(select(func.count()).select_from(ChangeSet))
            forms = session.scalar(select(func.count()).select_from(FormData))
        return sets or 0, forms or 0


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
