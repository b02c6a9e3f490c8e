"""A whole request for a filled form, cookie to last byte, on the real study; knows no network."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from imt_ecrf import config, store
from imt_ecrf.conduct import accounts, entrance, entry, runtime, sites, studies, subjects
from imt_ecrf.conduct.actor import ServerClock, system
from imt_ecrf.conduct.views import Address, Answer

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from imt_ecrf.config import Settings
    from imt_ecrf.study.book import Book

USER, PASSWORD = "bench", "thrown-away-with-its-folder"
PAGES = 60
WARM = 10
DAY = "2026-03-02"
VITALS: Mapping[str, str | Answer] = {
    "VSPERF": "Y", "VSDAT": DAY, "VSTIM": "09:40", "VS_HTPOS": "STANDING", "VS_SYSBP": "104",
    "VS_WEIGHT": Answer("34.1", "kg"), "VS_HEIGHT": Answer("148.6", "cm"), "VS_DIABP": "62",
    "VS_HR": "72", "VS_RESP": "18", "VS_TEMP": Answer("36.6", "C"), "VS_SPO2": Answer("", None, "ND"),
}  # fmt: skip
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def run(folder: Path, rounds: int = PAGES) -> dict[str, float]:
    """Measure the server's CPU for two pages of one child; the median of the rounds, in milliseconds."""
    settings = config.create(folder / "data", "test")
    with_forms = _study(settings)
    app = _app(settings)
    client = app.test_client()
    _sign_in(client)
    figures: dict[str, float] = {}
    for name, address in with_forms.items():
        taken, size = _measure(client, f"/subjects/{address}", rounds)
        figures |= {f"{name}_cpu_ms": taken, f"{name}_kilobytes": round(size / 1000, 1)}
    figures["smallest_page_cpu_ms"], _ = _measure(client, "/health", rounds)
    return figures


def _study(settings: "Settings") -> dict[str, Address]:
    from imt_ecrf.study.loader import draft_book

    book, engines = draft_book(), store.engines(settings.database_url)
    store.migrate(engines)
    runtime.know(book)
    actor = system(ServerClock())
    with store.writing(engines) as session:
        studies.publish(session, actor, book.version)
        sites.open_site(session, actor, "01", name="First Hospital", timezone="UTC", name_ru="Центр 01")
        accounts.create_user(
            session, actor, username=USER, name="Bench Runner", email="bench@example.org", password=PASSWORD,
            organisation="First Hospital",
        )  # fmt: skip
        accounts.grant(session, actor, USER, "CRC", "01")
    with store.writing(engines) as session:
        crc = entrance.actor_named(session, USER)
        if crc is None:
            raise AssertionError("the account was made a moment ago")
        child = subjects.screen(session, crc, "01")
        forms = {
            "page_40_items": (Address(child, "SE_SCR", 1, "F_VS"), VITALS),
            "panel_23_rows": (Address(child, "SE_SCR", 1, "F_LBC"), _chemistry(book)),
        }
        for address, answers in forms.values():
            plain = {path: one if isinstance(one, Answer) else Answer(one) for path, one in answers.items()}
            entry.save_form(session, crc, address, plain, {}, 0)
    engines.dispose()
    return {name: address for name, (address, _answers) in forms.items()}


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


def _measure(client: "FlaskClient", address: str, rounds: int) -> tuple[float, int]:
    """Ask for a page many times; give the median CPU ms of this process and the page's length."""
    taken, size = [], 0
    for number in range(rounds + WARM):
        begun = time.process_time()
        answer = client.get(address)
        if number >= WARM:
            taken.append((time.process_time() - begun) * 1000)
        if answer.status_code != 200:  # noqa: PLR2004 - the page itself
            raise AssertionError(f"{address} answered {answer.status_code}")
        size = len(answer.get_data())
    return round(median(taken), 3), size
