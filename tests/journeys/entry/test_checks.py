"""Checks while somebody types, without the server; confirmed with a comment; the same without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf.conduct import queries
from imt_ecrf.conduct.views import Answer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from imt_ecrf.conduct.views import Address
    from tests.journeys.entry.conftest import Desk

pytestmark = [
    pytest.mark.journey,
    # a window that closes drops what it was still loading: the server leaves such a file to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
UNUSUAL = "Weight: 4 is unusual; usually 6 to 120 kg."
IMPOSSIBLE = "Weight: 1.5 is not possible; 2 to 200 kg."
WRITTEN = "Weight is outside 2-200 kg."


def message(page: Page, text: str) -> str:
    """Name the message that says something, for the page."""
    return f".msg:has-text('{text}')"


def cut_off(page: Page) -> None:
    """Let nothing through to the server any more."""
    page.context.set_offline(True)


def answer(page: Page, weight: str) -> None:
    """Say that vital signs were taken and type a weight, as a person does."""
    page.locator("[name=VSPERF][value=Y]").check()
    box = page.locator("[name='VS_WEIGHT']")
    box.fill(weight)
    page.locator("[name='VS_WEIGHT:unit']").select_option("kg")


def press(page: Page, act: str) -> None:
    """Press a button of the form and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(f".actions button[value={act}]").click()


def shown(page: Page, path: str = "VS_WEIGHT") -> list[tuple[str, str]]:
    """List the messages under a question: level and words."""
    found = page.locator(f"#item-{path} .msg[data-check]:visible").all()
    kinds = [("stop" if "stop" in str(one.get_attribute("class")) else "ask", one) for one in found]
    return [(kind, one.locator("[data-text]").inner_text().strip()) for kind, one in kinds]


@pytest.fixture
def vs(desk: Desk) -> Address:
    """Give the vital signs at screening."""
    return desk.address("SE_SCR", "F_VS")


@pytest.mark.req("R27")
@pytest.mark.req("R31")
def test_questions_values_and_messages_follow_what_is_typed_without_the_server(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    page = desk.open(crc, vs)
    cut_off(page)
    page.locator("[name=VSPERF][value=Y]").check()
    expect(page.locator("[data-item=VS_WEIGHT]")).to_be_visible()
    expect(page.locator("[data-item=VS_HTPOS]")).to_be_hidden()
    answer(page, "34,1")
    page.locator("[name='VS_HEIGHT']").fill("148,6")
    page.locator("[name='VS_HEIGHT:unit']").select_option("cm")
    expect(page.locator("[data-derived=VS_BMI]")).to_have_text("15.4 kg/m²")
    expect(page.locator("[data-item=VS_HTPOS]")).to_be_visible()
    page.locator("[name='VS_WEIGHT']").fill("4")
    page.locator("[name='VS_HEIGHT']").focus()
    assert ("ask", UNUSUAL) in shown(page)
    expect(page.locator("[data-summary] li", has_text=UNUSUAL)).to_be_visible()
    page.locator("[name='VS_WEIGHT']").fill("1,5")
    page.locator("[name='VS_HEIGHT']").focus()
    assert ("stop", IMPOSSIBLE) in shown(page)
    assert ("stop", WRITTEN) in shown(page)
    expect(page.locator("[name='VS_WEIGHT']")).to_have_attribute("aria-invalid", "true")
    page.locator("[name='VS_WEIGHT']").fill("")
    page.locator("[name='VS_HEIGHT']").focus()
    assert shown(page) == []
    expect(page.locator("[data-derived=VS_BMI]")).to_have_text("–")


@pytest.mark.req("R27")
def test_a_soft_check_is_confirmed_where_it_appeared_while_typing(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    page = desk.open(crc, vs)
    page.route("**/preview", lambda route: route.abort())
    answer(page, "4")
    box = page.locator(message(page, UNUSUAL))
    box.get_by_label("Comment").fill("born early, weighed twice")
    with page.expect_navigation():
        box.get_by_role("button", name="Confirm value").click()
    expect(page.locator(message(page, UNUSUAL))).to_contain_text("born early, weighed twice")
    assert desk.cells(vs)["VS_WEIGHT"] == {"v": "4", "u": "kg"}
    page.reload()
    expect(page.locator(message(page, UNUSUAL))).to_contain_text("born early, weighed twice")


@pytest.mark.req("R27")
def test_a_hard_check_lets_the_form_be_saved_and_not_completed(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    page = desk.open(crc, vs)
    answer(page, "1.5")
    expect(page.locator(message(page, IMPOSSIBLE))).to_be_visible()
    assert page.locator(f"{message(page, IMPOSSIBLE)} input").count() == 0
    press(page, "complete")
    expect(page.locator(".notice.ask")).to_contain_text("not complete yet")
    assert desk.cells(vs)["VS_WEIGHT"] == {"v": "1.5", "u": "kg"}
    assert desk.world.open(desk.actor("PI"), vs).state == "in progress"
    line = page.locator("[data-summary] li", has_text=IMPOSSIBLE).get_by_role("link")
    assert line.get_attribute("href") == "#item-VS_WEIGHT"
    owed = page.locator("[data-summary] li", has_text="Height or length: no answer yet.")
    expect(owed).to_be_visible()
    page.locator("[name='VS_HEIGHT']").fill("140")
    page.locator("[name='VS_HEIGHT']").press("Tab")
    expect(owed).to_be_hidden()


@pytest.mark.req("R27")
def test_the_same_page_without_javascript_gives_the_same_verdict_after_saving(
    desk: Desk, vs: Address
) -> None:
    with_script, without = desk.somebody(), desk.somebody(java_script_enabled=False)
    page = desk.open(with_script, vs)
    answer(page, "4")
    expect(page.locator(message(page, UNUSUAL))).to_be_visible()
    said = shown(page)
    plain = desk.open(without, vs)
    answer(plain, "4")
    assert shown(plain) == []
    press(plain, "save")
    assert shown(plain) == said
    box = plain.locator(message(plain, UNUSUAL))
    box.get_by_label("Comment").fill("weighed twice")
    with plain.expect_navigation():
        box.get_by_role("button", name="Confirm value").click()
    expect(plain.locator(message(plain, UNUSUAL))).to_contain_text("weighed twice")
    with_script.close()
    without.close()


@pytest.mark.req("R27")
def test_a_fault_of_the_browsers_rules_leaves_typing_and_saving_alone(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    page = crc.new_page()
    # an evaluator of another version than the rules of the page
    page.route(
        "**/rules/evaluate.js*",
        lambda route: route.fulfill(
            content_type="text/javascript",
            body="export const evaluate = null; export function judge() { throw new Error('version'); }",
        ),
    )
    page.goto(f"{desk.url}/subjects/{vs}")
    answer(page, "4")
    expect(page.locator(message(page, UNUSUAL))).to_be_visible()  # the server's answer
    press(page, "save")
    assert desk.cells(vs)["VS_WEIGHT"] == {"v": "4", "u": "kg"}


def ask(desk: Desk, vs: Address, text: str) -> None:
    """Let the monitor ask about the weight."""
    desk.world.save(desk.actor("CRC"), vs, {"VSPERF": "Y", "VS_WEIGHT": Answer("34", "kg")})
    with desk.world.acting() as session:
        queries.ask(session, desk.world.user_in(session, "CRA"), vs, text, "VS_WEIGHT")


@pytest.mark.req("R32")
def test_a_query_stands_beside_its_question_and_is_answered_there_by_keyboard(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    ask(desk, vs, "Is this weight right?")
    page = desk.open(crc, vs)
    thread = page.locator("#item-VS_WEIGHT [data-query]")
    expect(thread.locator("summary")).to_contain_text("Is this weight right?")
    expect(thread.locator("textarea")).to_be_hidden()
    page.locator("[name=VS_WEIGHT]").focus()
    page.keyboard.press("Alt+KeyQ")
    page.keyboard.type("Weighed twice, it is right")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desk.url}/subjects/{vs}#item-VS_WEIGHT")
    expect(thread.locator("summary")).to_contain_text("Answered")
    page.locator("[name=VS_WEIGHT]").focus()
    page.keyboard.press("Alt+KeyQ")
    expect(thread).to_contain_text("Weighed twice, it is right")


@pytest.mark.req("R32")
def test_a_query_is_answered_beside_its_question_without_javascript(desk: Desk, vs: Address) -> None:
    ask(desk, vs, "Is this weight right?")
    context = desk.somebody(java_script_enabled=False)
    page = desk.open(context, vs)
    thread = page.locator("#item-VS_WEIGHT [data-query]")
    thread.locator("summary").click()
    thread.locator("textarea").fill("It is right")
    with page.expect_navigation():
        thread.get_by_role("button", name="Answer").click()
    expect(thread.locator("summary")).to_contain_text("Answered")
    context.close()


@pytest.mark.req("R31")
def test_the_next_empty_row_asks_only_what_an_empty_row_asks(desk: Desk, crc: BrowserContext) -> None:
    page = desk.open(crc, desk.address("SE_SCR", "F_TL"))
    cut_off(page)
    hidden = (
        "[...document.querySelectorAll('[data-item^=\"G_TL.{}.\"].is-hidden')].map((one) => one.dataset.item)"
    )
    first = page.evaluate(hidden.format(1))
    assert "G_TL.1.TLDIAM" in first
    page.locator("[name='G_TL.1.TLID'][value=T01]").check()
    expect(page.locator("[data-item='G_TL.2.TLID']")).to_be_visible()
    assert page.evaluate(hidden.format(2)) == [path.replace(".1.", ".2.") for path in first]


@pytest.mark.req("R27")
def test_russian_words_of_a_check_are_marked_as_a_draft_on_the_page_and_after_saving(
    desk: Desk, crc: BrowserContext, vs: Address
) -> None:
    page = desk.open(crc, vs, "?lang=ru")
    page.route("**/preview", lambda route: route.abort())
    answer(page, "1,5")
    written = page.locator(".msg:visible", has_text="Масса тела вне пределов 2-200 кг.")
    generated = page.locator(".msg:visible", has_text="Масса тела: 1.5 невозможно; 2–200 кг.")
    expect(written.get_by_text("черновик перевода")).to_be_visible()
    expect(generated.get_by_text("черновик перевода")).to_be_hidden()
    press(page, "save")
    expect(written.get_by_text("черновик перевода")).to_be_visible()
    expect(generated).to_be_visible()
    expect(generated.get_by_text("черновик перевода")).to_be_hidden()
