"""The growth reference on the command line: import one from a file, show what is kept; knows no subject."""

from pathlib import Path

import click

from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option


@click.group()
def growth() -> None:
    """Import or show the growth reference that z-scores are worked out from."""


@growth.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@by_option
@click.option("--source", required=True, help="What it is, such as 'WHO 2006 and 2007'; shown in the log.")
@click.option("--reason", default="", help="Why it is imported, when it replaces another.")
def import_file(*, file: Path, data: Path, by: str | None, source: str, reason: str) -> None:
    """Import a reference: CSV in UTF-8 with the columns kind, sex, age_months, L, M, S.

    kind is WEIGHT (kg) or HEIGHT (cm), sex F or M; one row a month of age, numbers with a point; lines that
    start with # are remarks. Ages between two rows, at most a year apart, are interpolated. The WHO and CDC
    tables of L, M and S have these columns under their own names. z-scores of all children follow at once.
    """
    from imt_ecrf.conduct import growth_reference

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not text in UTF-8.") from None
    with acting(data, by) as (session, actor):
        reached = growth_reference.import_reference(session, actor, lines, source, reason)
    click.echo(f"Imported: {source}. {len(reached)} forms follow.")


@growth.command()
@data_option
@by_option
def show(data: Path, by: str | None) -> None:
    """List the references that were imported, the one in force first."""
    from imt_ecrf.conduct import growth_kept

    with acting(data, by) as (session, _):
        found = growth_kept.references(session)
    if not found:
        click.echo("No growth reference imported; z-scores stay blank.")
    for one in found:
        click.echo(f"{one.source}\t{one.rows} rows\t{one.at}\t{one.by}\t{one.reason}")
