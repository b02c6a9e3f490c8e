"""Every role before a form in every state, exactly as the table says; and a signature that races a save."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import delegates, entry, signing
from imt_ecrf.conduct.signing import AlreadySigned, ChangedMeanwhile, NotOpened, NotReadyToSign
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.permissions import DELEGATE
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.policy.signing import signature_right
from imt_ecrf.store.verify import verify
from tests.conduct.test_signing import complete, sign, signatures
from tests.factories import PASSWORD, ROLES, World, looked_at, make_subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.conduct.actor import Actor

WEIGHED: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}


def not_begun(world: World) -> Address:
    return Address(make_subject(world), "SE_SCR", 1, "F_VS")


def in_progress(world: World) -> Address:
    address = not_begun(world)
    world.save(world.user("CRC"), address, WEIGHED)
    return address


def not_done(world: World) -> Address:
    address = not_begun(world)
    with world.acting() as session:
        entry.not_done(session, world.user_in(session, "CRC"), address, "ND")
    return address


def valid(world: World) -> Address:
    address = complete(world)
    sign(world, world.user("PI"), [address])
    return address


def changed(world: World) -> Address:
    address = valid(world)
    world.save(world.user("CRC"), address, {"HEIGHT": "101"}, {"*": "TYPING"})
    return address


def void(world: World) -> Address:
    address, crc = changed(world), world.user("CRC")
    with world.acting() as session:
        version = entry.open_form(session, crc, address).version
        entry.complete_form(session, crc, address, version)
    return address


STATES: dict[str, tuple[Callable[[World], Address], str, bool]] = {
    "not begun": (not_begun, "none", False),
    "in progress": (in_progress, "none", False),
    "complete": (complete, "none", True),
    "not done": (not_done, "none", True),
    "signed": (valid, "valid", True),
    "changed after signing": (changed, "void", False),
    "complete again": (void, "void", True),
}
"""How each state is reached, the state of its signature, and whether the form can be signed at all."""


class _Undo(Exception):  # noqa: N818 - takes a step back, nothing went wrong
    """Roll a trial back."""


def outcome(world: World, actor: Actor, address: Address) -> str:
    """Try to sign a form as it stands, and leave everything as it was."""

    def attempt() -> None:
        with world.acting() as session:
            looked_at(session, actor, [address])
            signing.sign(session, actor, [address], PASSWORD)
            raise _Undo

    try:
        attempt()
    except _Undo:
        return "signed"
    except (NotPermitted, NotReadyToSign, AlreadySigned, NotFound) as refused:
        return type(refused).__name__
    return ""


@pytest.mark.req("R13")
@pytest.mark.parametrize("delegated", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_every_role_signs_from_every_state_exactly_as_the_table_says(
    small: World, state: str, delegated: bool
) -> None:
    people = {role: small.user(role) for role in ROLES}
    if delegated:
        with small.acting() as session:
            delegates.delegate_signing(session, people["PI"], people["SUBI"].username, "01")
        small.clock.advance(seconds=1)
        people["SUBI"] = small.user("SUBI")
    reach, signature, ready = STATES[state]
    address = reach(small)
    found = {role: outcome(small, people[role], address) for role in ROLES}
    expected = {}
    for role in ROLES:
        right = signature_right(small.book, role, "none", "sign")
        may = address.form in right.forms and (delegated or not right.delegated)
        now = address.form in signature_right(small.book, role, signature, "sign").forms
        signs = ("signed" if ready else "NotReadyToSign") if now else "AlreadySigned"
        expected[role] = signs if may else "NotYourSignature"
    assert found == {**expected, **dict.fromkeys(("CPATH", "CREAD", "ADMIN"), "NotFound")}
    assert {role for role, one in found.items() if one == "signed"} <= {"PI", DELEGATE}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same moment, each in a thread and a session of its own; give what each came to."""
    start = threading.Barrier(len(acts))
    came: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            came[place] = acts[place]()
        except Exception as refused:  # noqa: BLE001 - what a thread meets is looked at below
            came[place] = refused

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return came


@pytest.mark.req("R10")
@pytest.mark.req("R12")
@pytest.mark.parametrize("race", range(6))
def test_a_signature_that_races_a_save_wins_or_is_told_and_nothing_is_lost(small: World, race: int) -> None:
    address, pi, crc = complete(small), small.user("PI"), small.user("CRC")
    with small.acting() as session:
        looked_at(session, pi, [address])

    def save() -> Any:
        return small.save(crc, address, {"HEIGHT": f"10{race}.5"}, {"*": "TYPING"}, version=1)

    def give() -> Any:
        with small.acting() as session:
            return signing.sign(session, pi, [address], PASSWORD, versions=[1])

    saved, signed = at_once(save, give) if race % 2 else reversed(at_once(give, save))
    listed = signatures(small, address)
    assert not isinstance(saved, Exception)
    assert saved.version == 2
    assert small.open(crc, address).cells["HEIGHT"]["v"] == f"10{race}.5"
    if isinstance(signed, Exception):  # the save came first: the signer is told and nothing is signed
        assert isinstance(signed, (ChangedMeanwhile, NotOpened))
        assert (listed, saved.voided) == ((), ())
    else:  # the signature came first: it stands in the history, void by this very save, which says so
        assert [(one.state, one.version, one.voided_by) for one in listed] == [("void", 1, crc.name)]
        assert saved.voided == (listed[0].id,)
    assert list(verify(small.engines)) == []


@pytest.mark.req("R10")
def test_two_people_who_sign_at_once_leave_one_signature_and_the_other_is_told(small: World) -> None:
    address, pi, subi = complete(small), small.user("PI"), small.user("SUBI")
    with small.acting() as session:
        delegates.delegate_signing(session, pi, subi.username, "01")
    small.clock.advance(seconds=1)
    people = [pi, small.user("SUBI")]
    with small.acting() as session:
        for one in people:
            looked_at(session, one, [address])

    def give(actor: Actor) -> Any:
        with small.acting() as session:
            return signing.sign(session, actor, [address], PASSWORD)

    came = at_once(*(lambda actor=one: give(actor) for one in people))
    told = [one for one in came if isinstance(one, AlreadySigned)]
    (listed,) = signatures(small, address)
    assert (len(told), listed.state) == (1, "valid")
    assert listed.name in str(told[0])
    assert list(verify(small.engines)) == []
