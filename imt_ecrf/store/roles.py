"""The rights of the application's account on PostgreSQL, which owns nothing; knows no person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.store.sentences import APPEND_ONLY, VOLATILE
from imt_ecrf.store.tables import Base

if TYPE_CHECKING:
    from sqlalchemy import Connection


def grant(connection: Connection, role: str) -> None:
    """Give a role what the program needs: read all, add everywhere, change and delete only where it must.

    Run by the owner of the tables after each migration. SQLite has no accounts: nothing is done.
    """
    if connection.dialect.name != "postgresql":
        return
    for statement in _statements(connection.dialect.identifier_preparer.quote(role)):
        connection.exec_driver_sql(statement)


def _statements(role: str) -> list[str]:
    tables = [table.name for table in Base.metadata.sorted_tables]
    changing = ", ".join(name for name in tables if name not in APPEND_ONLY)
    volatile = ", ".join(sorted(VOLATILE))
    everything = ", ".join(tables)
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"REVOKE ALL ON {everything} FROM {role}",
        f"GRANT SELECT, INSERT ON {everything} TO {role}",
        f"GRANT UPDATE ON {changing} TO {role}",
        f"GRANT DELETE ON {volatile} TO {role}",
        f"GRANT SELECT ON item_change, alembic_version TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
