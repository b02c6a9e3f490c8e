"""What must be on record before a form is begun, and what a withdrawal stops: refused, never a correction."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import course, entry, runtime, visits
from imt_ecrf.conduct.refused import EventNotPossible, NotBegun
from imt_ecrf.conduct.views import Answer
from imt_ecrf.store.tables import ChangeSet, Subject
from imt_ecrf.store.verify import verify
from imt_ecrf.study.gates import gates
from tests.children import at, consent, enrol, ready, sign, treated, visit

if TYPE_CHECKING:
    from tests.factories import World

SIGNS: dict[str, Any] = {"VSPERF": "Y", "VSDAT": "2026-03-09", "VS_WEIGHT": Answer("20", "kg")}


def why(world: World, role: str, address: Any, answers: dict[str, Any]) -> list[str]:
    """Give the reasons for which a form is not begun."""
    with pytest.raises(NotBegun) as refused:
        world.save(world.user(role), address, answers)
    assert len(refused.value.listed("ru")) == len(refused.value.reasons)
    return refused.value.listed()


@pytest.mark.req("R31")
def test_nothing_but_identification_is_begun_before_a_consent_is_recorded(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    told = why(real, "CRC", at(child, "SE_SCR", "F_VS"), SIGNS)
    assert told == [
        "No consent is recorded: first fill “Informed consent and assent” with a date not later than today."
    ]
    with pytest.raises(NotBegun), real.acting() as session:
        entry.not_done(session, crc, at(child, "SE_SCR", "F_VS"), "ND")
    with pytest.raises(NotBegun), real.acting() as session:
        visits.add_unscheduled(session, crc, child)
    shown = real.open(crc, at(child, "SE_SCR", "F_VS"))
    assert (shown.may_enter, shown.waits[0][0]) == (False, told[0])
    real.save(crc, at(child, "SE_SCR", "F_DM"), {"BRTHYY": "2017", "SEX": "F"})
    real.save(crc, at(child, "SE_LOG", "F_IC"), {"ICTYPE": "CHILD ASSENT", "ICDAT": "2026-03-01"})
    assert why(real, "CRC", at(child, "SE_SCR", "F_VS"), SIGNS) == told
    consent(real, child, "2026-03-11", line=2)
    assert why(real, "CRC", at(child, "SE_SCR", "F_VS"), SIGNS) == told
    consent(real, child, line=3)
    assert real.open(crc, at(child, "SE_SCR", "F_VS")).may_enter
    real.save(crc, at(child, "SE_SCR", "F_VS"), SIGNS)
    with real.acting() as session:
        assert visits.add_unscheduled(session, crc, child) == 1


@pytest.mark.req("R31")
def test_a_consent_struck_out_stops_what_is_new_and_no_correction(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    line = consent(real, child)
    real.save(crc, at(child, "SE_SCR", "F_VS"), SIGNS)
    with real.acting() as session:
        entry.strike_line(session, crc, line, "WRONG PLACE")
    assert why(real, "CRC", at(child, "SE_SCR", "F_PS"), {"PSPERF": "Y"})
    real.save(crc, at(child, "SE_SCR", "F_VS"), {"VS_WEIGHT": Answer("21", "kg")}, {"*": "TYPING"})
    assert real.open(crc, at(child, "SE_SCR", "F_VS")).cells["VS_WEIGHT"] == {"v": "21", "u": "kg"}
    assert list(verify(real.engines)) == []


@pytest.mark.req("R31")
def test_no_dose_before_enrolment_and_the_signature_of_eligibility(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    dose = {"EXSTDAT": "2026-03-10", "EXDOSE": "250"}
    consent(real, child)
    assert why(real, "CRC", at(child, "SE_LOG", "F_EX"), dose) == [
        "The child is not enrolled: no dose is given before.",
        "Eligibility is not signed: the investigator signs “Eligibility” before the first dose.",
    ]
    with pytest.raises(EventNotPossible), real.acting() as session:
        visits.open_event(session, crc, child, "SE_C1D1")


@pytest.mark.req("R31")
def test_the_first_dose_waits_for_a_valid_signature_and_no_later_one_does(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    enrol(real, child)
    sheet, log = at(child, "SE_SCR", "F_IE"), at(child, "SE_LOG", "F_EX")
    signed = ["Eligibility is not signed: the investigator signs “Eligibility” before the first dose."]
    assert why(real, "CRC", log, {"EXSTDAT": "2026-03-10", "EXDOSE": "250"}) == signed
    assert why(real, "PI", at(child, "SE_C1D1", "F_DOSE"), {"DODAT": "2026-03-10"}) == signed
    sign(real, sheet)
    real.save(crc, sheet, {"IEPVERS": "2.1"}, {"*": "TYPING"})
    assert why(real, "CRC", log, {"EXSTDAT": "2026-03-10", "EXDOSE": "250"}) == signed
    with real.acting() as session:
        version = entry.open_form(session, crc, sheet).version
        entry.complete_form(session, crc, sheet, version, {"*": "seen"})
    sign(real, sheet)
    real.save(crc, log, {"EXSTDAT": "2026-03-10", "EXDOSE": "250"})
    real.save(crc, sheet, {"IEPVERS": "2.2"}, {"*": "TYPING"})
    real.save(crc, at(child, "SE_LOG", "F_EX", line=2), {"EXSTDAT": "2026-04-10", "EXDOSE": "200"})


def withdraw(world: World, child: str, scope: str, day: str = "2026-04-01") -> None:
    """Write down that the parents took their consent back."""
    answers = {"ICWITH": "Y", "ICWITHSC": scope} | ({"ICWITHDT": day} if day else {})
    world.save(world.user("CRC"), at(child, "SE_LOG", "F_IC"), answers, {"*": "NEW"})


@pytest.mark.req("R75")
def test_after_a_withdrawal_only_safety_is_collected_and_what_came_before_stays_and_is_corrected(
    real: World,
) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    treated(real, child)
    real.save(crc, at(child, "SE_C1D8", "F_SV"), visit("2026-03-17"))
    withdraw(real, child, "ALL")
    real.clock.advance(days=40)
    told = ["Consent was withdrawn on 01 Apr 2026: nothing dated later is collected in this form."]
    assert why(real, "CRC", at(child, "SE_C2D1", "F_SV"), visit("2026-04-07")) == told
    assert why(real, "CRC", at(child, "SE_LOG", "F_CM"), {"CMTRT": "Paracetamol", "CMSTDAT": "2026-04-03"})
    real.save(crc, at(child, "SE_LOG", "F_CM"), {"CMTRT": "Paracetamol", "CMSTDAT": "2026-03-20"})
    real.save(crc, at(child, "SE_C1D8", "F_VS"), {"VSPERF": "Y", "VSDAT": "2026-03-17"})
    real.save(crc, at(child, "SE_C1D8", "F_SV"), {"SVSTDAT": "2026-03-18"}, {"*": "TYPING"})
    real.save(crc, at(child, "SE_LOG", "F_AE"), {"AETERM": "Vomiting", "AESTDAT": "2026-04-02"})
    real.save(crc, at(child, "SE_EOT", "F_EOT"), {"EOTDAT": "2026-04-02", "EOTLDOS": "2026-04-02"})
    shown = real.open(crc, at(child, "SE_C1D15", "F_PE"))
    assert shown.may_enter
    with real.looking() as session:
        listed = {one.oid: one.state for one in visits.events_of(session, crc, child)}
    assert {"SE_C2D1", "SE_CYC", "SE_TA", "SE_SFU"}.isdisjoint(listed)
    with real.looking() as session:
        (end,) = (one for one in visits.events_of(session, crc, child) if one.oid == "SE_EOT")
    assert {"SE_C1D15", "SE_C1D22", "SE_EOT", "SE_EOS"} <= listed.keys()
    assert {cell.form for cell in end.forms if cell.expected == "R"} == {"F_EOT"}
    empty = real.open(crc, at(child, "SE_EOT", "F_VS"))
    assert (empty.may_enter, empty.may_finish) == (False, True)
    with real.acting() as session:
        entry.not_done(session, crc, at(child, "SE_EOT", "F_VS"), "ND")
    assert list(verify(real.engines)) == []


@pytest.mark.req("R75")
@pytest.mark.parametrize(
    ("scope", "open_"),
    [
        ("TREATMENT", {"F_VS", "F_AE", "F_EOS", "F_SS", "F_GF"}),
        ("VISITS", {"F_AE", "F_EOS", "F_SS"}),
        ("SAMPLES", {"F_VS", "F_DOSE", "F_AE", "F_EOS", "F_SS"}),
        ("ALL", {"F_AE", "F_EOS"}),
    ],
)
def test_each_scope_of_a_withdrawal_leaves_open_what_the_study_says(
    real: World, scope: str, open_: set[str]
) -> None:
    rule = gates(real.book).withdrawal
    assert rule is not None
    places = {
        "F_VS": "SE_C2D1", "F_DOSE": "SE_C2D1", "F_AE": "SE_LOG", "F_EOS": "SE_EOS", "F_SS": "SE_SURV",
        "F_GF": "SE_EOT",
    }  # fmt: skip
    assert {form for form, event in places.items() if rule.left(scope).form(event, form)} == open_
    assert rule.left(None) == rule.left("ALL")


@pytest.mark.req("R75")
def test_a_withdrawal_without_its_date_asks_for_the_date_first(real: World) -> None:
    child = real.subject(consented=False)
    ready(real, child)
    withdraw(real, child, "ALL", "")
    assert why(real, "CRC", at(child, "SE_SCR", "F_VS"), SIGNS) == [
        "Consent was withdrawn and the date is missing: first enter it in “Informed consent and assent”."
    ]


@pytest.mark.req("R75")
def test_a_consent_given_anew_on_a_later_day_opens_the_study_again(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    treated(real, child)
    withdraw(real, child, "ALL")
    real.clock.advance(days=40)
    consent(real, child, "2026-04-06", line=2)
    real.save(crc, at(child, "SE_C2D1", "F_SV"), visit("2026-04-07"))


def test_facts_kept_before_consents_counted_are_worked_out_anew(real: World) -> None:
    child, crc = real.subject(consented=False), real.user("CRC")
    consent(real, child)
    with real.acting() as session:
        session.info["actor"] = crc.who("CRC")
        row = session.query(Subject).filter_by(code=child).one()
        assert course.facts_in(row).consents == (("PARENT CONSENT", dt.date(2026, 3, 1)),)
        row.facts = "{}"
    real.save(crc, at(child, "SE_SCR", "F_VS"), SIGNS)


def test_a_study_without_gates_refuses_nothing(small: World) -> None:
    child = small.subject()
    small.save(small.user("CRC"), at(child, "SE_SCR", "F_VS"), {"VSPERF": "Y"})
    with small.looking() as session:
        assert gates(runtime.study(session).book).consent is None
        assert session.query(ChangeSet).count() == 1
