"""The installation behind a request: its settings, its clock, its two kinds of session; knows no page."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, g
from flask_sqlalchemy import SQLAlchemy

from imt_ecrf import store
from imt_ecrf.store.tables import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock
    from imt_ecrf.config import Settings
    from imt_ecrf.store import Engines

EXTENSION = "imt_ecrf"


@dataclass(frozen=True)
class Installation:
    """What create_app was given: settings, the opened database, the clock."""

    settings: Settings
    engines: Engines
    clock: Clock


class RequestDatabase(SQLAlchemy):
    """Flask-SQLAlchemy on the store's own reading engine: one read session a request, closed with it."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        del bind_key, options
        opened: Engines = app.extensions[EXTENSION].engines
        return opened.reading

    def _make_declarative_base(self, model_class: Any, disable_autonaming: bool = False) -> Any:
        # the tables are declared on the store's plain Base: they are bound here, not declared again
        del disable_autonaming
        self.metadatas[None] = model_class.metadata
        return model_class


db = RequestDatabase(model_class=Base, session_options={"autoflush": False, "info": {"reading": True}})


def installation() -> Installation:
    """Give the installation this request belongs to."""
    found: Installation = current_app.extensions[EXTENSION]
    return found


def reading() -> Session:
    """Give the request's read session: one state of the database for the whole page."""
    return db.session()


@contextmanager
def writing() -> Iterator[Session]:
    """Give a session for one act: committed at the end, rolled back on any exception."""
    # the next reading shall see what is written here
    db.session.remove()
    with store.writing(installation().engines) as session:
        yield session


def current_actor() -> Actor:
    """Give who acts in this request; asked only behind a permission that needs a person."""
    actor: Actor = g.actor
    return actor
