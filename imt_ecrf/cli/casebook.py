"""Casebooks from the command line: made for a person or for the installation itself; judges no copy."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.opened import data_option, opened
from imt_ecrf.cli.outfile import place_for, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.keep import House
    from imt_ecrf.reporting.options import Options, Profile
    from imt_ecrf.store import Engines
    from imt_ecrf.store.tables import StoredFile


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@data_option
@click.option("--site", help="All subjects of a site, into the folder of --out.")
@click.option("--all", "everybody", is_flag=True, help="All subjects.")
@click.option("--profile", type=click.Choice(["archive", "submission"]), default="archive", show_default=True)
@click.option("--lang", type=click.Choice(["en", "ru", "both"]), default="en", show_default=True)
@click.option("--signed-only", is_flag=True, help="Signed forms only.")
@click.option("--no-history", is_flag=True, help="Without audit trail and queries.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write, or a folder.")
@click.option("--with-data", is_flag=True, help="One zip with the data and the audit trail: a site's copy.")
@click.option("--as", "username", help="The person it is made for; without it, the installation itself.")
def casebook(
    *, subjects: tuple[str, ...], data: Path, site: str | None, everybody: bool, profile: "Profile",
    lang: str, signed_only: bool, no_history: bool, out: Path, with_data: bool, username: str | None,
) -> None:  # fmt: skip
    """Write the sealed casebook of a subject, or those of several, of a site or of all, as PDF."""
    from imt_ecrf import jobs
    from imt_ecrf.reporting.options import Options
    from imt_ecrf.reporting.render import end_waiting

    if bool(subjects) + bool(site) + everybody != 1:
        raise click.UsageError("Name subjects, or give --site or --all.")
    many = len(subjects) != 1
    place_for(out, folder=many and not with_data)
    options = Options(lang, profile, signed_only, not no_history)
    with opened(data) as here:
        house = jobs.house_of(here.engines, here.settings, warm=True)
        actor = _actor(here.engines, username)
        codes = list(subjects) if len(subjects) == 1 else _codes(here.engines, actor, site, subjects)
        if with_data:
            _copy(house, actor, codes, options, site=site, out=out)
            codes = []
        for code in codes:
            file, content = _made(house, actor, code, options)
            name = file.path.rsplit("/", 1)[-1].partition("-")[2]
            target = put(out / name if many else out, name, content)
            click.echo(f"{target}: {file.pages} pages, SHA-256 {file.sha256}")
    end_waiting()


def _codes(engines: "Engines", actor: "Actor", site: str | None, chosen: "Sequence[str]" = ()) -> list[str]:
    from imt_ecrf import jobs, store
    from imt_ecrf.policy.refusals import NotFound

    with store.reading(engines) as session:
        try:
            return jobs.bulk_codes(session, actor, site, chosen)
        except NotFound:
            raise click.ClickException("There is no such subject here.") from None


def _copy(
    house: "House", actor: "Actor", codes: list[str], options: "Options", *, site: str | None, out: Path
) -> None:
    """Write the casebooks of these subjects with their data and trails as one zip."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import Progress

    from imt_ecrf.jobs.bundle import make_bundle

    wanted = {"data": True, "options": asdict(options), "site": site, "subjects": codes}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(codes))

        def show(done: int, code: str) -> None:
            bar.update(task, completed=done, description=code)

        file = make_bundle(house, actor, wanted, show)
    path = house.data / file.path
    target = put(out, path.name.partition("-")[2], path.read_bytes())
    click.echo(f"{target}: {len(codes)} subjects, SHA-256 {file.sha256}")


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
