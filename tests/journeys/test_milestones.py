"""A milestone is signed in a real browser: what changed, each form opened, one password; by keyboard too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct import entry, signing
from imt_ecrf.conduct.views import Address, Answer
from tests.factories import PASSWORD, filled_form, looked_at
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE
from tests.journeys.test_shell import VISIT

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
OF_VISIT = "MS_REST.SE_SCR.1"
WEIGHED = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
WORDS = {
    "en": {
        "sign": "Sign", "name": "Rest: SE_SCR", "changed": "Changed after the signature", "open": "Open it",
        "next": "Next form to sign", "button": "Sign the chosen forms", "done": "2 forms are signed.",
        "empty": "Nothing of this milestone waits for your signature.", "history": "History of signatures",
        "again": "signed again",
    },
    "ru": {
        "sign": "Подписать", "name": "Rest (ru): SE_SCR (ru)", "changed": "Изменено после подписи",
        "open": "Открыть", "next": "Следующая на подпись", "button": "Подписать выбранные",
        "done": "Подписано 2 формы.", "empty": "По этой контрольной точке ничего не ждёт вашей подписи.",
        "history": "История подписей", "again": "подписано снова",
    },
}  # fmt: skip


@pytest.fixture
def subject(dated_desk: Desk) -> str:
    """Give a subject whose vital signs were signed and corrected since, with a visit form never signed."""
    world = dated_desk.office.world
    code, crc, pi = world.subject("01"), world.user("CRC"), world.user("PI")
    vital = Address(code, "SE_SCR", 1, "F_VS")
    filled_form(world, crc, vital, WEIGHED)
    with world.acting() as session:
        looked_at(session, pi, [vital])
        signing.sign(session, pi, [vital], PASSWORD)
    world.clock.advance(minutes=1)
    saved = world.save(crc, vital, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    with world.acting() as session:
        entry.complete_form(session, crc, vital, saved.version, {"*": "fine"})
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    filled_form(
        world, crc, Address(code, "SE_LOG", 1, "F_AE", 1), {"AETERM": "Rash", "AESTDAT": "2026-03-09"}
    )
    return code


@pytest.mark.req("R16")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_investigator_signs_a_milestone_by_mouse(dated_desk: Desk, subject: str, language: str) -> None:
    say, page = WORDS[language], dated_desk.signed_in("PI")
    page.goto(f"/sign?lang={language}")
    assert faults(page) == []
    page.get_by_role("main").get_by_role("link", name=say["name"]).click()
    expect(page.get_by_text(say["changed"])).to_be_visible()
    expect(page.get_by_text("12,50" if language == "ru" else "12.50")).to_be_visible()
    expect(page.get_by_role("button", name=say["button"])).to_be_disabled()
    assert faults(page) == []
    page.get_by_role("main").get_by_role("link", name=say["open"]).first.click()
    page.get_by_role("link", name=say["next"]).click()
    expect(page).to_have_url(re.compile(r"/F_[SV]+\.1$"))
    page.get_by_role("link", name=say["next"]).click()
    expect(page).to_have_url(f"{dated_desk.address}/sign/{subject}?milestone={OF_VISIT}")
    expect(page.locator("input[name=form]:checked")).to_have_count(2)
    assert faults(page) == []
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name=say["button"]).click()
    expect(page.get_by_text(say["done"])).to_be_visible()
    expect(page.get_by_text(say["empty"])).to_be_visible()
    page.get_by_role("link", name=say["history"]).click()
    expect(page.get_by_role("cell").get_by_text(say["again"])).to_be_visible()
    assert faults(page) == []


@pytest.mark.req("R16")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_milestone_is_signed_with_the_keyboard_alone(dated_desk: Desk, subject: str, language: str) -> None:
    say, page = WORDS[language], dated_desk.signed_in("PI")
    page.goto(f"/sign?lang={language}")
    press(page, say["name"])
    expect(page.get_by_text(say["changed"])).to_be_visible()
    press(page, say["open"])
    for _ in range(2):
        expect(page.get_by_role("link", name=say["next"])).to_be_visible()
        press(page, say["next"])
    expect(page).to_have_url(f"{dated_desk.address}/sign/{subject}?milestone={OF_VISIT}")
    tab_to(page, "document.activeElement.id === 'password'")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text(say["done"])).to_be_visible()


def press(page: Page, name: str) -> None:
    """Reach a link with Tab and press it with Enter."""
    wanted = f"(document.activeElement.textContent || '').trim().startsWith({name!r})"
    tab_to(page, f"document.activeElement.tagName === 'A' && {wanted}")
    before = page.url
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(before)


def tab_to(page: Page, found: str) -> None:
    """Go on with Tab until the focus is where it is wanted."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(found):
            return
    raise AssertionError(f"no Tab leads to {found}")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_pages_of_due_signatures_fit_and_are_accessible(
    dated_desk: Desk, subject: str, language: str, width: int
) -> None:
    found = []
    pages = {
        "PI": ("/sign", "/sign/delegation"),
        "CRA": ("/signatures/due", f"/subjects/{subject}/signatures"),
    }
    for role, addresses in pages.items():
        page = dated_desk.signed_in(role, width=width)
        for address in addresses:
            page.goto(f"{address}?lang={language}")
            found += faults(page)
            assert overflow(page) <= 0, address
    page = dated_desk.signed_in("DM", width=width)
    page.goto(f"/signatures/due?lang={language}")
    found += faults(page)
    assert found == []
