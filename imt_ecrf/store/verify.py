"""The proof: everything kept is worked out anew from the logs and compared; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from imt_ecrf.store import schema, verify_caches, verify_documents, verify_seal
from imt_ecrf.store.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from sqlalchemy import Connection

    from imt_ecrf.store.database import Engines

__all__ = ["Fault", "Proof", "proof", "verify"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: the faults, and how much was looked at."""

    faults: tuple[Fault, ...]
    forms: int
    change_sets: int
    sealed: int
    unsealed: int


def verify(engines: Engines, key: Ed25519PublicKey | None = None, anchors: Path | None = None) -> list[Fault]:
    """List what is wrong with a database, rows before what follows from them; empty when all is right.

    With the public sealing key heads are checked too, with the anchors also what was cut off at the end.
    """
    with engines.reading.connect() as connection:
        return list(_faults(connection, key, anchors))


def proof(engines: Engines, key: Ed25519PublicKey | None = None, anchors: Path | None = None) -> Proof:
    """Verify, and count what was looked at."""
    with engines.reading.connect() as connection:
        faults = tuple(_faults(connection, key, anchors))
        count = {name: _count(connection, name) for name in ("form_data", "change_set", "leaf")}
        rows = sum(_count(connection, name) for name in verify_seal.LOGS)
    return Proof(faults, count["form_data"], count["change_set"], count["leaf"], rows - count["leaf"])


def _faults(connection: Connection, key: Ed25519PublicKey | None, anchors: Path | None) -> Iterator[Fault]:
    yield from (Fault("database", "", sentence) for sentence in schema.faults(connection))
    if connection.dialect.name == "sqlite":
        for line in connection.execute(text("PRAGMA integrity_check")).scalars():
            if line != "ok":
                yield Fault("database", "", f"SQLite reports: {line}.")
    yield from verify_seal.faults(connection, key, anchors)
    yield from verify_documents.faults(connection)
    yield from verify_caches.faults(connection)


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own name
