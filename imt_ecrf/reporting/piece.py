"""A printed part as it is kept: pages, places, structure and glyphs, without fonts; knows no WeasyPrint."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAGIC: Final = b"imt-part"
FORMAT: Final = 2
_HEAD: Final = struct.Struct(">8sIII")

# kids of an element: n >= 0 marked content n of its page, n < 0 the element -n - 1, "Ln" link n of its page
Kid: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the structure tree: its tag, its parent (-1 for the part), its page, kids, attributes."""

    tag: str
    parent: int
    page: int
    kids: Sequence[Kid]
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link on a page: where it is, what it points at, and its element."""

    rect: tuple[float, float, float, float]
    target: str
    element: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its deflated content, the element of each marked content (-1: none), its links."""

    content: bytes
    parents: tuple[int, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """What others must know of a part: its pages and its anchors (page from 0, points below the top)."""

    pages: int
    anchors: Mapping[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part ready to be spliced; `fonts` gives for each name the file and the text of its glyphs."""

    places: Places
    sheets: tuple[Sheet, ...]
    elements: tuple[Element, ...]
    fonts: Mapping[str, tuple[str, Mapping[int, str]]]
    states: Mapping[str, str]


def write(piece: Piece) -> bytes:
    """Write a part: the places first, so that they can be read alone."""
    places = json.dumps({"pages": piece.places.pages, "anchors": piece.places.anchors}).encode()
    body = {
        "sheets": [
            [
                len(sheet.content),
                sheet.parents,
                [[link.rect, link.target, link.element] for link in sheet.links],
            ]
            for sheet in piece.sheets
        ],
        "elements": [[e.tag, e.parent, e.page, e.kids, e.attributes] for e in piece.elements],
        "fonts": {key: [name, sorted(glyphs.items())] for key, (name, glyphs) in piece.fonts.items()},
        "states": piece.states,
    }
    packed = zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 6)
    content = b"".join(sheet.content for sheet in piece.sheets)
    return _HEAD.pack(MAGIC, FORMAT, len(places), len(packed)) + places + packed + content


def read_places(data: bytes) -> Places:
    """Read how many pages a part has and where its anchors are."""
    length = _head(data)[0]
    kept = json.loads(data[_HEAD.size : _HEAD.size + length])
    return Places(kept["pages"], {name: (place[0], place[1]) for name, place in kept["anchors"].items()})


def read(data: bytes) -> Piece:
    """Read a part; ValueError when the bytes are none."""
    places, packed = _head(data)
    start = _HEAD.size + places
    body: dict[str, Any] = json.loads(zlib.decompress(data[start : start + packed]))
    sheets, at = [], start + packed
    for size, parents, links in body["sheets"]:
        found = tuple(Link(tuple(rect), target, element) for rect, target, element in links)
        sheets.append(Sheet(data[at : at + size], tuple(parents), found))
        at += size
    if at != len(data):
        raise ValueError("the part is not whole")
    fonts = {key: (name, dict(glyphs)) for key, (name, glyphs) in body["fonts"].items()}
    elements = tuple(Element(*element) for element in body["elements"])
    return Piece(read_places(data), tuple(sheets), elements, fonts, body["states"])


def _head(data: bytes) -> tuple[int, int]:
    if len(data) < _HEAD.size:
        raise ValueError("the part is not whole")
    magic, version, places, packed = _HEAD.unpack_from(data)
    if (magic, version) != (MAGIC, FORMAT):
        raise ValueError("this is no printed part")
    return places, packed
