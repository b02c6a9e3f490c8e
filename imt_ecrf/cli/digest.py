"""`imt-ecrf digest`: the daily messages, written and handed over now; knows not what they say."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from imt_ecrf.cli.opened import data_option, opened


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Say it for a program.")
def digest(*, data: Path, as_json: bool) -> None:
    """Write today's messages (one a person and day) and hand over what waits; 1 when something stays."""
    from imt_ecrf.jobs import digests, mail

    with opened(data) as installation:
        done = digests.run(installation.settings, installation.engines)
        where = mail.folder(installation.settings)
    if as_json:
        click.echo(json.dumps(asdict(done)))
    else:
        click.echo(f"{done.written} messages written, {done.sent} handed to the mail server.")
        if not installation.settings.smtp_host:
            click.echo(f"No mail server is set (smtp_host): they lie in {where}.")
    for problem in done.problems:
        click.echo(problem, err=True)
    if done.problems:
        click.echo(f"{done.waiting} messages wait in {where} and are tried again the next time.", err=True)
        sys.exit(1)
