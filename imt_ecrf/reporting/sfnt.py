"""What a PDF must be told of a TrueType file: widths, metrics, and the glyph of a sign; knows no PDF."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.fonts import PAPER_FONTS, font_file

if TYPE_CHECKING:
    from collections.abc import Mapping

UNICODE: Final = ((3, 10), (0, 4), (3, 1), (0, 3))  # platform and encoding, the widest first


@dataclass(frozen=True)
class Typeface:
    """A font file read: everything in thousandths of its size."""

    name: str
    program: bytes
    widths: tuple[int, ...]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    slant: float
    glyphs: Mapping[int, int]

    def width(self, glyph: int) -> int:
        """Give the width of a glyph."""
        return self.widths[min(glyph, len(self.widths) - 1)]

    def measure(self, text: str) -> int:
        """Give the width of a line of text."""
        return sum(self.width(self.glyphs.get(ord(sign), 0)) for sign in text)


@cache
def typeface(name: str) -> Typeface:
    """Read one of the paper's fonts."""
    data = font_file(name).read_bytes()
    tables = _tables(data)
    head, hhea, post = tables["head"], tables["hhea"], tables["post"]
    upem = struct.unpack_from(">H", data, head + 18)[0]

    def share(value: int) -> int:
        return round(value * 1000 / int(upem))

    box = struct.unpack_from(">4h", data, head + 36)
    ascent, descent = struct.unpack_from(">hh", data, hhea + 4)
    count = struct.unpack_from(">H", data, hhea + 34)[0]
    advances = struct.unpack_from(f">{2 * count}H", data, tables["hmtx"])[::2]
    slant = struct.unpack_from(">l", data, post + 4)[0] / 65536
    return Typeface(
        _postscript(data, tables["name"]), data, tuple(map(share, advances)),
        (share(box[0]), share(box[1]), share(box[2]), share(box[3])),
        share(ascent), share(descent), slant, _glyphs(data, tables["cmap"]),
    )  # fmt: skip


@cache
def printable() -> frozenset[int]:
    """Give the signs that every text on paper can show: those of the text faces and of the face of shapes."""
    faces = [name for name in PAPER_FONTS if not name.startswith("DejaVu")]
    common = frozenset.intersection(*(frozenset(typeface(name).glyphs) for name in faces))
    return common | frozenset(typeface("DejaVuSans.ttf").glyphs)


def _tables(data: bytes) -> dict[str, int]:
    count = struct.unpack_from(">H", data, 4)[0]
    records = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count))
    return {tag.decode("latin-1"): offset for tag, _sum, offset, _length in records}


def _postscript(data: bytes, table: int) -> str:
    count, strings = struct.unpack_from(">HH", data, table + 2)
    for number in range(count):
        found = struct.unpack_from(">6H", data, table + 6 + 12 * number)
        platform, _encoding, _language, name, length, offset = found
        if (platform, name) == (3, 6):
            start = table + strings + offset
            return data[start : start + length].decode("utf-16-be")
    raise ValueError("the font has no name")


def _glyphs(data: bytes, table: int) -> dict[int, int]:
    count = struct.unpack_from(">H", data, table + 2)[0]
    found = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, table + 4 + 8 * number)
        found[platform, encoding] = table + offset
    start = next(found[key] for key in UNICODE if key in found)
    kind = struct.unpack_from(">H", data, start)[0]
    return _format_12(data, start) if kind == 12 else _format_4(data, start)  # noqa: PLR2004 - cmap formats


def _format_12(data: bytes, start: int) -> dict[int, int]:
    glyphs: dict[int, int] = {}
    for number in range(struct.unpack_from(">I", data, start + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, start + 16 + 12 * number)
        glyphs |= {sign: glyph + sign - first for sign in range(first, last + 1)}
    return glyphs


def _format_4(data: bytes, start: int) -> dict[int, int]:
    double = struct.unpack_from(">H", data, start + 6)[0]
    count, glyphs = double // 2, {}
    ends = struct.unpack_from(f">{count}H", data, start + 14)
    firsts = struct.unpack_from(f">{count}H", data, start + 16 + double)
    deltas = struct.unpack_from(f">{count}h", data, start + 16 + 2 * double)
    at = start + 16 + 3 * double
    offsets = struct.unpack_from(f">{count}H", data, at)
    for number, (first, last, delta, offset) in enumerate(zip(firsts, ends, deltas, offsets, strict=True)):
        for sign in range(first, min(last, 0xFFFE) + 1):
            if offset:
                place = at + 2 * number + offset + 2 * (sign - first)
                glyph = struct.unpack_from(">H", data, place)[0]
                glyph = (glyph + delta) % 65536 if glyph else 0
            else:
                glyph = (sign + delta) % 65536
            if glyph:
                glyphs[sign] = glyph
    return glyphs
