import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imt_ecrf import cli
from imt_ecrf.conduct.studies import BuilderApproves


def _run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.contents, arguments, input=typed)


@pytest.fixture
def admin(tmp_path: Path) -> tuple[str, str]:
    """Make a test installation with one administrator; give its folder and the typed password."""
    folder = str(tmp_path / "data")
    assert _run("init", "--data", folder, "--kind", "test").exit_code == 0
    person = ("--name", "Anna Vogel", "--email", "anna.vogel@clinic.example")
    said = _run("user", "add", "a.vogel", "--data", folder, *person).stdout
    found = re.search(r"with the password (\S+) and", said)
    assert found
    return folder, f"{found[1]}\n"


@pytest.mark.req("R59")
def test_who_built_a_version_does_not_publish_it_and_another_person_does(admin: tuple[str, str]) -> None:
    folder, password = admin
    publish = ("study", "publish", "--data", folder, "--as", "a.vogel")
    refused = _run(*publish, "--built-by", "A.Vogel", typed=password)
    assert type(refused.exception) is BuilderApproves
    assert "No version of the study" in str(_run("study", "show", "--data", folder).exception)
    done = _run(*publish, "--built-by", "b.other", typed=password)
    assert done.stdout.startswith("Published: IMT-CRIZ-PED")


def test_a_published_version_is_tested_as_it_was_published(admin: tuple[str, str]) -> None:
    folder, password = admin
    _run("study", "publish", "--data", folder, "--as", "a.vogel", typed=password)
    tested = _run("study", "test", "--data", folder)
    assert (tested.exit_code, tested.stdout.endswith("0 untested, 0 failed.\n")) == (0, True)
    assert _run("study", "test", "--data", folder, "--forms", folder).exit_code == 2
