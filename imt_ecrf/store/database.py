"""The two engines, and sessions to read and to write with; knows no table and no act."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from imt_ecrf.store.queue import WriterQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection
    from sqlalchemy.orm import ORMExecuteState

    from imt_ecrf.store.who import Who

PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=30000",
)


class NoActor(RuntimeError):  # noqa: N818 - it says what is so
    """Something was about to be written without saying who writes."""


@dataclass(frozen=True)
class Engines:
    """An engine to read with and one to write with; `queue` orders the writers of SQLite."""

    reading: Engine
    writing: Engine
    queue: WriterQueue | None = None

    @property
    def sqlite(self) -> bool:
        """Tell whether this is SQLite."""
        return self.writing.dialect.name == "sqlite"

    def turn(self) -> AbstractContextManager[None]:
        """Wait for the turn to write (on PostgreSQL there is nothing to wait for)."""
        return self.queue.turn() if self.queue else nullcontext()

    def dispose(self) -> None:
        """Close every connection."""
        self.reading.dispose()
        self.writing.dispose()


def engines(url: str | URL, *, pool_size: int = 16) -> Engines:
    """Open a database by its URL; `postgresql://` is spoken with psycopg, SQLite needs a file."""
    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        return _sqlite(found, pool_size)
    if found.drivername == "postgresql":
        found = found.set(drivername="postgresql+psycopg")
    writing = create_engine(found, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
    # one snapshot for all the statements of a page or a casebook
    reading = writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(reading, writing)


@contextmanager
def reading(opened: Engines) -> Iterator[Session]:
    """Give a session that sees one state of the database and can write nothing."""
    with Session(opened.reading, autoflush=False, info={"reading": True}) as session:
        yield session


@contextmanager
def writing(opened: Engines, actor: Who | object | None = None) -> Iterator[Session]:
    """Give a session for one act, in turn; commit at the end, roll back on any exception.

    `session.info["actor"]` says who writes; without it NoActor is raised at the first write.
    """
    with opened.turn(), Session(opened.writing) as session, session.begin():
        if actor is not None:
            session.info["actor"] = actor
        yield session


def _sqlite(url: URL, pool_size: int) -> Engines:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: a database in memory has no second connection")
    options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": 60}
    reader, writer = create_engine(url, **options), create_engine(url, **options)
    _listen(reader, "BEGIN", "PRAGMA query_only=ON")
    _listen(writer, "BEGIN IMMEDIATE", "PRAGMA journal_mode=WAL")
    file = Path(url.database)
    return Engines(reader, writer, WriterQueue(file.with_name(file.name + ".turn")))


def _listen(engine: Engine, begin: str, own: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # the driver's own BEGIN comes too late (at the first write); ours is sent by the hook below
        connection.isolation_level = None
        connection.create_function("sha256", 1, _sha256, deterministic=True)
        for pragma in (*PRAGMAS, own):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # straight to the driver: this is said at every page and every save
        connection.connection.cursor().execute(begin)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@event.listens_for(Session, "before_flush")
def _flush_needs_actor(session: Session, *_unused: object) -> None:
    if session.new or session.dirty or session.deleted:
        _need_actor(session)


@event.listens_for(Session, "do_orm_execute")
def _statement_needs_actor(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _need_actor(state.session)


def _need_actor(session: Session) -> None:
    if session.info.get("actor") is None:
        raise NoActor(NoActor.__doc__)
