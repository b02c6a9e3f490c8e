"""`imt-ecrf audit verify`: proves the trail from the terminal; knows not how the proof is made."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf import config
from imt_ecrf.cli.opened import data_option

if TYPE_CHECKING:
    from imt_ecrf.store import Engines
    from imt_ecrf.store.faults import Fault
    from imt_ecrf.store.verify import Proof

_SHOWN = 20


@click.group()
def audit() -> None:
    """Prove that the data follow from the audit trail and that nobody touched it."""


@audit.command()
@data_option
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Heads kept elsewhere (one JSON line each); without it DATA/anchors/heads.jsonl.",
)
def verify(*, data: Path, anchors: Path | None) -> None:
    """Work everything out anew from the logs; name what is wrong, the first bad row first."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from imt_ecrf import store
    from imt_ecrf.store import sealing
    from imt_ecrf.store.verify import proof

    # opened without asking for the guards: a database without them is just what has to be looked at
    settings = config.load(data)
    file = make_url(settings.database_url).database or ""
    if settings.on_sqlite and not Path(file).is_file():  # opening it would make an empty one
        raise click.ClickException(f"The database {file} is not there.")
    engines = store.engines(settings.database_url)
    try:
        found = proof(engines, sealing.known_key(data), anchors or sealing.anchors(data))
        found = found if found.faults else replace(found, faults=_counted(engines))
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
        raise click.ClickException(f"The database cannot be read: {reason}.") from problem
    finally:
        engines.dispose()
    _tell(found)


def _counted(engines: "Engines") -> "tuple[Fault, ...]":
    """Work out anew what the study's plans say, which the store does not know: visits, dues, verification."""
    from imt_ecrf import store
    from imt_ecrf.conduct import agenda, due, runtime, sdv_lists
    from imt_ecrf.conduct.actor import system
    from imt_ecrf.store.faults import Fault
    from imt_ecrf.study.publication import NotAStudyVersion

    with store.reading(engines) as session:
        if runtime.newest(session) is None:
            return ()
        try:
            runtime.study(session)
        except NotAStudyVersion:
            click.echo("The study in force cannot be read: what its plans say was not worked out.", err=True)
            return ()
        subjects = (*agenda.faults(session, system()), *due.faults(session, system()))
        planned = [Fault("subject", one, sentence) for one, sentence in subjects]
        forms = (Fault("form_data", form, sentence) for form, sentence in sdv_lists.faults(session))
        return (*planned, *forms)


def _tell(found: "Proof") -> None:
    for fault in found.faults[:_SHOWN]:
        click.echo(str(fault))
    looked_at = f"{found.forms} forms, {found.change_sets} change-sets, {found.sealed} rows sealed"
    if found.faults:
        click.echo(f"{len(found.faults)} faults in {looked_at}.", err=True)
        sys.exit(1)
    click.echo(f"All is right: {looked_at}, {found.unsealed} not yet sealed.")
