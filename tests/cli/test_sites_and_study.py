import pytest

from imt_ecrf.conduct.sites import SiteNotPossible
from tests.cli.command import run

HOSPITAL = ("--name", "Children's Hospital", "--name-ru", "Детская больница", "--timezone", "Europe/Moscow")


def test_an_administrator_opens_a_site_and_lists_it(admin: tuple[str, str]) -> None:
    folder, password = admin
    own = ("--data", folder, "--as", "a.vogel")
    added = run("site", "add", "01", *own, *HOSPITAL, typed=password)
    assert (added.exit_code, added.stdout) == (0, "The site 01 is open.\n")
    listed = run("site", "list", *own, typed=password)
    assert listed.stdout == "01\tChildren's Hospital\tEurope/Moscow\topen\n"


@pytest.mark.parametrize(
    ("code", "zone"), [("01", "Europe/Moscow"), ("0 2", "Europe/Moscow"), ("02", "Moscow")]
)
def test_a_site_needs_a_new_code_and_a_known_time_zone(admin: tuple[str, str], code: str, zone: str) -> None:
    folder, password = admin
    own = ("--data", folder, "--as", "a.vogel")
    run("site", "add", "01", *own, *HOSPITAL, typed=password)
    refused = run("site", "add", code, *own, "--name", "B", "--timezone", zone, typed=password)
    assert type(refused.exception) is SiteNotPossible
    assert len(run("site", "list", *own, typed=password).stdout.splitlines()) == 1


def test_where_there_are_accounts_the_study_is_published_by_one_of_them_with_a_password(
    admin: tuple[str, str],
) -> None:
    folder, password = admin
    publish = ("study", "publish", "--data", folder)
    nobody = run(*publish)
    assert (nobody.exit_code, nobody.stderr) == (1, "Error: Say who you are with --as USERNAME.\n")
    wrong = run(*publish, "--as", "a.vogel", typed="no\n")
    assert type(wrong.exception).__name__ == "WrongPassword"
    assert "No version of the study" in str(run("study", "show", "--data", folder).exception)
    done = run(*publish, "--as", "a.vogel", typed=password)
    assert done.stdout.startswith("Published: IMT-CRIZ-PED")
