"""Pages of the review life before a thousand children of sixty forms: CPU, statements; knows no rule."""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from werkzeug.test import create_environ

from imt_ecrf import config, store
from imt_ecrf.cli.bench import crowd
from imt_ecrf.cli.bench.hospital import PASSWORD, hospital
from imt_ecrf.cli.bench.open import TOKEN
from imt_ecrf.conduct import accounts
from imt_ecrf.conduct.actor import ServerClock, system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from imt_ecrf.config import Settings
    from imt_ecrf.study.book import Book

FEW, MANY = 100, 1000
ROUNDS = 20
WARM = 5
PEOPLE = {
    "CRC": ("anna.larsen", "Anna Larsen", "01"),
    "PI": ("boris.levin", "Boris Levin", "01"),
    "CRA": ("clara.moreau", "Clara Moreau", None),
    "DM": ("david.olsen", "David Olsen", None),
}
PAGES = {
    "worklist_coordinator": ("CRC", "/"),
    "worklist_investigator": ("PI", "/"),
    "worklist_monitor": ("CRA", "/"),
    "worklist_data_manager": ("DM", "/"),
    "matrix": ("DM", "/subjects"),
    "open_queries": ("CRC", "/queries?site=01&state=open"),
    "sdv_progress": ("CRA", "/verify/coverage"),
    "overview": ("DM", "/overview/01"),
}


@dataclass(frozen=True)
class Measured:
    """One page: its CPU (median, milliseconds), the statements it took, its length in bytes."""

    cpu_ms: float
    statements: int
    size: int


def run(folder: Path, rounds: int = ROUNDS) -> dict[str, float]:
    """Measure work lists, matrix, queries, verification, a site's overview before 100 and 1,000 children.

    AssertionError when a page needs more statements for more children, or when rows are missing.
    `worklist_cpu_ms` is that of the role whose work list takes longest.
    """
    settings = config.create(folder / "data", "test")
    engines = store.engines(settings.database_url)
    store.migrate(engines)
    book = hospital(engines)
    _people(engines)
    before = _grown(settings, engines, book, range(1, FEW + 1), rounds=1)
    after = _grown(settings, engines, book, range(FEW + 1, MANY + 1), rounds=rounds)
    engines.dispose()
    for name, page in after.items():
        if page.statements != before[name].statements:
            counts = f"{before[name].statements} for {FEW} children, {page.statements} for {MANY}"
            raise AssertionError(f"{name} needs more statements for more children: {counts}")
    figures: dict[str, float] = {f"{name}_cpu_ms": page.cpu_ms for name, page in after.items()}
    figures["worklist_cpu_ms"] = max(after[name].cpu_ms for name in after if name.startswith("worklist"))
    figures |= {f"{name}_statements": page.statements for name, page in after.items()}
    return figures | {"subjects": MANY, "forms": MANY * crowd.FORMS}


def _people(engines: store.Engines) -> None:
    """Give each role that is measured an account."""
    actor = system(ServerClock())
    with store.writing(engines) as session:
        for role, (name, person, site) in PEOPLE.items():
            accounts.create_user(
                session, actor, username=name, name=person, email=f"{name}@example.org",
                password=PASSWORD, organisation="First Hospital", demo=True,
            )  # fmt: skip
            accounts.grant(session, actor, name, role, site)


def _grown(
    settings: "Settings", engines: store.Engines, book: "Book", numbers: range, *, rounds: int
) -> dict[str, Measured]:
    """Add children and measure every page before all of them; the pages name as many rows as there are."""
    there = crowd.grown(engines, book, numbers)
    app = _app(settings)
    clients = {role: _signed_in(app, person[0]) for role, person in PEOPLE.items()}
    found = {name: _measured(app, clients[role], path, rounds) for name, (role, path) in PAGES.items()}
    with app.test_request_context():
        text = clients["DM"].get("/subjects").get_data(as_text=True)
    if f"{there.subjects} subjects" not in text:
        raise AssertionError(f"the matrix does not say that there are {there.subjects} subjects")
    return found


def _app(settings: "Settings") -> "Flask":
    from imt_ecrf.app import create_app

    return create_app(settings)


def _signed_in(app: "Flask", username: str) -> "FlaskClient":
    client = app.test_client()
    token = TOKEN.search(client.get("/login").get_data(as_text=True))
    if token is None:
        raise AssertionError("the door has no token")
    sent = {"csrf_token": token[1], "username": username, "password": PASSWORD}
    if client.post("/login", data=sent).status_code != 302:  # noqa: PLR2004 - let in and led on
        raise AssertionError(f"{username} was not let in")
    return client


def _measured(app: "Flask", client: "FlaskClient", path: str, rounds: int) -> Measured:
    """Ask for a page many times as a server does; what a browser spends is not counted."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    if cookie is None:
        raise AssertionError("the door gave no cookie")
    address, _mark, query = path.partition("?")
    asked = {"HTTP_COOKIE": f"{app.config['SESSION_COOKIE_NAME']}={cookie.value}"}
    taken, size, statements = [], 0, 0
    for number in range(rounds + WARM):
        environ: dict[str, Any] = {**create_environ(path=address, query_string=query), **asked}
        with _counted(app) as said:
            begun = time.process_time()
            size = _asked(app, environ, path)
            spent = (time.process_time() - begun) * 1000
        if number >= WARM:
            taken.append(spent)
            statements = len(said)
    return Measured(round(median(taken), 3), statements, size)


class _counted:  # noqa: N801 - used as a word
    """Count the statements a page reads with."""

    def __init__(self, app: "Flask") -> None:
        self.engine = app.extensions["imt_ecrf"].engines.reading
        self.said: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._hear)
        return self.said

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._hear)

    def _hear(self, *given: Any) -> None:
        self.said.append(given[2])


def _asked(app: "Flask", environ: dict[str, Any], path: str) -> int:
    said: list[str] = []
    answer: Iterator[bytes] = app.wsgi_app(environ, lambda status, *_: said.append(status))  # type: ignore[assignment, arg-type]
    try:
        size = len(b"".join(answer))
    finally:
        getattr(answer, "close", bool)()
    if said[0] != "200 OK":
        raise AssertionError(f"{path} answered {said[0]}")
    return size
