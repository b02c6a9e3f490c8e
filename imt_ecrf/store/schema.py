"""The shape of the database: brings it up to date with Alembic, says whether it is complete; knows no act."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from imt_ecrf import rooms
from imt_ecrf.store import guards
from imt_ecrf.store.database import Engines, engines

if TYPE_CHECKING:
    from sqlalchemy import Connection


class NotReady(RuntimeError):  # noqa: N818 - it says what is so
    """The database is not as this program needs it."""


def migrate(database: str | Engines, revision: str = "head") -> None:
    """Bring a database (its URL or its engines) up to a revision and set its guards anew."""
    opened = database if isinstance(database, Engines) else engines(database)
    try:
        _closed_to_others(opened)
        with opened.turn(), opened.writing.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        if opened is not database:
            opened.dispose()


def _closed_to_others(opened: Engines) -> None:
    """Make a new SQLite file readable for its owner only; its side files take its mode over."""
    url = opened.writing.url
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).touch(mode=0o600, exist_ok=True)


def newest() -> str:
    """Name the revision this program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def known(revision: str) -> bool:
    """Tell whether this program has the way from a revision to its own."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def revision(connection: Connection) -> str | None:
    """Name the revision a database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def faults(connection: Connection) -> list[str]:
    """List why this database may not be served (revision, guards); empty when it may."""
    found = []
    head, current = newest(), revision(connection)
    if current != head:
        way = "" if current is None or not known(current) else "; `imt-ecrf upgrade` brings it there"
        found.append(f"The database stands at revision {current or 'none'}, the program needs {head}{way}.")
    found += [f"The guard {name} is missing or changed." for name in guards.missing(connection)]
    return found


def require(opened: Engines) -> None:
    """Refuse to serve (NotReady) unless revision and guards are right; asked at every start."""
    with opened.reading.connect() as connection:
        found = faults(connection)
    if found:
        raise NotReady(" ".join(found))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(rooms.migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
