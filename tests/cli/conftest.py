"""A test installation with one administrator."""

import re
from pathlib import Path

import pytest

from tests.cli.command import run


@pytest.fixture
def admin(tmp_path: Path) -> tuple[str, str]:
    """Make a test installation with one administrator; give its folder and the typed password."""
    folder = str(tmp_path / "data")
    assert run("init", "--data", folder, "--kind", "test").exit_code == 0
    person = ("--name", "Anna Vogel", "--email", "anna.vogel@clinic.example")
    said = run("user", "add", "a.vogel", "--data", folder, *person).stdout
    found = re.search(r"with the password (\S+) and", said)
    assert found
    return folder, f"{found[1]}\n"
