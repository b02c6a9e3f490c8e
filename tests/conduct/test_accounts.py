"""Accounts and the door: one person each, tries counted and kept, roles that end by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from imt_ecrf.conduct import access, accounts, entrance, passwords
from imt_ecrf.conduct.accounts import (
    EmailNeeded,
    GenericName,
    NameNeeded,
    RolesDoNotCombine,
    SiteNeeded,
    UsernameNotPossible,
    UsernameTaken,
    WrongPassword,
)
from imt_ecrf.conduct.actor import Membership, SimulatedClock, system
from imt_ecrf.conduct.entrance import LogInRefused
from imt_ecrf.conduct.passwords import PasswordTooWeak
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, User, stamp
from imt_ecrf.store.tables import Membership as Row
from tests.factories import NOON, PASSWORD, ROLES, World

OLGA: dict[str, Any] = {
    "username": "olga.petrova",
    "name": "Olga Petrova",
    "email": "olga@example.org",
    "password": PASSWORD,
}


def create(world: World, **changed: str) -> str:
    """Make Olga's account, changed in some way."""
    with world.acting() as session:
        return accounts.create_user(session, system(world.clock), **(OLGA | changed))


def log_in(world: World, username: str = "olga.petrova", password: str = PASSWORD) -> str:
    """Try to log in and say what came of it."""
    try:
        with world.acting() as session:
            return entrance.log_in(session, username, password, clock=world.clock).username
    except LogInRefused as refused:
        return refused.text()


def acts(world: World) -> dict[str, int]:
    """Count the events of the door."""
    with world.looking() as session:
        rows = session.execute(select(Event.act, func.count()).group_by(Event.act))
        return {act: number for act, number in rows if act.startswith(("login", "account.locked"))}


@pytest.mark.req("R23")
@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"username": "site1"}, GenericName),
        ({"username": "Admin"}, GenericName),
        ({"username": "test-2"}, GenericName),
        ({"name": "Test User"}, GenericName),
        ({"name": "Olga"}, NameNeeded),
        ({"name": "O. P."}, NameNeeded),
        ({"email": "olga"}, EmailNeeded),
        ({"username": "ol"}, UsernameNotPossible),
        ({"username": "olga petrova"}, UsernameNotPossible),
        ({"username": "ольга"}, UsernameNotPossible),
    ],
)
def test_an_account_names_a_person(small: World, changed: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        create(small, **changed)


@pytest.mark.req("R14")
@pytest.mark.parametrize(
    "changed",
    [
        {"username": "OLGA.Petrova", "email": "other@example.org"},
        {"username": "o.petrova", "email": "Olga@Example.org"},
    ],
)
def test_a_user_name_and_an_address_belong_to_one_person_for_ever(
    small: World, changed: dict[str, str]
) -> None:
    create(small)
    with small.acting() as session:
        accounts.deactivate(session, small.user_in(session, "ADMIN"), "olga.petrova", "left")
    with pytest.raises(UsernameTaken):
        create(small, **changed)


@pytest.mark.req("R24")
@pytest.mark.parametrize(
    "password",
    ["short-2026", "aaaaaaaaaaaaaa", "password1234", "123456789012", "olga.petrova-2026", "qwertyuiop123"],
)
def test_weak_passwords_are_refused(small: World, password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        create(small, password=password)


@pytest.mark.req("R69")
def test_passwords_are_kept_as_argon2id_with_a_salt_of_their_own() -> None:
    one, two = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert passwords.NOBODYS.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != two
    assert passwords.matches(one, PASSWORD)
    assert not passwords.matches("no hash", PASSWORD)


@pytest.mark.req("R24")
def test_six_wrong_tries_lock_the_account_and_each_is_logged(small: World) -> None:
    create(small)
    told = {log_in(small, password="wrong") for _ in range(6)}
    told.add(log_in(small))
    told.add(log_in(small, "nobody.here"))
    assert len(told) == 1
    assert acts(small) == {"login.failed": 8, "account.locked": 1}
    small.clock.advance(minutes=16)
    assert log_in(small) == "olga.petrova"
    assert acts(small)["login"] == 1


def test_a_right_password_forgets_the_wrong_ones_before_it(small: World) -> None:
    create(small)
    for _ in range(3):
        assert [log_in(small, password="wrong") for _ in range(5)]
        assert log_in(small) == "olga.petrova"
    assert "account.locked" not in acts(small)


@pytest.mark.req("R21")
def test_a_closed_account_is_refused_at_once_and_its_sessions_end(small: World) -> None:
    user_id = create(small)
    with small.looking() as session:
        before = session.get_one(User, user_id).session_mark
    with small.acting() as session:
        accounts.deactivate(session, small.user_in(session, "ADMIN"), "olga.petrova", "left")
    with small.looking() as session:
        assert entrance.actor_of(session, user_id, clock=small.clock) is None
        assert session.get_one(User, user_id).session_mark != before
    assert "closed" in log_in(small)


@pytest.mark.req("R21")
def test_a_role_begins_and_ends_by_the_clock_alone(small: World) -> None:
    create(small)
    with small.acting() as session:
        admin = small.user_in(session, "ADMIN")
        since, until = NOON + dt.timedelta(days=1), NOON + dt.timedelta(days=3)
        accounts.grant(session, admin, "olga.petrova", "CRC", "01", since=since, until=until)
    with small.looking() as session:
        olga = entrance.actor_named(session, "olga.petrova", clock=small.clock)
    assert olga is not None
    held = []
    for _ in range(4):
        held.append((olga.held(), olga.at("01"), olga.sites()))
        small.clock.advance(days=1)
    none: tuple[tuple[str, ...], bool, frozenset[str]] = ((), False, frozenset())
    works = (("CRC",), True, frozenset({"01"}))
    assert held == [none, works, works, none]


@pytest.mark.req("R21")
def test_a_role_is_never_dated_back_and_one_from_today_begins_when_it_is_given(small: World) -> None:
    create(small)
    midnight = NOON.replace(hour=0)
    for since in (midnight - dt.timedelta(microseconds=1), midnight - dt.timedelta(days=2000)):
        with pytest.raises(accounts.RoleDatedBack), small.acting() as session:
            accounts.grant(session, system(small.clock), "olga.petrova", "CRC", "01", since=since)
    for until in (midnight, NOON - dt.timedelta(days=1)):
        with pytest.raises(accounts.EndsBeforeItBegins), small.acting() as session:
            accounts.grant(session, system(small.clock), "olga.petrova", "CRC", "01", until=until)
    with small.acting() as session:
        given = accounts.grant(session, system(small.clock), "olga.petrova", "CRC", "01", since=midnight)
    with small.looking() as session:
        listed = accounts.list_accounts(session, system_reader(small))
        olga = next(one for one in listed if one.username == "olga.petrova")
        logged = session.scalars(select(Event).where(Event.act == "role.granted").order_by(Event.seq)).all()
    assert olga.roles == ((given, Membership("CRC", "01", NOON)),)
    assert olga.granted == {given: (NOON, "system")}
    assert loads(logged[-1].details)["from"] == stamp(NOON)


@pytest.mark.req("R21")
def test_a_role_that_an_older_installation_dated_back_counts_from_the_day_it_was_given(small: World) -> None:
    user_id, before = create(small), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with small.acting() as session:
        session.info["actor"] = system(small.clock).who("SYSTEM")
        row = Row(user_id=user_id, role="CRC", site="01", from_utc=stamp(before), granted_at=stamp(NOON))
        row.granted_by = "old.admin"
        session.add(row)
    had = {}
    with small.looking() as session:
        for day in (before.date(), dt.date(2021, 1, 1), dt.date(2026, 3, 9), NOON.date()):
            found = access.on_day(session, system_reader(small), day)
            had[day] = [one for one in found if one.username == "olga.petrova"]
    line = access.Had("olga.petrova", "Olga Petrova", "", "CRC", "01", NOON, None, "old.admin", NOON)
    assert list(had.values()) == [[], [], [], [line]]


def system_reader(world: World) -> Any:
    """Give somebody who may read every account."""
    return world.user("AUD")


@pytest.mark.req("R23")
def test_an_administrator_gets_no_role_that_enters_verifies_or_signs(small: World) -> None:
    create(small)
    for role in ROLES:
        site = "01" if role in {"CRC", "SUBI", "PI", "PHARM", "LABM"} else None
        with small.acting() as session:
            admin = small.user_in(session, "ADMIN")
            if role == "ADMIN":
                accounts.grant(session, admin, "olga.petrova", role)
                accounts.revoke(session, admin, latest(small, session), "tried")
                continue
        with small.acting() as session:
            accounts.grant(session, admin, "olga.petrova", "ADMIN")
        with pytest.raises(RolesDoNotCombine), small.acting() as session:
            accounts.grant(session, admin, "olga.petrova", role, site)
        with small.acting() as session:
            accounts.revoke(session, admin, latest(small, session), "tried")


def latest(world: World, session: Any) -> str:
    """Give Olga's newest role."""
    rows = session.scalars(select(Row).order_by(Row.id))
    return str([row.id for row in rows if row.role == "ADMIN"][-1])


@pytest.mark.req("R21")
def test_nobody_closes_the_own_account_or_ends_an_own_role(small: World) -> None:
    create(small)
    with small.acting() as session:
        admin = small.user_in(session, "ADMIN")
        accounts.grant(session, admin, "olga.petrova", "ADMIN")
    with small.looking() as session:
        listed = {one.username: one.roles for one in accounts.list_accounts(session, admin)}
    ((own, _held),) = listed[admin.username]
    with pytest.raises(accounts.OwnAccount), small.acting() as session:
        accounts.deactivate(session, admin, admin.username, "leaving")
    with pytest.raises(accounts.OwnAccount), small.acting() as session:
        accounts.revoke(session, admin, own, "leaving")


@pytest.mark.req("R21")
def test_the_last_administrator_stays_until_another_has_that_role(small: World) -> None:
    create(small)
    program = system(small.clock)
    with small.acting() as session:
        admin = small.user_in(session, "ADMIN")
        only = latest(small, session)
    with pytest.raises(accounts.LastAdministrator), small.acting() as session:
        accounts.deactivate(session, program, admin.username, "left")
    with pytest.raises(accounts.LastAdministrator), small.acting() as session:
        accounts.revoke(session, program, only, "left")
    with small.acting() as session:
        accounts.grant(session, admin, "olga.petrova", "ADMIN")
        accounts.deactivate(session, program, admin.username, "left")
    with pytest.raises(accounts.LastAdministrator), small.acting() as session:
        accounts.deactivate(session, program, "olga.petrova", "left")


def test_a_site_role_needs_its_site_and_a_known_role(small: World) -> None:
    create(small)
    with small.acting() as session:
        admin = small.user_in(session, "ADMIN")
    for role, site, refusal in (
        ("CRC", None, SiteNeeded),
        ("CRC", "77", NotFound),
        ("WIZARD", None, NotFound),
    ):
        with pytest.raises(refusal), small.acting() as session:
            accounts.grant(session, admin, "olga.petrova", role, site)


def test_only_the_administrator_keeps_accounts(small: World) -> None:
    create(small)
    for role in ROLES:
        actor = small.user(role)
        if role == "ADMIN":
            continue
        with pytest.raises(NotPermitted), small.acting() as session:
            accounts.grant(session, actor, "olga.petrova", "CRC", "01")
        with pytest.raises(NotPermitted), small.acting() as session:
            accounts.create_user(session, actor, **OLGA)


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(small: World) -> None:
    crc = small.user("CRC")
    with pytest.raises(WrongPassword), small.acting() as session:
        accounts.change_password(session, crc, "wrong", "green-forest-2026-lamp")
    with small.acting() as session:
        accounts.change_password(session, crc, PASSWORD, "green-forest-2026-lamp")
    assert "not right" in log_in(small, crc.username)
    assert log_in(small, crc.username, "green-forest-2026-lamp") == crc.username
    assert small.user("CRC").mark != crc.mark


def test_every_grant_stays_in_the_list_also_an_ended_one(small: World) -> None:
    create(small)
    with small.acting() as session:
        admin = small.user_in(session, "ADMIN")
        first = accounts.grant(session, admin, "olga.petrova", "CRC", "01")
    small.clock.advance(days=1)
    with small.acting() as session:
        accounts.revoke(session, admin, first, "moved")
    with small.looking() as session:
        listed = {one.username: one.roles for one in accounts.list_accounts(session, admin)}
    assert listed["olga.petrova"] == ((first, Membership("CRC", "01", NOON, NOON + dt.timedelta(days=1))),)


def test_a_simulated_clock_goes_where_it_is_told() -> None:
    clock = SimulatedClock(NOON)
    clock.advance(days=1, hours=2)
    assert clock.now() == dt.datetime(2026, 3, 11, 14, tzinfo=dt.UTC)
    clock.set(dt.datetime(2027, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=3))))
    assert clock.now() == dt.datetime(2026, 12, 31, 21, tzinfo=dt.UTC)
