"""Hospitals on the command line: list, add; the acts ask `policy` whether that is allowed."""

from pathlib import Path

import click

from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option


@click.group()
def site() -> None:
    """List and add the sites of the study."""


@site.command("list")
@data_option
@by_option
def list_sites(data: Path, by: str | None) -> None:
    """List the sites: code, name, time zone."""
    from imt_ecrf.conduct import sites

    with acting(data, by) as (session, actor):
        for one in sites.list_sites(session, actor):
            click.echo(f"{one.code}\t{one.name}\t{one.timezone}\t{'open' if one.active else 'closed'}")


@site.command()
@click.argument("code")
@data_option
@by_option
@click.option("--name", required=True, help="Name of the hospital.")
@click.option("--name-ru", default="", help="Its name on Russian pages.")
@click.option("--timezone", required=True, help="Such as Europe/Moscow.")
def add(*, code: str, data: Path, by: str | None, name: str, name_ru: str, timezone: str) -> None:
    """Open a site; its code stands in the codes of its subjects for ever."""
    from imt_ecrf.conduct import sites

    with acting(data, by) as (session, actor):
        sites.open_site(session, actor, code, name=name, timezone=timezone, name_ru=name_ru)
    click.echo(f"The site {code} is open.")
