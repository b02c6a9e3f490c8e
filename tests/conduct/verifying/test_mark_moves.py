"""Every role × kind of mark × state × move by the acts themselves, at the own site, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import verifying
from imt_ecrf.conduct.sdv_marks import KINDS
from imt_ecrf.conduct.verifying import MarkedAlready, NotYourMark
from imt_ecrf.policy.lifecycle import DATA_REVIEW, MEDICAL_REVIEW, VERIFICATION, MoveNotPossible, allows
from imt_ecrf.policy.permissions import may, sees
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from tests.conduct.sdv import looked, measured, sdv_book, verified
from tests.conduct.verifying.test_verifying import verifying_actor
from tests.factories import ROLES, World, make_user

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

TABLES = {"source": VERIFICATION, "data": DATA_REVIEW, "medical": MEDICAL_REVIEW}
MARKERS = {"source": "CRA", "data": "DM", "medical": "MEDMON"}
STATES = ("none", "verified", "lapsed")
FORM, PATH = "F_VS", "NOTE"


def another(world: World, role: str) -> Actor:
    """Give a second person of a role, so that nobody meets the own marks."""
    with world.acting() as session:
        make_user(session, f"boris.{role.lower()}", role, None, world.clock)
    with world.looking() as session:
        found: Actor = verifying_actor(world, session, f"boris.{role.lower()}")
    return found


def brought(world: World, markers: dict[str, Actor], state: str) -> Address:
    """Give a form whose item is in one state in every kind of mark."""
    address = measured(world)
    if state != "none":
        for kind, marker in markers.items():
            verified(world, marker, address, PATH, kind=kind)
    if state == "lapsed":
        world.save(world.user("CRC"), address, {PATH: "loud"}, {"*": "TYPO"})
    return address


def expected(role: str, kind: str, state: str, act: str) -> str:
    """Say by the tables alone what must come of it."""
    book = sdv_book()
    if not sees(book, (role,), FORM):
        return "NotFound"
    entitled = may(book, role, FORM, "verify") if kind == "source" else role == MARKERS[kind]
    if not entitled:
        return "NotPermitted"
    if allows(TABLES[kind], state, act, (role,)):
        return "done"
    return "MarkedAlready" if (state, act) == ("verified", "verify") else "MoveNotPossible"


def tried(world: World, actor: Actor, address: Address, seen: dict[str, str], kind: Any, act: str) -> str:  # noqa: PLR0917
    """Try a move and take it back."""
    try:
        with world.acting() as session:
            if act == "verify":
                verifying.verify(session, actor, address, seen, kind=kind)
            else:
                verifying.unverify(session, actor, address, PATH, "Wrong sheet", kind=kind)
            session.rollback()
    except (NotFound, NotPermitted, MoveNotPossible, MarkedAlready) as refused:
        return "NotPermitted" if isinstance(refused, NotPermitted) else type(refused).__name__
    return "done"


@pytest.mark.req("R35")
@pytest.mark.req("R37")
def test_every_role_state_and_move_of_every_mark_is_as_the_tables_say(world: World) -> None:
    markers = {kind: another(world, role) for kind, role in MARKERS.items()}
    wrong = []
    for state in STATES:
        address = brought(world, markers, state)
        seen = {PATH: looked(world, markers["source"], address).items[PATH].digest}
        for role in ROLES:
            actor = world.user(role)
            for kind in KINDS:
                for act in ("verify", "unverify"):
                    got = tried(world, actor, address, seen, kind, act)
                    if got != expected(role, kind, state, act):
                        wrong.append((state, role, kind, act, got))
    assert wrong == []


@pytest.mark.req("R35")
def test_a_refused_mark_says_who_gives_it_in_the_readers_language(world: World) -> None:
    address = measured(world)
    for kind, role, told in (("source", "DM", "CRA"), ("data", "CRA", "DM"), ("medical", "DM", "MEDMON")):
        actor = world.user(role)
        with pytest.raises(NotYourMark) as refused, world.acting() as session:
            verifying.verify(session, actor, address, {PATH: "x"}, kind=kind)  # type: ignore[arg-type]
        assert refused.value.text().endswith(f"These roles do: {told}.")
        assert refused.value.text("ru").endswith(f"Это делают: {told} (ru).")
