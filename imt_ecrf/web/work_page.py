"""The work list as plain values: what waits, in words, the most harmful first; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import url_for
from flask_babel import lazy_gettext

from imt_ecrf.conduct.milestones import named
from imt_ecrf.conduct.work import BY_DAY, GROUPED, WorkKind, kind_of
from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url, log_url, visit_url
from imt_ecrf.web.due_page import group_name
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current, said
from imt_ecrf.web.states import Shown
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.work import WorkItem
    from imt_ecrf.study.book import Book

KINDS: Final = {
    "overdue": ("overdue", lazy_gettext("Overdue"), ""),
    "due signature": ("signed", lazy_gettext("Signatures by milestone"), ""),
    "consent again": (
        "due",
        lazy_gettext("Consent to be asked again"),
        lazy_gettext("the patient reaches an age at which he or she consents in person"),
    ),
    "query": ("query", lazy_gettext("Queries to answer"), ""),
    "signature void": ("void", lazy_gettext("Signatures that became void"), lazy_gettext("sign again")),
    "verify again": (
        "lapsed",
        lazy_gettext("Values to verify again"),
        lazy_gettext("changed after they were verified"),
    ),
    "typed": (
        "kept",
        lazy_gettext("Typed, not saved"),
        lazy_gettext("kept for you on the server; not part of the record yet"),
    ),
    "in progress": ("progress", lazy_gettext("In progress"), ""),
    "due": ("due", lazy_gettext("Due in their window"), ""),
    "central": ("due", lazy_gettext("Forms to fill"), lazy_gettext("not begun yet")),
    "own items": ("due", lazy_gettext("Answers only you give"), lazy_gettext("still empty")),
    "to sign": ("signed", lazy_gettext("To sign"), lazy_gettext("by subject")),
    "answered": ("answered", lazy_gettext("Queries answered"), lazy_gettext("close them or ask again")),
    "to verify": ("due", lazy_gettext("To verify"), lazy_gettext("by the plan of verification, by visit")),
    "to review": ("due", lazy_gettext("To review"), lazy_gettext("review of the data, by visit")),
    "to review medically": (
        "due",
        lazy_gettext("To review medically"),
        lazy_gettext("medical review, by visit"),
    ),
}  # fmt: skip
"""Kinds of work: shape, name of the group, what is said beside it."""

_WORDS: Final = {
    "overdue": lazy_gettext("Overdue"), "query": lazy_gettext("Open"), "signature void": lazy_gettext("Void"),
    "typed": lazy_gettext("Typed"), "in progress": lazy_gettext("In progress"), "due": lazy_gettext("Due"),
    "to sign": lazy_gettext("To sign"), "answered": lazy_gettext("Answered"),
    "to verify": lazy_gettext("To verify"), "verify again": lazy_gettext("Verify again"),
    "central": lazy_gettext("Due"), "own items": lazy_gettext("Due"), "to review": lazy_gettext("To review"),
    "to review medically": lazy_gettext("To review"), "due signature": lazy_gettext("Signature due"),
    "consent again": lazy_gettext("Due"),
}  # fmt: skip
"""The state of one thing of a kind."""
_ASKED: Final = {
    "overdue": lazy_gettext("Enter the visit"), "due": lazy_gettext("Enter the visit"),
    "query": lazy_gettext("Answer the query"), "answered": lazy_gettext("Settle the query"),
    "typed": lazy_gettext("Go on and save"), "central": lazy_gettext("Fill the form"),
    "in progress": lazy_gettext("Complete the form"),
    "own items": lazy_gettext("Give the answers that are yours"),
}  # fmt: skip
"""What is asked for by a thing of a kind that is listed by itself."""

MARKS: Final = {
    "verify again": None, "to verify": None, "to review": "data", "to review medically": "medical",
}  # fmt: skip
"""Work of who marks items: the kind of marks the list of its forms is asked for."""
REVIEWS: Final = {"data": "to review", "medical": "to review medically"}
FEW: Final = 10
HOUR: Final = 3600
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One thing to do: its state, the subject, the sentence, the link, the date, how long it waits."""

    mark: Shown
    subject: str
    what: str
    where: str
    href: str
    when: str
    waiting: str


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """Work of one kind: its list, how many rows this has, for how many forms, and some of the rows."""

    kind: str
    shape: str
    name: str
    note: str
    rows: tuple[WorkRow, ...]
    total: int
    forms: int
    href: str
    overdue: int = 0


def slug(kind: str) -> str:
    """Give a kind of work as it stands in an address."""
    return kind.replace(" ", "-")


def groups(book: Book, found: Iterable[WorkKind], now: dt.datetime) -> list[WorkGroup]:
    """Say the work of each kind in words, in the order given."""
    return [group(book, one, now) for one in found]


def waiting_visits(
    session: Session, actor: Actor, kind: str, *, site: str, size: int, number: int
) -> tuple[WorkKind, WorkKind]:
    """Give the visits with items changed after their mark, and a page of those that wait for a first one."""
    if kind in REVIEWS:
        return WorkKind(REVIEWS[kind], 0, 0), kind_of(
            session, actor, REVIEWS[kind], site=site, most=size, first=(number - 1) * size
        )
    again = kind_of(session, actor, "verify again", site=site, most=size)
    return again, kind_of(session, actor, "to verify", site=site, most=size, first=(number - 1) * size)


def group(book: Book, one: WorkKind, now: dt.datetime) -> WorkGroup:
    """Say the work of one kind in words."""
    shape, name, note = KINDS[one.kind]
    rows = tuple(_row(book, item, shape, now) for item in one.items)
    href = url_for("home.listing", kind=slug(one.kind))
    return WorkGroup(
        slug(one.kind), shape, str(name), str(note), rows, one.total, one.forms, href, one.overdue
    )


def _row(book: Book, item: WorkItem, shape: str, now: dt.datetime) -> WorkRow:
    say = words(book)
    where = say.place(*item.address[1:]) if item.address else _where(book, item)
    what = _what(item) + (f": {say.question(item.path)}" if item.path else "")
    when, waiting = _times(item, now)
    return WorkRow(_mark(item, shape), item.subject, what, where, href(item), when, waiting)


def _mark(item: WorkItem, shape: str) -> Shown:
    if item.kind not in BY_DAY:
        return Shown(shape, _word(item.kind))
    if item.overdue:
        return Shown("overdue", _("Signature overdue") if item.kind == "due signature" else _("Overdue"))
    return Shown("due", _word(item.kind))


def _where(book: Book, item: WorkItem) -> str:
    if item.kind == "due signature":
        milestone, group = named(item.name)
        return group_name(book, milestone, group)
    if item.kind == "consent again":
        return said(book.forms[item.ref].name)
    return words(book).visit(item.event, item.repeat) if item.event else _("All its visits")


def _word(kind: str) -> str:
    return str(_WORDS[kind])


def _what(item: WorkItem) -> str:
    if item.kind == "in progress" and item.count:
        return ngettext("%(num)d answer to settle", "%(num)d answers to settle", item.count)
    if item.kind == "consent again":
        age = int(item.name)
        return ngettext("Ask the patient of %(num)d year", "Ask the patient of %(num)d years", age)
    return _what_of_group(item) if item.kind in GROUPED | BY_DAY.keys() else str(_ASKED[item.kind])


def _what_of_group(item: WorkItem) -> str:
    if item.kind in {"to verify", "verify again"}:
        items = ngettext("Verify %(num)d item", "Verify %(num)d items", item.count)
        return f"{items}, {_in_forms(item.forms)}"
    if item.kind == "due signature" and not item.forms:
        return _("Let its forms be completed, then sign")
    if item.kind in {"to sign", "signature void", "due signature"}:
        again = item.kind == "signature void"
        return (
            ngettext("Sign %(num)d form again", "Sign %(num)d forms again", item.forms)
            if again
            else ngettext("Sign %(num)d form", "Sign %(num)d forms", item.forms)
        )
    return ngettext("Review %(num)d form", "Review %(num)d forms", item.forms)


def _in_forms(forms: int) -> str:
    return ngettext("in %(num)d form", "in %(num)d forms", forms)


def href(item: WorkItem) -> str:
    """Give the address at which one thing is done."""
    if item.kind == "consent again":
        return log_url(item.subject, item.ref)
    if item.ref:
        return url_for("queries.show", query=item.ref)
    if item.kind in {"to sign", "signature void", "due signature"}:
        return url_for("signing.batch", subject=item.subject, milestone=item.name or None)
    if item.kind in MARKS:
        place = {"subject": item.subject, "event": item.event, "repeat": item.repeat}
        return url_for("verifying.overview", kind=MARKS[item.kind], **place)  # type: ignore[arg-type]
    if item.address is None:
        return visit_url(item.subject, item.event, item.repeat)
    return form_url(item.address, item.path)


def _times(item: WorkItem, now: dt.datetime) -> tuple[str, str]:
    language = current()
    if item.kind in BY_DAY:
        return _due(item, now)
    if item.until is not None:
        left = (item.until - now.date()).days
        if left >= 0:
            when = _("window to %(day)s", day=dates.day(item.until, language, year=False))
            return when, ngettext("%(num)d day left", "%(num)d days left", left)
        when = _("window ended %(day)s", day=dates.day(item.until, language, year=False))
        return when, ngettext("%(num)d day", "%(num)d days", -left)
    if item.since is None:
        return "", ""
    return dates.moment(item.since, language), _age((now - item.since).total_seconds())


def _due(item: WorkItem, now: dt.datetime) -> tuple[str, str]:
    """Say by when something is due, and how late it is; hours are counted where the study counts them."""
    if item.until is None:
        return "", ""
    end = dates.day(item.until, current()) if item.at is None else dates.moment(item.at, current())
    if item.overdue and item.at is not None:
        return _("by %(day)s", day=end), _age((now - item.at).total_seconds())
    left = item.left
    told = ngettext("%(num)d day left", "%(num)d days left", left) if left >= 0 else _age(-left * DAY)
    return _("by %(day)s", day=end), told


def _age(seconds: float) -> str:
    if seconds < HOUR:
        return ngettext("%(num)d minute", "%(num)d minutes", int(seconds // 60))
    if seconds < DAY:
        return ngettext("%(num)d hour", "%(num)d hours", int(seconds // HOUR))
    return ngettext("%(num)d day", "%(num)d days", int(seconds // DAY))
