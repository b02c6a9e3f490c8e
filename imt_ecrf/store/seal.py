"""The seal of the log: a Merkle tree over its rows, its heads signed and kept outside; knows no act."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import exists, func, insert, or_, select, text
from sqlalchemy.exc import IntegrityError

from imt_ecrf.store import merkle
from imt_ecrf.store.base import Base, stamp
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.keyfile import read_or_make
from imt_ecrf.store.tables import Leaf, TreeHead

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table

    from imt_ecrf.store.database import Engines

LOGS: Final = ("change_set", "event", "query_message", "signature", "unlock", "verification")
BATCH: Final = 2000
# on PostgreSQL a row may be committed after rows with higher numbers; nobody is that late
LATE: Final = 10_000
_LOCK: Final = 0x1317_EC2F
_LEAF, _HEAD = cast("Table", Leaf.__table__), cast("Table", TreeHead.__table__)


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: how many rows the log has, the root over them, when, and by which key."""

    size: int
    root: str
    at_utc: str
    key_id: str
    signature: str


def seal_key(folder: Path) -> Ed25519PrivateKey:
    """Read the installation's sealing key, made at the first call; its public half stands beside it."""
    raw = read_or_make(folder / "seal.key", lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    key = Ed25519PrivateKey.from_private_bytes(raw)
    public = folder / "seal.pub"
    if not public.exists():
        public.write_text(key.public_key().public_bytes_raw().hex() + "\n")
    return key


def public_key(folder: Path) -> Ed25519PublicKey:
    """Read the public half of the sealing key."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex((folder / "seal.pub").read_text().strip()))


def key_id(key: Ed25519PublicKey) -> str:
    """Name a key by the beginning of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def seal_log(
    engines: Engines, key: Ed25519PrivateKey, anchors: Path | None = None, at: str | None = None
) -> Head | None:
    """Seal every row not sealed yet, write the head to the anchors; None when there was nothing to seal."""
    last = None
    while head := _seal_batch(engines, key, at or stamp(datetime.now(UTC))):
        last = head
        if anchors is not None:
            write_anchor(anchors, head)
    return last


def write_anchor(file: Path, head: Head) -> None:
    """Append a head to a file that is kept apart from the database."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(dumps(asdict(head)) + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def is_genuine(head: Head, key: Ed25519PublicKey) -> bool:
    """Tell whether a head was signed with the installation's key."""
    try:
        key.verify(base64.b64decode(head.signature), _signed_text(head))
    except (InvalidSignature, ValueError):
        return False
    return head.key_id == key_id(key)


def leaf_of(log: str, row: dict[str, Any]) -> bytes:
    """Hash a row of a log: every column but the transaction number, which a restored copy gives anew."""
    content = {name: value for name, value in row.items() if name != "xid"}
    return merkle.leaf_hash(dumps({"log": log, **content}).encode())


def last_head(connection: Connection) -> Head | None:
    """Give the newest head, None before the first seal."""
    row = _newest(connection)
    return None if row is None else Head(row.size, row.root, row.at_utc, row.key_id, row.signature)


def unsealed(connection: Connection) -> int:
    """Count the rows that no head covers yet."""
    rows = sum(
        connection.execute(select(func.count()).select_from(log_table(log))).scalar_one() for log in LOGS
    )
    return int(rows - connection.execute(select(func.count()).select_from(_LEAF)).scalar_one())


def log_table(log: str) -> Table:
    """Give the table of a log."""
    return Base.metadata.tables[log]


def _newest(connection: Connection) -> Any:
    return connection.execute(select(_HEAD).order_by(_HEAD.c.size.desc()).limit(1)).first()


def _seal_batch(engines: Engines, key: Ed25519PrivateKey, at: str) -> Head | None:
    try:
        with engines.turn(), _one_snapshot(engines).begin() as connection:
            if not _alone(connection):
                return None
            return _seal(connection, key, at)
    except IntegrityError as error:
        if "unique" in str(error.orig).lower() or "already there" in str(error.orig):
            return None  # another sealer was faster by a moment
        raise


def _one_snapshot(engines: Engines) -> Engine:
    return (
        engines.writing
        if engines.sqlite
        else engines.writing.execution_options(isolation_level="REPEATABLE READ")
    )


def _alone(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": _LOCK}).scalar_one())


def _seal(connection: Connection, key: Ed25519PrivateKey, at: str) -> Head | None:
    found = _waiting(connection)
    if not found:
        return None
    before = _newest(connection)
    frontier = _read_frontier(before.frontier) if before else ()
    size = before.size if before else 0
    leaves = [
        {"idx": size + place, "log": log, "seq": row["seq"], "hash": leaf_of(log, row).hex()}
        for place, (log, row) in enumerate(found)
    ]
    connection.execute(insert(_LEAF), leaves)
    frontier, size = merkle.grow(frontier, size, (bytes.fromhex(leaf["hash"]) for leaf in leaves))
    unsigned = Head(size, merkle.root(frontier).hex(), at, key_id(key.public_key()), "")
    signature = base64.b64encode(key.sign(_signed_text(unsigned))).decode()
    head = Head(unsigned.size, unsigned.root, unsigned.at_utc, unsigned.key_id, signature)
    written = {**asdict(head), "frontier": frontier_text(frontier)}
    connection.execute(insert(_HEAD), written)
    return head


def _waiting(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    settled = _settled(connection)
    found = []
    for log in LOGS:
        table = log_table(log)
        newest = connection.execute(select(func.max(_LEAF.c.seq)).where(_LEAF.c.log == log)).scalar() or 0
        low = newest if settled is None else newest - LATE
        sealed = exists().where(_LEAF.c.log == log, _LEAF.c.seq == table.c.seq)
        wanted = (
            select(table).where(table.c.seq > low, ~sealed).order_by(table.c.xid, table.c.seq).limit(BATCH)
        )
        if settled is not None:
            wanted = wanted.where(or_(table.c.xid < settled[0], table.c.xid >= settled[1]))
        found += [(log, dict(row)) for row in connection.execute(wanted).mappings()]
    found.sort(key=lambda one: (one[1]["xid"] or 0, one[0], one[1]["seq"]))
    return found


def _settled(connection: Connection) -> tuple[int, int] | None:
    """Ask PostgreSQL which transactions are over: those below; those above came from a restored copy."""
    if connection.dialect.name == "sqlite":
        return None
    row = connection.execute(
        text(
            "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint "
            "FROM pg_current_snapshot() AS now"
        )
    ).one()
    return row[0], row[1]


def frontier_text(frontier: merkle.Frontier) -> str:
    """Write a frontier as it stands in a head's row."""
    return dumps([node.hex() for node in frontier])


def _read_frontier(written: str) -> merkle.Frontier:
    return tuple(bytes.fromhex(node) for node in loads(written))


def _signed_text(head: Head) -> bytes:
    return dumps(
        {
            "at_utc": head.at_utc,
            "key_id": head.key_id,
            "log": "imt-ecrf",
            "root": head.root,
            "size": head.size,
        }
    ).encode()
