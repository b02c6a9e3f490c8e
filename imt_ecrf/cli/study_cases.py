"""Files of examples run against the rules and derivations: cases of the language, vectors of the medicine."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command()
@_file
@_as_json
def cases(file: Path, as_json: bool) -> None:
    """Run cases of the rule language through both evaluators; exit 1 when one comes out otherwise."""
    from imt_ecrf.study.rules.cases import load

    found = _read(load, file)
    wrong = {"python": _python(found), "javascript": _javascript(found)}
    counts = {"cases": len(found), **{f"{side}_wrong": len(lost) for side, lost in wrong.items()}}
    lines = [f"{side}: {_said(one)}" for side, lost in wrong.items() for one in lost]
    _report({"counts": counts, "wrong": wrong}, lines, as_json=as_json)


@click.command()
@_file
@click.option("--forms", type=_folder, help="The folder of the draft; without it the forms/ of the program.")
@click.option("--data", type=click.Path(path_type=Path), help="Take what this installation has published.")
@_as_json
def vectors(file: Path, forms: Path | None, data: Path | None, as_json: bool) -> None:
    """Run vectors of a statistician against derivations and checks; exit 1 when one comes out otherwise."""
    from imt_ecrf.study.vectors import run

    if forms and data:
        raise click.UsageError("--forms and --data: name one of them.")
    book = _published(data) if data else _draft(forms)
    found = _read(lambda path: run(path, book), file)
    counts = {
        "vectors": found.vectors,
        "wrong": len(found.wrong),
        "unsupported": len(found.unsupported),
    }
    lines = [f"{one.vector}: {one.what}: expected {one.expected}, came {one.came}" for one in found.wrong]
    lines += [f"{one.vector}: not supported: {one.what}" for one in found.unsupported]
    lists = {name: [asdict(one) for one in getattr(found, name)] for name in ("wrong", "unsupported")}
    _report({"counts": counts, **lists}, lines, as_json=as_json)


def _draft(forms: Path | None) -> "Book":
    from imt_ecrf import rooms
    from imt_ecrf.study.loader import load
    from imt_ecrf.study.publication import publish, read

    version, mistakes = load(forms or rooms.forms())
    if mistakes:
        raise click.ClickException(f"The draft has mistakes: run `study check`. The first: {mistakes[0]}")
    return read(publish(version))


def _published(data: Path) -> "Book":
    from imt_ecrf import store
    from imt_ecrf.cli.opened import opened
    from imt_ecrf.conduct import studies

    with opened(data) as installation, store.reading(installation.engines) as session:
        return studies.in_force(session)


def _read(load: Any, file: Path) -> Any:
    try:
        return load(file)
    except (ValueError, KeyError, TypeError) as problem:
        raise click.ClickException(f"{file} is no file of the expected format: {problem}") from problem


def _python(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from imt_ecrf.study.rules.cases import outcome

    return [one for case in found if (one := _compared(case, _tried(outcome, case)))]


def _tried(act: Callable[[dict[str, Any]], Any], case: dict[str, Any]) -> Any:
    """Do something with a case; one that cannot be read comes out as a fault, the others go on."""
    try:
        return act(case)
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as problem:
        return {"fault": f"{type(problem).__name__}: {problem}"}


def _javascript(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from imt_ecrf.cli.browser_rules import run_jobs
    from imt_ecrf.study.rules.cases import browser_outcome, job_of

    pairs = [(case, job) for case in found if (job := _tried(job_of, case))]
    answers = iter(run_jobs([job for _, job in pairs if "fault" not in job]))
    came = [(case, job if "fault" in job else browser_outcome(case, next(answers))) for case, job in pairs]
    return [one for case, answer in came if (one := _compared(case, answer))]


def _compared(case: dict[str, Any], came: dict[str, Any]) -> dict[str, Any] | None:
    return None if came == case["expect"] else {"id": case["id"], "expected": case["expect"], "came": came}


def _said(one: dict[str, Any]) -> str:
    return f"{one['id']}: expected {one['expected']}, came {one['came']}"


def _report(found: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    counts: dict[str, int] = found["counts"]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(line)
        click.echo(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()) + ".")
    if any(counts[name] for name in counts if name.endswith("wrong") or name == "unsupported"):
        raise click.exceptions.Exit(1)
