"""Normal ranges on the command line: a file is added whole or not at all, its faults named by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from imt_ecrf import cli
from imt_ecrf.policy.refusals import NotPermitted
from tests.factories import PASSWORD, real_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "laboratory,test,unit,sex,age_from,age_to,low,high,valid_from,valid_to"
TABLE = f"""{HEAD}
Laboratory A,ALT,U/L,,0y,6y,5,35,2026-01-01,
Laboratory A,ALT,U/L,F,6y,,5,40,2026-01-01,
Laboratory A,ALT,U/L,M,6y,,5,45,2026-01-01,
"""


class Shell:
    """The command line of an installation with the manager of a laboratory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "house"
        self.world = office(self.folder, real_book()).world
        self.file = folder / "ranges.csv"

    def run(self, *words: str, role: str = "LABM") -> Result:
        """Run a command of ranges as somebody of a role."""
        name = self.world.user(role).username
        own = ("--data", str(self.folder), "--as", name)
        return CliRunner().invoke(cli.contents, ["ranges", *words, *own], input=f"{PASSWORD}\n")

    def read(self, text: str) -> Result:
        """Import a file with this text."""
        self.file.write_text(text, encoding="utf-8")
        return self.run("import", str(self.file), "--site", "01")

    def listed(self) -> list[str]:
        """Give the lines of the list, without what time and chance put in."""
        lines = self.run("list").stdout.splitlines()[1:]
        return [",".join(line.split(",")[:12]) for line in lines]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give the command line of a new installation."""
    return Shell(tmp_path)


@pytest.mark.req("R32")
def test_a_file_of_ranges_is_added_and_listed_in_the_columns_it_came_in(shell: Shell) -> None:
    done = shell.read(TABLE)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        0,
        "Kept: 3 ranges; 0 forms follow, 0 signatures are void.",
    )
    assert shell.listed() == [
        "01,Laboratory A,ALT,U/L,,0y,6y,5,35,2026-01-01,,holds",
        "01,Laboratory A,ALT,U/L,F,6y,,5,40,2026-01-01,,holds",
        "01,Laboratory A,ALT,U/L,M,6y,,5,45,2026-01-01,,holds",
    ]


def test_every_faulty_line_is_named_and_nothing_is_added(shell: Shell) -> None:
    wrong = f"""{HEAD}
Laboratory A,ALT,mg/dL,,0y,6y,5,35,2026-01-01,
Laboratory A,ALT,U/L,,six,,5,35,2026-01-01,
Laboratory A,ALT,U/L,,0y,,5,35,01.01.2026,
Laboratory A,ALT,U/L,,0y
Laboratory A,ALT,U/L,,0y,,50,35,2026-01-01,
"""
    said = shell.read(wrong)
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        f"{shell.file}: line 2: mg/dL: ALT is reported in U/L, ukat/L.",
        f"{shell.file}: line 3: six: an age is such as 6y, 18m or 30d.",
        f"{shell.file}: line 4: 01.01.2026: a day is such as 2026-06-01.",
        f"{shell.file}: line 5: not as many cells as columns",
        f"{shell.file}: line 6: The lower limit 50 is above the upper one 35.",
    ]
    assert said.stderr.endswith("Error: 5 faults; nothing was added.\n")
    assert shell.listed() == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TABLE.replace(",0y,6y,", ",0y,5y,"), "ALT F: gap at 5y-6y"),
        (TABLE.replace(",0y,6y,5", ",0y,7y,5").replace(",F,", ",,"), "ALT any sex: overlap at 6y-7y"),
        (f"{HEAD}\n", "there is no range in the file"),
        ("laboratory,test\nA,ALT\n", "line 1: no column unit, valid_from; columns are"),
        (TABLE.replace("low,high", "low,hi"), "line 1: unknown column hi; columns are"),
        ("", "line 1: no column laboratory, test, unit, valid_from; columns are"),
    ],
)
def test_faults_between_lines_and_of_the_head_are_named(shell: Shell, text: str, fault: str) -> None:
    said = shell.read(text)
    assert (said.exit_code, f"{shell.file}: {fault}" in said.stdout) == (1, True)
    assert shell.listed() == []


def test_a_file_that_is_not_text_is_refused_in_a_sentence(shell: Shell) -> None:
    shell.file.write_bytes(b"\xff\xfe\x00")
    said = shell.run("import", str(shell.file), "--site", "01")
    assert (said.exit_code, said.stdout) == (1, f"{shell.file}: the file is not text in UTF-8\n")


def test_one_range_is_added_and_replaced_by_options(shell: Shell) -> None:
    one = (
        *("--site", "01", "--laboratory", "Laboratory A", "--test", "ALT", "--unit", "U/L"),
        *("--low", "5", "--high", "40", "--from", "2026-01-01"),
    )
    first = shell.run("add", *one).stdout.splitlines()[1]
    later = (*one[:-3], "50", "--from", "2026-06-01", "--replaces", first, "--reason", "new reagent")
    assert shell.run("add", *later).exit_code == 0
    assert shell.listed() == [
        "01,Laboratory A,ALT,U/L,,0y,,5,40,2026-01-01,2026-06-01,holds",
        "01,Laboratory A,ALT,U/L,,0y,,5,50,2026-06-01,,holds",
    ]
    assert "an age is such as" in shell.run("add", *one, "--age-from", "six").stderr


def test_only_the_manager_of_the_laboratory_adds(shell: Shell) -> None:
    shell.file.write_text(TABLE, encoding="utf-8")
    said = shell.run("import", str(shell.file), "--site", "01", role="CRC")
    assert type(said.exception) is NotPermitted
