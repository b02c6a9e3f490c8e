"""Home, next thing, calendar and overview in a real browser: by keyboard, both languages, axe, a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct import queries
from imt_ecrf.conduct.views import Address
from tests.factories import enrolled, filled_form
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
PAGES = (
    "/",
    "/waiting/in-progress",
    "/calendar?day=2026-03-10",
    "/calendar?view=week",
    "/overview/01",
    "/forms",
)
WORDS = {
    "en": ("Work list", "Next", "Nothing is left to do", "Calendar of visits", "Overview of the site"),
    "ru": ("Задачи", "Далее", "Задач не осталось", "Календарь визитов", "Обзор центра"),
}


@pytest.fixture
def subject(desk: Desk) -> str:
    """Give a child with a complete form, one in progress and a query that waits for the site."""
    world = desk.office.world
    code, crc = enrolled(world), world.user("CRC")
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    world.save(crc, Address(code, "SE_SCR", 1, "F_VS"), {"VSPERF": "Y"})
    with world.acting() as session:
        address = Address(code, "SE_SCR", 1, "F_SV")
        queries.ask(session, world.user_in(session, "CRA"), address, "Compare the date", "SVSTDAT")
    return code


@pytest.mark.parametrize("language", ["en", "ru"])
def test_one_key_leads_to_the_next_thing_until_nothing_is_left(
    desk: Desk, subject: str, language: str
) -> None:
    home, word, nothing, _calendar, _overview = WORDS[language]
    page = desk.signed_in("CRC")
    page.goto(f"/?lang={language}")
    expect(page.get_by_role("heading", level=1)).to_have_text(home)
    expect(page.get_by_role("link", name=word, exact=True)).to_have_attribute("aria-keyshortcuts", "Alt+J")
    page.goto("/changes")
    page.keyboard.press("Alt+KeyJ")
    page.wait_for_url("**/queries/*")
    expect(page.get_by_role("main")).to_contain_text("Compare the date")
    office = desk.signed_in("PHARM", "02")
    office.goto(f"/subjects?lang={language}")
    office.keyboard.press("Alt+KeyJ")
    expect(office.get_by_role("status").first).to_contain_text(nothing)
    assert (faults(page), faults(office)) == ([], [])
    assert subject


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_calendar_is_read_and_leafed_through_by_keyboard(desk: Desk, subject: str, language: str) -> None:
    page = desk.signed_in("CRC")
    page.goto(f"/?lang={language}")
    page.get_by_role("link", name=WORDS[language][3]).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][3])
    first = page.locator(".pagehead p").inner_text()
    page.locator("a[rel=next]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pagehead p")).not_to_have_text(first)
    with page.expect_download() as taken:
        page.locator("a[href*='visits.ics']").focus()
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename == "visits.ics"
    assert subject


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_page_of_the_work_breaks_a_rule_of_accessibility_or_scrolls_sideways(
    desk: Desk, subject: str, width: int, language: str
) -> None:
    page = desk.signed_in("CRC", width=width)
    page.goto(f"/?lang={language}")
    if width == WIDE:
        page.get_by_role("link", name=WORDS[language][4]).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/overview/01")
        expect(page.get_by_role("main")).to_contain_text(re.compile("Mar 2026|мар 2026"))
    for path in PAGES:
        page.goto(path)
        assert faults(page) == []
        assert (path, overflow(page)) == (path, 0)
    assert subject


def test_who_oversees_finds_all_sites_in_a_table(desk: Desk, subject: str) -> None:
    page = desk.signed_in("SPON")
    page.get_by_role("link", name="Overview of sites").click()
    row = page.get_by_role("row", name=re.compile("01 First Hospital"))
    expect(row).to_contain_text("1")
    row.get_by_role("link", name=re.compile("01 First Hospital")).click()
    page.wait_for_url("**/overview/01")
    assert faults(page) == []
    assert subject
