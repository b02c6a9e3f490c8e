"""Casebooks from the command line: made, and a copy held against what the installation sealed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store import Engines


@click.command()
@click.argument("subject")
@data_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF to write."
)
@click.option(
    "--lang", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="Its language."
)
@click.option("--as", "username", help="The person it is made for; without it, the installation itself.")
def casebook(subject: str, data: Path, out: Path, lang: str, username: str | None) -> None:
    """Write the sealed casebook of a subject as PDF."""
    from rich.console import Console
    from rich.progress import Progress

    from imt_ecrf.policy.refusals import NotFound
    from imt_ecrf.reporting import keep
    from imt_ecrf.reporting.options import Options

    with opened(data) as here:
        house = keep.House(here.engines, here.settings.data, here.settings.kind == "demo")
        actor = _actor(here.engines, username)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(subject)

            def show(done: int, total: int, step: str) -> None:
                bar.update(task, completed=done, total=total, description=f"{subject}: {step}")

            try:
                file = keep.make_and_keep(house, actor, subject, Options(lang), show)
            except NotFound:
                raise click.ClickException(f"There is no subject {subject} here.") from None
        pdf = (house.data / file.path).read_bytes()
    half = out.with_name(f".{out.name}.half")
    half.write_bytes(pdf)
    half.replace(out)
    click.echo(f"{out}: {file.pages} pages, SHA-256 {file.sha256}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def verify_copy(file: Path, data: Path) -> None:
    """Say whether a PDF is genuine, altered or not ours; exit 1 unless it is genuine."""
    from imt_ecrf.reporting import keep

    with opened(data) as here:
        house = keep.House(here.engines, here.settings.data)
        verdict = keep.verdict(house, file.read_bytes())
    click.echo(f"{file}: {verdict}")
    if verdict != keep.GENUINE:
        raise SystemExit(1)


def _actor(engines: "Engines", username: str | None) -> "Actor":
    from imt_ecrf import store
    from imt_ecrf.conduct.actor import system
    from imt_ecrf.conduct.entrance import actor_named

    if username is None:
        return system()
    with store.reading(engines) as session:
        found = actor_named(session, username)
    if found is None:
        raise click.ClickException(f"There is no active account {username}.")
    return found
