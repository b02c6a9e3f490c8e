"""`imt-ecrf demo` end to end with a few children: the installation, its accounts, what it refuses."""

import datetime as dt
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from imt_ecrf import cli, config, store
from imt_ecrf.cli.demo.accounts import new_password
from imt_ecrf.cli.demo.people import PEOPLE
from imt_ecrf.cli.demo.writing import last_day
from imt_ecrf.cli.doctor import database_faults
from imt_ecrf.conduct import entrance, passwords
from imt_ecrf.policy.permissions import STANDINGS

UNTIL = "2026-11-20"
DOCUMENTS = """SELECT s.code, f.event, f.event_repeat, f.form, f.form_repeat, f.entry_state, f.data
    FROM form_data f JOIN subject s ON s.id = f.subject_id ORDER BY 1, 2, 3, 4, 5"""


def _demo(folder: Path, *arguments: str) -> Result:
    fixed = ("demo", "--no-serve", "--until", UNTIL, "--data", str(folder))
    return CliRunner().invoke(cli.contents, [*fixed, *arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Make a demo with three children once for all tests of this file."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    return folder, _demo(folder, "--children", "3")


def _rows(folder: Path, query: str) -> list[Any]:
    with sqlite3.connect(folder / "study.sqlite3") as connection:
        return connection.execute(query).fetchall()


def test_it_makes_an_installation_of_kind_demo_that_may_be_served(made: tuple[Path, Result]) -> None:
    folder, result = made
    assert result.exit_code == 0, result.output
    settings = config.load(folder, {})
    assert (settings.kind, database_faults(settings)) == ("demo", [])
    assert not folder.with_name("data.part").exists()
    assert (folder / "keys" / "seal.p12").is_file()


def test_every_role_has_an_account_whose_password_is_told_and_works(made: tuple[Path, Result]) -> None:
    folder, result = made
    file = folder / "demo-accounts.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert [set(one) for one in told] == [{"username", "password", "role", "site"}] * len(PEOPLE)
    assert {one["role"] for one in told} == set(STANDINGS)
    assert all(one["username"] in result.output and one["password"] in result.output for one in told)
    opened = store.engines(config.load(folder, {}).database_url)
    with store.writing(opened) as session:
        for one in (told[0], told[-1]):
            actor = entrance.log_in(session, one["username"], one["password"])
            assert actor.held(one["site"]) == (one["role"],)
    opened.dispose()


def test_its_children_are_in_the_states_of_their_stories(made: tuple[Path, Result]) -> None:
    folder, _ = made
    assert _rows(folder, "SELECT code, state FROM subject ORDER BY code") == [
        ("01-001", "SCREEN FAILURE"),
        ("02-001", "OFF TREATMENT"),
        ("03-001", "ON TREATMENT"),
    ]
    states = dict(_rows(folder, "SELECT entry_state, count(*) FROM form_data GROUP BY entry_state"))
    assert states["complete"] > 100
    assert set(states) <= {"complete", "in progress", "not done"}


def test_what_is_left_open_is_open_for_a_reason_of_the_story(made: tuple[Path, Result]) -> None:
    folder, _ = made
    query = """SELECT s.code, f.form FROM form_data f JOIN subject s ON s.id = f.subject_id
        WHERE f.entry_state = 'in progress' OR f.hard > 0"""
    assert _rows(folder, query) == [("03-001", "F_EX")]  # the child takes the drug: the interval goes on


def test_it_holds_signed_and_void_signatures_queries_and_corrections(made: tuple[Path, Result]) -> None:
    folder, _ = made
    signatures = {state for (state,) in _rows(folder, "SELECT DISTINCT signature FROM form_data")}
    assert signatures == {"none", "valid", "void"}
    assert _rows(folder, "SELECT state FROM query") == [("open",)]
    assert _rows(folder, "SELECT count(*) FROM change_set WHERE from_version > 0 AND origin = 'demo'") > [
        (5,)
    ]


def test_a_monitor_proposed_a_deviation_and_the_site_declined_it(made: tuple[Path, Result]) -> None:
    folder, _ = made
    query = "SELECT act, role FROM event WHERE act LIKE 'deviation.%' ORDER BY seq"
    assert _rows(folder, query) == [("deviation.proposed", "CRA"), ("deviation.declined", "CRC")]


def test_everything_was_written_by_named_persons_in_the_order_of_time(made: tuple[Path, Result]) -> None:
    folder, _ = made
    names = {one.name for one in PEOPLE}
    query = "SELECT DISTINCT user_name FROM change_set WHERE origin = 'demo'"
    assert {name for (name,) in _rows(folder, query)} <= names
    moments = [at for (at,) in _rows(folder, "SELECT at_utc FROM change_set ORDER BY seq")]
    assert moments == sorted(moments)
    assert str(moments[-1]) < "2026-11-21"


@pytest.mark.req("R04")
def test_its_trail_proves_its_data(made: tuple[Path, Result]) -> None:
    folder, _ = made
    result = CliRunner().invoke(cli.contents, ["audit", "verify", "--data", str(folder)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("All is right")


def test_it_is_kept_when_the_command_is_run_again(made: tuple[Path, Result]) -> None:
    folder, _ = made
    before = (folder / "demo-accounts.json").read_bytes()
    result = _demo(folder)
    assert result.exit_code == 0
    assert "holds a demo already" in result.output
    assert (folder / "demo-accounts.json").read_bytes() == before


def test_the_same_seed_writes_the_same_documents_with_other_passwords(
    made: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, _ = made
    (tmp_path / "again.part").mkdir()
    config.create(tmp_path / "again.part", "demo")  # as a demo leaves it that was stopped on the way
    result = _demo(tmp_path / "again", "--children", "1")
    assert result.exit_code == 0, result.output
    assert "begun and not finished" in result.output
    first = [row for row in _rows(folder, DOCUMENTS) if row[0] == "02-001"]
    assert _rows(tmp_path / "again", DOCUMENTS) == first
    files = [(at / "demo-accounts.json").read_text(encoding="utf-8") for at in (folder, tmp_path / "again")]
    assert files[0] != files[1]


def test_a_folder_that_is_something_else_is_refused(tmp_path: Path) -> None:
    config.create(tmp_path / "other", "test")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "new.part").mkdir()
    results = [_demo(tmp_path / name) for name in ("other", "full", "new")]
    said = ["never becomes a demo", "is not empty and no installation", "is in the way; remove it"]
    assert [one.exit_code for one in results] == [1, 1, 1]
    assert all(words in one.stderr for words, one in zip(said, results, strict=True))
    assert (tmp_path / "full" / "thesis.txt").is_file()


def test_wrong_usage_is_told_apart() -> None:
    assert CliRunner().invoke(cli.contents, ["demo", "--seed", "many"]).exit_code == 2


def test_the_last_day_is_the_friday_before() -> None:
    days = [last_day(dt.date(2026, 11, day)) for day in (19, 20, 21, 22, 27)]
    assert days == [
        dt.date(2026, 11, 13),
        dt.date(2026, 11, 13),
        dt.date(2026, 11, 20),
        dt.date(2026, 11, 20),
        dt.date(2026, 11, 20),
    ]


def test_passwords_are_strong_and_never_the_same() -> None:
    found = {new_password() for _ in range(50)}
    assert len(found) == 50
    for one in found:
        passwords.check(one)


def test_a_demo_that_was_stopped_on_the_way_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    # whoever runs the tests in the background hands down an ignored Ctrl-C
    command = ["env", "--default-signal=INT", sys.executable, "-m", "imt_ecrf", "demo", "--no-serve"]
    command += ["--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        while not (tmp_path / "data.part" / "study.sqlite3").exists():
            assert running.poll() is None, "it ended by itself"
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert running.returncode == 1
    assert "the next run makes it anew" in said
    assert not folder.exists()
