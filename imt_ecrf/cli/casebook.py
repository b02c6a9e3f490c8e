"""Casebooks from the command line: made for a person or for the installation itself; judges no copy."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.keep import House
    from imt_ecrf.reporting.options import Options, Profile
    from imt_ecrf.store import Engines
    from imt_ecrf.store.tables import StoredFile


@click.command()
@click.argument("subject", required=False)
@data_option
@click.option("--site", help="All subjects of a site, into the folder or zip of --out.")
@click.option("--all", "everybody", is_flag=True, help="All subjects.")
@click.option("--profile", type=click.Choice(["archive", "submission"]), default="archive", show_default=True)
@click.option("--lang", type=click.Choice(["en", "ru", "both"]), default="en", show_default=True)
@click.option("--signed-only", is_flag=True, help="Signed forms only.")
@click.option("--no-history", is_flag=True, help="Without audit trail and queries.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write, or a folder.")
@click.option("--as", "username", help="The person it is made for; without it, the installation itself.")
def casebook(
    *, subject: str | None, data: Path, site: str | None, everybody: bool, profile: "Profile", lang: str,
    signed_only: bool, no_history: bool, out: Path, username: str | None,
) -> None:  # fmt: skip
    """Write the sealed casebook of a subject, or those of a site or of all subjects, as PDF."""
    from imt_ecrf import jobs
    from imt_ecrf.reporting.options import Options
    from imt_ecrf.reporting.render import end_waiting

    if bool(subject) + bool(site) + everybody != 1:
        raise click.UsageError("Name one subject, or give --site or --all.")
    options = Options(lang, profile, signed_only, not no_history)
    with opened(data) as here:
        house = jobs.house_of(here.engines, here.settings, warm=True)
        actor = _actor(here.engines, username)
        many = not subject
        for code in [subject] if subject else _codes(here.engines, actor, site):
            file, content = _made(house, actor, code, options)
            target = out / file.path.rsplit("/", 1)[-1].partition("-")[2] if many or out.is_dir() else out
            _write(target, content)
            click.echo(f"{target}: {file.pages} pages, SHA-256 {file.sha256}")
    end_waiting()


def _codes(engines: "Engines", actor: "Actor", site: str | None) -> list[str]:
    from imt_ecrf import store
    from imt_ecrf.conduct import subjects

    with store.reading(engines) as session:
        found = [one.code for one in subjects.list_subjects(session, actor) if site in {None, one.site}]
    if not found:
        raise click.ClickException("There is no such subject here.")
    return found


def _made(house: "House", actor: "Actor", subject: str, options: "Options") -> "tuple[StoredFile, bytes]":
    from rich.console import Console
    from rich.progress import Progress

    from imt_ecrf.policy.refusals import NotFound
    from imt_ecrf.reporting import keep

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(subject)

        def show(done: int, total: int, step: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{subject}: {step}")

        try:
            file = keep.make_and_keep(house, actor, subject, options, show)
        except NotFound:
            raise click.ClickException(f"There is no subject {subject} here.") from None
    return file, (house.data / file.path).read_bytes()


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    half.write_bytes(content)
    half.replace(target)


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
