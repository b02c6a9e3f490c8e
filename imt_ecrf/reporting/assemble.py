"""Printed parts become one tagged PDF: pages, structure, links, bookmarks, stamps; knows no data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting import piece as pieces
from imt_ecrf.reporting.embed import embed, glyphs_of, show, union
from imt_ecrf.reporting.metadata import Attachment, Copy, colours, date, information, xmp
from imt_ecrf.reporting.outline import Bookmark, write_outline
from imt_ecrf.reporting.sfnt import typeface
from imt_ecrf.reporting.writer import Writer, array, dictionary, reference, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imt_ecrf.reporting.piece import Element, Link, Piece, Sheet
    from imt_ecrf.reporting.render import Printed

__all__ = ["Attachment", "Bookmark", "Copy", "Foot", "Target", "assemble", "page_numbers", "targets"]

LINK_PREFIX: Final = "part:"
PAGE_PREFIX: Final = "page:"
A4_WIDTH, A4_HEIGHT = 595.276, 841.89
STAMP_FONT: Final = "PT_Sans-Web-Regular.ttf"
STAMP_NAME: Final = "Stamp"
FOOT_SIZE, NUMBER_SIZE = 9, 9.5
LEFT, RIGHT, BASELINE = 56.69, 561.26, 30.05  # 20 mm, 198 mm, 10.6 mm from the lower edge


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the assembled file: page from 0 and points below the top edge."""

    page: int
    y: float


@dataclass(frozen=True, slots=True)
class Foot:
    """The last line of each sheet, stamped: the copy on the left, the page (of how many) on the right.

    A volume counts on from the `before` pages of those before it, of `pages` in all.
    """

    left: str
    right: str
    before: int = 0
    pages: int = 0


def page_numbers(parts: Sequence[Printed], first: int = 0) -> dict[str, int]:
    """Give the page (from 0) on which each part begins."""
    numbers, page = {}, first
    for part in parts:
        numbers[part.key] = page
        page += part.pages
    return numbers


def targets(parts: Sequence[Printed]) -> dict[str, Target]:
    """Give the place of every part (`key`) and of every anchor (`key#anchor`) in the assembled file."""
    found: dict[str, Target] = {}
    starts = page_numbers(parts)
    for part in parts:
        start = starts[part.key]
        found[part.key] = Target(start, 0)
        found |= {f"{part.key}#{name}": Target(start + page, y) for name, (page, y) in part.anchors.items()}
    return found


def assemble(
    parts: Sequence[Printed],
    bookmarks: Sequence[Bookmark],
    copy: Copy,
    foot: Foot | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Splice the parts in order into one file; the same parts and words give the same bytes."""
    assembly = Assembly(targets(parts), copy.language, foot, sum(part.pages for part in parts))
    for part in parts:
        assembly.add(pieces.read(part.data))
    return assembly.finish(bookmarks, copy, attachments)


@dataclass
class Assembly:
    """A file being spliced: what was written so far and what the last objects need."""

    places: Mapping[str, Target]
    language: str
    foot: Foot | None
    total: int
    writer: Writer = field(default_factory=Writer)

    def __post_init__(self) -> None:
        number = self.writer.number
        self.catalog, self.tree, self.root, self.document = number(), number(), number(), number()
        self.resources = number()
        self.pages = [number() for _ in range(self.total)]
        self.before = self.foot.before if self.foot else 0
        self.opened = self.writer.stream(b"", b"q")
        self.page = 0
        self.linked = self.total  # structure numbers of links follow those of the pages
        self.top: list[int] = []
        self.parent_tree: dict[int, bytes] = {}
        self.fonts: dict[str, tuple[str, ...]] = {}
        self.glyphs: dict[str, dict[int, str]] = {}
        self.states: dict[str, str] = {}

    def add(self, piece: Piece) -> None:
        """Append the pages of a part with their structure."""
        first = self.page
        numbers = [self.writer.number() for _ in piece.elements]
        kids = {place: list(element.kids) for place, element in enumerate(piece.elements)}
        for sheet in piece.sheets:
            self._sheet(sheet, numbers, kids)
        part = self.writer.number()
        tops = [numbers[n] for n, element in enumerate(piece.elements) if element.parent < 0]
        self.writer.put(part, dictionary(S=b"/Part", P=reference(self.document), K=array(tops)))
        for place, element in enumerate(piece.elements):
            above = numbers[element.parent] if element.parent >= 0 else part
            page = self.pages[first + element.page]
            self.writer.put(numbers[place], _element(element, above, page, _kids(kids[place], numbers)))
        self.top.append(part)
        self.states |= piece.states
        for name, (file, glyphs) in piece.fonts.items():
            self.fonts[file] = tuple(sorted({*self.fonts.get(file, ()), name}))
            self.glyphs[file] = union(self.glyphs.get(file, {}), glyphs)

    def _sheet(self, sheet: Sheet, numbers: list[int], kids: dict[int, list[int | str]]) -> None:
        page = self.pages[self.page]
        parents, stamps, notes = list(sheet.parents), [b"Q"], []
        for place, link in enumerate(sheet.links):
            if link.target.startswith(PAGE_PREFIX):
                kids[link.element].append(len(parents))
                stamps.append(self._page_of(link, len(parents)))
                parents.append(link.element)
            notes.append(self._note(link, numbers[link.element]))
            kids[link.element] = [
                _object(page, notes[-1]) if kid == f"L{place}" else kid for kid in kids[link.element]
            ]
        stamps += self._foot()
        self.parent_tree[self.page] = b"[%b]" % b" ".join(
            reference(numbers[element]) if element >= 0 else b"null" for element in parents
        )
        parts = [self.opened, self.writer.stream(b"", sheet.content, deflated=True)]
        parts.append(self.writer.stream(b"", b"\n".join(stamps)))
        more = {"Annots": array(notes)} if notes else {}
        body = dictionary(
            Type=b"/Page", Parent=reference(self.tree), MediaBox=b"[0 0 %g %g]" % (A4_WIDTH, A4_HEIGHT),
            Contents=array(parts), Resources=reference(self.resources), Tabs=b"/S",
            StructParents=b"%d" % self.page, **more,
        )  # fmt: skip
        self.writer.put(page, body)
        self.page += 1

    def _place(self, target: str) -> Target:
        return self.places[target.removeprefix(LINK_PREFIX).removeprefix(PAGE_PREFIX)]

    def destination(self, target: Target) -> bytes:
        """Write where a link or bookmark leads; the reader's zoom stays."""
        y = A4_HEIGHT - target.y
        return b"[%b/XYZ 0 %g 0]" % (reference(self.pages[target.page]), round(y, 2))

    def _note(self, link: Link, element: int) -> int:
        target = self._place(link.target)
        said = {"ru": "Страница"}.get(self.language, "Page")
        self.parent_tree[self.linked] = reference(element)
        body = dictionary(
            Type=b"/Annot", Subtype=b"/Link", Rect=b"[%g %g %g %g]" % link.rect, BS=b"<</W 0>>", F=b"4",
            StructParent=b"%d" % self.linked, Contents=text(f"{said} {self.before + target.page + 1}"),
            Dest=self.destination(target),
        )  # fmt: skip
        self.linked += 1
        return self.writer.add(body)

    def _page_of(self, link: Link, mcid: int) -> bytes:
        """Write the page a line of the contents leads to into its cell, as content of its link."""
        said = str(self.before + self._place(link.target).page + 1)
        self._use(said)
        x = max(link.rect[0], link.rect[2]) - typeface(STAMP_FONT).measure(said) * NUMBER_SIZE / 1000
        y = min(link.rect[1], link.rect[3])
        line = _line(NUMBER_SIZE, x, y + 2.75, said, b"0 0 1")
        return b"/Link<</MCID %d>>BDC %b EMC" % (mcid, line)

    def _foot(self) -> Iterator[bytes]:
        if self.foot is None:
            return
        right = self.foot.right.format(self.before + self.page + 1, self.foot.pages or self.total)
        self._use(self.foot.left + right)
        x = RIGHT - typeface(STAMP_FONT).measure(right) * FOOT_SIZE / 1000
        left = _line(FOOT_SIZE, LEFT, BASELINE, self.foot.left, b"0 0 0")
        yield b"/Artifact BMC %b %b EMC" % (left, _line(FOOT_SIZE, x, BASELINE, right, b"0 0 0"))

    def _use(self, said: str) -> None:
        self.fonts[STAMP_FONT] = tuple(sorted({*self.fonts.get(STAMP_FONT, ()), STAMP_NAME}))
        self.glyphs[STAMP_FONT] = union(self.glyphs.get(STAMP_FONT, {}), glyphs_of(STAMP_FONT, said))

    def finish(self, bookmarks: Sequence[Bookmark], copy: Copy, attachments: Sequence[Attachment]) -> bytes:
        """Write what belongs to the whole file and give its bytes."""
        writer = self.writer
        tree = dictionary(Type=b"/Pages", Count=b"%d" % self.total, Kids=array(self.pages))
        writer.put(self.tree, tree)
        self._structure()
        self._resources()
        marks = [(mark, self.destination(self.places[mark.key])) for mark in bookmarks]
        outline = write_outline(writer, marks)
        files = self._attach(attachments, copy)
        names = {"Dests": reference(self._names())}
        if files:
            names["EmbeddedFiles"] = b"<</Names[%b]>>" % b" ".join(b"%b %b" % row for row in files)
        packet = writer.plain(b"/Type/Metadata/Subtype/XML", xmp(copy))
        more = {"AF": b"[%b]" % b" ".join(file for _name, file in files)} if files else {}
        body = dictionary(
            Type=b"/Catalog", Pages=reference(self.tree), StructTreeRoot=reference(self.root),
            MarkInfo=b"<</Marked true>>", Lang=text(copy.language), PageMode=b"/UseOutlines",
            ViewerPreferences=b"<</DisplayDocTitle true>>", Outlines=reference(outline),
            Names=dictionary(**names), Metadata=reference(packet),
            OutputIntents=array([self._intent()]), **more,
        )  # fmt: skip
        writer.put(self.catalog, body)
        return writer.finish(self.catalog, writer.add(information(copy)))

    def _intent(self) -> int:
        profile = self.writer.stream(b"/N 3", colours())
        name = b"(sRGB)"
        body = dictionary(
            Type=b"/OutputIntent", S=b"/GTS_PDFA1", OutputConditionIdentifier=name, Info=name,
            DestOutputProfile=reference(profile),
        )  # fmt: skip
        return self.writer.add(body)

    def _structure(self) -> None:
        document = dictionary(S=b"/Document", P=reference(self.root), K=array(self.top))
        self.writer.put(self.document, document)
        rows = b" ".join(b"%d %b" % row for row in sorted(self.parent_tree.items()))
        tree = self.writer.add(b"<</Nums[%b]>>" % rows)
        root = dictionary(
            Type=b"/StructTreeRoot", K=array([self.document]), ParentTree=reference(tree),
            ParentTreeNextKey=b"%d" % self.linked,
        )  # fmt: skip
        self.writer.put(self.root, root)

    def _resources(self) -> None:
        fonts: dict[str, bytes] = {}
        for file, names in sorted(self.fonts.items()):
            number = embed(self.writer, file, self.glyphs[file])
            fonts |= {name: reference(number) for name in names}
        states = {key: body.encode() for key, body in sorted(self.states.items())}
        body = dictionary(Font=dictionary(**fonts), ExtGState=dictionary(**states))
        self.writer.put(self.resources, body)

    def _names(self) -> int:
        """Name every part and form, so that an address may end in `#nameddest=`."""
        rows = sorted((text(key), self.destination(place)) for key, place in self.places.items())
        pairs = b" ".join(b"%b %b" % row for row in rows)
        leaf = dictionary(Limits=b"[%b%b]" % (rows[0][0], rows[-1][0]), Names=b"[%b]" % pairs)
        return self.writer.add(dictionary(Kids=array([self.writer.add(leaf)])))

    def _attach(self, attachments: Sequence[Attachment], copy: Copy) -> list[tuple[bytes, bytes]]:
        """Put files into the file as its sources; give each name with its object, in order."""
        at, found = date(copy.created), []
        for file in sorted(attachments, key=lambda one: one.name):
            size = b"%d" % len(file.data)
            kind = file.mime.replace("/", "#2F").encode()
            facts = dictionary(Size=size, CreationDate=at, ModDate=at)
            entries = b"/Type/EmbeddedFile/Subtype/%b/Params%b" % (kind, facts)
            stream = reference(self.writer.stream(entries, file.data))
            body = dictionary(
                Type=b"/Filespec", F=text(file.name), UF=text(file.name), Desc=text(file.description),
                AFRelationship=b"/Source", EF=dictionary(F=stream, UF=stream),
            )  # fmt: skip
            found.append((text(file.name), reference(self.writer.add(body))))
        return found


def _line(size: float, x: float, y: float, said: str, colour: bytes) -> bytes:
    where = b"/%b %g Tf %b rg %g %g Td" % (STAMP_NAME.encode(), size, colour, round(x, 2), round(y, 2))
    return b"BT %b %b Tj ET" % (where, show(STAMP_FONT, said))


def _object(page: int, note: int) -> str:
    return f"<</Type/OBJR/Pg {page} 0 R/Obj {note} 0 R>>"


def _kids(kids: Sequence[int | str], numbers: Sequence[int]) -> bytes:
    told = [
        kid if isinstance(kid, str) else str(kid) if kid >= 0 else f"{numbers[-kid - 1]} 0 R" for kid in kids
    ]
    return (told[0] if len(told) == 1 else f"[{' '.join(told)}]").encode()


def _element(element: Element, above: int, page: int, kids: bytes) -> bytes:
    tag, more = element.tag.encode(), element.attributes.encode()
    return b"<</S/%b/P %d 0 R/Pg %d 0 R/K %b%b>>" % (tag, above, page, kids, more)
