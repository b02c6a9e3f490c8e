import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

from imt_ecrf import __version__, cli
from imt_ecrf.rooms import RoomIsMissing


def run_command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "imt_ecrf", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def _offered() -> list[str]:
    return cli.contents.list_commands(click.Context(cli.contents))


@pytest.mark.parametrize("name", _offered())
def test_every_command_offered_can_be_asked_for_help(name: str) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main([name, "--help"])
    assert raised.value.code == 0


def test_the_version_is_the_programs() -> None:
    done = run_command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"imt-ecrf, version {__version__}\n", "")


def test_wrong_usage_ends_with_2() -> None:
    done = run_command("no-such-command")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'no-such-command'." in done.stderr


def test_a_problem_is_said_in_one_sentence_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor = importlib.import_module("imt_ecrf.cli.doctor")

    def refuse(_data: object) -> None:
        raise RoomIsMissing("The folder forms is missing.")

    monkeypatch.setattr(doctor, "_look", refuse)
    with pytest.raises(SystemExit) as raised:
        cli.main(["doctor"])
    said = capsys.readouterr()
    assert (raised.value.code, said.out, said.err) == (1, "", "The folder forms is missing.\n")
