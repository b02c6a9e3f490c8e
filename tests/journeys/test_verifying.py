"""A monitor verifies a visit in a real browser by keyboard only, in both languages; accessible pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from imt_ecrf.conduct.views import Address
from tests.conduct.sdv import measured, sdv_book
from tests.factories import filled_form
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE, Desk, _desk
from tests.journeys.test_shell import VISIT
from tests.web.clerk import office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.journey
HIGH = 42  # two lines of a table's text with their padding


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """Give the small study with critical items, live, with a browser before it."""
    yield from _desk(office(tmp_path / "desk", sdv_book()), browser)


@pytest.fixture
def subject(desk: Desk) -> str:
    """Give a subject with two complete forms of one visit."""
    world = desk.office.world
    code = world.subject("01")
    filled_form(world, world.user("CRC"), Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    measured(world, code=code)
    return code


def focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


@pytest.mark.req("R35")
@pytest.mark.parametrize(
    ("language", "marked", "nothing"),
    [
        ("en", "4 items are marked.", "Nothing more of this visit waits for you."),
        ("ru", "Отмечены 4 показателя.", "В этом визите вас больше ничего не ждёт."),
    ],
)
def test_a_monitor_verifies_a_visit_by_keyboard_only(
    desk: Desk, subject: str, language: str, marked: str, nothing: str
) -> None:
    page = desk.signed_in("CRA")
    page.goto(f"/verify/{subject}/SE_SCR.1/F_SV.1?lang={language}")
    assert focus(page) == "box-SVOCCUR"
    page.keyboard.press("Space")
    assert focus(page) == "box-SVSTDAT"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/F_VS.1")
    for _ in range(4):
        page.keyboard.press("Space")
    assert faults(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/verify")
    expect(page.get_by_role("main")).to_contain_text(marked)
    expect(page.get_by_role("main")).to_contain_text(nothing)
    with desk.office.world.looking() as session:
        rows = session.execute(text("SELECT form, verified FROM form_data ORDER BY form")).all()
    assert [tuple(row) for row in rows] == [("F_SV", "all due"), ("F_VS", "all due")]


def test_history_and_query_are_one_key_away(desk: Desk, subject: str) -> None:
    page = desk.signed_in("CRA")
    page.goto(f"/verify/{subject}/SE_SCR.1/F_VS.1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("KeyH")
    page.locator("#history-here").wait_for(state="visible")
    expect(page.locator("#history-here")).to_contain_text("12.50")
    page.keyboard.press("KeyQ")
    expect(page.locator("#ask-text")).to_be_focused()
    expect(page.locator("#ask-path")).to_have_value("WEIGHT")
    page.keyboard.type("Which scale?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The query is asked.").wait_for()
    expect(page.get_by_role("main")).to_contain_text("Which scale?")


def marks(desk: Desk) -> list[str]:
    with desk.office.world.looking() as session:
        found = session.execute(text("SELECT path FROM verification ORDER BY path"))
        return [row.path for row in found]


@pytest.mark.parametrize(
    ("language", "asked", "marked"),
    [("en", "The query is asked.", "2 items are marked."), ("ru", "Запрос задан.", "Отмечены 2 показателя.")],
)
def test_escape_goes_back_to_the_row_and_ctrl_enter_asks_without_losing_ticks(
    desk: Desk, subject: str, language: str, asked: str, marked: str
) -> None:
    page = desk.signed_in("CRA")
    page.goto(f"/verify/{subject}/SE_SCR.1/F_VS.1?lang={language}")
    expect(page.locator("#box-VSPERF")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(page.locator("#box-HEIGHT")).to_be_focused()
    page.keyboard.press("Enter")  # never sends
    page.keyboard.press("KeyQ")
    expect(page.locator("#ask-text")).to_be_focused()
    page.keyboard.type("Which scale?")
    page.keyboard.press("Escape")
    expect(page.locator("#box-HEIGHT")).to_be_focused()
    expect(page.locator("#ask-text")).to_have_value("Which scale?")
    page.keyboard.press("KeyQ")
    assert faults(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text=asked)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=marked)).to_be_visible()
    expect(page.locator("#box-HEIGHT")).to_be_focused()
    assert marks(desk) == ["VSPERF", "WEIGHT"]
    page.keyboard.press("KeyQ")
    page.keyboard.type("   ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#refused")).to_be_focused()
    expect(page.locator("#ask-path")).to_have_value("HEIGHT")
    assert faults(page) == []


def test_without_ticks_ctrl_enter_asks_alone(desk: Desk, subject: str) -> None:
    page = desk.signed_in("CRA")
    page.goto(f"/verify/{subject}/SE_SCR.1/F_VS.1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("KeyH")
    expect(page.locator("#history-here")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#history-here")).to_be_hidden()
    expect(page.locator("#box-WEIGHT")).to_be_focused()
    page.keyboard.press("KeyQ")
    page.keyboard.type("Which scale?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="The query is asked.")).to_be_visible()
    expect(page.locator("#box-WEIGHT")).to_be_focused()
    expect(page.locator("input[name=item]:checked")).to_have_count(0)
    assert marks(desk) == []


def test_a_row_of_the_table_is_one_line_high_unless_the_answer_is_long(desk: Desk, subject: str) -> None:
    page = desk.signed_in("CRA")
    for language in ("en", "ru"):
        page.goto(f"/verify/{subject}/SE_SCR.1/F_VS.1?lang={language}")
        heights = page.eval_on_selector_all("tr[data-item]", "rows => rows.map((row) => row.offsetHeight)")
        assert max(heights) <= HIGH, (language, heights)


@pytest.mark.parametrize(("width", "language"), [(WIDE, "en"), (NARROW, "ru")])
def test_the_pages_of_verification_fit_and_are_accessible(
    desk: Desk, subject: str, width: int, language: str
) -> None:
    found = []
    page = desk.signed_in("CRA", width=width)
    there = f"/verify/{subject}/SE_SCR.1/F_VS.1"
    for address in ("/verify", there, "/verify/trip?site=01", "/verify/coverage", "/verify/plan", "/"):
        page.goto(address + ("&" if "?" in address else "?") + f"lang={language}")
        found += faults(page)
        assert overflow(page) <= 0, address
    page = desk.signed_in("DM", width=width)
    for address in ("/verify/plan", f"{there}?kind=data"):
        page.goto(address)
        found += faults(page)
    assert found == []
