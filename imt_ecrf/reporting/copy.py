"""A gathered casebook becomes sealed PDF volumes: HTML, printed parts, contents, stamp; knows no database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from imt_ecrf import __version__, rooms
from imt_ecrf.reporting.assemble import Attachment, Copy, Foot, assemble
from imt_ecrf.reporting.contents import bookmarks, by_event, chunks
from imt_ecrf.reporting.pages import Both, Mark, Part
from imt_ecrf.reporting.paper import in_
from imt_ecrf.reporting.seal import seal
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.options import Options
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.reporting.render import Printed, Printer

    Progress = Callable[[int, int, str], None]

GENERATOR: Final = f"imt-ecrf {__version__}"
NAME_LENGTH: Final = 60
SIGNATURES: Final = 21  # of the manifest in one part
FOOT: Final = {
    "en": ("Copy of", "state", "Casebook page {} of {}"),
    "ru": ("Копия от", "состояние", "Страница карты {} из {}"),
    "both": ("Copy of / Копия от", "state", "Page / страница {} of / из {}"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A casebook file: its name, its bytes, its pages, the SHA-256 before and after the seal."""

    name: str
    pdf: bytes
    pages: int
    content_sha256: str
    sha256: str


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
    """Print, assemble and seal a casebook, in as many volumes as it needs; without keys nothing is sealed."""
    step = progress or (lambda _done, _total, _what: None)
    total = len(casebook.parts) + 3
    names = {part.key: in_(part.event, options.language) for part in casebook.parts}
    step(0, total, in_(UI["casebook"], options.language))
    wanted = [(part.key, html(casebook, options, "part.html", part)) for part in casebook.parts]
    printed = printer.print_all(wanted, lambda done, key: step(done, total, names[key]))
    step(total - 2, total, in_(UI["contents"], options.language))
    volumes = _volumes(casebook, printed, options)
    made = []
    for number, (share, parts) in enumerate(volumes, 1):
        volume = (number, len(volumes)) if len(volumes) > 1 else None
        whole = _whole(printer, share, options, parts)
        files = attachments if number == 1 and options.profile == "archive" else ()
        made.append(_made(share, options, whole, volume=volume, keys=keys, files=files))
    return tuple(made)


def _volumes(
    casebook: Casebook, printed: Sequence[Printed], options: Options
) -> list[tuple[Casebook, list[Printed]]]:
    """Share the parts out, whole visits where they fit; every volume keeps the manifest of all."""
    by_key = {part.key: part for part in printed}
    shares: list[list[Part]] = [[]]
    pages = 0
    for run in by_event(casebook.parts):
        size = sum(by_key[part.key].pages for part in run)
        if pages and pages + size > options.volume:
            shares.append([])
            pages = 0
        shares[-1] += run
        pages += size
    if len(shares) == 1:
        return [(casebook, list(printed))]
    return [
        (_volume(casebook, shares, number), [by_key[part.key] for part in share])
        for number, share in enumerate(shares)
    ]


def _volume(casebook: Casebook, shares: list[list[Part]], number: int) -> Casebook:
    said = Both(f"Volume {number + 1} of {len(shares)}", f"Том {number + 1} из {len(shares)}")
    ranges = tuple(
        (Both(f"Volume {place}", f"Том {place}"), share[0].event, share[-1].event)
        for place, share in enumerate(shares, 1)
    )
    empty = casebook.empty if number + 1 == len(shares) else ()
    return replace(casebook, parts=tuple(shares[number]), volume=said, volumes=ranges, empty=empty)


def _whole(printer: Printer, casebook: Casebook, options: Options, parts: list[Printed]) -> list[Printed]:
    """Put cover and contents before the parts and the manifest behind them; what did not change is kept."""
    found = chunks(casebook)
    front = [("cover", html(casebook, options, "cover.html", _plain(casebook, "cover", casebook.mark)))]
    for place, groups in enumerate(found, 1):
        last = casebook.empty if place == len(found) else ()
        more = {"contents": {"groups": groups, "empty": last, "first": place == 1}}
        part = _plain(casebook, "contents")
        front.append((f"contents-{place}", html(casebook, options, "contents.html", part, **more)))
    back = []
    for start in range(0, len(casebook.manifest) or 1, SIGNATURES):
        some = casebook.manifest[start : start + SIGNATURES]
        place = start // SIGNATURES + 1
        page = html(
            casebook, options, "manifest.html", _plain(casebook, "manifest"), manifest=some, first=place == 1
        )
        back.append((f"manifest-{place}", page))
    done = printer.print_all([*front, *back])
    return [*done[: len(front)], *parts, *done[len(front) :]]


def _made(
    casebook: Casebook,
    options: Options,
    parts: list[Printed],
    *,
    volume: tuple[int, int] | None,
    keys: SealFiles | None,
    files: Sequence[Attachment],
) -> Made:
    copy = _copy(casebook, options)
    pdf = assemble(parts, bookmarks(casebook, options.language), copy, _foot(casebook, options), files)
    content = hashlib.sha256(pdf).hexdigest()
    if keys is not None and options.profile == "archive":
        reason = f"Certified copy, state {casebook.fingerprint[:16]}"
        pdf = seal(pdf, keys, name=f"{casebook.study_oid} {casebook.subject}", reason=reason)
    name = file_name(casebook, options, volume[0] if volume else 0)
    pages = sum(part.pages for part in parts)
    return Made(name, pdf, pages, content, hashlib.sha256(pdf).hexdigest())


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


def _plain(casebook: Casebook, key: str, mark: Mark = "plain") -> Part:
    demo = "DEMO · " if casebook.demo else ""
    who = f"{demo}{casebook.study_oid} · {casebook.site} · {casebook.subject}"
    record = Both("Certified copy", "Заверенная копия")
    return Part(key, UI.get(key, ""), "", "", mark, who, record, ())


def _copy(casebook: Casebook, options: Options) -> Copy:
    created = casebook.as_of.replace(" UTC", "Z").replace(" ", "T")
    title = f"{casebook.study_oid} {casebook.subject}"
    language = "ru" if options.language == "ru" else "en"
    about = in_(UI["casebook"], language)
    return Copy(title, casebook.site, about, language, created, GENERATOR, options.archive)


def _foot(casebook: Casebook, options: Options) -> Foot:
    words = FOOT[options.language]
    line = f"{words[0]} {casebook.as_of} · {GENERATOR} · {words[1]} {casebook.fingerprint[:16]}"
    return Foot(line, words[2])
