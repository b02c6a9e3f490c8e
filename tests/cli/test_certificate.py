"""The certificate and countersignatures from the command line, by a named person with the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from imt_ecrf import config, store
from imt_ecrf.cli import contents
from imt_ecrf.reporting.certificate import make_seal
from tests.factories import PASSWORD, make_study, make_subject, real_book

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Give an installation with a subject, an investigator and an administrator."""
    data = tmp_path / "house"
    settings = config.create(data, "test")
    store.migrate(settings.database_url)
    make_seal(data / "keys", "Test hospital")
    world = make_study(settings.database_url, real_book())
    make_subject(world)
    world.user("PI", "01")
    world.user("ADMIN", None)
    world.engines.dispose()
    return data


def run(*words: str, password: str = "") -> tuple[int, str]:
    """Run a command, with a password for who is asked one, and give its exit code and all it said."""
    result = CliRunner().invoke(contents, words, input=f"{password}\n" if password else None)
    said = result.output or str(result.exception)
    return result.exit_code, said


def test_an_investigator_countersigns_what_was_made_for_them(installation: Path, tmp_path: Path) -> None:
    data, out = ("--data", str(installation)), tmp_path / "signed.pdf"
    person = ("--as", "anna.pi.01")
    words = ("countersign", "01-001", *data, *person, "--out", str(out))
    assert run(*words, password=PASSWORD)[0] == 1  # nothing was made to be signed
    assert run("casebook", "01-001", *data, *person, "--out", str(tmp_path / "book.pdf"))[0] == 0
    assert run(*words, password="not the password")[0] == 1
    assert not out.exists()
    assert run(*words, password=PASSWORD)[0] == 0
    code, said = run("verify-copy", str(out), *data)
    assert code == 0
    assert (
        "Investigator: Anna Ivanova-Pi, Investigator / Исследователь, First Hospital; I have reviewed" in said
    )


def test_a_certificate_is_shown_revoked_and_renewed(installation: Path, tmp_path: Path) -> None:
    data, person = ("--data", str(installation)), ("--as", "anna.admin.all")
    book = tmp_path / "book.pdf"
    assert run("casebook", "01-001", *data, "--out", str(book))[0] == 0
    assert run("certificate", "show", *data)[1].startswith("in force: SHA-256 ")
    assert "ok     seal of casebooks in force, until " in run("doctor", *data)[1]
    revoke = ("certificate", "revoke", *data, "--reason", "The key was copied")
    assert run(*revoke)[0] == 1  # nobody said who it is
    assert run(*revoke, "--as", "anna.pi.01", password=PASSWORD)[0] == 1
    assert run(*revoke, *person, password=PASSWORD)[0] == 0
    assert "revoked: SHA-256" in run("certificate", "show", *data)[1]
    code, said = run("doctor", *data)
    assert (code, "WRONG  seal of casebooks revoked, until " in said) == (1, True)
    code, _said = run("casebook", "01-001", *data, "--lang", "ru", "--out", str(tmp_path / "other.pdf"))
    assert (code, (tmp_path / "other.pdf").exists()) == (1, False)
    code, said = run("verify-copy", str(book), *data)
    assert (code, "this copy is on record as made before" in said) == (0, True)
    assert run("certificate", "renew", *data, *person, password=PASSWORD)[0] == 0
    shown = run("certificate", "show", *data)[1].splitlines()
    assert [line.partition(":")[0] for line in shown] == ["in force", "revoked", "authority"]
    assert "by Anna Ivanova-Admin: The key was copied" in shown[1]
    assert run("casebook", "01-001", *data, "--out", str(book))[0] == 0
    assert run("verify-copy", str(book), *data)[0] == 0
