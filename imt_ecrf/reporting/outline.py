"""Bookmarks of a file as a tree of at most four levels; knows no pages but their destinations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.reporting.writer import reference, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.reporting.writer import Writer


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the outline: where it leads, its level from 1; `opened` shows what is below."""

    title: str
    part: str
    anchor: str | None
    level: int
    opened: bool = False

    @property
    def key(self) -> str:
        """Name the place it leads to."""
        return f"{self.part}#{self.anchor}" if self.anchor else self.part


@dataclass
class _Node:
    number: int
    mark: Bookmark
    where: bytes
    kids: list[_Node]

    def shown(self) -> int:
        """Count the lines shown below this one once it is open."""
        return sum(1 + (kid.shown() if kid.mark.opened else 0) for kid in self.kids)


def write_outline(writer: Writer, marks: Sequence[tuple[Bookmark, bytes]]) -> int:
    """Write the bookmarks; give the number of the outline."""
    root = _Node(writer.number(), Bookmark("", "", None, 0, opened=True), b"", [])
    branch = [root]
    for mark, where in marks:
        while branch[-1].mark.level >= mark.level:
            branch.pop()
        node = _Node(writer.number(), mark, where, [])
        branch[-1].kids.append(node)
        branch.append(node)
    _write(writer, root)
    ends = _ends(root)
    return writer.put(root.number, b"<</Type/Outlines%b/Count %d>>" % (ends, root.shown()))


def _ends(node: _Node) -> bytes:
    if not node.kids:
        return b""
    return b"/First %b/Last %b" % (reference(node.kids[0].number), reference(node.kids[-1].number))


def _write(writer: Writer, parent: _Node) -> None:
    for place, node in enumerate(parent.kids):
        body = b"<</Title%b/Parent %b/Dest%b" % (text(node.mark.title), reference(parent.number), node.where)
        if place:
            body += b"/Prev %b" % reference(parent.kids[place - 1].number)
        if place + 1 < len(parent.kids):
            body += b"/Next %b" % reference(parent.kids[place + 1].number)
        if node.kids:
            count = node.shown()
            body += b"%b/Count %d" % (_ends(node), count if node.mark.opened else -count)
        writer.put(node.number, body + b">>")
        _write(writer, node)
