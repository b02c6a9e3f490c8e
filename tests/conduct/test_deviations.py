"""Deviations proposed by the program or a monitor and decided by the site: states, once a visit, counts."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import deviations, nightly, visits
from imt_ecrf.conduct.plan import Facts
from imt_ecrf.policy.lifecycle import PROPOSAL, MoveNotPossible, move
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.verify import verify
from tests.children import at, born, consent, treated, visit
from tests.factories import ROLES

if TYPE_CHECKING:
    from imt_ecrf.conduct.deviations import Proposal
    from tests.factories import World


@pytest.fixture
def child(real: World) -> str:
    """Give a child that had its first dose on 10 March; its week one lies from 15 to 19 March."""
    code = real.subject(consented=False)
    treated(real, code)
    real.clock.advance(days=60)
    return code


def listed(world: World, role: str = "CRC", **more: Any) -> tuple[Proposal, ...]:
    """List proposals as a role sees them."""
    with world.looking() as session:
        return deviations.listed(session, world.user(role), **more)


def told(world: World) -> list[tuple[str, str, str]]:
    """Give visit, date and state of every proposal, the oldest first."""
    return [(f"{one.event}.{one.repeat}", one.day, one.state) for one in reversed(listed(world))]


def week_one(world: World, child: str, day: str, reason: str = "") -> None:
    """Date the visit of week one."""
    answers = visit(day)
    world.save(world.user("CRC"), at(child, "SE_C1D8", "F_SV"), answers, {"*": reason} if reason else {})


def decide(world: World, role: str, step: str, proposal: str, text: str) -> Any:
    """Accept or decline."""
    with world.acting() as session:
        return getattr(deviations, step)(session, world.user_in(session, role), proposal, text)


@pytest.mark.req("R75")
def test_a_visit_outside_its_window_proposes_a_deviation_once(real: World, child: str) -> None:
    week_one(real, child, "2026-03-21")
    (one,) = listed(real)
    assert (one.cause, one.kind, one.day, one.event, one.first, one.last, one.by_person) == (
        "window", "VISIT", "2026-03-21", "SE_C1D8", "2026-03-15", "2026-03-19", False,
    )  # fmt: skip
    real.save(real.user("CRC"), at(child, "SE_C1D8", "F_SV"), {"SVCNTMOD": "TELEPHONE CALL"}, {"*": "TYPING"})
    assert told(real) == [("SE_C1D8.1", "2026-03-21", "proposed")]
    assert list(verify(real.engines)) == []


@pytest.mark.parametrize("day", ["2026-03-15", "2026-03-19"])
def test_the_first_and_the_last_day_of_a_window_propose_nothing(real: World, child: str, day: str) -> None:
    week_one(real, child, day)
    assert listed(real) == ()


def test_a_corrected_date_takes_back_what_nobody_decided_and_another_wrong_one_proposes_anew(
    real: World, child: str
) -> None:
    week_one(real, child, "2026-03-21")
    week_one(real, child, "2026-03-22", "TYPING")
    week_one(real, child, "2026-03-18", "TYPING")
    assert told(real) == [
        ("SE_C1D8.1", "2026-03-21", "withdrawn"),
        ("SE_C1D8.1", "2026-03-22", "withdrawn"),
    ]


def test_a_corrected_day_1_moves_the_windows_of_the_visits_after_it(real: World, child: str) -> None:
    week_one(real, child, "2026-03-19")
    crc = real.user("CRC")
    real.save(crc, at(child, "SE_C1D1", "F_SV"), {"SVSTDAT": "2026-03-09"}, {"*": "TYPING"})
    real.save(crc, at(child, "SE_LOG", "F_EX"), {"EXSTDAT": "2026-03-09"}, {"*": "TYPING"})
    assert ("SE_C1D8.1", "2026-03-19", "proposed") in told(real)
    real.save(crc, at(child, "SE_C1D1", "F_SV"), {"SVSTDAT": "2026-03-10"}, {"*": "TYPING"})
    assert [one.state for one in listed(real) if one.event == "SE_C1D8"] == ["withdrawn"]


@pytest.mark.req("R19")
def test_the_site_accepts_and_its_coordinator_writes_the_line_of_the_log(real: World, child: str) -> None:
    week_one(real, child, "2026-03-21")
    (one,) = listed(real)
    for role in ("CRA", "DM", "PI", "SUBI"):
        with pytest.raises(NotPermitted):
            decide(real, role, "accept", one.id, "Came two days late")
    address = decide(real, "CRC", "accept", one.id, "Came two days late")
    assert address == at(child, "SE_LOG", "F_DV")
    form = real.open(real.user("CRC"), address)
    cells = {"DVCAT": {"v": "VISIT"}, "DVTERM": {"v": "Came two days late"}, "DVSTDAT": {"v": "2026-03-21"}}
    assert dict(form.cells) == cells
    assert form.saved_by == "Anna Ivanova-Crc"
    (decided,) = listed(real)
    assert (decided.state, decided.line, decided.decided_by) == ("accepted", 1, "Anna Ivanova-Crc")
    for step in ("accept", "decline"):
        with pytest.raises(MoveNotPossible):
            decide(real, "CRC", step, one.id, "again")
    week_one(real, child, "2026-03-21")
    assert len(listed(real)) == 1
    assert list(verify(real.engines)) == []


def test_the_site_declines_with_a_reason_and_the_visit_is_not_proposed_again(real: World, child: str) -> None:
    week_one(real, child, "2026-03-21")
    (one,) = listed(real)
    with pytest.raises(deviations.NoReasonGiven):
        decide(real, "CRC", "decline", one.id, "  ")
    decide(real, "CRC", "decline", one.id, "Agreed with the sponsor beforehand")
    real.save(real.user("CRC"), at(child, "SE_C1D8", "F_SV"), {"SVCNTMOD": "TELEPHONE CALL"}, {"*": "TYPING"})
    (decided,) = listed(real)
    assert (decided.state, decided.reason) == ("declined", "Agreed with the sponsor beforehand")
    with real.looking() as session:
        counted = deviations.counts(session, real.user("CRC"))
    assert counted == {"proposed": 0, "accepted": 0, "declined": 1, "withdrawn": 0}


@pytest.mark.req("R19")
def test_a_monitor_proposes_and_takes_back_and_never_writes_the_form(real: World, child: str) -> None:
    def propose(role: str, *words: str) -> str:
        with real.acting() as session:
            return deviations.propose(session, real.user_in(session, role), child, *words)

    for role in ("CRC", "PI", "DM", "SPON"):
        with pytest.raises(NotPermitted):
            propose(role, "DOSING", "2026-03-20", "Two doses forgotten")
    for wrong in (("NOTHING", "2026-03-20", "x"), ("DOSING", "2026-03", "x"), ("DOSING", "2026-03-20", " ")):
        with pytest.raises(deviations.NotDescribed):
            propose("CRA", *wrong)
    first, second = (propose("CRA", "DOSING", "2026-03-20", "Two doses forgotten") for _ in range(2))
    with pytest.raises(NotPermitted):
        real.save(real.user("CRA"), at(child, "SE_LOG", "F_DV"), {"DVTERM": "x"})
    with real.acting() as session:
        deviations.withdraw(session, real.user_in(session, "CRA"), first)
    assert [(one.text, one.state) for one in reversed(listed(real))] == [
        ("Two doses forgotten", "withdrawn"),
        ("Two doses forgotten", "proposed"),
    ]
    decide(real, "CRC", "accept", second, "Two evening doses forgotten")
    with real.looking() as session:
        assert deviations.undecided(session, real.user("CRC")) == ()


def test_proposals_stop_at_the_door_of_another_site_and_of_who_is_blinded(real: World, child: str) -> None:
    week_one(real, child, "2026-03-21")
    (one,) = listed(real)
    with real.looking() as session:
        assert deviations.listed(session, real.user("CRC", "02")) == ()
        assert deviations.listed(session, real.user("CREAD")) == ()
        assert len(deviations.listed(session, real.user("CRA"))) == 1
        assert deviations.undecided(session, real.user("CRA")) == ()
    with pytest.raises(NotFound), real.acting() as session:
        deviations.decline(session, real.user_in(session, "CRC", "02"), one.id, "no")


@pytest.mark.req("R75")
def test_consent_not_asked_again_in_time_is_proposed_by_the_night_and_taken_back_when_it_comes(
    real: World,
) -> None:
    child = real.subject(consented=False)
    consent(real, child)
    born(real, child, BRTHYY="2011", BRTHMO="3", BRTHDD="20", AGEIC_Y="14")
    for day in (dt.date(2026, 4, 17), dt.date(2026, 4, 18), dt.date(2026, 4, 18)):
        real.clock.set(dt.datetime.combine(day, dt.time(12), dt.UTC))
        nightly.run(real.engines, real.clock, day)
    (one,) = listed(real)
    assert (one.cause, one.kind, one.age, one.day, one.state) == (
        "consent", "CONSENT", 15, "2026-03-20", "proposed",
    )  # fmt: skip
    consent(real, child, "2026-04-18", line=2, ICTYPE="PATIENT CONSENT", ICSIGNER="PATIENT")
    (one,) = listed(real)
    assert one.state == "withdrawn"


def test_every_pair_of_state_and_act_of_a_proposal_is_in_the_table_or_refused() -> None:
    states = {one.state for one in PROPOSAL} | {one.to for one in PROPOSAL}
    known = {(one.state, one.act): one.to for one in PROPOSAL}
    for state, act in itertools.product(states, {one.act for one in PROPOSAL}):
        if (state, act) in known:
            assert move(PROPOSAL, state, act).to == known[state, act]
        else:
            with pytest.raises(MoveNotPossible):
                move(PROPOSAL, state, act)


@pytest.mark.req("R19")
def test_every_role_decides_and_proposes_as_the_rights_of_the_log_say(real: World, child: str) -> None:
    week_one(real, child, "2026-03-21")
    (one,) = listed(real)
    actors = {role: real.user(role) for role in ROLES}
    with real.looking() as session:
        decides = {role for role, actor in actors.items() if deviations.decides(session, actor, one)}
        proposes = {role for role, actor in actors.items() if deviations.may_propose(session, actor, "01")}
    assert (decides, proposes) == ({"CRC"}, {"CRA"})


def miss(world: World, child: str, event: str, reason: str = "ILLNESS") -> None:
    """Write down that a visit did not take place."""
    with world.acting() as session:
        visits.miss_event(session, world.user_in(session, "CRC"), child, event, 1, reason)


@pytest.mark.req("R31")
def test_a_required_visit_that_is_missed_proposes_a_deviation_once(real: World, child: str) -> None:
    miss(real, child, "SE_C1D8")
    (one,) = listed(real)
    assert (one.cause, one.kind, one.day, one.event, one.first, one.last, one.by_person) == (
        "missed", "VISIT", "2026-03-17", "SE_C1D8", "2026-03-15", "2026-03-19", False,
    )  # fmt: skip
    real.save(real.user("CRC"), at(child, "SE_C1D8", "F_SV"), {"SVREASOC": "SITE"}, {"*": "TYPING"})
    assert told(real) == [("SE_C1D8.1", "2026-03-17", "proposed")]
    assert list(verify(real.engines)) == []


def test_a_missed_visit_that_was_held_after_all_is_taken_back(real: World, child: str) -> None:
    miss(real, child, "SE_C1D8")
    corrected = {"SVREASOC": "", **visit("2026-03-17")}
    real.save(real.user("CRC"), at(child, "SE_C1D8", "F_SV"), corrected, {"*": "TYPING"})
    assert told(real) == [("SE_C1D8.1", "2026-03-17", "withdrawn")]


def test_what_was_decided_of_a_missed_visit_stands_when_its_window_moves(real: World, child: str) -> None:
    miss(real, child, "SE_C1D8")
    (one,) = listed(real)
    decide(real, "CRC", "decline", one.id, "Agreed with the sponsor beforehand")
    crc = real.user("CRC")
    real.save(crc, at(child, "SE_C1D1", "F_SV"), {"SVSTDAT": "2026-03-09"}, {"*": "TYPING"})
    real.save(crc, at(child, "SE_LOG", "F_EX"), {"EXSTDAT": "2026-03-09"}, {"*": "TYPING"})
    of_week_one = [told_of for told_of in told(real) if told_of[0] == "SE_C1D8.1"]
    assert of_week_one == [("SE_C1D8.1", "2026-03-17", "declined")]


def test_a_visit_known_to_be_missed_beforehand_is_accepted_with_the_day_of_today(
    real: World, child: str
) -> None:
    real.clock.set(dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC))
    miss(real, child, "SE_C1D8", "PATIENT")
    (one,) = listed(real)
    address = decide(real, "CRC", "accept", one.id, "The family could not travel")
    assert real.open(real.user("CRC"), address).cells["DVSTDAT"] == {"v": "2026-03-16"}


def test_a_missed_visit_that_a_withdrawal_left_empty_proposes_nothing(real: World, child: str) -> None:
    told_by = {"ICWITH": "Y", "ICWITHDT": "2026-03-14", "ICWITHSC": "ALL"}
    real.save(real.user("CRC"), at(child, "SE_LOG", "F_IC"), told_by, {"*": "NEW"})
    assert listed(real) == ()
    book, facts = real.book, Facts(withdrawals=(("ALL", dt.date(2026, 3, 14)),))
    event = book.events["SE_C1D8"]
    assert not deviations.owed(book, facts, event, dt.date(2026, 3, 17))
    assert deviations.owed(book, facts, event, dt.date(2026, 3, 13))
