"""A log line added and struck out, a draft that survives a reload, two saves of one form joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

    from tests.journeys.entry.conftest import Desk

pytestmark = [
    pytest.mark.journey,
    # a window that closes drops what it was still loading: the server leaves such a file to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# what a script does with an answer that has come in is done before the page is drawn twice
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_line_of_the_adverse_events_is_added_with_a_key_and_struck_out_but_stays(
    desk: Desk, crc: BrowserContext
) -> None:
    page = crc.new_page()
    page.goto(f"{desk.url}/subjects/{desk.child}/logs/F_AE")
    page.keyboard.press("Alt+KeyN")
    page.locator("[name=AETERM]").fill("Headache")
    page.locator("[name=AESTDAT]").fill("UN Mar 2026")
    page.locator("[name=AETERM]").focus()
    page.keyboard.press("Control+KeyS")
    expect(page.locator("#saved")).to_contain_text("Saved")
    address = desk.address("SE_LOG", "F_AE")
    assert desk.cells(address)["AESTDAT"] == {"v": "2026-03"}
    page.goto(f"{desk.url}/subjects/{address}")
    page.locator("#strike-why").fill("entered twice")
    with page.expect_navigation():
        page.get_by_role("button", name="Strike out", exact=True).click()
    page.goto(f"{desk.url}/subjects/{desk.child}/logs/F_AE")
    line = page.locator("tr.struck")
    expect(line).to_contain_text("Headache")
    expect(line).to_contain_text("entered twice")
    assert desk.cells(address)["AETERM"] == {"v": "Headache"}


def test_a_line_opens_beside_the_table_is_saved_there_and_escape_goes_back_to_it(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_LOG", "F_AE")
    desk.world.save(desk.actor(), address, {"AETERM": "Nausea"})
    page = crc.new_page()
    page.goto(f"{desk.url}/subjects/{desk.child}/logs/F_AE")
    page.locator("[data-line]").first.focus()
    page.keyboard.press("Enter")
    drawer = page.locator(".drawer")
    expect(drawer.locator("h2").first).to_contain_text("1")
    drawer.locator("[name=AESTDAT]").fill("30 Feb 2026")
    page.keyboard.press("Control+KeyS")
    expect(drawer.locator("[data-item=AESTDAT]")).to_contain_text("no such day")
    assert drawer.locator("[name=AESTDAT]").input_value() == "30 Feb 2026"
    drawer.locator("[name=AESTDAT]").fill("2 Mar 2026")
    page.keyboard.press("Control+KeyS")
    expect(page.locator("table.log")).to_contain_text("2 Mar 2026")
    assert desk.cells(address)["AESTDAT"] == {"v": "2026-03-02"}
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent.trim()") == "Nausea"


def test_a_drawer_closed_while_its_line_is_read_again_stays_closed(desk: Desk, crc: BrowserContext) -> None:
    address = desk.address("SE_LOG", "F_AE")
    desk.world.save(desk.actor(), address, {"AETERM": "Nausea"})
    page = crc.new_page()
    page.goto(f"{desk.url}/subjects/{desk.child}/logs/F_AE")
    page.locator("[data-line]").first.press("Enter")
    drawer = page.locator(".drawer")
    drawer.locator("[name=AESTDAT]").fill("2 Mar 2026")
    held: list[Route] = []
    page.route(f"**/subjects/{address}*", lambda one: held.append(one) if _reads(one) else one.continue_())
    page.keyboard.press("Control+KeyS")
    expect(page.locator("table.log")).to_contain_text("2 Mar 2026")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    with page.expect_response(lambda answer: answer.request.method == "GET" and "/F_AE." in answer.url):
        for one in held:
            one.continue_()
    page.evaluate(DRAWN)
    expect(drawer).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent.trim()") == "Nausea"


def _reads(route: Route) -> bool:
    return route.request.method == "GET" and route.request.redirected_from is None


@pytest.mark.req("R30")
def test_what_was_typed_and_not_saved_survives_a_reload_and_is_offered(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    page = desk.open(crc, address)
    page.locator("[name=VSPERF][value=Y]").check()
    page.locator("[name=VSDAT]").fill("9 Mar 2026")
    page.locator("[name=VSDAT]").press("Tab")
    expect(page.locator("#kept")).to_contain_text("kept")
    page.goto(f"{desk.url}/subjects/{address}")
    assert desk.cells(address) == {}
    expect(page.locator("#draft")).to_contain_text("Typed, not saved")
    with page.expect_navigation():
        page.get_by_role("link", name="Take it").click()
    assert page.locator("[name=VSDAT]").input_value() in {"9 Mar 2026", "2026-03-09"}
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    assert desk.cells(address)["VSDAT"] == {"v": "2026-03-09"}
    expect(page.locator("#draft")).to_have_count(0)


@pytest.mark.req("R30")
def test_without_a_connection_the_save_line_warns_and_the_typed_text_stays(
    desk: Desk, crc: BrowserContext
) -> None:
    page = desk.open(crc, desk.address("SE_SCR", "F_VS"))
    page.locator("[name=VSPERF][value=Y]").check()
    expect(page.locator("#kept")).to_contain_text("kept")
    crc.set_offline(True)
    page.locator("[name=VSTIM]").fill("09:20")
    page.locator("[name=VSTIM]").press("Tab")
    expect(page.locator("#kept")).to_contain_text("No connection")
    assert page.locator("[name=VSTIM]").input_value() == "09:20"
    crc.set_offline(False)
    expect(page.locator("#kept")).to_contain_text("kept", timeout=12_000)


@pytest.mark.req("R30")
def test_two_saves_of_one_form_meet_on_the_merge_screen_and_nothing_is_lost(
    desk: Desk, crc: BrowserContext
) -> None:
    address = desk.address("SE_SCR", "F_VS")
    desk.world.save(desk.actor(), address, {"VSPERF": "Y", "VSDAT": "2026-03-09", "VSTIM": "09:20"})
    page = desk.open(crc, address)
    desk.world.save(desk.actor("PI"), address, {"VSTIM": "09:30", "VS_HR": "74"}, {"*": "TYPING"})
    page.locator("[name=VSTIM]").fill("09:40")
    page.locator("[name=VS_RESP]").fill("18")
    page.locator("select[name=reason]").select_option("TYPING")
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    assert desk.cells(address)["VSTIM"] == {"v": "09:30"}
    expect(page.locator("table.cmp")).to_contain_text("09:30")
    expect(page.locator("table.cmp")).to_contain_text("09:40")
    page.locator("[name='choose:VSTIM'][value=mine]").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save the joined form").click()
    kept = desk.cells(address)
    assert [kept[path]["v"] for path in ("VSTIM", "VS_HR", "VS_RESP")] == ["09:40", "74", "18"]


def test_everything_works_with_scripts_off(desk: Desk) -> None:
    plain = desk.somebody(java_script_enabled=False)
    address = desk.address("SE_SCR", "F_VS")
    page = plain.new_page()
    page.goto(f"{desk.url}/subjects/{address}")
    expect(page.locator("[data-item=VS_WEIGHT]")).to_be_visible()
    expect(page.locator("[data-item=VS_WEIGHT] .q")).to_contain_text("Asked if")
    page.locator("[name=VSPERF][value=Y]").check()
    page.locator("[name=VSDAT]").fill("30 Feb 2026")
    page.get_by_role("button", name="Save", exact=False).nth(1).click()
    assert desk.cells(address) == {}
    assert page.locator("[name=VSDAT]").input_value() == "30 Feb 2026"
    expect(page.locator("[data-item=VSDAT]")).to_contain_text("no such day")
    page.locator("[name=VSDAT]").fill("9 Mar 2026")
    page.get_by_role("button", name="Save", exact=False).nth(1).click()
    assert desk.cells(address)["VSDAT"] == {"v": "2026-03-09"}
    plain.close()
