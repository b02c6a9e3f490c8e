"""A whole request for a filled form, from cookie to last byte, on the real study; knows no network."""

import re
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from werkzeug.test import create_environ

from imt_ecrf import config, store
from imt_ecrf.cli.bench import forty
from imt_ecrf.cli.bench.hospital import PASSWORD, USER, child, hospital
from imt_ecrf.conduct import entrance, entry
from imt_ecrf.conduct.views import Address, Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIEnvironment

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.config import Settings
    from imt_ecrf.study.book import Book

PAGES = 60
WARM = 10
DAY = "2026-03-02"
VITALS: Mapping[str, str | Answer] = {
    "VSPERF": "Y", "VSDAT": DAY, "VSTIM": "09:40", "VS_HTPOS": "STANDING", "VS_SYSBP": "104",
    "VS_WEIGHT": Answer("34.1", "kg"), "VS_HEIGHT": Answer("148.6", "cm"), "VS_DIABP": "62",
    "VS_HR": "72", "VS_RESP": "18", "VS_TEMP": Answer("36.6", "C"), "VS_SPO2": Answer("", None, "ND"),
}  # fmt: skip
CHANGED = (forty.NUMBER, "VS_WEIGHT", "G_LBC.ALT.LBCORRES")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def run(folder: Path, rounds: int = PAGES) -> dict[str, float]:
    """Measure the server's CPU for three pages of one child; the median of the rounds, in milliseconds.

    `..._cpu_ms`: the page as it was before; `..._changed_cpu_ms`: each time just after the form was saved
    again, with other answers, by a connection of its own, so that nothing kept of this child can serve.
    """
    settings = config.create(folder / "data", "test")
    with_forms = _study(settings)
    app = _app(settings)
    client = app.test_client()
    _sign_in(client)
    cookie = _cookie(app, client)
    figures: dict[str, float] = {}
    for name, address in with_forms.items():
        asked = {"PATH_INFO": f"/subjects/{address}", "HTTP_COOKIE": cookie}
        taken, size = _measure(app, asked, rounds)
        changed, _ = _measure(app, asked, rounds, _saver(settings, address))
        figures |= {f"{name}_cpu_ms": taken, f"{name}_changed_cpu_ms": changed}
        figures[f"{name}_kilobytes"] = round(size / 1000, 1)
    figures["smallest_page_cpu_ms"], _ = _measure(
        app, {"PATH_INFO": "/health", "HTTP_COOKIE": cookie}, rounds
    )
    return figures


def _study(settings: "Settings") -> dict[str, Address]:
    engines = store.engines(settings.database_url)
    store.migrate(engines)
    book = hospital(engines, more=forty.with_forty)
    with store.writing(engines) as session:
        crc = _bench_runner(session)
        code = child(session, crc, "01")
        forms = {
            "page_40_items": (Address(code, forty.EVENT, 1, forty.FORM), forty.answers(book.version)),
            "vital_signs": (Address(code, "SE_SCR", 1, "F_VS"), VITALS),
            "panel_23_rows": (Address(code, "SE_SCR", 1, "F_LBC"), _chemistry(book)),
        }
        for address, answers in forms.values():
            plain = {path: one if isinstance(one, Answer) else Answer(one) for path, one in answers.items()}
            entry.save_form(session, crc, address, plain, {}, 0)
    engines.dispose()
    return {name: address for name, (address, _answers) in forms.items()}


def _bench_runner(session: "Session") -> "Actor":
    crc = entrance.actor_named(session, USER)
    if crc is None:
        raise AssertionError("the account was made a moment ago")
    return crc


def _chemistry(book: "Book") -> dict[str, str | Answer]:
    """Give a result with its unit in each of the 23 rows."""
    found: dict[str, str | Answer] = {
        "LBCPERF": "Y",
        "LBCDAT": DAY,
        "LBCTIM": "09:50",
        "LBCNAM": "Site laboratory",
    }
    for number, row in enumerate(book.groups["G_LBC"][1].rows):
        found[f"G_LBC.{row.key}.LBCORRES"] = f"{20 + number}.5"
        found[f"G_LBC.{row.key}.LBCORRESU"] = row.units[0]
    return found


def _app(settings: "Settings") -> "Flask":
    from imt_ecrf.app import create_app

    return create_app(settings)


def _sign_in(client: "FlaskClient") -> None:
    token = TOKEN.search(client.get("/login").get_data(as_text=True))
    if token is None:
        raise AssertionError("the door has no token")
    sent = {"csrf_token": token[1], "username": USER, "password": PASSWORD}
    if client.post("/login", data=sent).status_code != 302:  # noqa: PLR2004 - let in and led on
        raise AssertionError("the bench was not let in")
    client.get("/")  # the first page gives the cookie its token, as it does in a browser


def _cookie(app: "Flask", client: "FlaskClient") -> str:
    name = app.config["SESSION_COOKIE_NAME"]
    kept = client.get_cookie(name)
    if kept is None:
        raise AssertionError("the door gave no cookie")
    return f"{name}={kept.value}"


def _saver(settings: "Settings", address: Address) -> "Callable[[], None]":
    """Give what saves a form again with one answer changed, as another process would."""
    engines, number = store.engines(settings.database_url), count(1)

    def save() -> None:
        with store.writing(engines) as session:
            crc = _bench_runner(session)
            record = entry.open_form(session, crc, address)
            path, cell = next((path, cell) for path, cell in record.cells.items() if path in CHANGED)
            answer = Answer(f"{31 + next(number) % 5}.{next(number) % 10}", cell.get("u"))
            entry.save_form(session, crc, address, {path: answer}, {path: "typing"}, record.version)

    return save


def _measure(
    app: "Flask", asked: dict[str, str], rounds: int, before: "Callable[[], None] | None" = None
) -> tuple[float, int]:
    """Ask for a page many times; give the median CPU ms of this process and the page's length.

    The program is called as a server calls it; what a browser or a test client spends is not counted, nor
    what is done `before` each request.
    """
    taken, size = [], 0
    for number in range(rounds + WARM):
        if before is not None:
            before()
        environ: WSGIEnvironment = {**create_environ(), **asked}
        begun = time.process_time()
        body, status = _asked(app, environ)
        if number >= WARM:
            taken.append((time.process_time() - begun) * 1000)
        if status != "200 OK":
            raise AssertionError(f"{asked['PATH_INFO']} answered {status}")
        size = len(body)
    return round(median(taken), 3), size


def _asked(app: "Flask", environ: "WSGIEnvironment") -> tuple[bytes, str]:
    said: list[str] = []
    answer = app.wsgi_app(environ, lambda status, *_: said.append(status))  # type: ignore[arg-type]
    try:
        return b"".join(answer), said[0]
    finally:
        getattr(answer, "close", bool)()
