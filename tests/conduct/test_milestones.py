"""Which signatures are due: on simulated days, by role, equal to what may be signed; both databases."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from imt_ecrf.conduct import (
    cuts,
    delegates,
    entry,
    milestones,
    register,
    runtime,
    signature_history,
    signing,
    since_signed,
    visits,
)
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.cuts import CutInThePast, CutNeedsReason
from imt_ecrf.conduct.signatories import NobodySignsNow, NotYourSignature
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from tests.dated import dated_book
from tests.factories import PASSWORD, World, enrolled, filled_form, looked_at, make_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.milestones import DueSignature

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
WEIGHED: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
NONE = {"VSPERF": "N"}


@pytest.fixture
def dated(database_url: str) -> Iterator[World]:
    """Give a study whose signatures have milestones."""
    world = make_study(database_url, dated_book())
    yield world
    world.engines.dispose()


def due(world: World, actor: Actor, **asked: str) -> tuple[DueSignature, ...]:
    """List what a person is to sign."""
    with world.looking() as session:
        return milestones.due_signatures(session, actor, **asked)


def said(listed: Iterable[DueSignature]) -> list[tuple[Any, ...]]:
    """Say the milestones in short."""
    return [(one.value, one.state, str(one.due_on), one.reached.late_days, len(one.forms)) for one in listed]


def sign(world: World, actor: Actor, *addresses: Address) -> None:
    """Open forms and sign them."""
    with world.acting() as session:
        looked_at(session, actor, addresses)
    with world.acting() as session:
        signing.sign(session, actor, addresses, PASSWORD)


@pytest.mark.req("R16")
def test_what_is_due_and_overdue_follows_the_days_of_the_site(dated: World) -> None:
    code, crc, pi = dated.subject("01"), dated.user("CRC"), dated.user("PI")
    assert due(dated, pi) == ()
    dated.clock.set(dt.datetime(2026, 3, 10, 22, 30, tzinfo=dt.UTC))  # in Moscow the 11th has begun
    filled_form(dated, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    assert said(due(dated, pi)) == [("MS_REST.SE_SCR.1", "due", "2026-04-10", 0, 1)]
    dated.clock.set(dt.datetime(2026, 4, 10, 20, 59, tzinfo=dt.UTC))
    assert said(due(dated, pi)) == [("MS_REST.SE_SCR.1", "due", "2026-04-10", 0, 1)]
    dated.clock.set(dt.datetime(2026, 4, 10, 21, tzinfo=dt.UTC))
    assert said(due(dated, pi)) == [("MS_REST.SE_SCR.1", "overdue", "2026-04-10", 1, 1)]
    sign(dated, pi, Address(code, "SE_SCR", 1, "F_SV"))
    assert due(dated, pi) == ()


@pytest.mark.req("R12")
@pytest.mark.req("R16")
def test_a_correction_makes_a_signed_milestone_due_again_and_its_history_stays(dated: World) -> None:
    code, crc, pi = dated.subject("01"), dated.user("CRC"), dated.user("PI")
    address = Address(code, "SE_SCR", 1, "F_VS")
    filled_form(dated, crc, address, WEIGHED)
    sign(dated, pi, address)
    with dated.looking() as session:
        listed = {
            one.value: one for one in milestones.subject_signatures(session, pi, code) if one.role == "PI"
        }
    assert (listed["MS_REST.SE_SCR.1"].state, listed["MS_REST.SE_SCR.1"].reached.signed_at) == (
        "signed",
        dated.clock.now(),
    )
    dated.clock.advance(days=40)
    dated.save(crc, address, {"HEIGHT": "101"}, {"*": "TYPING"})
    (again,) = due(dated, pi)
    assert (again.state, again.again, str(again.due_on), again.forms, again.waiting) == (
        *("due", True, "2026-05-19", (), 1),
    )
    dated.clock.advance(days=31)
    (late,) = due(dated, pi)
    assert (late.state, late.again, late.reached.late_days) == ("overdue", True, 1)


@pytest.mark.req("R16")
def test_before_the_first_dose_is_overdue_from_the_day_after_it(dated: World) -> None:
    code, pi = enrolled(dated), dated.user("PI")
    filled_form(
        dated, pi, Address(code, "SE_SCR", 1, "F_LB"), {"G_LB.ALT.LBRES": "10", "G_LB.AST.LBRES": "12"}
    )
    assert said(due(dated, pi)) == [("MS_ENTRY", "due", "None", 0, 1)]
    dosed(dated, code, dt.date(2026, 3, 9))
    assert said(due(dated, pi)) == [("MS_ENTRY", "overdue", "2026-03-09", 1, 1)]


@pytest.mark.req("R16")
def test_a_milestone_of_hours_counts_from_the_date_in_the_form_and_is_said_in_hours(dated: World) -> None:
    code, pi, crc = dated.subject("01"), dated.user("PI"), dated.user("CRC")
    address = Address(code, "SE_LOG", 1, "F_AE", 1)
    dated.save(crc, address, {"AETERM": "Rash", "AESTDAT": "2026-03-10"})
    (found,) = due(dated, pi)
    assert (found.value, found.state, str(found.reached.due_at), found.waiting) == (
        *("MS_FAST.SE_LOG.1.F_AE.1", "due", "2026-03-11 00:00:00+03:00", 1),
    )
    dated.clock.advance(hours=24)
    (late,) = due(dated, pi)
    assert (late.state, late.reached.late_hours) == ("overdue", 15)


@pytest.mark.req("R16")
def test_the_data_manager_plans_the_cut_and_what_lies_before_it_becomes_due(dated: World) -> None:
    code, crc, reader, dm = dated.subject("01"), dated.user("CRC"), dated.user("CREAD"), dated.user("DM")
    filled_form(dated, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    filled_form(dated, reader, Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
    assert said(due(dated, reader)) == [("MS_SCAN.SE_SCR.1", "due", "None", 0, 1)]
    with pytest.raises(CutNeedsReason), dated.acting() as session:
        cuts.plan_cut(session, dm, dt.date(2026, 4, 1), " ")
    with pytest.raises(CutInThePast), dated.acting() as session:
        cuts.plan_cut(session, dm, dt.date(2026, 3, 9), "Interim analysis")
    with pytest.raises(NotPermitted), dated.acting() as session:
        cuts.plan_cut(session, dated.user_in(session, "PI"), dt.date(2026, 4, 1), "Interim analysis")
    with dated.acting() as session:
        cuts.plan_cut(session, dm, dt.date(2026, 4, 1), "Interim analysis")
    dated.clock.set(dt.datetime(2026, 4, 3, 9, tzinfo=dt.UTC))
    assert said(due(dated, reader)) == [("MS_SCAN.SE_SCR.1", "overdue", "2026-04-01", 2, 1)]
    with dated.acting() as session:
        cuts.plan_cut(session, dm, None, "Put off")
    assert said(due(dated, reader)) == [("MS_SCAN.SE_SCR.1", "due", "None", 0, 1)]
    with dated.looking() as session:
        assert [(one.day, one.reason) for one in cuts.cuts(session)] == [
            (None, "Put off"),
            (dt.date(2026, 4, 1), "Interim analysis"),
        ]


@pytest.mark.req("R16")
def test_each_role_has_its_own_list_and_who_does_not_sign_has_none(dated: World) -> None:
    here, there = dated.subject("01"), dated.subject("02")
    for code, site in ((here, "01"), (there, "02")):
        filled_form(dated, dated.user("CRC", site), Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    filled_form(dated, dated.user("CREAD"), Address(here, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
    lists = {
        role: [(one.subject, one.milestone.oid) for one in due(dated, dated.user(role))]
        for role in ("PI", "SUBI", "CRC", "CRA", "DM", "SPON", "CREAD", "CPATH", "ADMIN")
    }
    assert lists == {
        **{role: [] for role in ("SUBI", "CRC", "CRA", "DM", "SPON", "CPATH", "ADMIN")},
        "PI": [(here, "MS_REST")],
        "CREAD": [(here, "MS_SCAN")],
    }
    with dated.looking() as session:
        seen_of = {
            role: [
                (one.site, one.role)
                for one in milestones.site_signatures(session, dated.user_in(session, role))
            ]
            for role in ("CRA", "CRC", "CREAD", "ADMIN")
        }
    assert seen_of == {
        "CRA": [("01", "PI"), ("02", "PI"), ("01", "CREAD")],
        "CRC": [("01", "PI"), ("01", "CREAD")],
        "CREAD": [("01", "CREAD")],
        "ADMIN": [],
    }


@pytest.mark.req("R13")
def test_a_delegate_signs_what_the_delegation_covers_and_only_while_it_runs(dated: World) -> None:
    code, crc, subi, pi = dated.subject("01"), dated.user("CRC"), dated.user("SUBI"), dated.user("PI")
    visit, event = Address(code, "SE_SCR", 1, "F_SV"), Address(code, "SE_LOG", 1, "F_AE", 1)
    filled_form(dated, crc, visit, VISIT)
    filled_form(dated, crc, event, {"AETERM": "Rash", "AESTDAT": "2026-03-10"})
    now = dated.clock.now()
    for never in ("MS_NEVER", "MS_END"):  # nobody knows one, the other stays with the investigator
        with pytest.raises(NotFound), dated.acting() as session:
            delegates.delegate_signing(session, pi, subi.username, "01", covers=[never])
    with dated.acting() as session:
        begin, end = now + dt.timedelta(days=1), now + dt.timedelta(days=3)
        delegates.delegate_signing(
            session, pi, subi.username, "01", since=begin, until=end, covers=["MS_REST"]
        )
    assert due(dated, dated.user("SUBI")) == ()
    with pytest.raises(NotYourSignature, match=r"Anna Ivanova-Pi \(PI\)\."):
        sign(dated, dated.user("SUBI"), visit)
    dated.clock.advance(days=1)
    subi = dated.user("SUBI")
    assert [one.value for one in due(dated, subi)] == ["MS_REST.SE_SCR.1"]
    with dated.looking() as session:
        assert [one.address for one in signing.to_sign(session, subi)] == [visit]
    with pytest.raises(NotYourSignature, match=r"^Anna Ivanova-Pi \(PI\)\.$"):
        sign(dated, subi, event)
    sign(dated, subi, visit)
    dated.clock.advance(days=2)
    filled_form(dated, crc, Address(code, "SE_SCR", 1, "F_VS"), NONE)
    with pytest.raises(NotYourSignature):
        sign(dated, subi, Address(code, "SE_SCR", 1, "F_VS"))


@pytest.mark.req("R13")
def test_a_refusal_says_in_both_languages_that_nobody_may_sign_yet(dated: World) -> None:
    code, crc = dated.subject("01"), dated.user("CRC")
    filled_form(dated, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    with pytest.raises(NobodySignsNow) as refused:
        sign(dated, crc, Address(code, "SE_SCR", 1, "F_SV"))
    assert refused.value.text("en").endswith("the administrator gives the role that signs it.")
    assert refused.value.text("ru").endswith("нужную роль даёт администратор.")


@pytest.mark.req("R16")
def test_the_lists_ask_the_database_as_often_for_one_subject_as_for_many(dated: World) -> None:
    pi, crc = dated.user("PI"), dated.user("CRC")

    def add() -> None:
        code = dated.subject("01")
        filled_form(dated, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
        filled_form(
            dated, crc, Address(code, "SE_LOG", 1, "F_AE", 1), {"AETERM": "Rash", "AESTDAT": "2026-03"}
        )

    add()
    once = asked(dated, pi)
    for _ in range(3):
        add()
    assert asked(dated, pi) == once
    assert max(once) <= 6


@pytest.mark.req("R16")
def test_batch_history_and_register_ask_as_often_for_one_form_as_for_many(dated: World) -> None:
    pi, crc, code = dated.user("PI"), dated.user("CRC"), dated.subject("01")

    def ask(session: Session) -> None:
        since_signed.since_signed(session, signing.to_sign(session, pi, code))
        signature_history.of_subject(session, pi, code)
        register.register(session, pi)

    def add(form: Address, answers: dict[str, Any]) -> None:
        filled_form(dated, crc, form, answers)
        sign(dated, pi, form)
        dated.clock.advance(minutes=1)
        saved = dated.save(crc, form, {"HEIGHT": "101"}, {"*": "TYPING"})
        with dated.acting() as session:
            entry.complete_form(session, crc, form, saved.version, {"*": "fine"})

    add(Address(code, "SE_SCR", 1, "F_VS"), WEIGHED)
    once = statements(dated, ask)
    for number in (1, 2):
        with dated.acting() as session:
            visits.add_unscheduled(session, crc, code)
        add(Address(code, "SE_UNS", number, "F_VS"), WEIGHED)
    assert statements(dated, ask) == once


def asked(world: World, actor: Actor) -> list[int]:
    """Count the statements of both lists."""
    lists = (milestones.due_signatures, milestones.site_signatures)
    return [statements(world, lambda session, ask=ask: ask(session, actor)) for ask in lists]


def statements(world: World, ask: Callable[..., object]) -> int:
    """Count the statements of something that is asked of the database."""
    found: list[str] = []

    def note(*given: Any) -> None:
        found.append(given[2])

    with world.looking() as session:
        runtime.study(session)
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        ask(session)
        event.remove(engine, "before_cursor_execute", note)
    return len(found)


def dosed(world: World, code: str, day: dt.date) -> None:
    """Let a child have had its first dose on a day (the small study has no dosing log)."""
    from imt_ecrf.store.canonical import dumps, loads  # noqa: PLC0415
    from imt_ecrf.store.tables import Subject  # noqa: PLC0415

    with world.acting() as session:
        session.info["actor"] = system(world.clock).who("SYSTEM")
        row = session.query(Subject).filter_by(code=code).one()
        facts = loads(row.facts)
        row.facts = dumps({**facts, "anchors": {**facts.get("anchors", {}), "first dose": day.isoformat()}})
