"""The gate every change passes, of tests and of style; knows the checkout and its tools only."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from imt_ecrf import rooms

_HERE = Path(sys.executable).parent
STYLE = {
    "ruff check": [sys.executable, "-m", "ruff", "check", "."],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "mypy": [sys.executable, "-m", "mypy"],
    "import-linter": [str(_HERE / "lint-imports"), "--no-logo"],
}
_NO_TESTS_RAN = 5
_CLOSING = re.compile(r"\d+ (passed|failed|skipped|deselected|errors?)\b.* in \d")


@dataclass(frozen=True)
class Outcome:
    """How one tool ended: its exit code and what it said."""

    tool: str
    code: int
    said: str


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENTS]...")
def test(arguments: tuple[str, ...]) -> None:
    """Run style checks and tests; with arguments only pytest, with those.

    A checkout is needed: an installation carries no tests.
    """
    checkout = rooms.checkout()
    if checkout is None:
        raise click.ClickException("The tests are run in a checkout; this is an installation.")
    if arguments:
        sys.exit(_pytest(checkout, arguments).code)
    outcomes = [*_style(checkout), _pytest(checkout, _whole_suite())]
    click.echo("\n" + "\n".join(f"{_word(outcome)}  {outcome.tool}" for outcome in outcomes))
    # pytest's own closing line comes last: that is where people and machines look
    click.echo(_closing_line(outcomes[-1]))
    sys.exit(any(outcome.code for outcome in outcomes))


def _whole_suite() -> tuple[str, ...]:
    # a file of tests stays on one worker, so that what it makes once is made once
    return ("-n", "2", "--dist", "loadfile", "--cov", "--cov-report", "term")


def _style(checkout: Path) -> list[Outcome]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(lambda tool: _quietly(checkout, tool), STYLE))
    for outcome in outcomes:
        click.echo(f"{_word(outcome)}  {outcome.tool}")
        if outcome.code:
            click.echo(outcome.said)
    return outcomes


def _quietly(checkout: Path, tool: str) -> Outcome:
    done = subprocess.run(  # noqa: S603 - the table above is all that is ever run
        STYLE[tool], cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(tool, done.returncode, done.stdout)


def _pytest(checkout: Path, arguments: tuple[str, ...]) -> Outcome:
    """Run pytest, letting its words through as they come."""
    command = [sys.executable, "-m", "pytest", *arguments]
    lines: list[str] = []
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(  # noqa: S603 - the arguments are the developer's own
        command,
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as running:
        for line in running.stdout or ():
            click.echo(line, nl=False)
            lines.append(line)
    code = running.returncode
    if code == _NO_TESTS_RAN:
        click.echo("pytest found no test.", err=True)
    return Outcome("pytest", code, "".join(lines))


def _word(outcome: Outcome) -> str:
    return "failed" if outcome.code else "passed"


def _closing_line(outcome: Outcome) -> str:
    lines = [line.strip() for line in outcome.said.splitlines() if _CLOSING.search(line)]
    return lines[-1] if lines else "pytest ended without a summary"
