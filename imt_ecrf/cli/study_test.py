"""The command that runs every case of the study in both evaluators; knows no rule."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from imt_ecrf.study.loader.tested import Tested
    from imt_ecrf.study.proving import Failure, Proving, Results

folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(name="test")
@click.option("--forms", type=folder, help="The folder of the draft; without it the forms/ of the program.")
@click.option("--data", type=click.Path(path_type=Path), help="Test what this installation has published.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def run(forms: Path | None, data: Path | None, as_json: bool) -> None:
    """Run the cases beside every check, condition and derivation; exit 1 when one is untested or fails."""
    if forms and data:
        raise click.UsageError("--forms and --data: name one of them.")
    results, lines = _published(data) if data else _draft(forms)
    if as_json:
        click.echo(json.dumps(report(results), ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(line)
        click.echo(sentence(results))
    if not results.passed:
        raise click.exceptions.Exit(1)


def draft(forms: Path | None) -> Tested:
    """Read a draft and run its cases in both evaluators: in Python alone where node is missing."""
    from imt_ecrf import rooms
    from imt_ecrf.study.loader.tested import run_cases

    return run_cases(forms or rooms.forms(), in_browser)


def without_mistakes(tested: Tested) -> Results:
    """Give what the cases of a draft showed; a draft with mistakes is said line by line and refused."""
    for mistake in tested.mistakes:
        click.echo(str(mistake), err=True)
    if tested.results is None:
        raise click.ClickException(f"{len(tested.mistakes)} mistake{'s' * (len(tested.mistakes) > 1)}.")
    return tested.results


def node() -> bool:
    """Tell whether the evaluator of the browser can be run here."""
    return shutil.which("node") is not None


def in_browser(proving: Proving) -> list[Failure]:
    """Run the cases whose rules run in the browser with node; none where node is missing."""
    from imt_ecrf.cli.browser_rules import run_jobs

    if not node():
        return []
    pairs = list(proving.jobs())
    answers = run_jobs([job for _, job in pairs])
    compared = (proving.compared(trial, came) for (trial, _), came in zip(pairs, answers, strict=True))
    return [one for one in compared if one is not None]


def report(results: Results) -> dict[str, Any]:
    """Write results for programs: counts and lists of what is untested, failed, unrefuted."""
    return {
        "counts": dict(results.counts),
        "untested": [asdict(one) for one in results.untested],
        "failed": [asdict(one) | {"what": one.what} for one in results.failed],
        "unrefuted": [asdict(one) for one in results.unrefuted],
        "evaluators": ["python", "javascript"] if node() else ["python"],
    }


def sentence(results: Results) -> str:
    """Write the counts as one sentence."""
    return ", ".join(f"{number} {name}" for name, number in results.counts.items()) + "."


def _draft(forms: Path | None) -> tuple[Results, list[str]]:
    tested = draft(forms)
    results = without_mistakes(tested)
    warned = [f"{one} (warning)" for one in tested.warnings]
    return results, [*map(str, tested.untested), *map(str, tested.failed), *warned]


def _published(data: Path) -> tuple[Results, list[str]]:
    from imt_ecrf import store
    from imt_ecrf.cli.opened import opened
    from imt_ecrf.conduct import studies
    from imt_ecrf.study.proving import Proving

    with opened(data) as installation, store.reading(installation.engines) as session:
        proving = Proving(studies.in_force(session))
    results = proving.results(in_browser(proving))
    lines = [f"{one.kind} {one.oid}: {one.what}" for one in results.untested]
    return results, [*lines, *(f"{one.kind} {one.oid}: {one.what}" for one in results.failed)]
