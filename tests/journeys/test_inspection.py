"""Inspector, newcomer, data manager, administrator in a real browser: keyboard only, both languages, axe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct import delegates
from imt_ecrf.conduct.views import Address, Answer
from tests.conduct.test_training import trained_book
from tests.factories import PASSWORD, filled_form, make_user
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE, Desk, _desk
from tests.web.clerk import office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.journey


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """Give the small study that asks for training, live, with a browser before it."""
    yield from _desk(office(tmp_path / "desk", trained_book()), browser)


@pytest.fixture
def subject(desk: Desk) -> str:
    """Give a subject with a corrected weight, and a delegation."""
    world = desk.office.world
    code, crc = world.subject("01"), world.user("CRC")
    vitals = Address(code, "SE_SCR", 1, "F_VS")
    filled_form(world, crc, vitals, {"VSPERF": "Y", "WEIGHT": Answer("34.1", "kg")})
    world.save(crc, vitals, {"WEIGHT": Answer("38.1", "kg")}, {"*": "TYPING"})
    world.user("SUBI")
    with world.acting() as session:
        delegates.delegate_signing(session, world.user_in(session, "PI"), "anna.subi.01", "01")
    return code


def newcomer(desk: Desk) -> Page:
    """Sign somebody in who has confirmed nothing."""
    with desk.office.world.acting() as session:
        make_user(session, "boris.new", "CRC", "01", desk.office.world.clock, read=False)
    page = desk.page()
    page.goto("/login")
    page.get_by_label("User name").fill("boris.new")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def tabbed(page: Page, wanted: str) -> None:
    """Go on by Tab until something is in focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached by Tab on {page.url}")


@pytest.mark.req("R22")
@pytest.mark.parametrize(("language", "done"), [("en", "On record"), ("ru", "Подтверждено")])
def test_a_newcomer_confirms_the_guideline_by_keyboard_and_then_enters(
    desk: Desk, language: str, done: str
) -> None:
    code, page = desk.office.world.subject("01"), newcomer(desk)
    page.goto(f"/account?lang={language}")
    tabbed(page, "main a[href$='/training']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/training")
    assert faults(page) == []
    tabbed(page, "#read-CRC")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text(done)
    page.goto(f"/subjects/{code}/SE_SCR.1/F_SV.1")
    expect(page.locator("#entry input[name='SVOCCUR']").first).to_be_visible()


@pytest.mark.req("R25")
@pytest.mark.parametrize(("language", "changes"), [("en", "Changes"), ("ru", "Изменения")])
def test_an_inspector_finds_who_changed_a_value_in_three_steps_by_keyboard(
    desk: Desk, subject: str, language: str, changes: str
) -> None:
    page = desk.signed_in("AUD")
    page.goto(f"/inspection?lang={language}")
    tabbed(page, "main a[href$='/changes']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(changes)
    tabbed(page, "input[name='item']")
    page.keyboard.type("WEIGHT")
    page.keyboard.press("Enter")
    page.wait_for_url("**item=WEIGHT**")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("34.1" if language == "en" else "34,1")
    expect(row).to_contain_text("Anna Ivanova-Crc")
    assert faults(page) == []


@pytest.mark.req("R35")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_data_manager_raises_and_lifts_a_site_by_keyboard(desk: Desk, language: str) -> None:
    page = desk.signed_in("DM")
    page.goto(f"/verify/plan/01?lang={language}")
    tabbed(page, "#rate")
    page.keyboard.type("60")
    tabbed(page, "#reason")
    page.keyboard.type("Audit finding")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/plan")
    expect(page.locator("#main")).to_contain_text("60")
    page.goto("/verify/plan/01")
    tabbed(page, "#reason")
    page.keyboard.type("Finding closed")
    tabbed(page, "button[value='lift']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/plan")
    expect(page.locator("#main")).to_contain_text("Finding closed")
    assert faults(page) == []


PAGES = {
    "AUD": (
        "/inspection", "/inspection/access", "/inspection/delegations", "/inspection/events",
        "/training/people", "/changes?since=2026-01-01", "/subjects/{code}/history",
        "/subjects/{code}/access",
        "/subjects/{code}/SE_SCR.1/F_VS.1/history", "/verify/{code}/SE_SCR.1/F_VS.1", "/verify/plan",
        "/verify/plan/01", "/verify/coverage", "/accounts", "/accounts/anna.subi.01",
    ),
    "ADMIN": (
        "/accounts", "/accounts/_new", "/accounts/_inspector", "/accounts/anna.crc.01", "/sites", "/account",
    ),
    "DM": ("/verify/plan/01", "/verify?kind=data", "/verify/{code}/SE_SCR.1/F_VS.1?kind=data"),
    "CRC": (
        "/training", "/verify/{code}/SE_SCR.1/F_VS.1", "/verify/{code}/SE_SCR.1/F_VS.1?kind=medical",
        "/guide/pages", "/guide/rights", "/guide/states",
    ),
}  # fmt: skip


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize(("width", "language"), [(WIDE, "en"), (NARROW, "ru")])
def test_the_pages_of_inspection_and_access_fit_and_are_accessible(
    desk: Desk, subject: str, role: str, width: int, language: str
) -> None:
    page, wrong = desk.signed_in(role, width=width), []
    for address in PAGES[role]:
        there = address.format(code=subject)
        answer = page.goto(there + ("&" if "?" in there else "?") + f"lang={language}")
        wrong += faults(page)
        if answer is None or answer.status != 200 or overflow(page) > 0:
            wrong.append(f"{there}: {answer.status if answer else '-'}, {overflow(page)} px too wide")
    assert wrong == []
