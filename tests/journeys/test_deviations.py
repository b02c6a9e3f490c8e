"""Proposed deviations decided in a real browser: by mouse and by keyboard, both languages, axe, a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct import deviations, visits
from tests.children import at, born, treated, visit
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE
from tests.journeys.test_inspection import tabbed

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
WORDS = {
    "en": ("Proposed deviations", "Accept", "Decline", "Declined.", "did not take place"),
    "ru": ("Предложенные отклонения", "Принять", "Отклонить", "Отклонено", "не состоялся"),
}
LANGUAGES = ("en", "ru")


@pytest.fixture
def child(real_desk: Desk) -> str:
    """Give a child whose week one was late, whose day 15 was missed, and who is 15 soon."""
    world = real_desk.office.world
    code = world.subject("01")
    treated(world, code)
    born(world, code, BRTHYY="2011", BRTHMO="5", BRTHDD="10", AGEIC_Y="14")
    world.clock.advance(days=45)
    world.save(world.user("CRC"), at(code, "SE_C1D8", "F_SV"), visit("2026-03-21"))
    with world.acting() as session:
        visits.miss_event(session, world.user_in(session, "CRC"), code, "SE_C1D15", 1, "ILLNESS")
    return code


def states(desk: Desk) -> dict[str, str]:
    """Give the state of each proposal by its visit."""
    with desk.office.world.looking() as session:
        found = deviations.listed(session, desk.office.world.user("CRC"))
    return {one.event: one.state for one in found}


@pytest.mark.req("R31")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_accepts_one_and_declines_another_with_the_mouse(
    real_desk: Desk, child: str, language: str
) -> None:
    title, accept, decline, done, missed = WORDS[language]
    page = real_desk.signed_in("CRC")
    page.goto(f"/deviations?lang={language}")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("link").filter(has_text=missed).click()
    page.locator("#decline-text").fill("Agreed with the sponsor beforehand")
    assert faults(page) == []
    page.get_by_role("button", name=decline).click()
    expect(page.get_by_role("status").first).to_contain_text(done)
    page.locator("main a[data-row]").click()
    page.get_by_role("button", name=accept).click()
    page.wait_for_url(f"**/{child}/SE_LOG.1/F_DV.1")
    assert states(real_desk) == {"SE_C1D8": "accepted", "SE_C1D15": "declined"}


@pytest.mark.req("R31")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_accepts_one_and_declines_another_by_keyboard(
    real_desk: Desk, child: str, language: str
) -> None:
    _title, _accept, _decline, done, missed = WORDS[language]
    page = real_desk.signed_in("CRC")
    page.goto(f"/deviations?lang={language}")
    tabbed(page, "main a[data-row]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deviations/*")
    expect(page.locator("#main")).to_contain_text(missed)
    tabbed(page, "#decline-text")
    page.keyboard.type("Agreed with the sponsor beforehand")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text(done)
    tabbed(page, "main a[data-row]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deviations/*")
    tabbed(page, "#accept-text")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{child}/SE_LOG.1/F_DV.1")
    assert states(real_desk) == {"SE_C1D8": "accepted", "SE_C1D15": "declined"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_monitor_proposes_one_by_keyboard(real_desk: Desk, child: str, language: str) -> None:
    page = real_desk.signed_in("CRA")
    page.goto(f"/subjects/{child}/deviation?lang={language}")
    tabbed(page, "#kind")
    page.keyboard.press("ArrowDown")
    page.locator("#day").fill("2026-03-20")  # typed part by part in the order of the browser's language
    tabbed(page, "#text")
    page.keyboard.type("Two evening doses forgotten")
    assert faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/subjects/{child}")
    page.goto("/deviations")
    expect(page.locator("main table")).to_contain_text("Two evening doses forgotten")


PAGES = {
    "CRC": ("/deviations", "/reconsents", "/subjects/01-001/eligibility", "/training", "/calendar",
            "/queries", "/subjects/01-001/SE_C1D8.1/F_SV.1/talk", "/overview/01"),
    "AUD": ("/deviations?state=proposed", "/inspection", "/inspection/delegations", "/reconsents"),
}  # fmt: skip


@pytest.mark.parametrize("role", PAGES)
def test_the_pages_of_review_are_without_fault_in_both_languages_and_on_a_phone(
    real_desk: Desk, child: str, role: str
) -> None:
    page = real_desk.signed_in(role)
    found = [fault for language in LANGUAGES for path in PAGES[role] for fault in seen(page, path, language)]
    assert found == []
    assert child == "01-001"


def seen(page: Page, path: str, language: str) -> list[str]:
    """Open a page wide and narrow, and say what is wrong with it."""
    found: list[str] = []
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{width}: {fault}" for fault in faults(page)]
        found += [f"{width}: {path} is too wide"] if overflow(page) > 0 else []
    return found


@pytest.mark.parametrize("role", ["PI", "CRC", "DM", "SAFE", "MEDMON"])
def test_the_bar_and_the_pages_of_a_role_fit_their_window_in_russian(
    real_desk: Desk, child: str, role: str
) -> None:
    page = real_desk.signed_in(role)
    found = []
    for width in (WIDE, 1280, 800):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/", "/subjects", f"/subjects/{child}/SE_C1D8.1/F_SV.1"):
            page.goto(f"{path}?lang=ru")
            expect(page.get_by_role("banner")).to_be_visible()
            found += [(width, path)] if overflow(page) > 0 else []
    assert found == []
