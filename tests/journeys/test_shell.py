"""The shell in a real browser: the door, the keys, the phone, the strict policy, accessibility."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct.views import Address
from tests.factories import PASSWORD, ROLES, filled_form
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}


@pytest.fixture
def subject(desk: Desk) -> str:
    """Give a subject with a complete form, one in progress and an open visit."""
    world = desk.office.world
    code, crc = world.subject("01"), world.user("CRC")
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    world.save(crc, Address(code, "SE_SCR", 1, "F_VS"), {"VSPERF": "Y"})
    return code


def test_a_person_signs_in_reads_the_guide_and_signs_out(desk: Desk) -> None:
    page = desk.signed_in("CRC")
    expect(page.get_by_role("heading", level=1)).to_have_text("Work list")
    page.locator("summary.who").click()
    page.get_by_role("link", name="Guide").click()
    page.get_by_role("link", name="Investigator").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Investigator")
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("main")).to_contain_text("Signed out.")


def test_ctrl_k_finds_a_subject_from_anywhere(desk: Desk, subject: str) -> None:
    page = desk.signed_in("CRC")
    page.goto("/changes")
    page.keyboard.press("Control+KeyK")
    page.keyboard.type(subject)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/subjects/{subject}")


def test_the_matrix_is_one_stop_for_tab_and_arrows_move_in_it(desk: Desk, subject: str) -> None:
    desk.office.world.subject("01")
    page = desk.signed_in("CRC")
    page.goto("/subjects")
    expect(page.locator(".matrix a[tabindex='0']")).to_have_count(1)
    page.locator(".matrix tbody a").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(f"{subject}, SE_SCR")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("01-002, SE_SCR")
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.textContent") == "01-002"


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(desk: Desk) -> None:
    page = desk.signed_in("CRC")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_investigator_signs_the_chosen_forms_with_the_password(desk: Desk, subject: str) -> None:
    page = desk.signed_in("PI")
    page.goto(f"/sign/{subject}/next")
    page.goto(f"/sign/{subject}")
    page.get_by_role("checkbox").first.check()
    expect(page.locator("[data-count]")).to_have_text("(1)")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the chosen forms").click()
    expect(page.get_by_role("main")).to_contain_text("1 form is signed.")


def test_on_a_phone_the_menu_leads_where_the_bar_leads(desk: Desk, subject: str) -> None:
    page = desk.signed_in("CRC", width=NARROW)
    page.locator("summary:visible", has_text="Menu").click()
    page.locator(".menu-body:visible").get_by_role("link", name="Subjects", exact=True).click()
    page.wait_for_url("**/subjects")
    expect(page.get_by_role("link", name=subject, exact=True)).to_be_visible()


def test_the_language_is_changed_in_the_bar_and_stays(desk: Desk) -> None:
    page = desk.signed_in("CRC")
    page.get_by_role("link", name="RU", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Задачи")
    page.goto("/subjects")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("heading", level=1)).to_have_text("Пациенты по визитам")


@pytest.mark.parametrize(("width", "language"), [(WIDE, "en"), (NARROW, "ru")])
def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
    desk: Desk, subject: str, width: int, language: str
) -> None:
    pages = {
        "PI": [
            "/",
            "/subjects",
            f"/subjects/{subject}",
            f"/sign/{subject}",
            "/changes",
            "/account",
            "/queries",
        ],
        "SPON": [
            "/",
            "/casebooks",
            "/signatures",
            "/study",
            "/guide/rights",
            "/guide/states",
            "/guide/casebook",
        ],
        "ADMIN": ["/accounts", "/accounts/_new", "/no/such/page"],
    }
    found: list[str] = []
    for role, addresses in pages.items():
        page = desk.signed_in(role, width=width)
        for address in addresses:
            page.goto(f"{address}?lang={language}")
            found += faults(page)
            if overflow(page) > 0:
                found.append(f"{address} scrolls sideways by {overflow(page)}")
    assert found == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_bar_of_every_role_fits_a_common_screen(desk: Desk, language: str) -> None:
    wide = {}
    for role in ROLES:
        page = desk.signed_in(role)
        page.goto(f"/account?lang={language}")
        wide[role] = overflow(page)
        page.context.close()
    assert wide == dict.fromkeys(ROLES, 0)


CUT = """box => [...document.querySelectorAll(box)]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent)"""


def test_a_role_stands_whole_in_the_bar_and_states_of_the_guide_break_no_word(desk: Desk) -> None:
    for language in ("en", "ru"):
        page = desk.signed_in("PI")
        page.goto(f"/?lang={language}")
        expect(page.locator("summary.who")).to_have_attribute("title", re.compile(r"01"))
        assert page.evaluate(CUT, "summary.who, summary.who b") == []
        page = desk.signed_in("PI", width=NARROW)
        page.goto(f"/guide/states?lang={language}")
        cell = page.locator("table.moves td").first
        assert cell.evaluate("cell => getComputedStyle(cell).overflowWrap") == "normal"
        assert overflow(page) <= 0
        assert faults(page) == []
