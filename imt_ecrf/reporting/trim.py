"""What WeasyPrint painted becomes a part: its tags made lean, its margins artifacts; knows no casebook."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.reporting.bidi import as_read, leftward
from imt_ecrf.reporting.fonts import font_named
from imt_ecrf.reporting.piece import Element, Link, Piece, Places, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imt_ecrf.reporting.piece import Kid

    Words = Mapping[str, Mapping[int, str]]

# these may hold marked content themselves: a span for each printed line inside them says nothing
HEX: Final = re.compile(rb"<([0-9a-fA-F]+)>")
HOLDERS: Final = frozenset({"TD", "TH", "P", "H1", "H2", "H3", "Link", "Lbl", "LBody", "Span", "Caption"})


class Trimmer:
    """Walks the objects of one painted document; `words` gives for each font the text of its glyphs."""

    def __init__(self, pdf: Any, words: Words) -> None:
        self.words = words
        self.objects: Sequence[Any] = pdf.objects
        self.pages = {reference: number for number, reference in enumerate(pdf.page_references)}
        self.elements: list[Element] = []
        self.parents: list[dict[int, int]] = [{} for _ in self.pages]
        self.linked: dict[bytes, int] = {}
        self.links: list[list[bytes]] = [self.at(page).get("Annots", []) for page in self.pages]
        root = self.at(pdf.catalog["StructTreeRoot"])
        document = self.at(root["K"][0])
        for reference in document["K"]:
            self._add(self.at(reference), -1, in_head=False)

    def at(self, reference: bytes) -> Any:
        """Find an object by its reference."""
        return self.objects[int(reference.split()[0])]

    def _add(self, source: Any, parent: int, *, in_head: bool) -> int:
        """Take an element over with everything below it; give its number."""
        number, tag = len(self.elements), str(source["S"]).removeprefix("/")
        page, heads = self.pages[source["Pg"]], in_head or tag == "THead"
        self.elements.append(Element("", 0, 0, ()))
        kids: list[Kid] = []
        for kid in self._kids(source, tag):
            if isinstance(kid, int):
                self.parents[page][kid] = number
                kids.append(kid)
            elif kid.get("Type") == "/OBJR":
                kids.append(f"L{self.links[page].index(kid['Obj'])}")
                self.linked[kid["Obj"]] = number
            else:
                kids.append(-self._add(kid, number, in_head=heads) - 1)
        self.elements[number] = Element(tag, parent, page, kids, _attributes(source, tag, heads=heads))
        return number

    def _kids(self, source: Any, tag: str) -> Iterator[Any]:
        for kid in source["K"]:
            found = kid if isinstance(kid, int) else self.at(kid)
            if isinstance(found, int) or found.get("Type") == "/OBJR":
                yield found
            elif found["S"] == "/NonStruct":
                yield from self._kids(found, tag)
            elif found["S"] == "/Span" and tag in HOLDERS and all(isinstance(one, int) for one in found["K"]):
                yield from found["K"]
            else:
                yield found

    def sheets(self) -> tuple[Sheet, ...]:
        """Give the pages with their contents."""
        return tuple(self._sheet(number, self.at(page)) for page, number in self.pages.items())

    def _sheet(self, number: int, page: Any) -> Sheet:
        parents = self.parents[number]
        links = []
        for reference in self.links[number]:
            note = self.at(reference)
            target = note["A"]["URI"].string if "A" in note else f"#{note['Dest'].string}"
            rect = tuple(round(float(value), 2) for value in note["Rect"])
            links.append(Link(rect, target, self.linked[reference]))  # type: ignore[arg-type]
        content = _content(self.at(page["Contents"]).stream, parents, self.words)
        last = max(parents, default=-1)
        return Sheet(content, tuple(parents.get(mcid, -1) for mcid in range(last + 1)), tuple(links))


def _attributes(source: Any, tag: str, *, heads: bool) -> str:
    """Keep the spans of a cell, and say of a head whether it heads its column or its row."""
    if tag not in {"TH", "TD"}:
        return ""
    table = source.get("A", {})
    told = "".join(f"/{name} {table[name]}" for name in ("ColSpan", "RowSpan") if name in table)
    if tag == "TH":
        told += "/Scope/Column" if heads else "/Scope/Row"
    return f"/A<</O/Table{told}>>" if told else ""


def _content(stream: Sequence[Any], parents: Mapping[int, int], words: Words) -> bytes:
    """Write the operators; marked content outside the tree (running heads and feet) becomes an artifact."""
    lines: list[bytes] = []
    for item in stream:
        if isinstance(item, dict) and "MCID" in item and item["MCID"] not in parents:
            lines[-1] = b"/Artifact"
            lines.append(b"BMC")
        elif item == b"BDC" and lines[-1] == b"BMC":
            continue
        else:
            lines.append(
                item if isinstance(item, bytes) else item.encode() if isinstance(item, str) else item.data
            )
    if any(leftward("".join(glyphs.values())) for glyphs in words.values()):
        lines = list(_readable(lines, words))
    return zlib.compress(b"\n".join(lines), 6)


def _readable(lines: Sequence[bytes], words: Words) -> Iterator[bytes]:
    """Say beside each line painted from right to left how it is read."""
    glyphs: Mapping[int, str] = {}
    held: list[bytes] = []
    said: list[str] = []
    for line in lines:
        held.append(line)
        if line.endswith(b" Tf"):
            glyphs = words[line.split()[0][1:].decode()]
        elif line.endswith((b" TJ", b" Tj")):
            codes = (code.decode() for code in HEX.findall(line))
            said += [
                glyphs.get(int(code[at : at + 4], 16), "") for code in codes for at in range(0, len(code), 4)
            ]
        elif line == b"ET":
            if leftward("".join(said)):
                text = as_read(said).encode("utf-16-be").hex().encode()
                held.insert(_begin(held), b"/Span<</ActualText<feff%b>>>BDC" % text)
                held.append(b"EMC")
            yield from held
            held, said = [], []
    yield from held


def _begin(held: Sequence[bytes]) -> int:
    return max(place for place, line in enumerate(held) if line == b"BT")


def trim(document: Any, pdf: Any, places: Places) -> Piece:
    """Turn a painted document into a part; ValueError names what no part may hold."""
    fonts = _fonts(document)
    trimmer = Trimmer(pdf, {name: glyphs for name, (_file, glyphs) in fonts.items()})
    states: dict[str, str] = {}
    for page in trimmer.pages:
        resources = trimmer.at(trimmer.at(page)["Resources"])
        if resources["XObject"] or resources["Pattern"] or resources["Shading"]:
            raise ValueError("a part holds text and rules only, no picture")
        states |= {key: state.data.decode() for key, state in resources["ExtGState"].items()}
    return Piece(places, trimmer.sheets(), tuple(trimmer.elements), fonts, states)


def _fonts(document: Any) -> dict[str, tuple[str, dict[int, str]]]:
    from weasyprint.text.fonts import get_hb_object_data  # noqa: PLC0415 - only the child loads WeasyPrint

    found: dict[str, tuple[str, dict[int, str]]] = {}
    for font in document.fonts.values():
        if font.missing:
            signs = ", ".join(f"U+{sign:04X}" for sign in sorted(font.missing))
            raise ValueError(f"no paper font has {signs}")
        name = font_named(len(get_hb_object_data(font.hb_face)))
        known = found.setdefault(font.hash, (name, {}))[1]
        known |= {glyph: text for glyph, text in font.to_unicode.items() if glyph not in known}
    return found
