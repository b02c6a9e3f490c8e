import pytest

from imt_ecrf.cli.gate import STYLE, Outcome, _closing_line
from tests.cli.test_contents import run_command


def test_with_arguments_only_pytest_runs_and_its_closing_line_is_the_last() -> None:
    done = run_command("test", "tests/test_rooms.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("5 passed in ")
    assert not any(tool in done.stdout for tool in STYLE)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("...\n3 passed in 0.12s\n", "3 passed in 0.12s"),
        (
            "F\n==== 1 failed, 2 passed, 1 warning in 61.02s (0:01:01) ====\n",
            "1 failed, 2 passed, 1 warning in 61.02s",
        ),
        ("\n2 errors in 1.00s\nlater words in the log\n", "2 errors in 1.00s"),
        ("Traceback\n", "pytest ended without a summary"),
    ],
)
def test_the_closing_line_is_pytests_own(said: str, line: str) -> None:
    assert line in _closing_line(Outcome("pytest", 0, said))
