"""A real browser before a live server on a database of its own; what it complains of fails the test."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright
from waitress import create_server

from tests.dated import dated_book
from tests.factories import PASSWORD, real_book, small_book
from tests.journeys.accessible import watch
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

WIDE, NARROW = 1440, 390
PATIENCE = 20_000  # ms that an expectation waits: a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Give the machine's Chromium; without its sandbox, because tests may be run by root."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(autouse=True)
def accessible(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let axe judge each kind of page a journey comes to; a violation fails the journey."""
    found: list[str] = []
    if "browser" in request.fixturenames:
        watch(monkeypatch, found)
    yield
    assert found == []


@dataclass
class Desk:
    """A live server and the browser before it."""

    office: Office
    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)
    open_pages: list[Page] = field(default_factory=list)

    def page(self, *, width: int = WIDE, **more: Any) -> Page:
        """Open a window of somebody nobody knows yet."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.address, locale="en-GB", **more
        )
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.open_pages.append(page)
        return page

    def signed_in(self, role: str, site: str = "01", *, width: int = WIDE, **more: Any) -> Page:
        """Open a window and sign somebody of a role in through the door."""
        page = self.page(width=width, **more)
        page.goto("/login")
        page.get_by_label("User name").fill(self.office.world.user(role, site).username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # a page that says 404 or 422 is no complaint of the browser's; a blocked script or style is
        if message.type in {"error", "warning"} and "the server responded with a status" not in message.text:
            self.complaints.append(message.text)


def _desk(made: Office, browser: Browser) -> Iterator[Desk]:
    server = create_server(made.app, host="127.0.0.1", port=0, threads=4)

    def serve() -> None:
        with suppress(OSError):  # the socket is closed under its wait when the test is over
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    desk = Desk(made, browser, f"http://127.0.0.1:{server.effective_port}")
    yield desk
    for page in desk.open_pages:
        page.context.close()
    server.close()
    thread.join(timeout=10)
    made.world.engines.dispose()
    assert desk.complaints == []


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """Give the small study, live, with a browser before it."""
    yield from _desk(office(tmp_path / "desk", small_book()), browser)


@pytest.fixture
def dated_desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """Give the small study with milestones of signing, live, with a browser before it."""
    yield from _desk(office(tmp_path / "desk", dated_book()), browser)


@pytest.fixture
def real_desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """Give the study of forms/, live, with a browser before it."""
    yield from _desk(office(tmp_path / "desk", real_book()), browser)
