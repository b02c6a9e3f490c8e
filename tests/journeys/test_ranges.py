"""Normal ranges in a real browser: one is added and replaced by hand; both pages fit and are accessible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey


def fill(page: Page, button: str, **fields: str) -> None:
    """Fill the form of a button and press it."""
    form = page.locator("form", has=page.get_by_role("button", name=button))
    for name, text in fields.items():
        box = form.locator(f"[name={name}]")
        if box.evaluate("one => one.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    form.get_by_role("button", name=button).click()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_range_is_added_and_replaced_on_any_screen(real_desk: Desk, width: int, language: str) -> None:
    page = real_desk.signed_in("LABM", width=width)
    page.goto("/ranges")
    fill(
        page, "Add the range", laboratory="Clinical laboratory A", test="ALT", unit="U/L", low="5", high="40",
        valid_from="1 Jan 2026",
    )  # fmt: skip
    expect(page.get_by_role("main")).to_contain_text("Kept. No result already entered is touched.")
    before = page.url
    page.get_by_role("link", name="Alanine aminotransferase").click()
    expect(page).not_to_have_url(before)
    where = page.url
    fill(page, "Replace the range", high="50", valid_from="1 Jun 2026", reason="new reagent")
    expect(page.get_by_role("main")).to_contain_text("Kept. No result already entered is touched.")
    for address in ("/ranges", where):
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        expect(page.locator("table tbody tr")).to_have_count(2)
        assert overflow(page) == 0
        assert faults(page) == []
