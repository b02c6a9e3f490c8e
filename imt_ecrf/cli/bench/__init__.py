"""`imt-ecrf bench`: measures this machine and this program against each other; knows not what is measured."""

import importlib
import json
import pkgutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

# name -> what it measures; a bench is offered once its module is here
BENCHES = {
    "save": "the storage step of one save against a one-row commit, on both databases",
    "open": "opening a page",
    "casebook": "a casebook cold, with one form changed and unchanged, against one plain WeasyPrint call",
    "rules": "checking a save of casebooks of 153, 352 and 785 forms, one check against a bare comparison",
    "review": "work lists, matrix, open queries and verification before 1,000 subjects of 60 forms",
    "load": "32 savers at once, and saves that survive kill -9",
}


def offered() -> list[str]:
    """List the benches whose module is there."""
    there = {module.name for module in pkgutil.iter_modules(__path__)}
    return [name for name in BENCHES if name in there]


@click.command()
@click.argument("name", type=click.Choice(offered()))
@click.option("--json", "as_json", is_flag=True, help='Print {"name", "figures"} only.')
@click.option("--rounds", type=click.IntRange(1, 1000), help="More rounds, steadier figures.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the databases are made: the disk that is measured.",
)
def bench(*, name: str, as_json: bool, rounds: int | None, folder: Path | None) -> None:
    """Measure something in a throw-away database; every bench checks the rows it wrote."""
    module = importlib.import_module(f"{__name__}.{name}")
    place = folder or (Path("/var/tmp") if Path("/var/tmp").is_dir() else None)  # noqa: S108 - /tmp may be memory
    with tempfile.TemporaryDirectory(prefix="ecrf-bench-", dir=place) as made:
        figures: Mapping[str, float] = module.run(Path(made), **({"rounds": rounds} if rounds else {}))
    if as_json:
        click.echo(json.dumps({"name": name, "figures": figures}))
        return
    for figure, value in figures.items():
        click.echo(f"{figure:48} {value:10.3f}")
