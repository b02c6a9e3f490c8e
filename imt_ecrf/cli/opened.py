"""An installation opened for one command, closed after it; refused when its database is not as it must be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf import config
from imt_ecrf.cli.doctor import database_faults

if TYPE_CHECKING:
    from imt_ecrf.store import Engines

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    envvar="IMT_ECRF_DATA",
    show_default=True,
    help="The installation's folder.",
)


@dataclass(frozen=True)
class Opened:
    """An installation: its settings, and its database's engines."""

    settings: config.Settings
    engines: "Engines"


@contextmanager
def opened(data: Path, **given: object) -> Iterator[Opened]:
    """Open the installation in a folder; values given go before its settings, as in `config.load`."""
    from imt_ecrf import store

    settings = config.load(data, None, **given)
    faults = database_faults(settings)
    if faults:
        raise click.ClickException(" ".join(faults))
    engines = store.engines(settings.database_url)
    try:
        yield Opened(settings, engines)
    finally:
        engines.dispose()
