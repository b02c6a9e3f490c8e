"""What is not accessible is found where a journey comes to it, once; a control in focus lies under no bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.children import at, proven
from tests.journeys.accessible import faults, judge, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
FAULTY = "<html lang='en'><title>One</title><body><main><button>{}</button></main></body></html>"
STOPS = 400  # more stops than any page of these has
# the middle of what has the focus and each side of it; of a link over several lines its first line
COVERED = """() => {
    const one = document.activeElement;
    const box = one.getClientRects()[0];
    if (!box || one === document.body || one.matches(".scroll, main")) return null;
    const own = one.closest("label, .item, td") ?? one;
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const points = [[x, y], [box.left + 3, y], [box.right - 3, y], [x, box.top + 3], [x, box.bottom - 3]];
    const over = points.map((point) => document.elementFromPoint(...point))
        .filter((it) => !it || !(it.contains(one) || own.contains(it)));
    return over.length ? `${one.outerHTML.slice(0, 120)} is under ${over[0]?.outerHTML.slice(0, 120)}` : null;
}"""
MARK = "document.activeElement.dataset.stop ??= String(performance.now())"


def covered(page: Page, key: str) -> list[str]:
    """Go through a page with a key until the focus comes round, and name what lies under something."""
    found: list[str] = []
    seen: set[str] = set()
    for _ in range(STOPS):
        page.keyboard.press(key)
        if (mark := page.evaluate(MARK)) in seen:
            break
        seen.add(mark)
        told = page.evaluate(COVERED)
        found += [told] if told else []
    assert len(seen) > 3
    return found


def test_a_fault_is_found_where_a_journey_stands_and_told_once(desk: Desk) -> None:
    page = desk.page()
    page.set_content(FAULTY.format(""))
    told = judge(page)
    assert [one.split(": ")[1] for one in told] == ["button-name"]
    assert judge(page) == []
    page.close()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_in_focus_lies_under_a_bar_on_the_way_through_a_page(real_desk: Desk, width: int) -> None:
    world = real_desk.office.world
    child = world.subject("01")
    proven(world, child)
    for _ in range(12):
        world.subject("01")
    page = real_desk.signed_in("CRC", width=width, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 640})
    for place in (str(at(child, "SE_SCR", "F_IE")), str(at(child, "SE_SCR", "F_LBC")), ""):
        page.goto(f"/subjects/{place}")
        assert (place, covered(page, "Tab")) == (place, [])
        page.reload()
        assert (place, covered(page, "Shift+Tab")) == (place, [])


def test_nothing_in_focus_lies_under_the_head_of_the_matrix(real_desk: Desk) -> None:
    for _ in range(20):
        real_desk.office.world.subject("01")
    page = real_desk.signed_in("CRC", reduced_motion="reduce")
    page.set_viewport_size({"width": 1000, "height": 640})
    page.goto("/subjects")
    page.locator(".matrix tbody a").first.focus()
    for key in ["ArrowDown"] * 19 + ["ArrowRight"] * 30 + ["ArrowUp"] * 19 + ["ArrowLeft"] * 30:
        page.keyboard.press(key)
        assert page.evaluate(COVERED) is None


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_pages_of_waiting_are_accessible(desk: Desk, width: int, language: str) -> None:
    code = desk.office.world.subject("01")
    page = desk.signed_in("PI", width=width)
    page.clock.install()
    page.goto(f"/subjects/{code}/casebook.pdf?lang={language}")
    expect(page.locator("progress")).to_be_visible()
    assert (faults(page), overflow(page)) == ([], 0)
    page.goto("/")
    page.clock.fast_forward("13:30")
    idle = page.locator(".idle")
    expect(idle).to_be_visible()
    assert (faults(page), overflow(page)) == ([], 0)
    idle.get_by_role("button").click()
    expect(idle).to_be_hidden()
