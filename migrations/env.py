"""Runs the migrations on the connection it is given, then sets guards and views anew; opens no database."""

from __future__ import annotations

from alembic import context

from imt_ecrf.store import guards, views
from imt_ecrf.store.tables import Base

connection = context.config.attributes["connection"]
# never batch mode: it rebuilds tables of SQLite and silently drops their triggers
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=False)
with context.begin_transaction():
    context.run_migrations()
# after the last step, so that no migration can forget it
views.install(connection)
guards.install(connection)
