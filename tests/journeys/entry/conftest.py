"""The real study served to a real browser: one child, one coordinator who has signed in."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from imt_ecrf.conduct.views import Address
from tests.factories import PASSWORD, real_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Page

    from imt_ecrf.conduct.actor import Actor
    from tests.factories import World


@dataclass
class Desk:
    """A served installation, a browser and a child at screening."""

    url: str
    world: World
    browser: Browser
    child: str

    def address(self, event: str, form: str, repeat: int = 1) -> Address:
        """Name a form of the child."""
        return Address(self.child, event, 1, form, repeat)

    def somebody(self, role: str = "CRC", **more: object) -> BrowserContext:
        """Sign somebody in, in a browser window of their own."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 1000}, **more)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{self.url}/login")
        page.fill("[name=username]", self.world.user(role).username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        page.close()
        return context

    def open(self, context: BrowserContext, address: Address, query: str = "") -> Page:
        """Open a form; a fault of a script fails the journey."""
        page = context.new_page()
        page.on("pageerror", _fail)
        page.goto(f"{self.url}/subjects/{address}{query}")
        return page

    def actor(self, role: str = "CRC") -> Actor:
        """Give somebody for acts beside the browser."""
        return self.world.user(role)

    def cells(self, address: Address) -> Mapping[str, Mapping[str, object]]:
        """Give what is kept."""
        return self.world.open(self.actor("PI"), address).cells


def _fail(fault: object) -> None:
    raise AssertionError(f"a script failed: {fault}")


def new_child(world: World) -> str:
    """Screen a girl of nine whose visit has taken place."""
    child, crc = world.subject(consented=False), world.user("CRC")
    consent = {"ICTYPE": "PARENT CONSENT", "ICVERS": "1.0", "ICVERDT": "2025-12-01", "ICDAT": "2026-03-01"}
    world.save(crc, Address(child, "SE_LOG", 1, "F_IC"), consent)
    world.save(
        crc,
        Address(child, "SE_SCR", 1, "F_SV"),
        {"SVOCCUR": "Y", "SVCNTMOD": "IN PERSON", "SVSTDAT": "2026-03-09"},
    )
    world.save(
        crc,
        Address(child, "SE_SCR", 1, "F_DM"),
        {"BRTHYY": "2017", "AGEIC_Y": "9", "SEX": "F"},
    )
    return child


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    """Serve the real study once for a file of journeys, before the one browser of the session."""
    place = office(tmp_path_factory.mktemp("desk") / "data", real_book())
    server = make_server("127.0.0.1", 0, place.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Desk(f"http://127.0.0.1:{server.server_port}", place.world, browser, "")
    server.shutdown()
    thread.join()
    server.server_close()
    place.world.engines.dispose()


@pytest.fixture
def desk(hall: Desk) -> Desk:
    """Give a new child at the same desk."""
    return Desk(hall.url, hall.world, hall.browser, new_child(hall.world))


@pytest.fixture
def crc(desk: Desk) -> Iterator[BrowserContext]:
    """Give the window of a coordinator."""
    context = desk.somebody()
    yield context
    context.close()
