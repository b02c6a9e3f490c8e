"""A coordinator fills vital signs with the keyboard alone, leaves, comes back, changes an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from tests.journeys.entry.conftest import Desk

pytestmark = [
    pytest.mark.journey,
    # a window that closes drops what it was still loading: the server leaves such a file to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def focused(page: Page) -> str:
    """Name the control that has the focus."""
    return str(page.evaluate("document.activeElement.name"))


def type_answer(page: Page, text: str) -> None:
    """Type into the control in focus and go on with Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def go_to(page: Page, name: str) -> None:
    """Go on with Enter until a control has the focus; a form has fewer than a hundred."""
    for _ in range(100):
        if focused(page) == name:
            return
        page.keyboard.press("Enter")
    raise AssertionError(f"the keyboard does not reach {name}; it stopped at {focused(page)}")


@pytest.mark.req("R28")
def test_vital_signs_are_filled_saved_and_left_with_the_keyboard_alone(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    page = desk.open(crc, address)
    page.locator("[name=VSPERF]").first.focus()
    page.keyboard.press("y")
    expect(page.locator("[data-item=VS_WEIGHT]")).to_be_visible()
    page.keyboard.press("Enter")
    assert focused(page) == "VSDAT"
    type_answer(page, "09.03.2026")
    go_to(page, "VSTIM")
    type_answer(page, "9:20")
    go_to(page, "VS_WEIGHT")
    page.keyboard.type("34,1")
    page.keyboard.press("Enter")
    assert focused(page) == "VS_WEIGHT:unit"
    page.keyboard.type("kg")
    page.keyboard.press("Enter")
    go_to(page, "VS_HEIGHT")
    page.keyboard.type("148,6")
    page.keyboard.press("Enter")
    page.keyboard.type("cm")
    page.keyboard.press("Enter")
    expect(page.locator("[data-derived=VS_BSA]")).to_contain_text("1.19")
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    cells = desk.cells(address)
    assert {
        path: cells[path] for path in ("VSPERF", "VSDAT", "VSTIM", "VS_WEIGHT", "VS_HEIGHT", "VS_BSA")
    } == {
        "VSPERF": {"v": "Y"},
        "VSDAT": {"v": "2026-03-09"},
        "VSTIM": {"v": "09:20"},
        "VS_WEIGHT": {"v": "34.1", "u": "kg"},
        "VS_HEIGHT": {"v": "148.6", "u": "cm"},
        "VS_BSA": {"v": "1.19"},
    }
    expect(page.locator("#saved")).to_contain_text("UTC")


def test_control_enter_saves_and_opens_the_next_form_of_the_visit(desk: Desk, crc: BrowserContext) -> None:
    page = desk.open(crc, desk.address("SE_SCR", "F_VS"))
    page.locator("[name=VSPERF][value=Y]").check()
    page.locator("[name=VSDAT]").fill("9 Mar 2026")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert "/SE_SCR.1/" in page.url
    assert "/F_VS." not in page.url


def test_enter_never_submits_and_a_hidden_question_opens_with_its_condition(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    page = desk.open(crc, address)
    expect(page.locator("[data-item=VS_WEIGHT]")).to_be_hidden()
    page.locator("[name=VSPERF][value=Y]").check()
    expect(page.locator("[data-item=VS_WEIGHT]")).to_be_visible()
    page.locator("[name=VSDAT]").press("Enter")
    page.locator("[name=VSTIM]").press("Enter")
    assert desk.cells(address) == {}


@pytest.mark.req("R04")
def test_changing_a_saved_answer_opens_the_reason_line_and_waits_for_it(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    desk.world.save(desk.actor(), address, {"VSPERF": "Y", "VSDAT": "2026-03-09", "VSTIM": "09:20"})
    page = desk.open(crc, address)
    expect(page.locator("select[name=reason]")).to_be_hidden()
    page.locator("[name=VSTIM]").fill("09:40")
    page.locator("[name=VSTIM]").press("Tab")
    expect(page.locator("select[name=reason]")).to_be_visible()
    above = "document.getElementById('reason-line').previousElementSibling.dataset.item"
    assert page.evaluate(above) == "VSTIM"
    assert page.locator("select[name=reason]").input_value() == ""
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    assert desk.cells(address)["VSTIM"] == {"v": "09:20"}
    assert page.locator("[name=VSTIM]").input_value() == "09:40"
    page.locator("select[name=reason]").select_option("TYPING")
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    assert desk.cells(address)["VSTIM"] == {"v": "09:40"}


def test_a_missing_reason_takes_the_place_of_the_value_and_alt_m_opens_it(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    page = desk.open(crc, address)
    page.locator("[name=VSPERF][value=Y]").check()
    page.locator("[name=VS_SPO2]").fill("98")
    page.keyboard.press("Alt+KeyM")
    page.locator("[name='VS_SPO2:missing']").select_option("ND")
    assert page.locator("[name=VS_SPO2]").input_value() == ""
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    assert desk.cells(address)["VS_SPO2"] == {"m": "ND"}


@pytest.mark.req("R05")
def test_the_history_of_an_answer_opens_beside_the_form_with_one_key(desk: Desk, crc: BrowserContext) -> None:
    address = desk.address("SE_SCR", "F_VS")
    desk.world.save(desk.actor(), address, {"VSPERF": "Y", "VSTIM": "09:20"})
    desk.world.save(desk.actor(), address, {"VSTIM": "09:40"}, {"*": "TYPING"})
    page = desk.open(crc, address)
    page.locator("[name=VSTIM]").focus()
    page.keyboard.press("Alt+KeyH")
    expect(page.locator("#history-here")).to_contain_text("09:20")
    expect(page.locator("#history-here")).to_contain_text("UTC")


def test_the_same_form_speaks_russian_and_takes_a_decimal_comma(desk: Desk, crc: BrowserContext) -> None:
    address = desk.address("SE_SCR", "F_VS")
    page = desk.open(crc, address, "?lang=ru")
    assert page.locator("html").get_attribute("lang") == "ru"
    expect(page.locator("h1")).to_contain_text("Основные показатели")
    page.locator("[name=VSPERF][value=Y]").check()
    page.locator("[name=VSDAT]").fill("9 мар 2026")
    page.locator("[name=VS_WEIGHT]").fill("34,1")
    page.locator("[name='VS_WEIGHT:unit']").select_option("kg")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить", exact=False).nth(1).click()
    kept = desk.cells(address)
    assert (kept["VSDAT"], kept["VS_WEIGHT"]) == ({"v": "2026-03-09"}, {"v": "34.1", "u": "kg"})
    assert page.locator("[name=VS_WEIGHT]").input_value() == "34,1"
    assert page.locator("[name=VSDAT]").input_value() == "9 мар 2026"
    page.goto(f"{desk.url}/?lang=en")
