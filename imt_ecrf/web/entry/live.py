"""What lives in the page of a form: its head, what is to settle, its questions; knows no frame."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from imt_ecrf.conduct.views import Address
from imt_ecrf.web.pieces import Cut, Kept, cut, fill, html, pour, slot

if TYPE_CHECKING:
    from collections.abc import Hashable

    from imt_ecrf.study.book import Book
    from imt_ecrf.web.entry.page import Line
    from imt_ecrf.web.entry.shown import GroupShown, Message
    from imt_ecrf.web.states import Shown

PAGE: Final = "visit/form.html"
BETWEEN: Final = f"\ue002{secrets.token_hex(8)}"
NOBODY: Final = f"s{secrets.token_hex(8)}"
"""Stands for the subject while a page is drawn for all: passes through addresses as it is."""
MOST: Final = 500
SUBJECT, TOKEN, NUMBER, VERSION, RULES, GROUPS, WHEN, WHO = range(8)
INSIDE: Final = 0
TOLD: Final = frozenset({
    "record", "sheet", "groups", "loose", "answered", "asked", "address", "event", "rail_html", "drawn",
    "earlier_of", "mark", "save_number", "reasons", "rules", "settle", "why_not", "version", "to_sign",
    "to_verify", "layout", "blanks", "saved_when", "say_words",
})  # fmt: skip
"""What a kept drawing knows of a page; a page that says more is drawn whole."""


class Live(NamedTuple):
    """Everything a kept drawing shows, but for what its slots are filled with."""

    version: str
    language: str
    root: str
    address: tuple[str, int, str, int]
    record: Record
    visit: Hashable
    mark: Shown
    answered: tuple[int, int]
    settle: tuple[Line, ...]
    loose: tuple[Message, ...]
    why_not: str
    offers: tuple[bool, bool]
    ruled: bool


class Record(NamedTuple):
    """What a kept drawing may read of a form, nothing of a subject; `version`: whether it was ever saved."""

    state: str
    version: bool
    late_days: int
    expected: bool
    may_enter: bool
    saved_at: bool
    saved_by: str
    book: Book | None = None


def live(page: dict[str, Any], language: str) -> list[Markup]:
    """Draw the strip, the questions, the last save, the signatures and the forms of queries of a page."""
    if any(page[name] for name in page.keys() - TOLD):
        return list(map(Markup, _draw(page, language)))
    record = page["record"]
    known = Record(
        record.state, record.version > 0, record.late_days or 0, record.expected, record.may_enter,
        bool(record.saved_at), slot(WHO) if record.saved_by else "",
    )  # fmt: skip
    event, address = page["event"], page["address"]
    shape = Live(
        record.book.fingerprint, language, request.script_root, address.within, known,
        event and (event.name(language), event.window), page["mark"], (page["answered"], page["asked"]),
        tuple(page["settle"]), tuple(page["loose"]), page["why_not"], (page["to_sign"], page["to_verify"]),
        bool(page["rules"]),
    )  # fmt: skip
    drawn = _kept.get(shape, lambda: _shape(shape, page))
    texts = tuple(map(html, (
        address.subject, generate_csrf(), page["save_number"], str(page["version"]), page["rules"],
        _groups(page, language), page["saved_when"], record.saved_by or "",
    )))  # fmt: skip
    return [fill(one, texts) for one in drawn]


_kept: Final[Kept[tuple[Cut, ...]]] = Kept(MOST)
_sections: Final[Kept[Cut]] = Kept(MOST)


def _shape(shape: Live, page: dict[str, Any]) -> tuple[Cut, ...]:
    """Draw for all subjects; the template is given nothing of a subject or a person: it can show none.

    A template that asks for more than it is given stops the page (StrictUndefined).
    """
    silent = {name: page[name] for name in page.keys() - TOLD}
    names = {
        **silent, "groups": (),
        "address": Address(NOBODY, *shape.address), "record": shape.record._replace(book=page["record"].book),
        "mark": shape.mark, "answered": shape.answered[0], "asked": shape.answered[1],
        "settle": list(shape.settle), "loose": shape.loose, "why_not": shape.why_not,
        "to_sign": shape.offers[0], "to_verify": shape.offers[1], "event": page["event"],
        "sheet": page["sheet"], "blanks": page["blanks"], "rules": slot(RULES) if shape.ruled else "",
        "csrf_token": lambda: slot(TOKEN), "save_number": slot(NUMBER), "version": slot(VERSION),
        "drawn_groups": slot(GROUPS), "saved_when": slot(WHEN),
        "request": None, "session": None, "g": None,
    }  # fmt: skip
    return tuple(cut(part.replace(NOBODY, slot(SUBJECT))) for part in _draw(names, shape.language))


def _draw(page: dict[str, Any], language: str) -> list[str]:
    template = current_app.jinja_env.get_template(PAGE)
    names = {**page, "layout": "visit/live.html", "between": BETWEEN, "language": language}
    return template.render(names).split(BETWEEN)


def _groups(page: dict[str, Any], language: str) -> Markup:
    """Draw the sections; the heading of plain questions is kept, a panel or a table is drawn as it stands."""
    into: list[str] = []
    for group in page["groups"]:
        if group.sheet.layout == "items":
            pour(_section(page, group, language), (page["drawn"].items(group.fields),), into)
        else:
            into.append(_macro("group")(group, page["drawn"], page["earlier_of"]))
    return Markup("".join(into))  # noqa: S704 - each section is drawn by its macro


def _section(page: dict[str, Any], group: GroupShown, language: str) -> Cut:
    earlier, book = page["earlier_of"], page["record"].book
    key = (book.fingerprint, language, group.sheet.oid, group.hidden, earlier)
    return _sections.get(key, lambda: cut(_macro("section")(group, slot(INSIDE), earlier)))


def _macro(name: str) -> Any:
    return getattr(current_app.jinja_env.get_template("macros/groups.html").module, name)
