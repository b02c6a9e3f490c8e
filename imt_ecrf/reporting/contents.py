"""The contents and the bookmarks of a casebook: twice, by visit and by form; knows no PDF."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.outline import Bookmark
from imt_ecrf.reporting.paper import in_, joined
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imt_ecrf.reporting.pages import Casebook, FormPage, Mark, Part, Said

ROWS: Final = 44  # a sheet


@dataclass(frozen=True, slots=True)
class ContentsRow:
    """A form in the contents; its page is stamped when all pages are known."""

    name: Said
    target: str
    mark: Mark
    signed_on: str
    queries: int


@dataclass(frozen=True, slots=True)
class ContentsGroup:
    """An event in the contents."""

    name: Said
    target: str
    rows: tuple[ContentsRow, ...] = ()


def by_event(parts: Sequence[Part]) -> list[list[Part]]:
    """Give the parts of each visit."""
    return [list(run) for _, run in groupby(parts, key=lambda part: part.key.rsplit("-", 1)[0])]


def chunks(casebook: Casebook) -> list[tuple[ContentsGroup, ...]]:
    """Give the contents in pieces of whole visits, so that a change prints one piece anew."""
    found: list[list[ContentsGroup]] = [[]]
    held = 0
    for run in by_event(casebook.parts):
        rows = tuple(_row(part, form) for part in run for form in part.forms)
        if held and held + len(rows) + 1 > ROWS:
            found.append([])
            held = 0
        found[-1].append(ContentsGroup(run[0].event, run[0].key, rows))
        held += len(rows) + 1
    if casebook.grids:
        rows = tuple(ContentsRow(name, key, "plain", "", 0) for key, name in _grids(casebook))
        found[-1].append(ContentsGroup(UI["overviews"], casebook.grids[0].key, rows))
    found[-1].append(ContentsGroup(UI["manifest"], "manifest-1"))
    return [tuple(groups) for groups in found]


def _grids(casebook: Casebook) -> list[tuple[str, Said]]:
    """Give the first sheet of each overview with its name."""
    return [(one.key, one.name) for one in casebook.grids if one.key.endswith("-1")]


def _row(part: Part, form: FormPage) -> ContentsRow:
    target = f"{part.key}#{form.anchor}"
    return ContentsRow(form.name, target, form.mark, form.signed_on, form.open_queries)


def bookmarks(casebook: Casebook, language: str) -> list[Bookmark]:
    """Give the outline: cover, contents, every visit with its forms, every form with its visits."""
    marks = [Bookmark(in_(UI[key], language), part, None, 1) for key, part in FRONT]
    if casebook.parts:
        first = casebook.parts[0].key
        marks.append(Bookmark(in_(UI["by_visit"], language), first, None, 1, opened=True))
        marks += _by_visit(casebook, language)
        marks.append(Bookmark(in_(UI["by_form"], language), first, None, 1))
        marks += _by_form(casebook, language)
    if casebook.grids:
        marks.append(Bookmark(in_(UI["overviews"], language), casebook.grids[0].key, None, 1))
        marks += [Bookmark(in_(name, language), key, None, 2) for key, name in _grids(casebook)]
    return [*marks, Bookmark(in_(UI["manifest"], language), "manifest-1", None, 1)]


FRONT: Final = (("casebook", "cover"), ("contents", "contents-1"))


def _by_visit(casebook: Casebook, language: str) -> Iterator[Bookmark]:
    for run in by_event(casebook.parts):
        yield Bookmark(in_(run[0].event, language), run[0].key, None, 2)
        for part in run:
            for form in part.forms:
                yield Bookmark(in_(form.name, language), part.key, form.anchor, 3)


def _by_form(casebook: Casebook, language: str) -> Iterator[Bookmark]:
    places: dict[str, list[tuple[Part, FormPage]]] = defaultdict(list)
    for part in casebook.parts:
        for form in part.forms:
            places[form.anchor.split(".")[0]].append((part, form))
    domains = groupby(_in_order(casebook, places), key=lambda oid: places[oid][0][1].domain)
    for domain, oids in domains:
        some = list(oids)
        part, form = places[some[0]][0]
        yield Bookmark(domain or in_(form.name, language), part.key, form.anchor, 2)
        for oid in some:
            part, form = places[oid][0]
            yield Bookmark(in_(form.title, language), part.key, form.anchor, 3)
            for part, form in places[oid]:
                said = in_(joined(part.event, number(form)), language).strip()
                yield Bookmark(said, part.key, form.anchor, 4)


def number(form: FormPage) -> str:
    """Give the repeat of a form when it is not the first."""
    repeat = form.anchor.split(".")[1].split("-")[0]
    return "" if repeat == "1" else repeat


def _in_order(casebook: Casebook, places: Iterable[str]) -> list[str]:
    found = {form.anchor.split(".")[0]: form.domain for part in casebook.parts for form in part.forms}
    return sorted(places, key=lambda oid: (found[oid], oid))
