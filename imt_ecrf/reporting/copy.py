"""A gathered casebook becomes sealed PDF volumes: HTML, printed parts, contents, stamp; knows no database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from imt_ecrf import __version__, rooms
from imt_ecrf.reporting.assemble import Attachment, Copy, Foot, assemble
from imt_ecrf.reporting.contents import bookmarks, chunks
from imt_ecrf.reporting.manifest import sheets
from imt_ecrf.reporting.pages import Both, Mark, Part
from imt_ecrf.reporting.paper import in_, joined
from imt_ecrf.reporting.render import PrintingFailed
from imt_ecrf.reporting.seal import seal, usable
from imt_ecrf.reporting.volumes import NO_SUM, lines, shares, volume
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.options import Options
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.reporting.render import Printed, Printer
    from imt_ecrf.reporting.volumes import Share

    Progress = Callable[[int, int, str], None]

GENERATOR: Final = f"imt-ecrf {__version__}"
NAME_LENGTH: Final = 60
FOOT: Final = {
    "en": ("Copy of", "state", "Casebook page {} of {}"),
    "ru": ("Копия от", "состояние", "Страница карты {} из {}"),
    "both": ("Copy of / Копия от", "state", "Page / страница {} of / из {}"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A casebook file: its name, bytes and pages, the SHA-256 before and after the seal, the size before."""

    name: str
    pdf: bytes
    pages: int
    content_sha256: str
    sha256: str
    size: int = 0


@cache
def paper() -> Environment:
    """Give the templates of paper: undefined names fail, everything is escaped, nothing outside is loaded."""
    folder = rooms.reports() / "casebook"
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def make(
    casebook: Casebook,
    options: Options,
    printer: Printer,
    *,
    keys: SealFiles | None = None,
    progress: Progress | None = None,
    attachments: Sequence[Attachment] = (),
) -> tuple[Made, ...]:
    """Print, assemble and seal a casebook, in as many volumes as it needs; without keys nothing is sealed.

    Nothing is printed when the seal cannot be used: a whole casebook would be made in vain.
    """
    if keys is not None:
        usable(keys)
    step = progress or (lambda _done, _total, _what: None)
    printed = _printed(casebook, options, printer, step)
    files = attachments if options.profile == "archive" else ()
    found = shares(casebook, {part.key: part for part in printed}, options.volume)
    if len(found) == 1:
        parts = _whole(printer, casebook, options, printed)
        return (_made(casebook, options, parts, keys=keys, files=files),)
    return _many(casebook, options, printer, found, keys=keys, files=files)


def _printed(casebook: Casebook, options: Options, printer: Printer, step: Progress) -> list[Printed]:
    """Print what holds data; a form that cannot be printed is named. Their HTML is needed no longer then."""
    wanted = parts_of(casebook, options)
    total = len(wanted) + 3
    names = {part.key: in_(part.event, options.language) for part in casebook.parts}
    names |= {grid.key: in_(grid.name, options.language) for grid in casebook.grids}
    step(0, total, in_(UI["casebook"], options.language))
    try:
        printed = printer.print_all(wanted, lambda done, key: step(done, total, names[key]))
    except PrintingFailed as fault:
        raise PrintingFailed(_blamed(casebook, options, printer, str(fault))) from fault
    step(total - 2, total, in_(UI["contents"], options.language))
    return printed


def _blamed(casebook: Casebook, options: Options, printer: Printer, fault: str) -> str:
    """Name the form that cannot be printed: each form of the part that failed is tried alone."""
    key, _colon, why = fault.partition(": ")
    part = next((one for one in casebook.parts if one.key == key), None)
    if part is None:
        return fault
    for form in part.forms:
        alone = replace(part, forms=(form,))
        try:
            printer.print(key, html(casebook, options, "part.html", alone))
        except PrintingFailed:
            return f"{in_(form.where, options.language)} ({form.anchor}): {why}"
    return fault


def _many(
    casebook: Casebook,
    options: Options,
    printer: Printer,
    found: Sequence[Share],
    *,
    keys: SealFiles | None,
    files: Sequence[Attachment],
) -> tuple[Made, ...]:
    """Make the volumes in order; each lists all of them, and the sums of the files before it."""
    names = [file_name(casebook, options, number) for number in range(1, len(found) + 1)]
    pages, counted = [0] * len(found), [1] * len(found)
    none = [(NO_SUM, 0)] * len(found)
    while pages != counted:  # the list itself may take a sheet: then the pages are counted again
        pages, counted = counted, []
        for number, share in enumerate(found, 1):
            one = volume(casebook, found, number, lines(found, names, pages, none[: number - 1]))
            whole = _whole(printer, one, options, share.printed)
            counted.append(sum(part.pages for part in whole))
    made: list[Made] = []
    for number, share in enumerate(found, 1):
        done = [(one.content_sha256, one.size) for one in made]
        one = volume(casebook, found, number, lines(found, names, pages, done))
        place = Place(number, len(found), sum(pages[: number - 1]), sum(pages))
        parts = _whole(printer, one, options, share.printed)
        made.append(_made(one, options, parts, place=place, keys=keys, files=files if number == 1 else ()))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Place:
    """Which of how many volumes, the pages before it, and the pages of all."""

    number: int
    volumes: int
    before: int
    pages: int


def parts_of(
    casebook: Casebook, options: Options, wanted: Callable[[Part], bool] = lambda _part: True
) -> list[tuple[str, str]]:
    """Give the HTML of the parts that hold data: the forms (those wanted), then the overviews."""
    found = [
        (part.key, html(casebook, options, "part.html", part)) for part in casebook.parts if wanted(part)
    ]
    for grid in casebook.grids:
        where = joined(UI["overviews"], joined("›", grid.name))
        part = replace(_around(casebook, "overviews", grid.mark), event=where)
        found.append((grid.key, html(casebook, options, "grid.html", part, grid=grid)))
    return found


def _whole(printer: Printer, casebook: Casebook, options: Options, parts: Sequence[Printed]) -> list[Printed]:
    """Put cover and contents before the parts and the manifest behind them; what did not change is kept."""
    found = chunks(casebook)
    front = [("cover", html(casebook, options, "cover.html", _around(casebook, "cover")))]
    for place, groups in enumerate(found, 1):
        last = casebook.empty if place == len(found) else ()
        more = {"contents": {"groups": groups, "empty": last, "first": place == 1}}
        part = _around(casebook, "contents")
        front.append((f"contents-{place}", html(casebook, options, "contents.html", part, **more)))
    back, shared = [], sheets(casebook.manifest, options.language)
    for place, some in enumerate(shared, 1):
        told: dict[str, Any] = {"manifest": some, "first": place == 1, "hands": casebook.hands}
        told["last"] = place == len(shared)
        page = html(casebook, options, "manifest.html", _around(casebook, "manifest"), **told)
        back.append((f"manifest-{place}", page))
    done = printer.print_all([*front, *back])
    return [*done[: len(front)], *parts, *done[len(front) :]]


def _made(
    casebook: Casebook,
    options: Options,
    parts: Sequence[Printed],
    *,
    keys: SealFiles | None,
    files: Sequence[Attachment],
    place: Place | None = None,
) -> Made:
    copy, foot = _copy(casebook, options), _foot(casebook, options, place)
    pdf = assemble(parts, bookmarks(casebook, options.language), copy, foot, files)
    content, size = hashlib.sha256(pdf).hexdigest(), len(pdf)
    if keys is not None and options.profile == "archive":
        reason = f"Certified copy, state {casebook.fingerprint[:16]}"
        pdf = seal(pdf, keys, name=f"{casebook.study_oid} {casebook.subject}", reason=reason)
    name = file_name(casebook, options, place.number if place else 0)
    pages = sum(part.pages for part in parts)
    return Made(name, pdf, pages, content, hashlib.sha256(pdf).hexdigest(), size)


def file_name(casebook: Casebook, options: Options, volume: int = 0) -> str:
    """Name the file: study, subject, language, `draft` when not all is signed; a-z, 0-9 and hyphens."""
    draft = "" if casebook.mark == "signed" else "-draft"
    language = "enru" if options.language == "both" else options.language
    tail = f"-{language}{draft}{f'-v{volume}' if volume else ''}"
    return f"{plain(f'{casebook.study_oid}-{casebook.subject}')[: NAME_LENGTH - len(tail)]}{tail}.pdf"


def plain(text: str) -> str:
    """Write a name with a-z, 0-9 and single hyphens only."""
    signs = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in text.lower())
    return "-".join(piece for piece in signs.split("-") if piece)


def html(casebook: Casebook, options: Options, template: str, part: Part, **more: Any) -> str:
    """Fill a template of paper; nothing of the copy's time gets into a part."""
    doc = {"title": f"{casebook.study_oid} {casebook.subject}"}
    facts = {"L": options.language, "UI": UI, "doc": doc, "part": part, "cover": casebook, **more}
    return paper().get_template(template).render(**facts)


def _around(casebook: Casebook, key: str, mark: Mark | None = None) -> Part:
    """Give what a page around the forms says in its head: the mark of all, or of the forms it tells of."""
    record = Both("Certified copy", "Заверенная копия")
    return Part(key, UI.get(key, ""), "", "", mark or casebook.mark, casebook.who, record, ())


def _copy(casebook: Casebook, options: Options) -> Copy:
    created = casebook.as_of.replace(" UTC", "Z").replace(" ", "T")
    title = f"{casebook.study_oid} {casebook.subject}"
    language = "ru" if options.language == "ru" else "en"
    about = in_(UI["casebook"], language)
    return Copy(title, casebook.site, about, language, created, GENERATOR, options.archive)


def _foot(casebook: Casebook, options: Options, place: Place | None) -> Foot:
    words = FOOT[options.language]
    line = f"{words[0]} {casebook.as_of} · {GENERATOR} · {words[1]} {casebook.fingerprint[:16]}"
    if place is None:
        return Foot(line, words[2])
    which = "" if options.language == "both" else f"{in_(UI['volume'], options.language)} "
    return Foot(line, f"{which}{place.number}/{place.volumes} · {words[2]}", place.before, place.pages)
