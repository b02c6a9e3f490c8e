"""Signing in a real browser: each form is opened, then one password signs the batch; by keyboard too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct.views import Address
from tests.factories import PASSWORD, filled_form
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE
from tests.journeys.test_shell import VISIT

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey


@pytest.fixture
def subject(desk: Desk) -> str:
    """Give a subject with two forms that wait for the investigator and one in progress."""
    world = desk.office.world
    code, crc = world.subject("01"), world.user("CRC")
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_VS"), {"VSPERF": "N"})
    world.save(crc, Address(code, "SE_LOG", 1, "F_AE"), {"AETERM": "Rash"})
    return code


@pytest.mark.req("R11")
@pytest.mark.parametrize(
    ("language", "following", "everything", "sign", "done"),
    [
        (
            "en",
            "Next form to sign",
            "Choose all that were opened",
            "Sign the chosen forms",
            "2 forms are signed.",
        ),
        (
            "ru",
            "Следующая на подпись",
            "Выбрать все просмотренные",
            "Подписать выбранные",
            "Подписано 2 формы.",
        ),
    ],
)
def test_the_investigator_opens_each_form_and_signs_the_batch_with_one_password(  # noqa: PLR0917 - words
    desk: Desk, subject: str, language: str, following: str, everything: str, sign: str, done: str
) -> None:
    page = desk.signed_in("PI")
    page.goto(f"/sign/{subject}?lang={language}")
    button = page.get_by_role("button", name=sign)
    expect(button).to_be_disabled()
    expect(page.locator("input[name=form]")).to_have_count(0)
    page.goto(f"/sign/{subject}/next")
    seen = [page.url]
    while "/sign/" not in page.url and len(seen) < 5:
        page.get_by_role("link", name=following).click()
        expect(page).not_to_have_url(seen[-1])
        seen.append(page.url)
    assert len(seen) == 3
    expect(button).to_be_disabled()
    assert faults(page) == []
    page.get_by_label(everything).check()
    expect(button).to_be_enabled()
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("body")).to_contain_text(done)


def test_a_batch_is_signed_with_the_keyboard_alone(desk: Desk, subject: str) -> None:
    page = desk.signed_in("PI")
    page.goto(f"/sign/{subject}/next")
    for _ in range(2):
        page.get_by_role("link", name="Next form to sign").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.locator("#all").focus()
    page.keyboard.press("Space")
    for _ in range(9):
        if page.evaluate("document.activeElement.id") == "password":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Nothing of this subject waits for your signature.").wait_for()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_pages_of_inspection_fit_and_are_accessible(desk: Desk, subject: str, width: int) -> None:
    page = desk.signed_in("AUD", width=width)
    found = []
    for address in ("/inspection", "/inspection/access", "/changes", f"/subjects/{subject}/access"):
        page.goto(address)
        found += faults(page)
        assert overflow(page) <= 0, address
    assert found == []
