import os
import re
from pathlib import Path

import pytest

from imt_ecrf import config, store
from imt_ecrf.cli.doctor import database_faults
from imt_ecrf.cli.opened import opened
from imt_ecrf.conduct import identity
from imt_ecrf.store.tables import Event, User
from tests.cli.command import run
from tests.postgres import PostgresServer

PERSON = ("--name", "Anna Vogel", "--email", "anna.vogel@clinic.example")


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Make an empty test installation and give its folder."""
    folder = str(tmp_path / "data")
    assert run("init", "--data", folder, "--kind", "test").exit_code == 0
    return folder


def test_a_new_installation_is_complete_and_says_what_to_keep(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    result = run("init", "--data", str(folder), "--kind", "production", "--port", "9001")
    said = f"Made a production installation in {folder}.\nKeep a copy of {folder}/secret.key"
    assert (result.exit_code, result.stdout) == (
        0,
        f"{said} apart from the database.\n",
    )
    settings = config.load(folder, {})
    assert (settings.kind, settings.port, database_faults(settings)) == ("production", 9001, [])


@pytest.mark.req("R69")
def test_only_its_owner_reads_the_database_file_of_a_new_installation(data: str) -> None:
    modes = {file.name: file.stat().st_mode & 0o777 for file in Path(data).glob("*.sqlite3*")}
    assert modes
    assert set(modes.values()) == {0o600}, modes


def test_on_postgresql_the_program_owns_none_of_its_tables(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    program = f"ecrf_program_{os.getpid()}"
    postgres_server.run(f"CREATE ROLE {program} LOGIN")
    own = postgres_url.replace(postgres_server.owner, program)
    made = run(
        "init", "--data", str(tmp_path), "--kind", "test", "--database-url", own, "--owner-url", postgres_url
    )
    assert (made.exit_code, made.stderr) == (0, "")
    settings = config.load(tmp_path, {})
    assert (settings.database_url, database_faults(settings)) == (own, [])
    assert postgres_server.owner not in (tmp_path / config.FILE).read_text(encoding="utf-8")


def test_where_no_database_can_be_made_nothing_is_left_behind(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    result = run("init", "--data", str(tmp_path), "--kind", "test", "--database-url", nowhere)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database could not be made: connection")
    assert list(tmp_path.iterdir()) == []


def test_the_first_account_is_an_administrators_and_makes_the_others(data: str) -> None:
    first = run("user", "add", "a.vogel", "--data", data, *PERSON)
    assert (first.exit_code, first.stderr) == (0, "")
    found = re.search(r"with the password (\S+) and", first.stdout)
    assert found
    person = ("--name", "Ivan Petrov", "--email", "ivan.petrov@clinic.example", "--language", "ru")
    second = run("user", "add", "i.petrov", "--data", data, "--as", "a.vogel", *person, typed=f"{found[1]}\n")
    assert second.exit_code == 0, second.output
    listed = run("user", "list", "--data", data, "--as", "a.vogel", typed=f"{found[1]}\n")
    assert listed.stdout.splitlines() == [
        "a.vogel\tAnna Vogel\tanna.vogel@clinic.example\topen\tADMIN@all",
        "i.petrov\tIvan Petrov\tivan.petrov@clinic.example\topen\t",
    ]


def test_with_one_account_there_nobody_is_added_without_saying_who_does_it(data: str) -> None:
    run("user", "add", "a.vogel", "--data", data, *PERSON)
    again = run("user", "add", "b.vogel", "--data", data, *PERSON)
    assert (again.exit_code, again.stderr) == (1, "Error: Say who you are with --as USERNAME.\n")


def test_a_wrong_password_makes_no_account(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("user", "add", "a.vogel", "--data", data, *PERSON)
    refused = run(
        "user", "close", "a.vogel", "--data", data, "--as", "a.vogel", "--reason", "left", typed="no\n"
    )
    assert type(refused.exception).__name__ == "WrongPassword"


@pytest.mark.req("R15")
def test_an_identity_check_is_recorded_by_another_administrator_only(data: str) -> None:
    first = run("user", "add", "a.vogel", "--data", data, *PERSON)
    found = re.search(r"with the password (\S+) and", first.stdout)
    assert found
    password = f"{found[1]}\n"
    told = ("--data", data, "--as", "a.vogel")
    person = ("--name", "Ivan Petrov", "--email", "ivan.petrov@clinic.example")
    run("user", "add", "i.petrov", *told, *person, typed=password)
    check = ("--how", "Passport seen", "--day", "2026-03-09")
    assert run("user", "identity", "i.petrov", *told, *check, typed=password).exit_code == 0
    own = run("user", "identity", "a.vogel", *told, *check, typed=password)
    assert type(own.exception).__name__ == "OwnIdentity"
    tomorrow = run("user", "identity", "i.petrov", *told, *check[:3], "2999-01-01", typed=password)
    nobody = run("user", "identity", "n.nobody", *told, *check, typed=password)
    wrong = run("user", "identity", "i.petrov", *told, *check, typed="wrong\n")
    refused = [type(one.exception).__name__ for one in (tomorrow, nobody, wrong)]
    assert refused == ["CheckIncomplete", "NotFound", "WrongPassword"]
    with opened(Path(data)) as installation, store.reading(installation.engines) as session:
        account = session.query(User).filter_by(username="i.petrov").one()
        found_of = identity.standing(session, account.id)
        logged = session.query(Event).filter_by(act="identity.checked").one()
    assert (found_of.check, found_of.checked_on, found_of.checked_by, found_of.accepted_at) == (
        "Passport seen",
        "2026-03-09",
        "a.vogel",
        None,
    )
    assert (logged.username, logged.object) == ("a.vogel", "i.petrov")


@pytest.mark.req("R25")
def test_an_inspector_gets_an_account_that_reads_everything_and_ends_by_itself(data: str) -> None:
    found = re.search(
        r"with the password (\S+) and", run("user", "add", "a.vogel", "--data", data, *PERSON).stdout
    )
    assert found
    told = ("--data", data, "--as", "a.vogel", "--name", "Lidia Petrova", "--email", "l@agency.example")
    none = run("user", "inspector", "l.petrova", *told, typed=f"{found[1]}\n")
    over = run("user", "inspector", "l.petrova", *told, "--until", "2020-01-01", typed=f"{found[1]}\n")
    made = run("user", "inspector", "l.petrova", *told, "--until", "2999-12-31", typed=f"{found[1]}\n")
    assert (none.exit_code, type(over.exception).__name__) == (2, "EndsBeforeItBegins")
    assert made.stdout.splitlines()[-1] == "The access ends with 2999-12-31, UTC."
    listed = run("user", "list", *told[:4], typed=f"{found[1]}\n").stdout.splitlines()[1]
    assert listed.endswith("\tAUD@all")
