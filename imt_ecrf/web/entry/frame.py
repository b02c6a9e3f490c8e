"""The page of a form on the screen: its frame is drawn once for all subjects, what differs is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app, render_template, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from imt_ecrf.conduct.views import Address
from imt_ecrf.web.addresses import subject_url
from imt_ecrf.web.entry.live import NOBODY, PAGE, live
from imt_ecrf.web.language import current
from imt_ecrf.web.pieces import Cut, Kept, cut, fill, slot
from imt_ecrf.web.shell import Bar, Named

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.entry.sheet import FormSheet
    from imt_ecrf.web.states import Shown

MOST: Final = 1000
SLOTS: Final = ("bar", "notices", "strip", "rail", "live", "saved", "signed", "asking")
TOKEN, NUMBER, VERSION, SUBJECT = range(len(SLOTS), len(SLOTS) + 4)
FLASHED: Final = "_flashes"
"""Where Flask keeps what an act said until a page says it."""
SPEAKING: Final = ("posted", "typed", "refused", "changed", "holds", "to_read")
"""What a page has to say about what was just typed: such a page is drawn whole."""


class Frame(NamedTuple):
    """Everything a frame shows, but for what its slots are filled with."""

    version: str
    language: str
    root: str
    place: tuple[str, int, str, int]
    state: str
    may_enter: bool
    may_finish: bool
    started: bool
    unsettled: bool
    mark: Shown


class Slot(int):
    """The version of a form while its frame is drawn: a number that is written as a slot."""

    def __str__(self) -> str:
        """Write the slot."""
        return slot(VERSION)


class Record(NamedTuple):
    """What a frame may read of a form: nothing of a subject."""

    state: str
    may_enter: bool
    may_finish: bool
    version: int
    book: Book


_frames: Final[Kept[Cut]] = Kept(MOST)


def draw_page(page: dict[str, Any]) -> str:
    """Give the page of a form as HTML."""
    if any(page[name] for name in SPEAKING) or subject_url(page["address"].subject).find("%") >= 0:
        return render_template(PAGE, **page)
    record, address = page["record"], page["address"]
    frame = Frame(
        record.book.fingerprint, current(), request.script_root, address.within, record.state,
        record.may_enter, record.may_finish, record.version > 0,
        any(one[0] != "overdue" for one in page["settle"]), page["mark"],
    )  # fmt: skip
    parts = _frames.get(frame, lambda: _draw(frame, page["sheet"], record.book, page["reasons"]))
    strip, lives, saved, signed, asking = live(page, frame.language)
    texts = (
        Bar().html, _notices(), strip.strip(), page["rail_html"], lives.lstrip(), saved, signed, asking,
        generate_csrf(), page["save_number"], str(record.version), address.subject,
    )  # fmt: skip
    return fill(parts, texts)


def _notices() -> Markup:
    """Draw what the last act said; most pages follow none."""
    if FLASHED not in session:
        return Markup()
    found: Markup = current_app.jinja_env.get_template("macros/shell.html").module.notices()  # type: ignore[attr-defined]
    return found


def _draw(frame: Frame, sheet: FormSheet, book: Book, reasons: list[tuple[str, str]]) -> Cut:
    """Draw a frame; the template is given nothing of a subject or a person: it can show nothing of them."""
    started = Slot(1) if frame.started else 0
    names = {
        "layout": "base.html", "language": frame.language, "sheet": sheet, "reasons": reasons,
        "address": Address(NOBODY, *frame.place), "mark": frame.mark,
        "record": Record(frame.state, frame.may_enter, frame.may_finish, started, book),
        "settle": [("planned",)] if frame.unsettled else [], "changed": (), "posted": None,
        "shell": {"actor": Named("")}, "request": None, "session": None, "g": None,
        "csrf_token": lambda: slot(TOKEN), "save_number": slot(NUMBER), "version": started,
        "slots": {name: slot(number) for number, name in enumerate(SLOTS)},
    }  # fmt: skip
    drawn = current_app.jinja_env.get_template("visit/framed.html").render(names)
    return cut(drawn.replace(NOBODY, slot(SUBJECT)))
