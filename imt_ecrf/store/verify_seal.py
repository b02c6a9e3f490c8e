"""Proves that no sealed row was changed, removed, moved or slipped in; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select, text

from imt_ecrf.store import merkle
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.faults import Fault
from imt_ecrf.store.seal import LATE, LOGS, Head, frontier_text, is_genuine, leaf_of, log_table
from imt_ecrf.store.tables import Leaf, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from sqlalchemy import Connection

__all__ = ["LOGS", "faults"]


def faults(connection: Connection, key: Ed25519PublicKey | None, anchors: Path | None) -> Iterator[Fault]:
    """List rows that differ from their leaves, then what does not fit the tree, its heads or the anchors."""
    for log in LOGS:
        yield from _rows(connection, log)
        if connection.dialect.name == "sqlite":
            yield from _gaps(connection, log)
    try:
        outside = read_anchors(anchors)
    except (msgspec.DecodeError, TypeError, ValueError):
        yield Fault("anchor", "", f"the file {anchors} cannot be read.")
        outside = []
    yield from _tree(connection, key, outside)


def read_anchors(file: Path | None) -> list[Head]:
    """Read the heads that were written outside the database, the smallest first."""
    if file is None or not file.exists():
        return []
    heads = [Head(**loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return sorted(heads, key=lambda head: head.size)


def _rows(connection: Connection, log: str) -> Iterator[Fault]:
    table = log_table(log)
    written = {
        row.seq: row.hash for row in connection.execute(select(Leaf.seq, Leaf.hash).where(Leaf.log == log))
    }
    newest = max(written, default=0) - (0 if connection.dialect.name == "sqlite" else LATE)
    rows = connection.execute(select(table).order_by(table.c.seq), execution_options={"yield_per": 500})
    for row in rows.mappings():
        hashed = written.pop(row["seq"], None)
        if hashed is None:
            if row["seq"] < newest:
                yield Fault(log, str(row["seq"]), "the row was slipped in after later rows were sealed.")
        elif leaf_of(log, dict(row)).hex() != hashed:
            yield Fault(log, str(row["seq"]), "the row is not what was sealed.")
    for seq in sorted(written):
        yield Fault(log, str(seq), "the row was sealed and is gone.")


def _gaps(connection: Connection, log: str) -> Iterator[Fault]:
    # SQLite counts without gaps and remembers the last number it gave
    given = connection.execute(
        text("SELECT seq FROM sqlite_sequence WHERE name = :log"), {"log": log}
    ).scalar()
    table, expected = log_table(log), 1
    for seq in connection.execute(select(table.c.seq).order_by(table.c.seq)).scalars():
        if seq != expected:
            yield Fault(log, str(expected), "the row is missing from the numbering.")
            return
        expected += 1
    if expected - 1 != (given or 0):
        yield Fault(log, str(expected), f"the row is missing: number {given} was given already.")


def _tree(connection: Connection, key: Ed25519PublicKey | None, anchors: list[Head]) -> Iterator[Fault]:
    heads = [
        Head(row.size, row.root, row.at_utc, row.key_id, row.signature)
        for row in connection.execute(select(TreeHead).order_by(TreeHead.size))
    ]
    yield from _genuine(heads, anchors, key)
    kept = {row.size: row.frontier for row in connection.execute(select(TreeHead.size, TreeHead.frontier))}
    wanted = sorted({head.size: head for head in [*anchors, *heads]}.values(), key=lambda head: head.size)
    places, frontiers = _grown(connection, {head.size for head in wanted})
    before = 0
    for head in wanted:
        if head.size > len(places):
            what = f"the head of {head.at_utc} covers {head.size} rows, the log has {len(places)}: cut off."
            yield Fault("leaf", str(len(places)), what)
            return
        if merkle.root(frontiers[head.size]).hex() != head.root:
            log, seq = places[before]
            what = (
                f"the seal of {head.at_utc} fits neither this row nor the {head.size - before - 1} after it."
            )
            yield Fault(log, str(seq), what)
            return
        if head.size in kept and kept[head.size] != frontier_text(frontiers[head.size]):
            yield Fault("tree_head", str(head.size), "the frontier it keeps is not that of its tree.")
        before = head.size
    if len(places) > before:
        yield Fault("leaf", str(before), "the leaf stands under no head.")


def _genuine(heads: list[Head], anchors: list[Head], key: Ed25519PublicKey | None) -> Iterator[Fault]:
    if key is not None:
        for head in heads:
            if not is_genuine(head, key):
                yield Fault(
                    "tree_head", str(head.size), "the head was not signed with the installation's key."
                )
        for head in anchors:
            if not is_genuine(head, key):
                yield Fault("anchor", str(head.size), "the head was not signed with the installation's key.")
    kept = {head.size: head.root for head in heads}
    for head in anchors:
        if kept.get(head.size) != head.root:
            yield Fault(
                "tree_head", str(head.size), "the head written outside is not in the database as it was."
            )
            return


def _grown(
    connection: Connection, sizes: set[int]
) -> tuple[list[tuple[str, int]], dict[int, merkle.Frontier]]:
    """Grow the tree from its leaves anew; give the rows in their places, and the frontiers at the sizes."""
    places: list[tuple[str, int]] = []
    found: dict[int, merkle.Frontier] = {}
    frontier: merkle.Frontier = ()
    wanted = select(Leaf.log, Leaf.seq, Leaf.hash).order_by(Leaf.idx)
    for row in connection.execute(wanted, execution_options={"yield_per": 5000}):
        frontier, size = merkle.grow(frontier, len(places), [_bytes(row.hash)])
        places.append((row.log, row.seq))
        if size in sizes:
            found[size] = frontier
    return places, found


def _bytes(written: str) -> bytes:
    try:
        return bytes.fromhex(written)
    except ValueError:
        return b""  # not a hash: the head above it will not fit
