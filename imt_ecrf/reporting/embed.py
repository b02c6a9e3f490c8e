"""The paper's fonts in a PDF file: written once for all parts of it; knows no part."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.sfnt import typeface
from imt_ecrf.reporting.writer import reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imt_ecrf.reporting.writer import Writer

SYMBOLIC, ITALIC = 4, 64
BATCH: Final = 100


def embed(writer: Writer, name: str, glyphs: Mapping[int, str]) -> int:
    """Write a font with the widths and the texts of the glyphs used; give the number of the font."""
    face = typeface(name)
    postscript = face.name.encode()
    program = writer.stream(b"/Length1 %d" % len(face.program), _deflated(name), deflated=True)
    flags = SYMBOLIC + (ITALIC if face.slant else 0)
    descriptor = writer.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %g"
        b"/Ascent %d/Descent %d/CapHeight %d/StemV 80/StemH 80/FontFile2 %b>>"
        % (
            postscript,
            flags,
            *face.box,
            face.slant,
            face.ascent,
            face.descent,
            face.ascent,
            reference(program),
        )
    )
    widths = b" ".join(b"%d[%d]" % (glyph, face.width(glyph)) for glyph in sorted(glyphs))
    descendant = writer.add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/CIDToGIDMap/Identity/DW %d/W[%b]/FontDescriptor %b>>"
        % (postscript, face.width(0), widths, reference(descriptor))
    )
    said = writer.stream(b"", _unicode(sorted(glyphs.items())))
    return writer.add(
        b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%b]/ToUnicode %b>>"
        % (postscript, reference(descendant), reference(said))
    )


def show(name: str, text: str) -> bytes:
    """Write a line of text as the glyphs of a font."""
    face = typeface(name)
    return b"<%b>" % "".join(f"{face.glyphs.get(ord(sign), 0):04x}" for sign in text).encode()


def glyphs_of(name: str, text: str) -> dict[int, str]:
    """Give the glyphs of a text with what they stand for."""
    face = typeface(name)
    return {face.glyphs.get(ord(sign), 0): sign for sign in text}


def union(one: Mapping[int, str], other: Mapping[int, str]) -> dict[int, str]:
    """Join what two parts know of a font; of two texts for one glyph the smaller, whatever the order."""
    both = dict(one)
    for glyph, said in other.items():
        both[glyph] = min(both.get(glyph, said), said)
    return both


@cache
def _deflated(name: str) -> bytes:
    return zlib.compress(typeface(name).program, 6)


def _unicode(glyphs: Iterable[tuple[int, str]]) -> bytes:
    pairs = [f"<{glyph:04x}> <{said.encode('utf-16-be').hex()}>" for glyph, said in glyphs]
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
        "1 begincodespacerange", "<0000> <ffff>", "endcodespacerange",
    ]  # fmt: skip
    for start in range(0, len(pairs), BATCH):
        some = pairs[start : start + BATCH]
        lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode()
