"""Bringing the database of an installation up to this program, with a copy beforehand; changes no datum."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click

from imt_ecrf import config
from imt_ecrf.cli.init import make_tables
from imt_ecrf.cli.opened import data_option


@click.command()
@data_option
@click.option("--owner-url", help="The database as the owner of its tables (PostgreSQL); used here only.")
def upgrade(*, data: Path, owner_url: str | None) -> None:
    """Bring an installation's database up to this program; stop `serve` first.

    A SQLite database is copied beside itself before; dump one of PostgreSQL yourself.
    """
    from imt_ecrf.cli.serve import work_out
    from imt_ecrf.store import schema

    settings = config.load(data)
    stands, wanted = _revision(settings), schema.newest()
    if stands == wanted:
        click.echo(f"Nothing to do: the database stands at revision {wanted}.")
        return
    if not schema.known(stands):
        raise click.ClickException(
            f"The database stands at revision {stands}, which this program does not know: "
            "a newer program made it. Nothing was changed."
        )
    _copy(settings, stands)
    try:
        make_tables(settings, owner_url)
    except Exception as problem:
        reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0].rstrip(".")
        raise click.ClickException(f"The database could not be brought up: {reason}.") from problem
    work_out(settings)
    click.echo(f"The database stands at revision {wanted} now; it stood at {stands}.")


def _revision(settings: config.Settings) -> str:
    """Give the revision of the database; refuse where there is none."""
    from sqlalchemy.exc import SQLAlchemyError

    from imt_ecrf import store
    from imt_ecrf.store import schema

    if settings.on_sqlite and not _file(settings).is_file():  # opening it would make an empty one
        raise click.ClickException(f"The database {_file(settings)} is not there.")
    opened = store.engines(settings.database_url)
    try:
        with opened.reading.connect() as connection:
            found = schema.revision(connection)
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
        raise click.ClickException(f"The database cannot be opened: {reason}.") from problem
    finally:
        opened.dispose()
    if found is None:
        raise click.ClickException("The database is empty: `imt-ecrf init` makes an installation.")
    return found


def _copy(settings: config.Settings, revision: str) -> None:
    """Copy a SQLite database as it is, beside itself, under a name that tells its revision."""
    if not settings.on_sqlite:
        return
    file = _file(settings)
    copy = file.with_name(f"{file.stem}-before-{revision}{file.suffix}")
    number = 1
    while copy.exists():
        number += 1
        copy = file.with_name(f"{file.stem}-before-{revision}-{number}{file.suffix}")
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as before, closing(sqlite3.connect(copy)) as kept:
        before.backup(kept)
    click.echo(f"Copied the database as it was to {copy}.")


def _file(settings: config.Settings) -> Path:
    from sqlalchemy import make_url

    return Path(make_url(settings.database_url).database or "")
