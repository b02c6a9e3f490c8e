"""A chemistry panel is filled down its column, and by paste from a spreadsheet."""

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

PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const more = { clipboardData: data, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", more));
}"""


def panel(desk: Desk, crc: BrowserContext) -> Page:
    """Open the chemistry of the screening visit with a sample taken."""
    address = desk.address("SE_SCR", "F_LBC")
    desk.world.save(
        desk.actor(), address, {"LBCPERF": "Y", "LBCDAT": "2026-03-09", "LBCTIM": "09:50", "LBCNAM": "Lab"}
    )
    return desk.open(crc, address)


def rows_of(desk: Desk) -> list[str]:
    """List the tests of the panel in their order."""
    return [row.key for row in desk.world.book.groups["G_LBC"][1].rows]


def test_enter_and_arrow_go_down_the_results_and_commas_are_taken(desk: Desk, crc: BrowserContext) -> None:
    page = panel(desk, crc)
    first, second, third = rows_of(desk)[:3]
    page.locator(f"[name='G_LBC.{first}.LBCORRES']").focus()
    for text in ("41", "38,5", "9,8"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.name") == f"G_LBC.{third}.LBCORRES"
    page.locator("[data-standard-units]").click()
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    kept = desk.cells(desk.address("SE_SCR", "F_LBC"))
    assert [kept[f"G_LBC.{key}.LBCORRES"]["v"] for key in (first, second, third)] == ["41", "38.5", "9.8"]
    assert kept[f"G_LBC.{first}.LBCORRESU"]["v"] == desk.world.book.groups["G_LBC"][1].rows[0].units[0]


def test_two_columns_from_a_spreadsheet_fill_results_and_units_from_the_row_in_focus(
    desk: Desk, crc: BrowserContext
) -> None:
    page = panel(desk, crc)
    first, second = rows_of(desk)[:2]
    page.locator(f"[name='G_LBC.{first}.LBCORRES']").focus()
    page.evaluate(PASTE, "168\tU/L\n96,5\tU/L\n")
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    kept = desk.cells(desk.address("SE_SCR", "F_LBC"))
    pasted = [
        kept[f"G_LBC.{key}.{item}"]["v"] for key in (first, second) for item in ("LBCORRES", "LBCORRESU")
    ]
    assert pasted == ["168", "U/L", "96.5", "U/L"]


def test_pasted_lines_that_begin_with_a_test_go_to_the_row_of_that_name(
    desk: Desk, crc: BrowserContext
) -> None:
    page = panel(desk, crc)
    keys = rows_of(desk)
    page.locator(f"[name='G_LBC.{keys[0]}.LBCORRES']").focus()
    name = page.locator("table.lab tbody tr[data-item] th").nth(4).inner_text().strip()
    page.evaluate(PASTE, f"{keys[2]}\t21\n{name}\t212\n")
    assert page.locator(f"[name='G_LBC.{keys[2]}.LBCORRES']").input_value() == "21"
    assert page.locator(f"[name='G_LBC.{keys[4]}.LBCORRES']").input_value() == "212"
    assert page.locator(f"[name='G_LBC.{keys[0]}.LBCORRES']").input_value() == ""


def test_a_flag_is_an_arrow_a_letter_and_a_word_and_asks_for_significance_only_there(
    desk: Desk, crc: BrowserContext
) -> None:
    page = panel(desk, crc)
    significance = page.locator("[data-item='G_LBC.CREAT.LBCCLSIG']")
    expect(significance).to_be_hidden()
    page.locator("[name='G_LBC.CREAT.LBCORRES']").fill("590")
    page.locator("[name='G_LBC.CREAT.LBCORRESU']").select_option("umol/L")
    flag = page.locator("[data-flag='G_LBC.CREAT.LBCNRIND']")
    expect(flag).to_contain_text("H")
    expect(flag.locator("svg")).to_have_count(1)
    expect(significance).to_be_visible()
