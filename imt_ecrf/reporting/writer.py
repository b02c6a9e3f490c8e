"""Writes a PDF file object by object, small ones packed in object streams; knows no page and no casebook."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PACKED: Final = 400  # objects in one object stream
IN_FILE, IN_STREAM = 1, 2


def text(said: str) -> bytes:
    """Write a text string of a PDF; always as hexadecimal digits unless it is plain."""
    if said.isascii() and said.isprintable():
        return b"(" + said.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode() + b")"
    return b"<" + (b"\xfe\xff" + said.encode("utf-16-be")).hex().encode() + b">"


def reference(number: int) -> bytes:
    """Point at an object."""
    return b"%d 0 R" % number


def array(numbers: Iterable[int]) -> bytes:
    """Write an array that points at objects."""
    return b"[%b]" % b" ".join(map(reference, numbers))


def dictionary(**entries: bytes) -> bytes:
    """Write a dictionary; the values are written already."""
    return b"<<%b>>" % b"".join(b"/%b %b" % (key.encode(), value) for key, value in entries.items())


class Writer:
    """A PDF file being written; the same objects in the same order give the same bytes."""

    def __init__(self) -> None:
        self._out = BytesIO()
        self._out.write(HEADER)
        self._hash = hashlib.sha256()
        self._places: list[tuple[int, int, int]] = [(0, 0, 65535)]
        self._waiting: list[tuple[int, bytes]] = []

    def number(self) -> int:
        """Keep a number for an object that is written later."""
        self._places.append((0, 0, 0))
        return len(self._places) - 1

    def put(self, number: int, body: bytes) -> int:
        """Write an object that is no stream; give its number again."""
        self._hash.update(body)
        self._waiting.append((number, body))
        if len(self._waiting) == PACKED:
            self._pack()
        return number

    def add(self, body: bytes) -> int:
        """Write an object under the next number."""
        return self.put(self.number(), body)

    def stream(self, entries: bytes, data: bytes, *, deflated: bool = False) -> int:
        """Write a stream; `deflated` says that the data already are."""
        return self._stream(self.number(), entries, data if deflated else zlib.compress(data, 6))

    def plain(self, entries: bytes, data: bytes) -> int:
        """Write a stream that is not compressed (metadata must be readable without a PDF library)."""
        number = self.number()
        self._hash.update(data)
        self._at(number, b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data))
        return number

    def finish(self, root: int, info: int) -> bytes:
        """Write the table of all objects and give the file."""
        self._pack()
        number = self.number()
        place = self._out.tell()
        self._places[number] = (IN_FILE, place, 0)
        name = self._hash.digest()[:16].hex().encode()
        rows = b"".join(struct.pack(">BIH", *row) for row in self._places)
        entries = b"/Type/XRef/W[1 4 2]/Size %d/Root %b/Info %b/ID[<%b><%b>]" % (
            len(self._places), reference(root), reference(info), name, name,
        )  # fmt: skip
        self._stream(number, entries, zlib.compress(rows, 6))
        self._out.write(b"startxref\n%d\n%%%%EOF\n" % place)
        return self._out.getvalue()

    def _stream(self, number: int, entries: bytes, data: bytes) -> int:
        self._hash.update(data)
        head = b"<<%b/Filter/FlateDecode/Length %d>>" % (entries, len(data))
        self._at(number, b"%b\nstream\n%b\nendstream" % (head, data))
        return number

    def _at(self, number: int, body: bytes) -> None:
        self._places[number] = (IN_FILE, self._out.tell(), 0)
        self._out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def _pack(self) -> None:
        if not self._waiting:
            return
        holder, at, index = self.number(), 0, []
        for place, (number, body) in enumerate(self._waiting):
            self._places[number] = (IN_STREAM, holder, place)
            index.append(b"%d %d" % (number, at))
            at += len(body) + 1
        head = b" ".join(index) + b"\n"
        bodies = b"\n".join(body for _number, body in self._waiting)
        entries = b"/Type/ObjStm/N %d/First %d" % (len(self._waiting), len(head))
        self._waiting.clear()
        self._stream(holder, entries, zlib.compress(head + bodies, 6))
