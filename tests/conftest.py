"""What every test may ask for (databases, a browser), and the table that traces requirements to tests."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import NoReturn

import pytest

from imt_ecrf import __version__
from tests.postgres import PostgresServer, binaries, running_server

CHECKOUT = Path(__file__).resolve().parent.parent
TRACEABILITY = CHECKOUT / "build" / "traceability.csv"

_results: defaultdict[tuple[str, str], list[str]] = defaultdict(list)


def missing(what: str) -> NoReturn:
    """Skip loudly, or fail where the gate runs: a green gate must not hide tests that never ran."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing on this machine")
    pytest.skip(f"{what} is missing on this machine")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of this test process' own, reached through a socket in a temporary folder."""
    if binaries() is None:
        missing("PostgreSQL")
    with running_server() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of an empty SQLite database."""
    return f"sqlite:///{tmp_path / 'study.sqlite3'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database, dropped afterwards."""
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database, on each of the two engines in turn."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the machine's Chromium, for tests in a real browser."""
    path = which("chromium") or which("chromium-browser")
    if path is None:
        missing("Chromium")
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the requirement marks where they travel with the reports, also from worker processes."""
    for item in items:
        for mark in item.iter_markers("req"):
            item.user_properties += [("req", str(number)) for number in mark.args]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember how each test with a requirement ended."""
    for name, number in report.user_properties:
        if name == "req" and (report.when == "call" or report.outcome != "passed"):
            _results[str(number), report.nodeid].append(report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the traceability table: requirement, test, result, version of the program."""
    if hasattr(session.config, "workerinput") or not _results:
        return
    TRACEABILITY.parent.mkdir(exist_ok=True)
    with TRACEABILITY.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["requirement", "test", "result", "version"])
        for (number, test), outcomes in sorted(_results.items()):
            table.writerow([number, test, _worst(outcomes), __version__])


def _worst(outcomes: list[str]) -> str:
    return next((outcome for outcome in ("failed", "skipped") if outcome in outcomes), "passed")
