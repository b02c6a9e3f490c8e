"""Subjects from the command line."""

from pathlib import Path

import click

from imt_ecrf.cli.opened import data_option, opened


@click.group()
def subject() -> None:
    """Subjects of the study."""


@subject.command("list")
@data_option
def listing(data: Path) -> None:
    """List the subjects, one code a line."""
    from sqlalchemy import select

    from imt_ecrf import store
    from imt_ecrf.store.tables import Subject

    with opened(data) as here, store.reading(here.engines) as session:
        for code in session.scalars(select(Subject.code).order_by(Subject.code)):
            click.echo(code)
