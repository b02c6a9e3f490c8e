"""An installation's database is brought up to the program: copied first, refused when it is not known."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from imt_ecrf import config, store
from imt_ecrf.cli.doctor import database_faults
from imt_ecrf.store import schema
from tests.cli.command import run

if TYPE_CHECKING:
    from pathlib import Path

OLDER = "2026_11_22_windows_that_open"


def revision_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.fixture
def old(tmp_path: Path) -> tuple[config.Settings, Path]:
    """Give an installation whose database an older program made, and its file."""
    settings = config.create(tmp_path / "data", "test")
    store.migrate(settings.database_url, OLDER)
    (file,) = settings.data.glob("*.sqlite3")
    return settings, file


def test_serve_names_the_command_that_brings_the_database_there(old: tuple[config.Settings, Path]) -> None:
    settings, _file = old
    refused = run("serve", "--data", str(settings.data))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[0].startswith(
        f"Error: The database stands at revision {OLDER}, the program needs {schema.newest()}; "
        "`imt-ecrf upgrade` brings it there."
    )


def test_an_older_database_is_copied_and_brought_up(old: tuple[config.Settings, Path]) -> None:
    settings, file = old
    done = run("upgrade", "--data", str(settings.data))
    copy = file.with_name(f"{file.stem}-before-{OLDER}{file.suffix}")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            f"Copied the database as it was to {copy}.",
            f"The database stands at revision {schema.newest()} now; it stood at {OLDER}.",
        ],
    )
    assert (revision_of(copy), revision_of(file)) == (OLDER, schema.newest())
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert database_faults(settings) == []


def test_a_database_that_is_up_to_date_is_left_as_it_is(old: tuple[config.Settings, Path]) -> None:
    settings, file = old
    assert run("upgrade", "--data", str(settings.data)).exit_code == 0
    there, before = sorted(settings.data.iterdir()), file.read_bytes()
    again = run("upgrade", "--data", str(settings.data))
    assert (again.exit_code, again.stdout) == (
        0,
        f"Nothing to do: the database stands at revision {schema.newest()}.\n",
    )
    assert (sorted(settings.data.iterdir()), file.read_bytes()) == (there, before)


def test_a_copy_made_before_is_never_written_over(old: tuple[config.Settings, Path]) -> None:
    settings, file = old
    copy = file.with_name(f"{file.stem}-before-{OLDER}{file.suffix}")
    copy.write_bytes(b"kept")
    assert run("upgrade", "--data", str(settings.data)).exit_code == 0
    assert copy.read_bytes() == b"kept"
    assert revision_of(file.with_name(f"{file.stem}-before-{OLDER}-2{file.suffix}")) == OLDER


def test_a_database_of_a_newer_program_is_refused_and_not_touched(old: tuple[config.Settings, Path]) -> None:
    settings, file = old
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of_tomorrow'")
    there = sorted(settings.data.iterdir())
    refused = run("upgrade", "--data", str(settings.data))
    assert refused.exit_code == 1
    assert refused.stderr == (
        "Error: The database stands at revision of_tomorrow, which this program does not know: "
        "a newer program made it. Nothing was changed.\n"
    )
    assert sorted(settings.data.iterdir()) == there


def test_no_database_and_an_empty_one_are_one_sentence_each(tmp_path: Path) -> None:
    settings = config.create(tmp_path / "data", "test")
    refused = run("upgrade", "--data", str(settings.data))
    assert (refused.exit_code, refused.stderr.count("\n"), "is not there" in refused.stderr) == (1, 1, True)
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("PRAGMA user_version = 1")
    refused = run("upgrade", "--data", str(settings.data))
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: The database is empty: `imt-ecrf init` makes an installation.\n",
    )
