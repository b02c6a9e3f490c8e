"""Screening, enrolment and the course of a child in the real study; visits and their windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry, overview, subjects, visits, work
from imt_ecrf.conduct.refused import EnrolmentRefused, EventHoldsData, EventNotPossible, Unkept
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.verify import verify
from tests.children import at, consent, criteria, eligible, proven, sign
from tests.factories import World, enrolled, filled_form, make_subject, opened

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor


def enrol(world: World, actor: Actor, subject: str) -> str:
    """Enrol a child and give its state."""
    with world.acting() as session:
        subjects.enrol(session, actor, subject)
    with world.looking() as session:
        return subjects.subject_state(session, actor, subject)


@pytest.fixture
def child(real: World) -> tuple[World, Actor, str]:
    return real, real.user("CRC"), make_subject(real, consented=False)


def test_codes_count_up_by_site_and_are_never_used_again(small: World) -> None:
    codes = [make_subject(small, site) for site in ("01", "01", "02", "01")]
    assert codes == ["01-001", "01-002", "02-001", "01-003"]


@pytest.mark.req("R31")
def test_a_child_without_consent_and_criteria_is_not_enrolled_and_the_reasons_are_listed(child: Any) -> None:
    world, crc, subject = child
    with pytest.raises(EnrolmentRefused) as refused:
        enrol(world, crc, subject)
    assert [en for en, _ in refused.value.reasons] == [
        "No signed consent with its date is recorded.",
        "The eligibility form has not been filled.",
    ]
    assert "согласии" in refused.value.text("ru")


@pytest.mark.req("R31")
def test_an_open_or_failed_criterion_stands_against_enrolment(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    proven(world, subject)
    answers = criteria(world, IN07="N")
    del answers["G_IEROW.EX02.IERESP"]
    world.save(crc, at(subject, "SE_SCR", "F_IE"), answers | {"G_IEROW.IN07.IECOMM": "too ill"})
    with pytest.raises(EnrolmentRefused) as refused:
        enrol(world, crc, subject)
    told = [en.partition(":")[0] for en, _ in refused.value.reasons]
    assert told == ["Criterion not met", "Criterion not answered"]


@pytest.mark.req("R31")
def test_a_decision_before_the_consent_is_refused(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject, "2026-03-06")
    proven(world, subject)
    world.save(crc, at(subject, "SE_SCR", "F_IE"), criteria(world))
    with pytest.raises(EnrolmentRefused) as refused:
        enrol(world, crc, subject)
    assert [en for en, _ in refused.value.reasons] == ["The decision is dated before the first consent."]


def reasons(world: World, crc: Actor, subject: str) -> list[str]:
    """Try to enrol a child and give what stands against it."""
    with pytest.raises(EnrolmentRefused) as refused:
        enrol(world, crc, subject)
    assert all(ru and ru != en for en, ru in refused.value.reasons)
    return [en for en, _ in refused.value.reasons]


@pytest.mark.req("R31")
def test_data_that_contradict_a_criterion_stand_against_enrolment_whatever_is_answered(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    filled_form(world, crc, at(subject, "SE_SCR", "F_IE"), criteria(world))
    echo = {"CVPERF": "Y", "CVDAT": "2026-03-04", "CV_LVEF": Answer("58", "%")}
    world.save(crc, at(subject, "SE_SCR", "F_CV"), echo)
    told = reasons(world, crc, subject)
    assert [one.rpartition(": ")[2] for one in told] == [
        "LVEF at screening is not above 60 %.",
        "Criterion IN12 is marked as met but no positive ALK or ROS1 result is entered.",
        "Central confirmation of IMT is not entered.",
        "No tumour lesion is entered at baseline.",
    ]
    assert {one.partition(": ")[0] for one in told} == {"The data speak against it"}
    proven(world, subject)
    world.save(crc, at(subject, "SE_SCR", "F_CV"), {"CV_LVEF": Answer("61", "%")}, {"*": "SOURCE"})
    assert enrol(world, crc, subject) == "ENROLLED"


@pytest.mark.req("R31")
def test_a_criterion_that_leaves_room_for_judgement_waits_for_a_confirmation_with_words(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    proven(world, subject)
    world.save(
        crc,
        at(subject, "SE_SCR", "F_PS"),
        {"PSPERF": "Y", "PSDAT": "2026-03-04", "PSSCALE": "LANSKY", "PSLANSKY": "50"},
    )
    address = at(subject, "SE_SCR", "F_IE")
    saved = world.save(crc, address, criteria(world))
    assert reasons(world, crc, subject) == [
        (
            "Neither corrected nor confirmed with a comment: Inclusion 6: good performance status: "
            "Performance score at screening is below the protocol threshold."
        )
    ]
    with world.acting() as session:
        entry.complete_form(session, crc, address, saved.version, {"*": "Lansky 60 by the second reading"})
    assert enrol(world, crc, subject) == "ENROLLED"


@pytest.mark.req("R31")
def test_a_form_that_is_not_complete_stands_against_enrolment(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    proven(world, subject)
    answers = criteria(world)
    del answers["IEPVERS"]
    world.save(crc, at(subject, "SE_SCR", "F_IE"), answers)
    assert reasons(world, crc, subject) == ["“Eligibility” is not complete: complete it first."]


@pytest.mark.req("R31")
@pytest.mark.parametrize("wrong", [{"ICTYPE": "TISSUE"}, {"ICDAT": "2026-03-11"}])
def test_a_consent_for_tissue_alone_or_dated_tomorrow_is_none(child: Any, wrong: dict[str, str]) -> None:
    world, crc, subject = child
    consent(world, subject)
    eligible(world, subject)
    world.save(crc, at(subject, "SE_LOG", "F_IC"), wrong, {"*": "SOURCE"})
    assert reasons(world, crc, subject)[0] == "No signed consent with its date is recorded."


@pytest.mark.req("R31")
def test_an_eligible_child_is_enrolled_once(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    eligible(world, subject)
    assert enrol(world, crc, subject) == "ENROLLED"
    with pytest.raises(EnrolmentRefused):
        enrol(world, crc, subject)


def test_a_child_the_investigator_does_not_enrol_is_a_screen_failure(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    answers = criteria(world, IN07="N") | {"IEENROL": "N", "SFREAS": "too ill", "G_IEROW.IN07.IECOMM": "x"}
    world.save(crc, at(subject, "SE_SCR", "F_IE"), answers)
    with world.looking() as session:
        assert subjects.subject_state(session, crc, subject) == "SCREEN FAILURE"


@pytest.mark.req("R31")
def test_no_treatment_visit_opens_before_enrolment(child: Any) -> None:
    world, crc, subject = child
    with pytest.raises(EventNotPossible), world.acting() as session:
        visits.open_event(session, crc, subject, "SE_C1D1")


def test_a_child_goes_from_screening_to_death_by_its_forms_alone(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    eligible(world, subject)
    sign(world, at(subject, "SE_SCR", "F_IE"))
    states = [enrol(world, crc, subject)]
    steps: list[tuple[Address, dict[str, Any]]] = [
        (at(subject, "SE_C1D1", "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}),
        (at(subject, "SE_LOG", "F_EX"), {"EXSTDAT": "2026-03-10", "EXDOSE": "250"}),
        (
            at(subject, "SE_EOT", "F_EOT"),
            {"EOTDAT": "2026-03-10", "EOTLDOS": "2026-03-10", "EOTREAS": "DEATH"},
        ),
        (at(subject, "SE_SFU", "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}),
        (at(subject, "SE_SURV", "F_SS"), {"SSDAT": "2026-03-10", "SSSTAT": "DEAD"}),
    ]
    for address, answers in steps:
        world.save(crc, address, answers, version=0)
        with world.looking() as session:
            states.append(subjects.subject_state(session, crc, subject))
    assert states == [
        "ENROLLED",
        "ENROLLED",
        "ON TREATMENT",
        "OFF TREATMENT",
        "SAFETY FOLLOW-UP",
        "DIED",
    ]
    assert list(verify(world.engines)) == []


def test_visits_are_offered_by_the_calendar_of_the_first_dose(child: Any) -> None:
    world, crc, subject = child
    consent(world, subject)
    eligible(world, subject)
    enrol(world, crc, subject)
    world.save(crc, at(subject, "SE_C1D1", "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}, version=0)
    world.clock.advance(days=60)
    with world.looking() as session:
        shown = {(one.oid, one.repeat): one for one in visits.events_of(session, crc, subject)}
    told = {
        key: (one.state, one.window and (one.window.first.isoformat(), one.window.last.isoformat()))
        for key, one in shown.items()
        if one.oid in {"SE_C1D8", "SE_CYC", "SE_TA", "SE_C2D15"}
    }
    assert told == {
        ("SE_C1D8", 1): ("overdue", ("2026-03-15", "2026-03-19")),
        ("SE_C2D15", 1): ("overdue", ("2026-04-18", "2026-04-24")),
        ("SE_CYC", 3): ("overdue", ("2026-05-02", "2026-05-08")),
        ("SE_CYC", 4): ("planned", ("2026-05-30", "2026-06-05")),
        ("SE_TA", 1): ("due", ("2026-04-28", "2026-05-12")),
        ("SE_TA", 2): ("planned", ("2026-06-23", "2026-07-07")),
    }


def test_a_missed_visit_is_one_action_that_writes_the_visit_form(small: World) -> None:
    crc = small.user("CRC")
    subject = enrolled(small)
    opened(small, crc, subject, "SE_C1D1")
    with pytest.raises(Unkept), small.acting() as session:
        visits.miss_event(session, crc, subject, "SE_C1D1", 1, "LAZY")
    with small.acting() as session:
        visits.miss_event(session, crc, subject, "SE_C1D1", 1, "PATIENT")
    with small.looking() as session:
        shown = {one.oid: one for one in visits.events_of(session, crc, subject)}
    visit = shown["SE_C1D1"]
    assert (visit.state, visit.reason) == ("missed", "PATIENT")
    assert {cell.form: cell.state for cell in visit.forms}["F_SV"] == "complete"
    form = small.open(crc, at(subject, "SE_C1D1", "F_SV"))
    assert dict(form.cells) == {"SVOCCUR": {"v": "N"}, "SVREASOC": {"v": "PATIENT"}}
    assert list(verify(small.engines)) == []


def test_a_visit_that_holds_answers_is_not_missed(small: World) -> None:
    crc = small.user("CRC")
    subject = make_subject(small)
    small.save(crc, at(subject, "SE_SCR", "F_VS"), {"VSPERF": "Y"})
    with pytest.raises(EventHoldsData), small.acting() as session:
        visits.miss_event(session, crc, subject, "SE_SCR", 1, "PATIENT")


def test_a_visit_is_complete_when_every_form_expected_there_is_finished(small: World) -> None:
    crc = small.user("CRC")
    subject = make_subject(small)
    filled_form(small, crc, at(subject, "SE_SCR", "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": "2026-03-09"})
    filled_form(small, crc, at(subject, "SE_SCR", "F_LB"), {"G_LB.ALT.LBRES": "20", "G_LB.AST.LBRES": "30"})
    with small.acting() as session:
        entry.not_done(session, crc, at(subject, "SE_SCR", "F_VS"), "ND")
    with small.looking() as session:
        (screening, *_) = visits.events_of(session, crc, subject)
        (row,) = overview.matrix(session, crc)
    assert (screening.state, screening.date) == ("complete", "2026-03-09")
    cell = row.cells["SE_SCR", 1]
    assert (cell.state, cell.forms, cell.finished, cell.owed) == ("complete", 3, 3, 0)
    small.save(crc, at(subject, "SE_SCR", "F_LB"), {"G_LB.ALT.LBRES": "21"}, {"*": "TYPING"})
    with small.looking() as session:
        assert visits.events_of(session, crc, subject)[0].state == "in progress"


def test_unscheduled_visits_are_numbered_one_by_one(small: World) -> None:
    crc = small.user("CRC")
    subject = make_subject(small)
    numbers = []
    for _ in range(2):
        with small.acting() as session:
            numbers.append(visits.add_unscheduled(session, crc, subject))
        small.save(crc, at(subject, "SE_UNS", "F_SV", numbers[-1]), {"SVOCCUR": "Y"})
    assert numbers == [1, 2]


def test_the_work_list_names_what_waits_the_most_harmful_first(small: World) -> None:
    crc, pi = small.user("CRC"), small.user("PI")
    subject = make_subject(small)
    small.save(crc, at(subject, "SE_SCR", "F_VS"), {"VSPERF": "Y", "WEIGHT": Answer("12", "kg")})
    filled_form(small, crc, at(subject, "SE_SCR", "F_LB"), {"G_LB.ALT.LBRES": "20", "G_LB.AST.LBRES": "30"})
    with small.looking() as session:
        own = [
            (one.kind, one.address and one.address.form, one.count)
            for kind in work.work_list(session, crc)
            for one in kind.items
        ]
        signs = work.work_counts(work.work_list(session, pi))
    assert own == [("in progress", "F_VS", 1)]
    assert signs == {"in progress": 1, "to sign": 1}


def test_the_work_list_and_the_matrix_stop_at_the_door_of_another_site(small: World) -> None:
    subject = make_subject(small)
    small.save(small.user("CRC"), at(subject, "SE_SCR", "F_VS"), {"VSPERF": "Y"})
    stranger = small.user("CRC", "02")
    with small.looking() as session:
        assert work.work_list(session, stranger) == ()
        assert overview.matrix(session, stranger) == ()
        assert subjects.list_subjects(session, stranger) == ()
