"""`imt-ecrf nightly`: the checks that the calendar moves, run now; knows not which they are."""

import datetime as dt
import json
from pathlib import Path

import click

from imt_ecrf.cli.opened import data_option, opened


@click.command()
@data_option
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As of the start of this day; without it today."
)
@click.option("--json", "as_json", is_flag=True, help="Say it for a program.")
def nightly(*, data: Path, as_of: dt.datetime | None, as_json: bool) -> None:
    """Run the checks that read the clock for every site, then the daily messages; nothing is done twice."""
    from imt_ecrf.conduct import nightly as nights
    from imt_ecrf.jobs import digests

    with opened(data) as installation:
        done = nights.run(installation.engines, as_of=as_of.date() if as_of else None)
        messages = digests.run(installation.settings, installation.engines)
    for problem in messages.problems:
        click.echo(problem, err=True)
    if as_json:
        rows = [
            {"site": one.site, "day": str(one.day), "subjects": one.subjects}
            | {"opened": one.opened, "closed": one.closed}
            for one in done
        ]
        click.echo(json.dumps(rows))
        return
    for one in done:
        click.echo(
            f"Site {one.site}, {one.day}: {one.subjects} subjects, "
            f"{one.opened} queries opened, {one.closed} closed."
        )
    if not done:
        click.echo("Every site's night is done already.")
