"""Making an installation: its folder, its settings and keys, its empty database; knows no study."""

from pathlib import Path

import click

from imt_ecrf import config
from imt_ecrf.cli.opened import data_option


@click.command()
@data_option
@click.option(
    "--kind", type=click.Choice(["production", "test"]), required=True, help="Never changed afterwards."
)
@click.option(
    "--database-url", help="PostgreSQL, as the program reaches it; without it a SQLite file in the folder."
)
@click.option(
    "--owner-url", help="The same database as the owner of its tables; used here only, kept nowhere."
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--organisation", default="imt-ecrf", help="Whose seal stands on casebooks.")
@click.option("--language", type=click.Choice(config.LANGUAGES), help="For people who have not chosen.")
def init(
    *,
    data: Path,
    kind: str,
    database_url: str | None,
    owner_url: str | None,
    port: int | None,
    language: str | None,
    organisation: str,
) -> None:
    """Make an installation, of kind production or test (a demo is made by `demo`)."""
    settings = config.create(data, kind, database_url=database_url, port=port, language=language)
    try:
        make_tables(settings, owner_url)
    except Exception as problem:
        (settings.data / config.FILE).unlink()
        settings.secret_key_file.unlink()
        raise click.ClickException(f"The database could not be made: {_first_line(problem)}.") from problem
    _make_seal(settings, organisation)
    click.echo(f"Made a {kind} installation in {settings.data}.")
    click.echo(f"Keep a copy of {settings.secret_key_file} apart from the database.")


def _make_seal(settings: config.Settings, organisation: str) -> None:
    """Make the certificate that seals casebooks, and the authority that readers of them import."""
    from imt_ecrf.reporting.certificate import make_seal

    make_seal(settings.data / "keys", organisation)


def make_tables(settings: config.Settings, owner_url: str | None) -> None:
    """Bring the tables up to this program, as their owner, and let the program's account use them."""
    from sqlalchemy import make_url

    from imt_ecrf import jobs, store
    from imt_ecrf.store import roles

    store.migrate(owner_url or settings.database_url)
    application = make_url(settings.database_url).username
    jobs.prepare(owner_url or settings.database_url, application if owner_url else None)
    if owner_url and application:
        owner = store.engines(owner_url)
        with owner.turn(), owner.writing.begin() as connection:
            roles.grant(connection, application)
        owner.dispose()


def _first_line(problem: Exception) -> str:
    return str(getattr(problem, "orig", problem)).strip().splitlines()[0].rstrip(".")
