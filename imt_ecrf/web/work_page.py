"""The work list as plain values: what waits, in words, the most harmful first; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import url_for
from flask_babel import lazy_gettext

from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url, verify_url, visit_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.states import Shown
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from imt_ecrf.conduct.overview import WorkItem
    from imt_ecrf.study.book import Book

KINDS: Final = {
    "overdue": ("overdue", lazy_gettext("Overdue"), ""),
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
    "to sign": ("signed", lazy_gettext("To sign"), ""),
    "answered": ("answered", lazy_gettext("Queries answered"), lazy_gettext("close them or ask again")),
    "to verify": ("due", lazy_gettext("Forms to verify"), lazy_gettext("by the plan of verification")),
}  # fmt: skip
"""Kinds of work: shape, name of the group, what is said beside it."""

TO_VERIFY: Final = frozenset({"to verify", "verify again"})
FEW: Final = 200
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
    """Work of one kind."""

    kind: str
    shape: str
    name: str
    note: str
    rows: tuple[WorkRow, ...]
    total: int


def groups(book: Book, items: Iterable[WorkItem], now: dt.datetime) -> list[WorkGroup]:
    """Group work by kind in the order of harm."""
    listed = list(items)
    found = []
    for kind, (shape, name, note) in KINDS.items():
        own = [item for item in listed if item.kind == kind]
        if own:
            rows = tuple(_row(book, item, shape, now) for item in own[:FEW])
            found.append(WorkGroup(kind.replace(" ", "-"), shape, str(name), str(note), rows, len(own)))
    return found


def _row(book: Book, item: WorkItem, shape: str, now: dt.datetime) -> WorkRow:
    say = words(book)
    where = say.place(*item.address[1:]) if item.address else say.visit(item.event, item.repeat)
    what = _what(item) + (f": {say.question(item.path)}" if item.path else "")
    when, waiting = _times(item, now)
    return WorkRow(Shown(shape, _word(item.kind)), item.subject, what, where, _href(item), when, waiting)


def _word(kind: str) -> str:
    return {
        "overdue": _("Overdue"), "query": _("Open"), "signature void": _("Void"), "typed": _("Typed"),
        "in progress": _("In progress"), "due": _("Due"), "to sign": _("To sign"), "answered": _("Answered"),
        "to verify": _("To verify"), "verify again": _("Verify again"),
    }[kind]  # fmt: skip


def _what(item: WorkItem) -> str:
    if item.kind == "in progress" and item.count:
        return ngettext("%(num)d answer to settle", "%(num)d answers to settle", item.count)
    if item.kind in TO_VERIFY:
        return ngettext("Verify %(num)d item", "Verify %(num)d items", item.count)
    return {
        "overdue": _("Enter the visit"), "due": _("Enter the visit"), "query": _("Answer the query"),
        "answered": _("Settle the query"), "signature void": _("Sign again"), "to sign": _("Sign"),
        "typed": _("Go on and save"), "in progress": _("Complete the form"),
    }[item.kind]  # fmt: skip


def _href(item: WorkItem) -> str:
    if item.ref:
        return url_for("queries.show", query=item.ref)
    if item.address is None:
        return visit_url(item.subject, item.event, item.repeat)
    if item.kind in TO_VERIFY:
        return verify_url(item.address)
    if item.kind in {"to sign", "signature void"}:
        only = str(item.address).partition("/")[2]
        return url_for("signing.batch", subject=item.subject, form=only)
    return form_url(item.address, item.path)


def _times(item: WorkItem, now: dt.datetime) -> tuple[str, str]:
    language = current()
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


def _age(seconds: float) -> str:
    if seconds < HOUR:
        return ngettext("%(num)d minute", "%(num)d minutes", int(seconds // 60))
    if seconds < DAY:
        return ngettext("%(num)d hour", "%(num)d hours", int(seconds // HOUR))
    return ngettext("%(num)d day", "%(num)d days", int(seconds // DAY))
