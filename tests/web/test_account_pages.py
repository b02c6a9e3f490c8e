"""Accounts on the screen: made, given roles, closed; what is refused stays on the page with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import accounts
from imt_ecrf.conduct.actor import system
from tests.factories import PASSWORD
from tests.web.clerk import Clerk

if TYPE_CHECKING:
    from tests.web.clerk import Answered, Office

PERSON = {
    "username": "o.belova", "name": "Olga Belova", "email": "o.belova@example.org",
    "organisation": "First Hospital", "password": "lamp-by-the-river-77", "language": "ru",
}  # fmt: skip


def fill(clerk: Clerk, page: str, ends: str, **given: str) -> Answered:
    forms = [one for one in clerk.get(page).page.forms if one.method == "post"]
    form = next(one for one in forms if one.action.endswith(ends)) if ends else forms[-1]
    return clerk.send(form.action or page, {**form.sent(), **given})


def test_an_account_is_made_gets_a_role_with_dates_and_is_closed(house: Office) -> None:
    clerk = house.clerk("ADMIN")
    assert fill(clerk, "/accounts/_new", "", **PERSON).where == "/accounts/o.belova"
    given = {"role": "CRC", "site": "01", "since": "10.03.2026", "until": "31 Dec 2026"}
    fill(clerk, "/accounts/o.belova", "/roles", **given)
    page = clerk.get("/accounts/o.belova").page
    assert "CRC, site 01 since 10 Mar 2026 until 31 Dec 2026" in page.text
    fill(clerk, "/accounts/o.belova", "/deactivate", reason="left the hospital")
    assert "Closed" in clerk.get("/accounts").page.text
    with house.world.looking() as session:
        person = next(
            one
            for one in accounts.list_accounts(session, house.world.user("AUD"))
            if one.name == "Olga Belova"
        )
    assert (person.active, person.email) == (False, "o.belova@example.org")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("until", "31.13.2026", "«Last day»"),
        ("until", "until summer", "«Last day»"),
        ("until", "2026", "«Last day»"),
        ("since", "tomorrow", "«First day»"),
        ("since", "09.03.2026", "it is never dated back"),
        ("until", "09.03.2026", "The last day lies in the past or before the first"),
    ],
)
def test_a_role_with_a_day_that_cannot_be_kept_is_refused_and_the_text_stays(
    house: Office, field: str, typed: str, said: str
) -> None:
    username = house.world.user("CRC").username
    clerk = house.clerk("ADMIN")
    answer = fill(clerk, f"/accounts/{username}", "/roles", role="SUBI", site="01", **{field: typed})
    assert (answer.status, said in answer.page.text) == (422, True)
    assert answer.page.form("/roles").sent()[field] == [typed]
    assert "SUBI, site 01" not in clerk.get(f"/accounts/{username}").page.text


def test_a_role_is_ended_with_a_reason(house: Office) -> None:
    username = house.world.user("CRC").username
    clerk = house.clerk("ADMIN")
    assert fill(clerk, f"/accounts/{username}", "/end", reason=" ").status == 422
    assert fill(clerk, f"/accounts/{username}", "/end", reason="moved").status == 302
    house.world.clock.advance(seconds=1)
    assert "End the role" not in clerk.get(f"/accounts/{username}").page.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Coordinator"}, "Give the first and the last name"),
        ({"password": "short"}, "at least 12 signs"),
        ({"email": "nowhere"}, "e-mail address"),
        ({"username": "admin"}, "shared accounts are not made here"),
    ],
)
def test_a_refused_account_says_why_and_keeps_what_was_typed(
    house: Office, changed: dict[str, str], said: str
) -> None:
    answer = fill(house.clerk("ADMIN"), "/accounts/_new", "", **{**PERSON, **changed})
    assert answer.status == 422
    assert said in answer.page.text
    kept = answer.page.forms[-1].sent()
    assert kept["organisation"] == ["First Hospital"]
    assert kept["password"] == [""]


def test_roles_of_two_sides_are_not_combined(house: Office) -> None:
    username = house.world.user("CRC").username
    answer = fill(house.clerk("ADMIN"), f"/accounts/{username}", "/roles", role="CRA", site="")
    assert answer.status == 409
    assert "One person cannot hold these roles together: CRA, CRC." in answer.page.text


def test_who_may_only_look_at_accounts_finds_no_button(house: Office) -> None:
    username = house.world.user("CRC").username
    page = house.clerk("AUD").get(f"/accounts/{username}").page
    assert "Give a role" not in page.text
    assert {one.action for one in page.forms if one.method == "post"} == {"/logout"}


def test_an_administrator_begins_with_accounts_and_has_no_clinical_page(house: Office) -> None:
    house.world.subject("01")
    clerk = house.clerk("ADMIN")
    assert clerk.get("/").where == "/accounts"
    page = clerk.get("/accounts").page
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert not links & {"/subjects", "/casebooks", "/queries", "/changes", "/signatures", "/sign"}
    assert {clerk.get(one).status for one in ("/subjects", "/changes", "/subjects/01-001")} == {403}


def test_an_administrator_opens_a_site_and_what_is_wrong_stays_on_the_page(house: Office) -> None:
    clerk = house.clerk("ADMIN")
    given = {"code": "77", "name": "North Hospital", "name_ru": "Северная больница", "timezone": "North"}
    refused = fill(clerk, "/sites", "", **given)
    assert (refused.status, "a time zone such as Europe/Moscow" in refused.page.text) == (422, True)
    assert "North Hospital" not in clerk.get("/sites").page.text
    assert fill(clerk, "/sites", "", **{**given, "timezone": "Europe/Moscow"}).where == "/sites"
    assert "77 North Hospital Europe/Moscow Open" in clerk.get("/sites").page.text
    assert "Северная больница" in clerk.get("/sites?lang=ru").page.text


def test_an_auditor_reads_the_sites_and_cannot_open_one(house: Office) -> None:
    clerk = house.clerk("AUD")
    answer = clerk.get("/sites")
    assert (answer.status, "Open a site" in answer.page.text) == (200, False)


@pytest.mark.req("R15")
def test_the_administrator_records_an_identity_check_and_the_person_accepts_the_statement(
    house: Office,
) -> None:
    world = house.world
    with world.acting() as session:
        accounts.create_user(
            session, system(world.clock), username="new.pi", name="New Investigator", email="n@example.org",
            password=PASSWORD, organisation="First Hospital",
        )  # fmt: skip
        accounts.grant(session, system(world.clock), "new.pi", "PI", "01")
    admin, person = house.clerk("ADMIN"), Clerk(house, "new.pi")
    person.sign_in()
    page = "/accounts/new.pi"
    assert "not recorded; the person cannot sign" in admin.get(page).page.text
    assert "Until then you cannot sign" in person.get("/account").page.text
    wrong = fill(admin, page, "/identity", how="Passport seen", day="31.02.2026")
    kept = next(one for one in wrong.page.forms if one.action.endswith("/identity")).sent()
    assert (wrong.status, kept["how"], kept["day"]) == (422, ["Passport seen"], ["31.02.2026"])
    assert fill(admin, page, "/identity", how="Passport seen", day="09.03.2026").status == 302
    assert "Passport seen, 9 Mar 2026" in admin.get(page).page.text
    assert fill(person, "/account", "/statement", password="wrong").status == 403
    assert fill(person, "/account", "/statement", password=PASSWORD).status == 302
    assert "Accepted on 10 Mar 2026" in person.get("/account").page.text


def test_the_daily_message_is_switched_off_and_on_by_its_reader(house: Office) -> None:
    clerk = house.clerk("CRC")
    form = clerk.get("/account").page.form("/account/digest")
    assert form.sent()["digest"] == ["on"]
    token = {"csrf_token": form.sent()["csrf_token"]}
    assert clerk.send("/account/digest", token).status == 302
    page = clerk.get("/account").page
    assert ("Your choice is kept." in page.text, "digest" in page.form("/account/digest").sent()) == (
        True,
        False,
    )
    clerk.send("/account/digest", {**token, "digest": "on"})
    assert clerk.get("/account").page.form("/account/digest").sent()["digest"] == ["on"]
