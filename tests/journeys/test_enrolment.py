"""Enrolment in a real browser: refused with its reasons, corrected, accepted; by mouse, by keyboard; axe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.children import at, criteria, proven, state
from tests.journeys.accessible import faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
FAILED = "G_IEROW.IN07.IERESP"
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "enrol": "Enrol", "not_met": "Criterion not met: Inclusion 6: good performance status",
        "fails": "fails", "done": "The child is enrolled.", "passes": "passes",
    },
    "ru": {
        "enrol": "Включить в исследование", "not_met": "Критерий не выполнен:", "fails": "не соответствует",
        "done": "Пациент включён", "passes": "соответствует",
    },
}  # fmt: skip


@pytest.fixture
def child(real_desk: Desk) -> str:
    """Give a child of whom one criterion was answered wrongly."""
    world = real_desk.office.world
    code = world.subject("01")
    proven(world, code)
    answers = criteria(world, IN07="N") | {"G_IEROW.IN07.IECOMM": "Lansky read as 50"}
    world.save(world.user("CRC"), at(code, "SE_SCR", "F_IE"), answers)
    return code


def tab_to(page: Page, wanted: str) -> None:
    """Go on by Tab until something is in focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached by Tab on {page.url}")


@pytest.mark.req("R31")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_enrolment_is_refused_with_its_reasons_corrected_and_accepted(
    real_desk: Desk, child: str, language: str
) -> None:
    words = WORDS[language]
    page = real_desk.signed_in("CRC")
    page.goto(f"/subjects/{child}?lang={language}")
    page.get_by_role("button", name=words["enrol"], exact=True).click()
    expect(page.locator("#refused")).to_contain_text(words["not_met"])
    assert faults(page) == []
    page.goto(f"/subjects/{child}/eligibility")
    row = page.locator("tbody tr", has=page.locator("th", has_text="IN07"))
    expect(row).to_contain_text(words["fails"])
    assert faults(page) == []
    page.goto(f"/subjects/{at(child, 'SE_SCR', 'F_IE')}")
    page.locator(f"[name='{FAILED}'][value=Y]").check()
    page.locator("select[name=reason]").select_option("TYPING")
    page.locator("button[name=act][value=save]").click()
    correct_hidden(page)
    with page.expect_navigation():
        page.locator("button[name=act][value=complete]").click()
    page.goto(f"/subjects/{child}/eligibility")
    expect(row).to_contain_text(words["passes"])
    expect(row).not_to_contain_text(words["fails"])
    page.goto(f"/subjects/{child}")
    page.get_by_role("button", name=words["enrol"], exact=True).click()
    expect(page.get_by_role("status").filter(has_text=words["done"])).to_be_visible()
    assert state(real_desk.office.world, real_desk.office.world.user("CRC"), child) == "ENROLLED"


def correct_hidden(page: Page) -> None:
    """Let the comment on the failed criterion go, which is no longer asked."""
    page.locator("button[name=clear]").click()
    expect(page.locator("#saved")).not_to_be_empty()


@pytest.mark.req("R31")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_same_with_the_keyboard_alone(real_desk: Desk, child: str, language: str) -> None:
    words = WORDS[language]
    page = real_desk.signed_in("CRC")
    page.goto(f"/subjects/{child}?lang={language}")
    tab_to(page, "form[action$='/enrol'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#refused")).to_contain_text(words["not_met"])
    page.goto(f"/subjects/{at(child, 'SE_SCR', 'F_IE')}")
    tab_to(page, f"[name='{FAILED}']")
    page.keyboard.press("KeyY")
    expect(page.locator(f"[name='{FAILED}'][value=Y]")).to_be_checked()
    tab_to(page, "select[name=reason]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+KeyS")
    expect(page.locator("button[name=clear]")).to_be_visible()
    tab_to(page, "button[name=clear]")
    page.keyboard.press("Enter")
    expect(page.locator("button[name=clear]")).to_have_count(0)
    tab_to(page, "button[name=act][value=complete]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"/subjects/{child}")
    tab_to(page, "form[action$='/enrol'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=words["done"])).to_be_visible()
    assert state(real_desk.office.world, real_desk.office.world.user("CRC"), child) == "ENROLLED"
