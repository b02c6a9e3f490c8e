"""Access that ends by itself, and that of inspectors: over at the next request, each page read is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from imt_ecrf.conduct import accounts, delegates
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.web import guard
from tests.factories import PASSWORD, filled_form
from tests.web.clerk import Clerk
from tests.web.test_inspection_pages import lines
from tests.web.test_routes import Asked

if TYPE_CHECKING:
    from tests.web.clerk import Office

INVITED = {
    "username": "lidia.inspector", "name": "Lidia Inspector-Petrova", "email": "lidia@agency.example",
    "organisation": "The agency", "password": PASSWORD, "language": "en", "until": "12.03.2026",
}  # fmt: skip


@pytest.fixture
def subject(house: Office) -> str:
    """Give a subject with vital signs and a reading of a blinded reader."""
    world = house.world
    code = world.subject("01")
    answers = {"VSPERF": "Y", "WEIGHT": Answer("34.1", "kg")}
    filled_form(world, world.user("CRC"), Address(code, "SE_SCR", 1, "F_VS"), answers)
    filled_form(world, world.user("CREAD"), Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
    return code


def inspector(house: Office, hours: int = 48) -> Clerk:
    """Give somebody who inspects for some hours, signed in."""
    clock = house.world.clock
    with house.world.acting() as session:
        accounts.create_user(
            session, system(clock), username="lidia.agency", name="Lidia Petrova", email="l@agency.example",
            password=PASSWORD,
        )  # fmt: skip
        until = clock.now() + dt.timedelta(hours=hours)
        accounts.grant(session, system(clock), "lidia.agency", "AUD", until=until)
    clerk = Clerk(house, "lidia.agency")
    clerk.sign_in()
    return clerk


@pytest.mark.req("R21")
def test_a_role_that_ends_between_two_requests_is_refused_at_the_next_one(
    house: Office, subject: str
) -> None:
    clerk, told = inspector(house, hours=1), []
    for _ in range(8):  # the session stays open all the time: only the role ends
        told.append(clerk.get(f"/subjects/{subject}").status)
        house.world.clock.advance(minutes=10)
    assert told == [200] * 6 + [403] * 2
    assert [clerk.get(page).status for page in ("/changes", "/inspection", "/account")] == [403, 403, 200]


@pytest.mark.req("R21")
def test_a_role_revoked_or_an_account_closed_counts_at_the_next_request(house: Office, subject: str) -> None:
    world, monitor = house.world, house.clerk("CRA")
    coordinator = house.clerk("CRC")
    assert [one.get(f"/subjects/{subject}").status for one in (monitor, coordinator)] == [200, 200]
    with world.acting() as session:
        admin = world.user_in(session, "ADMIN", None)
        (grant, _role), *_ = next(
            one.roles for one in accounts.list_accounts(session, admin) if one.username == "anna.crc.01"
        )
        accounts.revoke(session, admin, grant, "Moved to another ward")
        accounts.deactivate(session, admin, monitor.username, "Left the company")
    assert coordinator.get(f"/subjects/{subject}").status == 403
    assert monitor.get(f"/subjects/{subject}").status == 302
    assert monitor.client.post(f"/verify/{subject}/SE_SCR.1/F_VS.1").status_code in {400, 401}


@pytest.mark.req("R25")
def test_an_inspector_is_invited_with_a_last_day_and_reads_until_it_is_over(
    house: Office, subject: str
) -> None:
    admin, world = house.clerk("ADMIN"), house.world
    form = admin.get("/accounts/_inspector").page.forms[-1].sent()
    refused = admin.send("/accounts/_inspector", {**form, **INVITED, "until": ""})
    assert (refused.status, "Say the last day of the inspection" in refused.page.text) == (422, True)
    assert admin.send("/accounts/_inspector", {**form, **INVITED, "until": "09.03.2026"}).status == 422
    assert admin.send("/accounts/_inspector", {**form, **INVITED}).where == "/accounts/lidia.inspector"
    with world.looking() as session:
        people = accounts.list_accounts(session, world.user("DM"))
    (_grant, held), *more = next(one.roles for one in people if one.username == "lidia.inspector")
    assert (held.role, held.site, held.until, more) == (
        "AUD",
        None,
        dt.datetime(2026, 3, 13, tzinfo=dt.UTC),
        [],
    )
    assert house.clerk("CRA").get("/accounts/_inspector").status == 403


TABLES = ("form_data", "change_set", "query", "query_message", "verification", "signature", "membership")


def counted(house: Office) -> list[int]:
    """Count the rows of everything that is written by acts on data and accounts."""
    with house.world.looking() as session:
        return [session.scalar(text(f"SELECT count(*) FROM {one}")) or 0 for one in TABLES]  # noqa: S608


@pytest.mark.req("R19")
@pytest.mark.req("R25")
def test_an_inspector_writes_nothing_by_any_address(house: Office, subject: str) -> None:
    clerk, told = inspector(house), {}
    house.app.config["WTF_CSRF_ENABLED"] = False
    before = counted(house)
    for rule in house.app.url_map.iter_rules():
        needed = guard.permission(house.app, rule.endpoint)
        if "POST" in (rule.methods or set()) and needed not in {guard.ANYONE, guard.SIGNED_IN}:
            asked = Asked(rule, "POST", subject, "F_VS")
            told[rule.endpoint] = clerk.client.post(asked.path, data={"text": "x"}).status_code
    copies = {name for name in told if guard.permission(house.app, name) == "download_casebook"}
    assert {name: code for name, code in told.items() if code not in {403, 404} and name not in copies} == {}
    assert (len(told) > 30, counted(house)) == (True, before)


@pytest.mark.req("R25")
@pytest.mark.req("R36")
def test_everything_an_inspector_reads_is_written_down_and_found_by_site_and_manager(
    house: Office, subject: str
) -> None:
    clerk = inspector(house)
    pages = (
        "/inspection", f"/subjects/{subject}", f"/subjects/{subject}/SE_SCR.1/F_VS.1",
        f"/changes?subject={subject}", f"/subjects/{subject}/history.csv",
        f"/subjects/{subject}/SE_SCR.1/F_ICR.1",
    )  # fmt: skip
    assert [clerk.get(page).status for page in pages] == [200] * len(pages)
    clerk.get("/subjects/99-999")
    wanted = text(
        "SELECT object FROM event WHERE act = 'page.viewed' AND username = 'lidia.agency' ORDER BY seq"
    )
    with house.world.looking() as session:
        read = list(session.execute(wanted).scalars())
    assert [page for page in read if page not in {"/login", "/"}] == list(pages)
    listed = lines(house.clerk("CRC"), f"/subjects/{subject}/access.csv")
    seen = {row["what"] for row in listed if row["act"] == "page.viewed"}
    assert seen == {pages[1], pages[2], pages[4], pages[5]}
    blinded = house.clerk("CREAD").client.get(f"/subjects/{subject}/access.csv").text
    assert "F_ICR" in blinded
    assert "F_VS" not in blinded
    assert "page.viewed" in house.clerk("DM").client.get("/inspection/events.csv").text
    assert "page.viewed" not in house.clerk("ADMIN").client.get("/inspection/events.csv").text


@pytest.mark.req("R20")
def test_the_delegation_log_keeps_every_delegation_with_who_made_and_ended_it(house: Office) -> None:
    world = house.world
    with world.acting() as session:
        world.user_in(session, "SUBI")
        first = delegates.delegate_signing(session, world.user_in(session, "PI"), "anna.subi.01", "01")
    world.clock.advance(days=1)
    with world.acting() as session:
        delegates.end_delegation(session, world.user_in(session, "PI"), first)
        delegates.delegate_signing(session, world.user_in(session, "PI"), "anna.subi.01", "01")
    auditor = house.clerk("AUD")
    rows = lines(auditor, "/inspection/delegations.csv")
    with world.looking() as session:
        kept = session.execute(text("SELECT count(*) FROM delegation")).scalar_one()
    assert len(rows) == kept == 2
    assert [(row["username"], row["site"], row["delegated_by"], row["ended_by"]) for row in rows] == [
        ("anna.subi.01", "01", "anna.pi.01", ""),
        ("anna.subi.01", "01", "anna.pi.01", "anna.pi.01"),
    ]
    assert "2 delegations" in auditor.get("/inspection/delegations").page.text
    assert lines(auditor, "/inspection/delegations.csv?site=02") == []
