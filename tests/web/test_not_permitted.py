"""Refusals name roles as the study names them, in the reader's language; a role out of time with its day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import accounts
from imt_ecrf.conduct.actor import system
from imt_ecrf.policy.permissions import STANDINGS
from tests.factories import PASSWORD, real_book
from tests.web.clerk import Clerk, Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.clerk import Answered


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give the real study, whose roles have names, with its pages."""
    made = office(tmp_path_factory.mktemp("named") / "data", real_book())
    yield made
    made.world.engines.dispose()


def person(real: Office, username: str, role: str, site: str | None, **days: int) -> Clerk:
    """Sign in somebody whose role begins and ends on days counted from now."""
    world = real.world
    with world.acting() as session:
        program, now = system(world.clock), world.clock.now()
        accounts.create_user(
            session, program, username=username, name="Olga Belova", email=f"{username}@example.org",
            password=PASSWORD,
        )  # fmt: skip
        term = {name: now + dt.timedelta(days=number) for name, number in days.items()}
        accounts.grant(session, program, username, role, site, **term)
    clerk = Clerk(real, username)
    clerk.sign_in()
    return clerk


def refused(clerk: Clerk, path: str, language: str = "en") -> Answered:
    """Send something that is not permitted."""
    token = clerk.get(f"/account?lang={language}").page.form("/logout").sent()
    return clerk.send(path, token)


@pytest.mark.req("R19")
@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", "These roles may: Monitor, Data manager, Medical monitor, Safety officer"),
        ("ru", "Это могут: "),
    ],
)
def test_a_refusal_names_roles_by_their_names_on_the_page_and_as_data(
    real: Office, language: str, names: str
) -> None:
    subject, clerk, book = real.world.subject("01"), real.clerk("CRC"), real_book()
    path = f"/verify/{subject}/SE_SCR.1/F_VS.1"
    page = refused(clerk, path, language)
    data = clerk.client.post(
        path, data=clerk.get("/account").page.form("/logout").sent(), headers={"Accept": "application/json"}
    )
    entitled = {book.roles[role].name.in_(language) for role in ("CRA", "DM", "MEDMON", "SAFE")}
    for text in (page.page.text, data.get_json()["text"]):
        said = text.partition("These roles may: " if language == "en" else "Это могут: ")[2]
        assert set(said.partition(".")[0].split(", ")) == entitled, text
        assert [code for code in STANDINGS if code in said.partition(".")[0].split(", ")] == []
    assert (page.status, data.status_code) == (403, 403)


@pytest.mark.req("R21")
@pytest.mark.parametrize(
    ("language", "over", "ahead"),
    [
        ("en", "Your role “{role}” at site 01 ended on {day}", "Your role “{role}” begins on {day} (UTC)"),
        ("ru", "Ваша роль «{role}» в центре 01 завершилась {day}", "Ваша роль «{role}» начинается {day}"),
    ],
)  # fmt: skip
def test_a_role_that_ended_or_has_not_begun_is_named_with_its_day(
    real: Office, language: str, over: str, ahead: str
) -> None:
    world, book = real.world, real_book()
    subject, day = world.subject("01"), world.clock.now().date()
    gone = person(real, f"gone.{language}", "CRC", "01", until=1)
    coming = person(real, f"coming.{language}", "CRA", None, since=30)
    world.clock.advance(days=3)
    gone.sign_in()
    coming.sign_in()
    told = refused(gone, f"/subjects/{subject}/enrol", language)
    role = book.roles["CRC"].name.in_(language)
    months = {"en": "Mar", "ru": "мар"}[language]
    ended = f"{(day + dt.timedelta(days=1)).day} {months} 2026"
    assert (told.status, over.format(role=role, day=ended) in told.page.text) == (403, True), told.page.text
    assert "These roles may" not in told.page.text
    assert gone.get(f"/subjects/{subject}?lang={language}").page.text.count(ended) == 1
    begins = coming.get(f"/verify?lang={language}")
    first = day + dt.timedelta(days=30)
    on = f"{first.day} {'Apr' if language == 'en' else 'апр'} 2026"
    assert ahead.format(role=book.roles["CRA"].name.in_(language), day=on) in begins.page.text


@pytest.mark.req("R23")
def test_roles_that_do_not_combine_are_named_too(real: Office) -> None:
    admin, username = real.clerk("ADMIN"), real.world.user("CRC").username
    page, book = f"/accounts/{username}", real_book()
    sent = {**admin.get(page).page.form(f"{page}/roles").sent(), "role": "CRA", "site": ""}
    told = admin.send(f"{page}/roles", sent)
    names = ", ".join(book.roles[role].name.in_("en") for role in ("CRA", "CRC"))
    assert (told.status, f"cannot hold these roles together: {names}." in told.page.text) == (409, True)
