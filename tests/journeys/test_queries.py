"""A coordinator answers a query in a real browser: by mouse, by keyboard only, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from imt_ecrf.conduct import notes, queries
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import FormData, Query
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
STOPS = 80  # more stops than any page of these has
SAID = {"en": "Read off the scale again.", "ru": "Проверено по журналу весов."}
DONE = {
    ("en", True): "Saved; the query is answered.",
    ("en", False): "The query is answered; the value stays.",
    ("ru", True): "Сохранено; ответ на запрос дан.",
    ("ru", False): "Ответ на запрос дан; значение не изменено.",
}
CHANGED = {"en": "from 18 kg → to 19 kg", "ru": "с 18 kg (ru) → на 19 kg (ru)"}


@pytest.fixture
def asked(desk: Desk) -> tuple[Address, str]:
    """Give a form whose weight the monitor asked about, and the query."""
    world = desk.office.world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y", "WEIGHT": Answer("18", "kg")})
    world.clock.advance(days=3)
    with world.acting() as session:
        query = queries.ask(session, world.user_in(session, "CRA"), address, "Is 18 right?", "WEIGHT")
    world.clock.advance(minutes=5)
    return address, query


def tab_to(page: Page, name: str) -> None:
    """Go to an element with the Tab key alone."""
    for _ in range(STOPS):
        if page.evaluate("document.activeElement.id || document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(name)


def by_mouse(page: Page, query: str, words: str, *, change: bool) -> None:
    """Answer with the mouse."""
    if change:
        page.locator("#WEIGHT").fill("19")
        page.locator("#WEIGHT").blur()
        page.locator("select[name=reason]").select_option("QUERY")
    page.locator(f"[data-query='{query}'] > summary").click()
    page.locator(f"#say-{query}").fill(words)
    page.locator(f"button[value='answer:{query}']").click()


def by_keyboard(page: Page, query: str, words: str, *, change: bool) -> None:
    """Answer without a mouse: to the answer, its query by Alt+Q, the words, the button."""
    tab_to(page, "WEIGHT")
    if change:
        page.keyboard.press("Control+A")
        page.keyboard.type("19")
        page.keyboard.press("Tab")
        tab_to(page, "reason")
        for _ in range(4):  # typing error, source, new information, answer to a query
            page.keyboard.press("ArrowDown")
        expect(page.locator("select[name=reason]")).to_have_value("QUERY")
        page.locator("#WEIGHT").focus()
    page.keyboard.press("Alt+q")
    expect(page.locator(f"#say-{query}")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("way", [by_mouse, by_keyboard])
def test_a_coordinator_answers_a_query_with_a_changed_value_and_without(
    desk: Desk, asked: tuple[Address, str], language: str, change: bool, way: object
) -> None:
    (address, query), world = asked, desk.office.world
    page = desk.signed_in("CRC")
    page.goto(f"/subjects/{address}?lang={language}")
    assert faults(page) == []
    assert callable(way)
    way(page, query, SAID[language], change=change)
    page.get_by_text(DONE[language, change]).wait_for()
    assert page.url.endswith("#item-WEIGHT")
    with world.looking() as session:
        state = session.scalars(select(Query.state).where(Query.id == query)).one()
        version = session.scalars(select(FormData.version)).one()
    assert (state, version) == ("answered", 2 if change else 1)
    monitor = desk.signed_in("CRA")
    monitor.goto(f"/queries/{query}?lang={language}")
    thread = " ".join(monitor.locator(".thread").inner_text().split())
    assert SAID[language] in thread
    assert (CHANGED[language] in thread) is change
    assert faults(monitor) == []


def test_an_answer_to_a_query_that_was_closed_meanwhile_stays_on_the_page(
    desk: Desk, asked: tuple[Address, str]
) -> None:
    (address, query), world = asked, desk.office.world
    page = desk.signed_in("CRC")
    page.goto(f"/subjects/{address}")
    with world.acting() as session:
        queries.close(session, world.user_in(session, "CRA"), query, "No longer needed.")
    by_mouse(page, query, "Typed in good faith.", change=True)
    refused = page.locator("#refused")
    expect(refused).to_contain_text("Somebody else took the next step")
    expect(refused).to_contain_text("Typed in good faith.")
    expect(page.locator("#WEIGHT")).to_have_value("19")
    assert faults(page) == []


def test_a_monitor_asks_beside_an_answer_and_closes_several_by_keyboard(
    desk: Desk, asked: tuple[Address, str]
) -> None:
    (address, query), world = asked, desk.office.world
    with world.acting() as session:
        queries.answer(session, world.user_in(session, "CRC"), query, "Yes.")
    page = desk.signed_in("CRA")
    page.goto(f"/subjects/{address}/talk?item=HEIGHT")
    tab_to(page, "ask-text")
    page.keyboard.type("And the height?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The query is asked.").wait_for()
    with world.acting() as session:
        (fresh,) = session.scalars(select(Query.id).where(Query.state == "open"))
        queries.answer(session, world.user_in(session, "CRC"), fresh, "As measured.")
    page.goto("/queries")
    for _ in range(2):
        tab_to(page, "id")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(page.locator("input[name=id]:checked")).to_have_count(2)
    tab_to(page, "step")
    page.keyboard.press("Enter")
    page.get_by_text("2 queries will be closed").wait_for()
    assert faults(page) == []
    tab_to(page, "text")
    page.keyboard.type("Both are settled.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("2 queries were moved.").wait_for()
    with world.looking() as session:
        assert set(session.scalars(select(Query.state))) == {"closed"}


@pytest.mark.parametrize(("width", "language"), [(WIDE, "en"), (NARROW, "ru"), (NARROW, "en")])
def test_the_pages_of_queries_fit_and_are_accessible(
    desk: Desk, asked: tuple[Address, str], width: int, language: str
) -> None:
    (address, query), world = asked, desk.office.world
    with world.acting() as session:
        notes.write(session, world.user_in(session, "CRC"), address, "The scales were new.", "WEIGHT")
    visit = f"/subjects/{address.subject}/SE_SCR.1"
    pages = (
        *(
            "/queries",
            "/queries?state=all&days=0&order=age",
            f"/queries/{query}",
            f"/subjects/{address}",
            visit,
        ),
        *(f"/subjects/{address}/talk?item=WEIGHT", "/account", "/guide/states"),
    )
    for role in ("CRC", "CRA"):
        page = desk.signed_in(role, width=width)
        more = (f"/queries/together?step=close&id={query}",) if role == "CRA" else ()
        for where in (*pages, *more):
            page.goto(where + ("&" if "?" in where else "?") + f"lang={language}")
            assert faults(page) == [], where
            assert overflow(page) <= 0, where
