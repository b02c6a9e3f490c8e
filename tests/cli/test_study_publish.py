import pytest

from imt_ecrf.conduct.studies import BuilderApproves
from tests.cli.command import run


@pytest.mark.req("R59")
def test_who_built_a_version_does_not_publish_it_and_another_person_does(admin: tuple[str, str]) -> None:
    folder, password = admin
    publish = ("study", "publish", "--data", folder, "--as", "a.vogel")
    refused = run(*publish, "--built-by", "A.Vogel", typed=password)
    assert type(refused.exception) is BuilderApproves
    assert "No version of the study" in str(run("study", "show", "--data", folder).exception)
    done = run(*publish, "--built-by", "b.other", typed=password)
    assert done.stdout.startswith("Published: IMT-CRIZ-PED")


def test_a_published_version_is_tested_as_it_was_published(admin: tuple[str, str]) -> None:
    folder, password = admin
    run("study", "publish", "--data", folder, "--as", "a.vogel", typed=password)
    tested = run("study", "test", "--data", folder)
    assert (tested.exit_code, tested.stdout.endswith("0 untested, 0 failed.\n")) == (0, True)
    assert run("study", "test", "--data", folder, "--forms", folder).exit_code == 2


def test_without_a_terminal_and_without_a_password_the_command_says_what_is_needed(
    admin: tuple[str, str],
) -> None:
    folder, password = admin
    refused = run("study", "publish", "--data", folder, "--as", "a.vogel", typed="")
    assert (refused.exit_code, refused.stderr.splitlines()) == (
        1,
        [
            (
                "Error: The password of a.vogel is needed: run this on a terminal, "
                "or give it as one line of the standard input."
            )
        ],
    )
    done = run("study", "publish", "--data", folder, "--as", "a.vogel", typed=f"{password}\n")
    assert (done.exit_code, done.stderr) == (0, "")
