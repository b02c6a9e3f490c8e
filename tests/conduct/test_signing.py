"""Signing and voiding: who, with what, on which content; on both databases."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from imt_ecrf.conduct import accounts, delegates, entrance, entry, identity, queries, signing
from imt_ecrf.conduct.accounts import WrongPassword
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.identity import CheckIncomplete, IdentityNotChecked, OwnIdentity, StatementNotAccepted
from imt_ecrf.conduct.signatures import MEANINGS, STATEMENT, meanings_of, views_of
from imt_ecrf.conduct.signing import AlreadySigned, ChangedMeanwhile, NoMeaning, NotOpened, NotReadyToSign
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.documents import find_form, load_form
from imt_ecrf.store.tables import Event, Signature, Subject, User, stamp
from imt_ecrf.store.verify import verify
from tests.factories import PASSWORD, ROLES, World, enrolled, filled_form, looked_at, make_subject, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SignatureView

WEIGHED: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}


def complete(world: World, subject: str | None = None) -> Address:
    """Give a complete form of vital signs."""
    address = Address(subject or make_subject(world), "SE_SCR", 1, "F_VS")
    filled_form(world, world.user("CRC"), address, WEIGHED)
    return address


def sign(
    world: World, actor: Actor, addresses: Sequence[Address], password: str = PASSWORD, **more: Any
) -> Any:
    """Open forms and sign them."""
    with world.acting() as session:
        looked_at(session, actor, addresses)
    with world.acting() as session:
        return signing.sign(session, actor, addresses, password, **more)


def signatures(world: World, address: Address) -> tuple[SignatureView, ...]:
    """List the signatures of a form."""
    with world.looking() as session:
        subject = session.scalars(select(Subject).where(Subject.code == address.subject)).one()
        row = find_form(session.connection(), subject.id, address.within)
        assert row is not None
        return views_of(session, row)


@pytest.mark.req("R09")
def test_a_signature_holds_name_role_meaning_in_both_languages_and_time(small: World) -> None:
    address = complete(small)
    (signed,) = sign(small, small.user("PI"), [address])
    assert (signed.name, signed.role, signed.state, signed.at, signed.version) == (
        "Anna Ivanova-Pi",
        "PI",
        "valid",
        small.clock.now(),
        1,
    )
    assert "complete and accurate" in signed.meaning_en
    assert "достоверность" in signed.meaning_ru


@pytest.mark.req("R12")
def test_a_changed_value_voids_the_signature_with_who_when_and_what(small: World) -> None:
    address = complete(small)
    pi, crc = small.user("PI"), small.user("CRC")
    sign(small, pi, [address])
    small.clock.advance(days=1)
    saved = small.save(crc, address, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    (void,) = signatures(small, address)
    assert saved.voided == (void.id,)
    assert (void.state, void.voided_by, void.voided_at, void.voided_items) == (
        "void",
        "Anna Ivanova-Crc",
        small.clock.now(),
        ("BMI", "WEIGHT"),
    )
    with small.acting() as session:
        entry.complete_form(session, crc, address, saved.version, {"*": "fine"})
    with small.looking() as session:
        (asked,) = signing.to_sign(session, pi)
    assert (asked.address, asked.again) == (address, True)
    sign(small, pi, [address])
    assert [one.state for one in signatures(small, address)] == ["void", "valid"]
    assert list(verify(small.engines)) == []


@pytest.mark.req("R12")
def test_a_derived_value_changed_from_elsewhere_voids_the_signature_too(small: World) -> None:
    pi, crc = small.user("PI"), small.user("CRC")
    subject = enrolled(small)
    opened(small, crc, subject, "SE_C1D1")
    vs, dose = (Address(subject, "SE_C1D1", 1, form) for form in ("F_VS", "F_DO"))
    filled_form(small, crc, vs, WEIGHED)
    filled_form(small, pi, dose, {"DODAT": "2026-03-10"})
    sign(small, pi, [dose])
    small.save(crc, vs, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    (void,) = signatures(small, dose)
    assert (void.state, void.voided_by, void.voided_items) == ("void", "system", ("DOWEIGHT",))
    assert list(verify(small.engines)) == []


@pytest.mark.req("R12")
def test_saving_nothing_new_and_asking_queries_leave_the_signature_valid(small: World) -> None:
    address = complete(small)
    sign(small, small.user("PI"), [address])
    small.save(small.user("CRC"), address, {"HEIGHT": "100"})
    with small.acting() as session:
        queries.ask(session, small.user_in(session, "CRA"), address, "Was this in the notes?", "WEIGHT")
    assert [one.state for one in signatures(small, address)] == ["valid"]


@pytest.mark.req("R10")
def test_the_signature_records_the_open_queries_of_its_moment(small: World) -> None:
    address = complete(small)
    with small.acting() as session:
        queries.ask(session, small.user_in(session, "CRA"), address, "Was this in the notes?")
    (signed,) = sign(small, small.user("PI"), [address])
    assert signed.open_queries == 1


@pytest.mark.req("R10")
def test_a_signature_copied_to_another_form_is_void_there_and_reported(small: World) -> None:
    address = complete(small)
    other = complete(small, make_subject(small))
    sign(small, small.user("PI"), [address])
    with small.acting() as session:
        session.info["actor"] = "somebody with the database password"
        row = session.scalars(select(Signature)).one()
        values = {
            c.name: getattr(row, c.name) for c in Signature.__table__.columns if c.name not in {"seq", "id"}
        }
        subject = session.scalars(select(Subject).where(Subject.code == other.subject)).one()
        target = find_form(session.connection(), subject.id, other.within)
        assert target is not None
        session.execute(insert(Signature).values(values | {"form_data_id": target.id}))
    assert [one.state for one in signatures(small, other)] == ["void"]
    assert any("signature does not belong" in fault.what for fault in verify(small.engines))


@pytest.mark.req("R11")
@pytest.mark.parametrize("password", ["", "wrong", "another-persons-password"])
def test_without_the_own_password_nothing_is_signed_and_the_try_is_logged(
    small: World, password: str
) -> None:
    address = complete(small)
    with pytest.raises(WrongPassword):
        sign(small, small.user("PI"), [address], password)
    assert signatures(small, address) == ()
    with small.looking() as session:
        tries = session.scalars(select(Event.object).where(Event.act == "password.failed")).all()
    assert tries == ["anna.pi.01"]


@pytest.mark.req("R11")
def test_the_password_is_asked_for_every_batch_and_six_wrong_ones_lock(small: World) -> None:
    first, second = complete(small), complete(small, make_subject(small))
    pi = small.user("PI")
    sign(small, pi, [first])
    for _ in range(6):
        with pytest.raises(WrongPassword):
            sign(small, pi, [second], "wrong")
    with pytest.raises(WrongPassword):
        sign(small, pi, [second], PASSWORD)
    with small.looking() as session:
        assert session.scalar(select(User.locked_until).where(User.username == "anna.pi.01")) is not None
    small.clock.advance(minutes=16)
    sign(small, pi, [second])


def test_one_password_signs_a_batch_or_nothing_of_it(small: World) -> None:
    ready, unready = complete(small), Address(make_subject(small), "SE_SCR", 1, "F_VS")
    small.save(small.user("CRC"), unready, WEIGHED)
    with pytest.raises(NotReadyToSign):
        sign(small, small.user("PI"), [ready, unready])
    assert signatures(small, ready) == ()


def test_a_form_changed_since_the_list_was_shown_is_not_signed_unseen(small: World) -> None:
    address = complete(small)
    with pytest.raises(ChangedMeanwhile):
        sign(small, small.user("PI"), [address], versions=[7])


def test_a_form_its_signer_never_opened_is_not_signed(small: World) -> None:
    address, pi = complete(small), small.user("PI")
    with pytest.raises(NotOpened), small.acting() as session:
        signing.sign(session, pi, [address], PASSWORD)
    assert signatures(small, address) == ()


def test_a_form_changed_after_its_signer_opened_it_has_to_be_opened_again(small: World) -> None:
    address, pi = complete(small), small.user("PI")
    with small.acting() as session:
        looked_at(session, pi, [address])
    crc = small.user("CRC")
    saved = small.save(crc, address, {"HEIGHT": "101"}, {"*": "TYPING"})
    with small.acting() as session:
        entry.complete_form(session, crc, address, saved.version)
    with pytest.raises(NotOpened), small.acting() as session:
        signing.sign(session, pi, [address], PASSWORD)
    sign(small, pi, [address])
    assert [(one.state, one.version) for one in signatures(small, address)] == [("valid", saved.version)]


@pytest.mark.req("R15")
def test_a_new_investigator_signs_only_after_the_identity_check_and_the_own_statement(small: World) -> None:
    address = complete(small)
    with small.acting() as session:
        made = accounts.create_user(
            session, system(small.clock), username="new.pi", name="New Investigator", email="n@example.org",
            password=PASSWORD, organisation="First Hospital",
        )  # fmt: skip
        accounts.grant(session, system(small.clock), "new.pi", "PI", "01")
    with small.looking() as session:
        actor = entrance.actor_named(session, "new.pi", clock=small.clock)
    assert actor is not None
    assert made == actor.user_id
    with pytest.raises(IdentityNotChecked):
        sign(small, actor, [address])
    admin, today = small.user("ADMIN", None), small.clock.now().date()
    with small.acting() as session:
        identity.check_identity(session, admin, "new.pi", "Passport seen", today)
    with pytest.raises(StatementNotAccepted):
        sign(small, actor, [address])
    with pytest.raises(WrongPassword), small.acting() as session:
        identity.accept_statement(session, actor, "wrong")
    with small.acting() as session:
        identity.accept_statement(session, actor, PASSWORD)
    assert [one.name for one in sign(small, actor, [address])] == ["New Investigator"]
    with small.looking() as session:
        found = session.execute(
            select(Event.act, Event.username, Event.object).where(
                Event.act.in_(("identity.checked", "statement.accepted")), Event.object == "new.pi"
            )
        )
        assert found.all() == [
            ("identity.checked", admin.username, "new.pi"),
            ("statement.accepted", "new.pi", "new.pi"),
        ]


@pytest.mark.req("R15")
@pytest.mark.parametrize(("how", "days"), [("", 0), ("  ", 0), ("x" * 201, 0), ("Passport", 1)])
def test_an_identity_check_without_a_way_or_of_tomorrow_is_refused(small: World, how: str, days: int) -> None:
    admin, day = small.user("ADMIN", None), small.clock.now().date() + dt.timedelta(days=days)
    name = small.user("CRC").username
    with pytest.raises(CheckIncomplete), small.acting() as session:
        identity.check_identity(session, admin, name, how, day)
    with pytest.raises(CheckIncomplete), small.acting() as session:
        identity.check_identity(session, admin, name, "Passport", None)


@pytest.mark.req("R15")
def test_nobody_records_the_own_identity_and_only_the_administrator_any(small: World) -> None:
    admin, day = small.user("ADMIN", None), small.clock.now().date()
    pi = small.user("PI")
    with pytest.raises(OwnIdentity), small.acting() as session:
        identity.check_identity(session, admin, admin.username, "Passport", day)
    with pytest.raises(NotPermitted), small.acting() as session:
        identity.check_identity(session, pi, "anna.crc.01", "Passport", day)


def test_what_a_signer_opened_stands_once_in_the_log_and_of_nobody_else(small: World) -> None:
    address = complete(small)
    for actor in [small.user(role) for role in ("PI", "PI", "CRC", "SPON")]:
        with small.acting() as session:
            looked_at(session, actor, [address])
    with small.looking() as session:
        rows = session.execute(select(Event.username, Event.form_version).where(Event.act == "form.opened"))
        assert rows.all() == [("anna.pi.01", 1)]


def test_a_valid_signature_is_not_given_twice(small: World) -> None:
    address = complete(small)
    sign(small, small.user("PI"), [address])
    with pytest.raises(AlreadySigned):
        sign(small, small.user("PI"), [address])


@pytest.mark.req("R13")
def test_every_role_but_the_investigator_is_refused(small: World) -> None:
    address = complete(small)
    small.user("PI")
    outcomes = {}
    for role in ROLES:
        try:
            sign(small, small.user(role), [address])
        except (NotFound, NotPermitted) as refused:
            outcomes[role] = type(refused).__name__
        else:
            outcomes[role] = "signed"
    hidden = dict.fromkeys(("CPATH", "CREAD", "ADMIN"), "NotFound")
    assert outcomes == {**dict.fromkeys(ROLES, "NotYourSignature"), **hidden, "PI": "signed"}


@pytest.mark.req("R09")
@pytest.mark.parametrize("meaning", ["casebook", "central review", "safety review", "nonsense", ""])
def test_a_signature_says_only_what_the_role_and_the_forms_allow(small: World, meaning: str) -> None:
    address = complete(small)
    with pytest.raises(NoMeaning):
        sign(small, small.user("PI"), [address], meaning=meaning)
    assert signatures(small, address) == ()


@pytest.mark.req("R09")
def test_the_meanings_of_each_role_stand_in_one_table() -> None:
    without = {role: meanings_of(role, ["F_VS"]) for role in ROLES}
    central, safety = dict.fromkeys(("CPATH", "CREAD"), ("central review",)), {"SAFE": ("safety review",)}
    assert without == {**dict.fromkeys(ROLES, ("reviewed",)), **central, **safety}
    whole = {role: meanings_of(role, ["F_VS", STATEMENT]) for role in ROLES}
    assert whole == {**without, "PI": ("reviewed", "casebook")}
    assert {code for codes in whole.values() for code in codes} == set(MEANINGS)


@pytest.mark.req("R13")
def test_a_sub_investigator_signs_only_inside_the_dates_of_the_delegation(small: World) -> None:
    address, later = complete(small), complete(small, make_subject(small))
    subi, now = small.user("SUBI"), small.clock.now()
    with pytest.raises(NotPermitted):
        sign(small, subi, [address])
    with small.acting() as session:
        pi = small.user_in(session, "PI")
        until = now.replace(day=now.day + 2)
        delegates.delegate_signing(session, pi, subi.username, "01", since=now, until=until)
    sign(small, small.user("SUBI"), [address])
    small.clock.advance(days=3)
    with pytest.raises(NotPermitted):
        sign(small, small.user("SUBI"), [later])


@pytest.mark.req("R13")
@pytest.mark.parametrize(("role", "site"), [("CRC", "01"), ("CRA", None), ("SUBI", "02")])
def test_only_a_sub_investigator_of_the_site_gets_a_delegation(
    small: World, role: str, site: str | None
) -> None:
    other = small.user(role, site or "01")
    with pytest.raises(delegates.NotADelegate), small.acting() as session:
        delegates.delegate_signing(session, small.user_in(session, "PI"), other.username, "01")


@pytest.mark.req("R13")
@pytest.mark.parametrize("days", [-1, 0])
def test_a_delegation_is_not_over_before_it_begins(small: World, days: int) -> None:
    subi, until = small.user("SUBI"), small.clock.now() + dt.timedelta(days=days)
    with pytest.raises(accounts.EndsBeforeItBegins), small.acting() as session:
        delegates.delegate_signing(session, small.user_in(session, "PI"), subi.username, "01", until=until)


def test_the_log_says_to_whom_where_and_how_long_signing_is_delegated(small: World) -> None:
    subi, now = small.user("SUBI"), small.clock.now()
    with small.acting() as session:
        until = now + dt.timedelta(days=2)
        delegates.delegate_signing(session, small.user_in(session, "PI"), subi.username, "01", until=until)
    with small.looking() as session:
        details = session.scalars(select(Event.details).where(Event.act == "signing.delegated")).one()
    expected = {"delegate": subi.username, "site": "01", "from": stamp(now), "until": stamp(until)}
    assert loads(details) == expected


@pytest.mark.req("R13")
def test_an_investigator_of_another_site_finds_nothing_to_sign(small: World) -> None:
    address = complete(small)
    with pytest.raises(NotFound):
        sign(small, small.user("PI", "02"), [address])
    with small.looking() as session:
        stranger = entrance.actor_named(session, "anna.pi.02", clock=small.clock)
        assert stranger is not None
        assert signing.to_sign(session, stranger) == ()


@pytest.mark.req("R10")
def test_a_value_changed_underneath_by_sql_is_refused_by_the_database(small: World) -> None:
    address = complete(small)
    sign(small, small.user("PI"), [address])
    with small.acting() as session:
        subject = session.scalars(select(Subject)).first()
        assert subject is not None
        row = find_form(session.connection(), subject.id, address.within)
    assert row is not None
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415

    from imt_ecrf.store.tables import FormData  # noqa: PLC0415

    with pytest.raises(DatabaseError), small.acting() as session:
        session.connection().execute(update(FormData).values(data="{}"))
    with small.looking() as session:
        assert load_form(session.connection(), row.id) == row
