"""Source data verification through its acts, on both databases: what is due, marked, lapsed, taken back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select, text

from imt_ecrf.conduct import queries, sdv_lists, verifying
from imt_ecrf.conduct.sdv_marks import digest
from imt_ecrf.conduct.verifying import AnswerMoved, MarkedAlready, NothingChosen, OneByOne, SayWhy
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import MoveNotPossible
from imt_ecrf.policy.permissions import may, sees
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.tables import Event, Verification
from imt_ecrf.store.verify import verify as audit
from tests.conduct.sdv import (
    NONE_BUT_CRITICAL,
    counts,
    looked,
    measured,
    planned,
    sdv_book,
    verified,
)
from tests.factories import ROLES, World, make_user

SITE_ROLES = {"CRC", "SUBI", "PI", "PHARM", "LABM"}


@pytest.mark.req("R35")
def test_an_item_is_verified_against_the_answer_seen(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    assert counts(world, address) == (4, 0, 0, 1, 0, "none")
    assert verified(world, cra, address, "WEIGHT") == 1
    assert counts(world, address) == (4, 1, 0, 1, 1, "part")
    assert verified(world, cra, address) == 3
    assert counts(world, address) == (4, 4, 0, 1, 1, "all due")
    with world.looking() as session:
        row = session.scalars(select(Verification).where(Verification.path == "WEIGHT")).one()
        logged = session.scalars(select(Event).where(Event.act == "item.verify")).all()
    weight = world.open(cra, address).cells["WEIGHT"]
    assert (row.act, row.role, row.form_version, row.value_sha256) == ("verify", "CRA", 1, digest(weight))
    assert [one.role for one in logged] == ["CRA", "CRA"]
    assert audit(world.engines) == []


@pytest.mark.req("R35")
def test_a_changed_answer_lapses_its_mark_and_shows_both_values(world: World) -> None:
    address, cra, crc = measured(world), world.user("CRA"), world.user("CRC")
    verified(world, cra, address)
    world.save(crc, address, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPO"})
    assert counts(world, address) == (4, 3, 1, 1, 0, "part")
    found = looked(world, cra, address).items["WEIGHT"]
    assert (found.state, found.before, found.cell) == (
        "lapsed",
        {"v": "12.50", "u": "kg"},
        {"v": "13", "u": "kg"},
    )
    assert looked(world, cra, address).items["HEIGHT"].state == "verified"
    verified(world, cra, address, "WEIGHT")
    assert counts(world, address) == (4, 4, 0, 1, 1, "all due")


@pytest.mark.req("R35")
def test_an_emptied_answer_is_asked_again_and_can_be_verified_as_empty(world: World) -> None:
    planned(world, NONE_BUT_CRITICAL)
    address, cra, crc = measured(world), world.user("CRA"), world.user("CRC")
    verified(world, cra, address, "WEIGHT")
    world.save(crc, address, {"WEIGHT": ""}, {"*": "TYPO"})
    assert counts(world, address) == (1, 0, 1, 1, 0, "part")
    assert verified(world, cra, address) == 1
    assert "WEIGHT" not in looked(world, cra, address).items


def test_a_note_or_a_query_leaves_the_mark(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    verified(world, cra, address)
    with world.acting() as session:
        queries.ask(session, cra, address, "Which scale?", "WEIGHT")
    assert counts(world, address)[-1] == "all due"


@pytest.mark.req("R35")
def test_an_answer_changed_meanwhile_is_not_marked(world: World) -> None:
    address, cra, crc = measured(world), world.user("CRA"), world.user("CRC")
    seen = {path: one.digest for path, one in looked(world, cra, address).items.items()}
    world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    with pytest.raises(AnswerMoved), world.acting() as session:
        verifying.verify(session, cra, address, seen)
    assert counts(world, address) == (4, 0, 0, 1, 0, "none")


@pytest.mark.req("R35")
def test_critical_items_are_never_verified_all_together(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    with pytest.raises(OneByOne):
        verified(world, cra, address, together=True)
    assert verified(world, cra, address, "VSPERF", "HEIGHT", "NOTE", together=True) == 3
    assert counts(world, address) == (4, 3, 0, 1, 0, "part")


def test_derived_and_unknown_items_are_not_verified(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    assert "BMI" in world.open(cra, address).cells
    for path in ("BMI", "NOWHERE", "@not_done"):
        with pytest.raises(verifying.NotCompared), world.acting() as session:
            verifying.verify(session, cra, address, {path: digest(None)})
    with pytest.raises(NothingChosen), world.acting() as session:
        verifying.verify(session, cra, address, {})


def test_a_mark_is_taken_back_with_a_reason_and_stays_in_the_history(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    verified(world, cra, address, "WEIGHT")
    with pytest.raises(SayWhy), world.acting() as session:
        verifying.unverify(session, cra, address, "WEIGHT", "  ")
    with pytest.raises(MoveNotPossible), world.acting() as session:
        verifying.unverify(session, cra, address, "HEIGHT", "never verified")
    with world.acting() as session:
        verifying.unverify(session, cra, address, "WEIGHT", "Wrong sheet of paper")
    assert counts(world, address) == (4, 0, 0, 1, 0, "none")
    with world.looking() as session:
        steps = session.execute(
            select(Verification.act, Verification.reason).order_by(Verification.seq)
        ).all()
    assert [tuple(step) for step in steps] == [("verify", ""), ("unverify", "Wrong sheet of paper")]
    assert audit(world.engines) == []


def test_sending_the_same_page_twice_marks_once(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    seen = {"WEIGHT": looked(world, cra, address).items["WEIGHT"].digest}
    for marked in (1, 0):
        with world.acting() as session:
            assert verifying.verify(session, cra, address, seen) == marked


@pytest.mark.req("R35")
def test_of_two_monitors_at_once_one_marks_and_the_other_is_told(world: World) -> None:
    address, one = measured(world), world.user("CRA")
    with world.acting() as session:
        make_user(session, "boris.cra", "CRA", None, world.clock)
    with world.looking() as session:
        other = verifying_actor(world, session, "boris.cra")
    seen = {path: mark.digest for path, mark in looked(world, one, address).items.items()}
    start, told = threading.Barrier(2), []

    def go(actor: Any) -> None:
        start.wait()
        try:
            with world.acting() as session:
                told.append(verifying.verify(session, actor, address, seen))
        except MarkedAlready as refused:
            told.append(refused.status)

    threads = [threading.Thread(target=go, args=(actor,)) for actor in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [4, 409]
    assert counts(world, address) == (4, 4, 0, 1, 1, "all due")
    with world.looking() as session:
        assert len(session.scalars(select(Verification)).all()) == 4
    assert audit(world.engines) == []


def verifying_actor(world: World, session: Any, username: str) -> Any:
    """Give somebody by user name."""
    from imt_ecrf.conduct import entrance  # noqa: PLC0415

    return entrance.actor_named(session, username, clock=world.clock, origin="screen")


@pytest.mark.req("R35")
def test_a_save_racing_a_verification_leaves_no_mark_on_an_answer_nobody_saw(world: World) -> None:
    address, cra, crc = measured(world), world.user("CRA"), world.user("CRC")
    seen = {"NOTE": looked(world, cra, address).items["NOTE"].digest}
    start, told = threading.Barrier(2), []

    def mark() -> None:
        start.wait()
        try:
            with world.acting() as session:
                told.append(verifying.verify(session, cra, address, seen))
        except AnswerMoved:
            told.append(0)

    def change() -> None:
        start.wait()
        world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"}, version=1)

    threads = [threading.Thread(target=one) for one in (mark, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = looked(world, cra, address).items["NOTE"].state
    assert (told, state) in [([1], "lapsed"), ([0], "none")]
    assert audit(world.engines) == []


@pytest.mark.parametrize(("kind", "role", "column"), [
    ("data", "DM", "data_reviewed_at"), ("medical", "MEDMON", "medically_reviewed_at"),
])  # fmt: skip
def test_reviews_are_marks_of_their_own_that_lapse_alike(
    world: World, kind: Any, role: str, column: str
) -> None:
    address, who, crc = measured(world), world.user(role), world.user("CRC")
    assert verified(world, who, address, kind=kind) == 4
    assert counts(world, address) == (4, 0, 0, 1, 0, "none")

    def reviewed() -> bool:
        with world.looking() as session:
            return session.scalar(text(f"SELECT {column} FROM form_data")) is not None  # noqa: S608

    assert reviewed()
    world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    assert not reviewed()
    assert looked(world, who, address, kind).items["NOTE"].state == "lapsed"
    assert verified(world, who, address, kind=kind) == 1
    assert reviewed()
    assert audit(world.engines) == []


def _may(role: str, kind: str, form: str) -> bool:
    if kind == "source":
        return may(sdv_book(), role, form, "verify")
    return {"data": "DM", "medical": "MEDMON"}[kind] == role


@pytest.mark.req("R35")
@pytest.mark.req("R18")
@pytest.mark.parametrize("role", ROLES)
def test_every_role_with_every_kind_and_form_at_both_sites(world: World, role: str) -> None:
    made = {site: measured(world, site) for site in ("01", "02")}
    for site, address in made.items():
        reader = Address(address.subject, "SE_SCR", 1, "F_ICR")
        world.save(world.user("CREAD", site), reader, {"ICTRG": "Y"})
    actor, wrong = world.user(role), []
    for site, code in ((site, one.subject) for site, one in made.items()):
        for form, path in (("F_VS", "NOTE"), ("F_ICR", "ICTRG"), ("F_NONE", "X")):
            for kind in ("source", "data", "medical"):
                strange = site == "02" and role in SITE_ROLES
                unseen = form == "F_NONE" or not sees(sdv_book(), (role,), form)
                wanted = (
                    "NotFound" if strange or unseen else "done" if _may(role, kind, form) else "NotPermitted"
                )
                got = _try(world, actor, Address(code, "SE_SCR", 1, form), path, kind)
                if got != wanted:
                    wrong.append((site, form, kind, wanted, got))
    assert wrong == []


def _try(world: World, actor: Any, address: Address, path: str, kind: Any) -> str:
    values = {"NOTE": {"v": "calm"}, "ICTRG": {"v": "Y"}}
    try:
        with world.acting() as session:
            verifying.verify(session, actor, address, {path: digest(values.get(path))}, kind=kind)
            session.rollback()
    except (NotFound, NotPermitted) as refused:
        return "NotPermitted" if isinstance(refused, NotPermitted) else type(refused).__name__
    return "done"


@pytest.mark.req("R35")
def test_counts_that_do_not_follow_from_log_and_plan_are_named(world: World) -> None:
    address, cra = measured(world), world.user("CRA")
    verified(world, cra, address)
    with world.acting() as session:
        assert list(sdv_lists.faults(session)) == []
        session.info["actor"] = cra.who("CRA")
        session.execute(text("UPDATE form_data SET verified_items = 3"))
        assert ["(4, 3, 0" in sentence for _form, sentence in sdv_lists.faults(session)] == [True]
        session.rollback()
