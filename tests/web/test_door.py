"""Signing in and out, and what ends a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import accounts
from imt_ecrf.conduct.actor import system
from imt_ecrf.store.tables import Event, User, WebSession
from tests.factories import PASSWORD
from tests.web.clerk import Clerk

if TYPE_CHECKING:
    from tests.web.clerk import Answered, Office


def at_the_door(house: Office, username: str, password: str, query: str = "") -> Answered:
    clerk = Clerk(house, username)
    token = clerk.get("/login").page.forms[-1].sent()
    return clerk.send(f"/login{query}", {**token, "username": username, "password": password})


def test_a_right_password_leads_to_the_page_that_was_asked_for(house: Office) -> None:
    name = house.world.user("CRC").username
    assert at_the_door(house, name, PASSWORD, "?next=/subjects").where == "/subjects"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "javascript:x",
        "",
        "/%0d%0aSet-Cookie:x=1",
        "/%09/evil.example",
        "/%E2%80%A8",
        "/subjects%5C..",
    ],
)
def test_signing_in_never_leads_to_another_site(house: Office, target: str) -> None:
    name = house.world.user("CRC").username
    assert at_the_door(house, name, PASSWORD, f"?next={target}").where == "/"


@pytest.mark.req("R24")
def test_every_failure_at_the_door_says_the_same(house: Office) -> None:
    world = house.world
    name, closed = world.user("CRC").username, world.user("PI").username
    with world.acting() as session:
        accounts.deactivate(session, system(world.clock), closed, "left the hospital")
    answers = [
        at_the_door(house, *who) for who in ((name, "wrong"), ("nobody", PASSWORD), (closed, PASSWORD))
    ]
    said = {next(words for words in one.page.words if "locked 15 minutes" in words) for one in answers}
    assert [one.status for one in answers] == [401, 401, 401]
    assert len(said) == 1


@pytest.mark.req("R24")
def test_six_wrong_passwords_lock_the_account_for_15_minutes(house: Office) -> None:
    name = house.world.user("CRC").username
    for _ in range(6):
        at_the_door(house, name, "wrong")
    assert at_the_door(house, name, PASSWORD).status == 401
    house.world.clock.advance(minutes=16)
    assert at_the_door(house, name, PASSWORD).status == 302


@pytest.mark.req("R24")
def test_fifteen_minutes_without_a_step_end_the_session_and_lead_back_afterwards(house: Office) -> None:
    clerk = house.clerk("CRC")
    house.world.clock.advance(minutes=14)
    assert clerk.get("/subjects").status == 200
    house.world.clock.advance(minutes=16)
    answer = clerk.get("/subjects?show=work")
    assert (answer.status, answer.where) == (302, "/login?next=/subjects?show%3Dwork")
    assert "You were signed out" in clerk.get(answer.where).page.text


def test_no_session_outlives_twelve_hours(house: Office) -> None:
    clerk = house.clerk("CRC")
    for _ in range(12 * 6 + 1):
        house.world.clock.advance(minutes=10)
        last = clerk.get("/account").status
    assert last == 302


def test_a_cookie_kept_from_before_signing_out_opens_nothing(house: Office) -> None:
    clerk = house.clerk("CRC")
    kept = clerk.client.get_cookie("imt-ecrf")
    form = clerk.get("/account").page.form("/logout")
    assert clerk.send("/logout", form.sent()).where == "/login"
    assert kept is not None
    clerk.client.set_cookie("imt-ecrf", kept.value)
    assert clerk.get("/account").status == 302


@pytest.mark.req("R17")
def test_a_deactivated_account_is_out_at_the_next_request(house: Office) -> None:
    clerk = house.clerk("CRC")
    page = clerk.get("/account").page
    with house.world.acting() as session:
        accounts.deactivate(session, system(house.world.clock), clerk.username, "left the hospital")
    assert clerk.get("/subjects").status == 302
    assert clerk.send("/account/language", page.form("/account/language").sent()).status == 401


def test_a_new_password_ends_the_other_sessions_but_not_this_one(house: Office) -> None:
    here, there = house.clerk("CRC"), house.clerk("CRC")
    form = here.get("/account").page.form("/account/password").sent()
    new = "another-lamp-by-the-sea"
    answer = here.send("/account/password", {**form, "old": PASSWORD, "new": new, "again": new})
    assert answer.where == "/account"
    assert here.get("/account").status == 200
    assert there.get("/account").status == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        (PASSWORD, "short", "short", "at least 12 signs"),
        ("wrong", "another-lamp-by-the-sea", "another-lamp-by-the-sea", "The password is not right."),
        (PASSWORD, "another-lamp-by-the-sea", "another", "The two new passwords differ."),
    ],
)
def test_a_new_password_that_is_refused_says_why(
    house: Office, old: str, new: str, again: str, said: str
) -> None:
    clerk = house.clerk("CRC")
    form = clerk.get("/account").page.form("/account/password").sent()
    answer = clerk.send("/account/password", {**form, "old": old, "new": new, "again": again})
    assert answer.status == 422
    assert said in answer.page.text


@pytest.mark.req("R69")
def test_a_password_given_by_somebody_else_is_changed_before_anything_else(house: Office) -> None:
    clerk = house.clerk("CRC")
    with house.world.acting() as session:
        session.info["actor"] = system(house.world.clock).who("SYSTEM")
        session.scalars(select(User).where(User.username == clerk.username)).one().must_change_password = True
    assert clerk.get("/subjects").where == "/account"
    assert "Choose your own password first" in clerk.get("/account").page.text


@pytest.mark.req("R69")
def test_the_database_keeps_neither_passwords_nor_the_secrets_of_browsers(house: Office) -> None:
    clerk = house.clerk("CRC")
    with clerk.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    with house.world.looking() as session:
        rows = session.scalars(select(WebSession)).all()
        hashes = session.scalars(select(User.password_hash)).all()
    assert secret not in {row.id for row in rows}
    assert all(one.startswith("$argon2id$") for one in hashes)


def test_signing_in_failing_and_out_stand_in_the_log(house: Office) -> None:
    clerk = house.clerk("CRC")
    at_the_door(house, clerk.username, "wrong")
    clerk.send("/logout", clerk.get("/account").page.form("/logout").sent())
    with house.world.looking() as session:
        acts = session.scalars(
            select(Event.act).where(Event.object == clerk.username).order_by(Event.seq)
        ).all()
    assert list(acts)[-3:] == ["login", "login.failed", "logout"]


@pytest.mark.req("R68")
def test_a_user_name_with_markup_is_inert_on_the_page(house: Office) -> None:
    answer = at_the_door(house, '"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in answer.page.html


def test_the_language_is_the_persons_own_until_another_is_asked_for(house: Office) -> None:
    clerk = house.clerk("CRC")
    form = clerk.get("/account").page.form("/account/language").sent()
    clerk.send("/account/language", {**form, "language": "ru"})
    assert "Задачи" in clerk.get("/").page.text
    assert "Work list" in clerk.get("/?lang=en").page.text
    assert "Work list" in clerk.get("/").page.text
