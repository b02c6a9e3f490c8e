"""A gathered casebook becomes one PDF: HTML, printed parts, contents with page numbers, stamp, seal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from imt_ecrf import __version__, rooms
from imt_ecrf.reporting.assemble import Bookmark, Copy, assemble, page_numbers
from imt_ecrf.reporting.pages import Both, Mark, Part, Said
from imt_ecrf.reporting.paper import in_
from imt_ecrf.reporting.render import Printed, Printer
from imt_ecrf.reporting.seal import seal
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.pages import Casebook

    Progress = Callable[[int, int, str], None]

LANGUAGES: Final = ("en", "ru")
GENERATOR: Final = f"imt-ecrf {__version__}"


@dataclass(frozen=True, slots=True)
class Made:
    """A casebook file: its bytes, its pages, the SHA-256 before and after the seal."""

    pdf: bytes
    pages: int
    content_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ContentsRow:
    """A form in the contents."""

    name: Said
    target: str
    page: int
    mark: Mark
    signed_on: str
    queries: int


@dataclass(frozen=True, slots=True)
class ContentsGroup:
    """An event in the contents."""

    name: Said
    target: str
    page: int
    rows: tuple[ContentsRow, ...] = ()


@cache
def paper() -> Environment:
    """Give the templates of paper: undefined names fail, everything is escaped, nothing outside is loaded."""
    folder = rooms.reports() / "casebook"
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def make(
    casebook: Casebook, language: str, keys: SealFiles | None = None, progress: Progress | None = None
) -> Made:
    """Print, assemble and seal a casebook in a language; without keys the file stays unsealed."""
    step = progress or (lambda _done, _total, _what: None)
    sheet = rooms.reports() / "casebook" / "casebook.css"
    total = len(casebook.parts) + 3
    with Printer((sheet,)) as printer:
        printed = []
        for done, part in enumerate(casebook.parts):
            step(done, total, in_(part.event, language))
            printed.append(_print(printer, casebook, language, "part.html", part))
        step(len(printed), total, in_(UI["contents"], language))
        front = _front(printer, casebook, language, printed)
        back = _print(printer, casebook, language, "manifest.html", _plain(casebook, "manifest"))
    parts = [*front, *printed, back]
    step(total - 1, total, in_(UI["casebook"], language))
    pdf = assemble(
        parts, _bookmarks(casebook, language), _copy(casebook, language), _stamp(casebook, language, parts)
    )
    return _sealed(pdf, sum(part.pages for part in parts), casebook, keys)


def _sealed(pdf: bytes, pages: int, casebook: Casebook, keys: SealFiles | None) -> Made:
    content = hashlib.sha256(pdf).hexdigest()
    if keys is not None:
        reason = f"Certified copy, state {casebook.fingerprint[:16]}"
        pdf = seal(pdf, keys, name=f"{casebook.study_oid} {casebook.subject}", reason=reason)
    return Made(pdf, pages, content, hashlib.sha256(pdf).hexdigest())


def file_name(casebook: Casebook, language: str) -> str:
    """Name the file: study, subject, language, `draft` when not all is signed; a-z, 0-9 and hyphens."""
    draft = "" if casebook.mark == "signed" else "-draft"
    text = f"{casebook.study_oid}-{casebook.subject}-{language}{draft}".lower()
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in text)
    return "-".join(piece for piece in plain.split("-") if piece)[:60] + ".pdf"


def html(casebook: Casebook, language: str, template: str, part: Part, **more: Any) -> str:
    """Fill a template of paper."""
    doc = {
        "title": f"{casebook.study_oid} {casebook.subject}",
        "author": casebook.site,
        "generator": GENERATOR,
        "stamp": "2000-01-01T00:00:00Z",  # parts know no clock: the copy's time is stamped at merging
    }
    facts = {"L": language, "UI": UI, "doc": doc, "part": part, "cover": casebook, **more}
    return paper().get_template(template).render(manifest=casebook.manifest, **facts)


def _print(
    printer: Printer, casebook: Casebook, language: str, template: str, part: Part, **more: Any
) -> Printed:
    return printer.print(part.key, html(casebook, language, template, part, **more))


def _plain(casebook: Casebook, key: str, mark: Mark = "plain") -> Part:
    demo = "DEMO · " if casebook.demo else ""
    who = f"{demo}{casebook.study_oid} · {casebook.site} · {casebook.subject}"
    record = Both("Certified copy", "Заверенная копия")
    return Part(key, UI.get(key, ""), "", "", mark, who, record, ())


def _front(
    printer: Printer, casebook: Casebook, language: str, printed: list[Printed]
) -> tuple[Printed, Printed]:
    cover = _print(printer, casebook, language, "cover.html", _plain(casebook, "cover", casebook.mark))
    part, pages = _plain(casebook, "contents"), 1
    while True:
        groups = _contents(casebook, printed, cover.pages + pages)
        found = {"groups": groups, "empty": casebook.empty}
        contents = _print(printer, casebook, language, "contents.html", part, contents=found)
        if contents.pages == pages:
            return cover, contents
        pages = contents.pages


def _by_event(casebook: Casebook) -> list[list[Part]]:
    return [list(run) for _, run in groupby(casebook.parts, key=lambda part: part.key.rsplit("-", 1)[0])]


def _contents(casebook: Casebook, printed: list[Printed], before: int) -> list[ContentsGroup]:
    begins = page_numbers(printed, before)
    anchors = {part.key: part.anchors for part in printed}
    groups = []
    for run in _by_event(casebook):
        rows = tuple(
            ContentsRow(
                form.name,
                f"{part.key}#{form.anchor}",
                begins[part.key] + anchors[part.key][form.anchor][0] + 1,
                form.mark,
                form.signed_on,
                form.open_queries,
            )
            for part in run
            for form in part.forms
        )
        groups.append(ContentsGroup(run[0].event, run[0].key, begins[run[0].key] + 1, rows))
    after = before + sum(part.pages for part in printed)
    return [*groups, ContentsGroup(UI["manifest"], "manifest", after + 1)]


def _bookmarks(casebook: Casebook, language: str) -> list[Bookmark]:
    marks = [
        Bookmark(in_(UI[key], language), part, None, 1)
        for key, part in (("casebook", "cover"), ("contents", "contents"))
    ]
    for run in _by_event(casebook):
        marks.append(Bookmark(in_(run[0].event, language), run[0].key, None, 1))
        marks += [
            Bookmark(in_(form.name, language), part.key, form.anchor, 2)
            for part in run
            for form in part.forms
        ]
    return [*marks, Bookmark(in_(UI["manifest"], language), "manifest", None, 1)]


def _copy(casebook: Casebook, language: str) -> Copy:
    created = casebook.as_of.replace(" UTC", "Z").replace(" ", "T")
    title = f"{casebook.study_oid} {casebook.subject}"
    return Copy(title, casebook.site, in_(UI["casebook"], language), language, created, GENERATOR)


def _stamp(casebook: Casebook, language: str, parts: list[Printed]) -> bytes:
    pages = sum(part.pages for part in parts)
    words = {
        "en": ("Copy of", "state", "Casebook page {} of {}"),
        "ru": ("Копия от", "состояние", "Страница карты {} из {}"),
    }["ru" if language == "ru" else "en"]
    line = f"{words[0]} {casebook.as_of} · {GENERATOR} · {words[1]} {casebook.fingerprint[:16]}"
    text = paper().get_template("stamp.html").render(
        L=language, pages=pages, copy_line=line, page_line=words[2]
    )  # fmt: skip
    with Printer((rooms.reports() / "casebook" / "stamp.css",)) as printer:
        return printer.print("stamp", text).pdf
