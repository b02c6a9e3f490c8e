"""`imt-ecrf demo`: makes the synthetic trial once, shows how far it is, and serves it; knows no form."""

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from imt_ecrf import config

if TYPE_CHECKING:
    from imt_ecrf.config import Settings

CHILDREN: Final = 24
SEED: Final = 2026
PART: Final = ".part"


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    envvar="IMT_ECRF_DATA",
    show_default=True,
    help="The folder of the demo; made when it is not there.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on; without it 8000.")
@click.option("--no-serve", is_flag=True, help="Only make the demo.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another seed, other children.")
@click.option("--children", type=click.IntRange(1, CHILDREN), default=CHILDREN, hidden=True)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day; without it last Friday.", hidden=True
)
def demo(
    *, data: Path, port: int | None, no_serve: bool, seed: int, children: int, until: dt.datetime | None
) -> None:
    """Make a synthetic trial with an account for each role, and serve it."""
    from imt_ecrf.cli.serve import run

    data = data.resolve()
    if not _is_there(data):
        day = until.date() if until else None
        _make(data, port=port, seed=seed, children=children, until=day)
    else:
        click.echo(f"{data} holds a demo already; it is kept as it is. Accounts: {data / _accounts_file()}")
    if not no_serve:
        run(config.load(data, port=port))


def _is_there(data: Path) -> bool:
    """Tell whether the folder holds a finished demo; refuse a folder that is something else."""
    if (data / config.FILE).is_file():
        settings = config.load(data, {})
        if settings.kind != "demo":
            raise click.ClickException(f"{data} is a {settings.kind} installation and never becomes a demo.")
        return True
    if data.exists() and any(data.iterdir()):
        raise click.ClickException(f"{data} is not empty and no installation; name another folder.")
    return False


def _make(data: Path, *, port: int | None, seed: int, children: int, until: dt.date | None) -> None:
    """Write the demo beside its place and move it there when it is whole, so that none is ever half done."""
    part = data.with_name(data.name + PART)
    if part.exists():
        if not (part / config.FILE).is_file() or config.load(part, {}).kind != "demo":
            raise click.ClickException(f"{part} is in the way; remove it.")
        click.echo("A demo was begun and not finished; it is made anew.")
        shutil.rmtree(part)
    settings = config.create(part, "demo", port=port)
    try:
        _write(settings, seed=seed, children=children, until=until)
    except KeyboardInterrupt:
        raise click.ClickException(f"Stopped on the way ({part}); the next run makes it anew.") from None
    if data.exists():
        data.rmdir()
    part.replace(data)
    _tell(data)


def _write(settings: "Settings", *, seed: int, children: int, until: dt.date | None) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from imt_ecrf.cli.demo import writing
    from imt_ecrf.jobs import alerting

    day = until or writing.last_day(dt.datetime.now(dt.UTC).date())
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task("Making tables, study and accounts", total=None)
        stage, book = writing.prepare(settings, day)
        works = writing.works(book, seed, day, children)
        progress.update(task, total=len(works))
        for number, met in writing.play(stage, works):
            alerting.run(settings, stage.engines, stage.clock)
            progress.update(
                task, completed=number, description=f"Writing the trial, child {met} of {children}"
            )
        writing.seal(settings, stage)
        stage.engines.dispose()
    _settle(settings)


def _settle(settings: "Settings") -> None:
    """Put the write-ahead log into the database file, so that the folder can be moved."""
    import sqlite3

    if settings.on_sqlite:
        connection = sqlite3.connect(settings.data / "study.sqlite3")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        os.sync()


def _tell(data: Path) -> None:
    import json

    from rich.console import Console
    from rich.table import Table

    file = data / _accounts_file()
    table = Table("Role", "Site", "User name", "Password", title="Accounts of the demo")
    for row in json.loads(file.read_text(encoding="utf-8")):
        table.add_row(row["role"], row["site"] or "all", row["username"], row["password"])
    Console(width=110, highlight=False).print(table)
    click.echo(f"They also stand in {file}.")


def _accounts_file() -> str:
    from imt_ecrf.cli.demo.accounts import FILE

    return FILE
