import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imt_ecrf import cli
from imt_ecrf.conduct.sites import SiteNotPossible

HOSPITAL = ("--name", "Children's Hospital", "--name-ru", "Детская больница", "--timezone", "Europe/Moscow")


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


def test_an_administrator_opens_a_site_and_lists_it(admin: tuple[str, str]) -> None:
    folder, password = admin
    own = ("--data", folder, "--as", "a.vogel")
    added = _run("site", "add", "01", *own, *HOSPITAL, typed=password)
    assert (added.exit_code, added.stdout) == (0, "The site 01 is open.\n")
    listed = _run("site", "list", *own, typed=password)
    assert listed.stdout == "01\tChildren's Hospital\tEurope/Moscow\topen\n"


@pytest.mark.parametrize(
    ("code", "zone"), [("01", "Europe/Moscow"), ("0 2", "Europe/Moscow"), ("02", "Moscow")]
)
def test_a_site_needs_a_new_code_and_a_known_time_zone(admin: tuple[str, str], code: str, zone: str) -> None:
    folder, password = admin
    own = ("--data", folder, "--as", "a.vogel")
    _run("site", "add", "01", *own, *HOSPITAL, typed=password)
    refused = _run("site", "add", code, *own, "--name", "B", "--timezone", zone, typed=password)
    assert type(refused.exception) is SiteNotPossible
    assert len(_run("site", "list", *own, typed=password).stdout.splitlines()) == 1


def test_where_there_are_accounts_the_study_is_published_by_one_of_them_with_a_password(
    admin: tuple[str, str],
) -> None:
    folder, password = admin
    publish = ("study", "publish", "--data", folder)
    nobody = _run(*publish)
    assert (nobody.exit_code, nobody.stderr) == (1, "Error: Say who you are with --as USERNAME.\n")
    wrong = _run(*publish, "--as", "a.vogel", typed="no\n")
    assert type(wrong.exception).__name__ == "WrongPassword"
    assert "No version of the study" in str(_run("study", "show", "--data", folder).exception)
    done = _run(*publish, "--as", "a.vogel", typed=password)
    assert done.stdout.startswith("Published: IMT-CRIZ-PED")
