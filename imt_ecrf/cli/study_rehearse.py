"""The command that tries the draft on the data of an installation; knows no rule and writes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from imt_ecrf.cli import study_test
from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imt_ecrf.cli.opened import Opened
    from imt_ecrf.conduct.rehearsal import Rehearsed
    from imt_ecrf.study.book import Book

ONE_SCREEN: Final = 20
"""After a longer list the sum is said again: its beginning has gone."""


@click.command(name="dry-run")
@data_option
@click.option(
    "--forms", type=study_test.folder, help="The folder of the draft; without it the forms/ of the program."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def run(data: Path, forms: Path | None, as_json: bool) -> None:
    """Say which queries the draft would open and close on the data kept so far; nothing is written.

    Ctrl-C stops it; what was found up to then is said.
    """
    from imt_ecrf.conduct.rehearsal import summed

    book = _draft(forms)
    found: list[Rehearsed] = []
    stopped = False
    with opened(data) as installation:
        total = 0
        try:
            for total, one in _children(installation, book):
                found.append(one)
                click.echo(f"{len(found)} of {total}: {one.subject}", err=True)
        except KeyboardInterrupt:
            stopped = True
    facts = {"counts": summed(found), "stopped": stopped, "of_children": total}
    _say(facts | {"list": _listed(found), "rules_failed": _failed(found)}, as_json=as_json)
    if stopped:
        raise click.exceptions.Exit(130)


def _draft(forms: Path | None) -> Book:
    from imt_ecrf import rooms
    from imt_ecrf.study.loader import DraftHasMistakes, draft_book

    try:
        return draft_book(forms or rooms.forms())
    except DraftHasMistakes as reason:
        raise click.ClickException(f"{reason}\nThe draft has mistakes.") from reason


def _children(installation: Opened, book: Book) -> Iterator[tuple[int, Rehearsed]]:
    from imt_ecrf import store
    from imt_ecrf.conduct import rehearsal
    from imt_ecrf.conduct.actor import system
    from imt_ecrf.conduct.runtime import Study

    actor, draft = system(), Study(book)
    with store.reading(installation.engines) as session:
        codes = rehearsal.children(session, actor)
    for code in codes:
        # a session each: what was read of one child is let go before the next
        with store.reading(installation.engines) as session:
            yield len(codes), rehearsal.rehearse(session, actor, draft, code)


def _listed(found: list[Rehearsed]) -> list[dict[str, Any]]:
    return [asdict(would) for one in found for would in one.would]


def _failed(found: list[Rehearsed]) -> dict[str, str]:
    return {rule: why for one in found for rule, why in one.failed.items()}


def _say(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    counts = facts["counts"]
    if facts["stopped"]:
        click.echo(f"Stopped after {counts['children']} of {facts['of_children']} children.")
    click.echo(_sum(counts))
    for one in facts["list"]:
        click.echo("\t".join(_words(one)))
    for rule, why in facts["rules_failed"].items():
        click.echo(f"rule {rule} came to no result: {why}")
    if len(facts["list"]) > ONE_SCREEN:
        click.echo(_sum(counts))


def _sum(counts: dict[str, int]) -> str:
    opening = f"Would open {_number(counts['would_open'], 'query', 'queries')}"
    where = f"in {_number(counts['in_children'], 'child', 'children')} at"
    return f"{opening} {where} {_number(counts['at_sites'], 'site', 'sites')}, close {counts['would_close']}."


def _words(one: dict[str, Any]) -> tuple[str, ...]:
    place = f"{one['event']}.{one['event_repeat']}/{one['form']}.{one['form_repeat']}" if one["form"] else "-"
    return one["act"], one["site"], one["subject"], place, one["path"] or "-", one["check"], one["en"]


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
