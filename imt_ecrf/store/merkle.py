"""The Merkle tree of RFC 6962 (hashes, frontier, inclusion); knows no table and no key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Frontier: TypeAlias = tuple[bytes, ...]
"""Roots of the complete subtrees that a tree of a size falls into, the largest first."""


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf: SHA-256 of 0x00 and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256 of 0x01, left and right."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(frontier: Frontier, size: int, leaves: Iterable[bytes]) -> tuple[Frontier, int]:
    """Add leaf hashes to a tree of a size; give its new frontier and size."""
    stack = list(frontier)
    for leaf in leaves:
        stack.append(leaf)
        size += 1
        full = size
        while not full & 1:  # two equal subtrees stand at the end: join them
            right, left = stack.pop(), stack.pop()
            stack.append(node_hash(left, right))
            full >>= 1
    return tuple(stack), size


def root(frontier: Frontier) -> bytes:
    """Give the root of a tree from its frontier."""
    if not frontier:
        return EMPTY_ROOT
    *rest, result = frontier
    for left in reversed(rest):
        result = node_hash(left, result)
    return result


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root of a list of leaf hashes, as RFC 6962 section 2.1 defines it."""
    return root(grow((), 0, leaves)[0])


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the audit path of a leaf, from the leaf upwards (RFC 6962 section 2.1.1)."""
    if len(leaves) <= 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*inclusion(leaves[:middle], index), root_of(leaves[middle:])]
    return [*inclusion(leaves[middle:], index - middle), root_of(leaves[:middle])]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], wanted: bytes) -> bool:
    """Tell whether a leaf stands at a place of the tree with the wanted root, by its audit path."""
    return 0 <= index < size and _climb(leaf, index, size, list(path)) == wanted


def _climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    sister = path.pop()
    middle = _split(size)
    if index < middle:
        below = _climb(leaf, index, middle, path)
        return below and node_hash(below, sister)
    below = _climb(leaf, index - middle, size - middle, path)
    return below and node_hash(sister, below)


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
