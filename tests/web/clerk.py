"""Somebody before the screen without a browser: signs in through the page, opens forms, sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imt_ecrf import config
from imt_ecrf.app import create_app
from tests.factories import PASSWORD, World, make_study
from tests.web.reading import PageRead

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from imt_ecrf.conduct.views import Address
    from imt_ecrf.study.book import Book


@dataclass
class Office:
    """A study with its pages, on a database of its own."""

    world: World
    app: Flask

    def clerk(self, role: str, site: str = "01") -> Clerk:
        """Sign somebody of a role in."""
        actor = self.world.user(role, site)
        found = Clerk(self, actor.username)
        found.sign_in()
        return found


def office(folder: Path, book: Book, **settings: Any) -> Office:
    """Make an installation in a folder and its application."""
    made = config.create(folder, "test", **settings)
    world = make_study(made.database_url, book)
    return Office(world, create_app(made, clock=world.clock, TESTING=True))


@dataclass
class Answered:
    """What the server answered."""

    status: int
    page: PageRead
    where: str
    raw: TestResponse = field(repr=False)


class Clerk:
    """A person with a browser's cookies."""

    def __init__(self, place: Office, username: str) -> None:
        self.office = place
        self.username = username
        self.client = place.app.test_client()

    def sign_in(self) -> Answered:
        """Go through the door."""
        door = self.get("/login").page.forms
        sent = next(one for one in door if one.method == "post").sent()
        return self._answer(
            self.client.post("/login", data={**sent, "username": self.username, "password": PASSWORD})
        )

    def get(self, path: str) -> Answered:
        """Open an address."""
        return self._answer(self.client.get(path))

    def open(self, address: Address, query: str = "") -> Answered:
        """Open a form."""
        return self.get(f"/subjects/{address}{query}")

    def send(self, path: str, data: Mapping[str, Any], **more: Any) -> Answered:
        """Send data to an address."""
        return self._answer(self.client.post(path, data=data, **more))

    def save(
        self,
        address: Address,
        answers: Mapping[str, Any],
        *,
        page: PageRead | None = None,
        act: str = "save",
        **more: Any,
    ) -> Answered:
        """Fill a form as it stands on the page (opened now unless given) and press a button."""
        page = page or self.open(address).page
        sent = page.form("entry").sent()
        return self.send(f"/subjects/{address}", {**sent, **answers, "act": act, **more})

    def token(self, address: Address) -> str:
        """Give the token of a form's page."""
        return self.open(address).page.form("entry").sent()["csrf_token"][0]

    def _answer(self, response: TestResponse) -> Answered:
        text = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        return Answered(response.status_code, PageRead(text), response.headers.get("Location", ""), response)
