"""The commands about the study's definition: check the draft, show it, publish it; knows no rule."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli import study_cases, study_rehearse, study_test
from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader import Mistake

forms_option = click.option(
    "--forms",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the draft; without it the forms/ of the program.",
)


@click.group()
def study() -> None:
    """Check, show or publish the definition of the study."""


study.add_command(study_cases.cases)
study.add_command(study_cases.vectors)
study.add_command(study_test.run)
study.add_command(study_rehearse.run)


@study.command()
@forms_option
def check(forms: Path | None) -> None:
    """List every mistake of the draft, its cases included, with file and line; exit 1 when there is one."""
    tested = study_test.draft(forms)
    for warning in tested.warnings:
        click.echo(f"{warning} (warning)")
    _none([*tested.mistakes, *tested.untested, *tested.failed])
    click.echo(f"No mistakes. {_sentence(tested.version)}")


@study.command()
@forms_option
@click.option("--data", type=click.Path(path_type=Path), help="Show what this installation has published.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(forms: Path | None, data: Path | None, as_json: bool) -> None:
    """Show what the draft, or the version published in an installation, holds."""
    from imt_ecrf.study.counts import counts
    from imt_ecrf.study.publication import fingerprint, publish

    if forms and data:
        raise click.UsageError("--forms and --data: name one of them.")
    version = _published(data) if data else _without_mistakes(forms)
    numbers = counts(version)
    facts = {
        "study": version.study_oid,
        "name": {"en": version.name.en, "ru": version.name.ru},
        "version": version.version,
        "fingerprint": fingerprint(publish(version)),
        "counts": numbers,
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    click.echo(f"{version.name.en}\n{version.name.ru}\n")
    click.echo(f"{version.study_oid}, version {version.version}\n{facts['fingerprint']}\n")
    for name, number in numbers.items():
        click.echo(f"{name.replace('_', ' '):24}{number:6}")


@study.command()
@data_option
@forms_option
@by_option
@click.option("--note", default="", help="What is new in this version.")
@click.option(
    "--built-by", multiple=True, help="Who built it, beside those the draft names: may not publish."
)
def publish(data: Path, forms: Path | None, by: str | None, note: str, built_by: tuple[str, ...]) -> None:
    """Freeze the draft as a new version; refused while a case is missing or fails, or its builder asks."""
    from imt_ecrf.conduct import studies

    tested = study_test.draft(forms)
    _none([*tested.mistakes, *tested.untested, *tested.failed])
    version = tested.version
    # what fails in the browser is said above, so nothing does here
    browser: tuple[()] | None = () if study_test.node() else None
    with acting(data, by, first=True) as (session, actor):
        done = studies.publish(session, actor, version, note, built_by=built_by, browser=browser)
    said = "Published" if done.new else "This version is published already"
    click.echo(f"{said}: {version.study_oid} {version.version}, {done.fingerprint}")


@study.command()
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def reference(language: str, as_json: bool) -> None:
    """Print the rule language on one page, made from its table of functions."""
    from imt_ecrf.study.rules.reference import reference

    facts = [
        {"part": title.in_(language), "call": one.call, "result": one.result, "text": one.text.in_(language)}
        for title, entries in reference()
        for one in entries
    ]
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    part = ""
    for one in facts:
        if one["part"] != part:
            part = one["part"]
            click.echo(f"\n{part}\n")
        click.echo(f"{one['call']:44} {one['result']:16} {one['text']}")


def _without_mistakes(forms: Path | None) -> "StudyVersion":
    from imt_ecrf import rooms
    from imt_ecrf.study.loader import load

    version, mistakes = load(forms or rooms.forms())
    _none(mistakes)
    return version


def _none(mistakes: "list[Mistake]") -> None:
    for mistake in mistakes:
        click.echo(str(mistake))
    if mistakes:
        raise click.ClickException(f"{len(mistakes)} mistake{'s' * (len(mistakes) > 1)}.")


def _published(data: Path) -> "StudyVersion":
    from imt_ecrf import store
    from imt_ecrf.conduct import studies

    with opened(data) as installation, store.reading(installation.engines) as session:
        return studies.in_force(session).version


def _sentence(version: "StudyVersion") -> str:
    from imt_ecrf.study.counts import counts

    named = ("events", "forms", "groups", "items", "checks", "cases")
    numbers = counts(version)
    return ", ".join(f"{numbers[name]} {name}" for name in named) + "."
