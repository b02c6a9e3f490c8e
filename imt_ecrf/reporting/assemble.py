"""Printed parts become one casebook file: pages, bookmarks, links and the stamped foot; knows no data."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.reporting.render import Printed

LINK_PREFIX = "part:"
A4_HEIGHT = 841.89


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the outline: where it leads (part key and anchor) and its level, 1 for an event."""

    title: str
    part: str
    anchor: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Copy:
    """What belongs to the file as a whole and to no part."""

    title: str
    author: str
    subject: str
    language: str
    created: str
    generator: str


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the assembled file: page from 0 and points below the top edge."""

    page: int
    y: float


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
    for key, start in page_numbers(parts).items():
        found[key] = Target(start, 0)
        part = next(part for part in parts if part.key == key)
        found |= {f"{key}#{name}": Target(start + page, y) for name, (page, y) in part.anchors.items()}
    return found


def assemble(
    parts: Sequence[Printed], bookmarks: Sequence[Bookmark], copy: Copy, stamp: bytes | None = None
) -> bytes:
    """Merge the parts in order; the stamp, when given, has one page for each page of the casebook."""
    places = targets(parts)
    with pikepdf.new() as casebook:
        for part in parts:
            with pikepdf.open(BytesIO(part.pdf)) as source:
                casebook.pages.extend(source.pages)
        if stamp is not None:
            _overlay(casebook, stamp)
        _link(casebook, places)
        _bookmark(casebook, bookmarks, places)
        _describe(casebook, copy)
        output = BytesIO()
        casebook.save(output, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return output.getvalue()


def _overlay(casebook: pikepdf.Pdf, stamp: bytes) -> None:
    with pikepdf.open(BytesIO(stamp)) as feet:
        for number, (page, foot) in enumerate(zip(casebook.pages, feet.pages, strict=True), 1):
            # by hand and not by add_overlay, which names the resource at random: same state, same bytes
            form = casebook.copy_foreign(foot.as_form_xobject())
            # pages of one part share their resources: each stamp needs a name of its own
            page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name(f"/Stamp{number}"))
            page.contents_add(b"q", prepend=True)  # the press leaves its matrix open
            page.contents_add(f"Q q /Stamp{number} Do Q".encode())


def _destination(casebook: pikepdf.Pdf, target: Target) -> pikepdf.Array:
    page = casebook.pages[target.page].obj
    top = A4_HEIGHT - target.y if target.y else A4_HEIGHT
    return pikepdf.Array([page, pikepdf.Name.XYZ, 0, round(top, 2), 0])


def _link(casebook: pikepdf.Pdf, places: dict[str, Target]) -> None:
    for page in casebook.pages:
        for annotation in page.obj.get("/Annots", pikepdf.Array()):
            action: Any = annotation.get("/A", {})
            address = str(action.get("/URI", ""))
            if address.startswith(LINK_PREFIX):
                target = places[address.removeprefix(LINK_PREFIX)]
                del annotation["/A"]
                annotation["/Dest"] = _destination(casebook, target)


def _bookmark(casebook: pikepdf.Pdf, bookmarks: Sequence[Bookmark], places: dict[str, Target]) -> None:
    with casebook.open_outline() as outline:
        branch: list[tuple[int, Any]] = []
        for mark in bookmarks:
            place = places[f"{mark.part}#{mark.anchor}" if mark.anchor else mark.part]
            item = pikepdf.OutlineItem(mark.title, _destination(casebook, place))
            while branch and branch[-1][0] >= mark.level:
                branch.pop()
            (branch[-1][1].children if branch else outline.root).append(item)
            item.is_closed = mark.level > 0
            branch.append((mark.level, item))


def _describe(casebook: pikepdf.Pdf, copy: Copy) -> None:
    casebook.Root.PageMode = pikepdf.Name.UseOutlines
    casebook.Root.Lang = pikepdf.String(copy.language)
    casebook.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    with casebook.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        meta["dc:title"] = copy.title
        meta["dc:creator"] = [copy.author]
        meta["dc:description"] = copy.subject
        meta["dc:language"] = [copy.language]
        meta["xmp:CreateDate"] = meta["xmp:ModifyDate"] = meta["xmp:MetadataDate"] = copy.created
        meta["xmp:CreatorTool"] = copy.generator
        meta["pdf:Producer"] = copy.generator
    info = casebook.docinfo
    info["/Title"], info["/Author"], info["/Creator"] = copy.title, copy.author, copy.generator
