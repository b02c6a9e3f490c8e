"""Due signatures as plain values: which milestone, by when, how late, in words; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from imt_ecrf.conduct.delegates import coverable
from imt_ecrf.conduct.milestones import OPEN
from imt_ecrf.conduct.signatures import stands_for
from imt_ecrf.policy.permissions import DELEGATE
from imt_ecrf.study.sign_plan import DATA_CUT
from imt_ecrf.web import dates
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.states import Shown
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imt_ecrf.conduct.milestones import DueSignature
    from imt_ecrf.conduct.signatories import Signatory
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.sign_plan import Group

HOURS_OF_DAYS = 48
"""From here on lateness is said in days: `60 hours` says less than `2 days`."""


@dataclass(frozen=True, slots=True)
class DueRow:
    """One milestone of a subject: its state, its time, what is ready, what is not, who signs it."""

    mark: Shown
    site: str
    subject: str
    name: str
    href: str
    when: str
    ready: int
    waiting: int
    signed: int
    role: str


@dataclass(frozen=True, slots=True)
class SignerRow:
    """Somebody who signs: where, in which role, for what, and how much of it is overdue and due."""

    person: Signatory
    role: str
    covers: tuple[str, ...]
    overdue: int
    due: int
    oldest: str


def due_rows(book: Book, listed: Iterable[DueSignature]) -> tuple[DueRow, ...]:
    """Say milestones in the language of the page."""
    return tuple(_row(book, one) for one in listed)


def milestone_name(book: Book, one: DueSignature) -> str:
    """Name what is signed together: `Cycle 3`, `Other forms: Screening`."""
    return group_name(book, one.milestone.oid, one.group)


def group_name(book: Book, milestone: str, group: Group) -> str:
    """Name what is signed together by its milestone and group."""
    named = next((one.name for one in book.version.milestones if one.oid == milestone), None)
    say, name = words(book), named.in_(current()) if named else milestone
    if group.cycle:
        return f"{name} {group.cycle}"
    if group.form:
        return f"{name}: {say.place(group.event, group.repeat, group.form, group.form_repeat)}"
    return f"{name}: {say.visit(group.event, group.repeat)}" if group.event else name


def when_due(book: Book, one: DueSignature) -> str:
    """Say by when a milestone is to be signed, how late it is, or when it was signed."""
    reached, language = one.reached, current()
    if one.state == "signed":
        return _("signed %(moment)s", moment=dates.moment(reached.signed_at, language))
    if one.state == "overdue":
        hours = reached.late_hours
        if reached.due_at and hours < HOURS_OF_DAYS:
            late = ngettext("%(num)d hour", "%(num)d hours", hours) if hours else _("less than an hour")
        else:
            late = ngettext("%(num)d day", "%(num)d days", reached.late_days)
        return _("overdue by %(late)s, since %(day)s", late=late, day=_limit(one))
    return _("by %(day)s", day=_limit(one)) if one.due_on else _open_end(book, one)


def state_of(one: DueSignature) -> Shown:
    """Say how far a milestone is: one word, one shape."""
    if one.state == "overdue":
        return Shown("overdue", _("Signature overdue"))
    if one.state == "due":
        return Shown("void", _("Due again")) if one.again else Shown("due", _("Signature due"))
    return Shown("signed", _("Signed")) if one.state == "signed" else Shown("planned", _("Not yet"))


def of_person(book: Book, listed: Iterable[DueSignature], person: Signatory) -> list[DueSignature]:
    """Pick what one person may sign: at the site, in the role, as far as the delegation goes."""
    delegable = {one.oid for one in coverable(book)}
    return [
        one
        for one in listed
        if one.role == stands_for(person.role) and person.signs_at(one.site)
        if person.role != DELEGATE or one.milestone.oid in delegable
        if not person.covers or one.milestone.oid in person.covers
    ]


def signer_rows(
    book: Book, listed: Sequence[DueSignature], people: Iterable[Signatory], sites: frozenset[str] | None
) -> tuple[SignerRow, ...]:
    """Count, for each person who signs at these sites, what is overdue and due."""
    say, found = words(book), []
    names = {one.oid: one.name.in_(current()) for one in book.version.milestones}
    for person in people:
        if sites is None or person.site is None or person.site in sites:
            own = [one for one in of_person(book, listed, person) if one.state in OPEN]
            late = [one for one in own if one.state == "overdue"]
            oldest = when_due(book, late[0]) if late else ""
            covers = tuple(names.get(oid, oid) for oid in person.covers)
            found.append(
                SignerRow(person, say.role(person.role), covers, len(late), len(own) - len(late), oldest)
            )
    return tuple(found)


def _row(book: Book, one: DueSignature) -> DueRow:
    return DueRow(
        state_of(one),
        one.site,
        one.subject,
        milestone_name(book, one),
        url_for("signing.batch", subject=one.subject, milestone=one.value),
        when_due(book, one),
        len(one.forms),
        one.waiting,
        one.reached.signed,
        words(book).role(one.role),
    )


def _limit(one: DueSignature) -> str:
    language = current()
    if one.reached.due_at is None:
        return dates.day(one.due_on, language)
    at = one.reached.due_at
    return _("%(day)s, %(time)s at the site", day=dates.day(at.date(), language), time=f"{at:%H:%M}")


def _open_end(book: Book, one: DueSignature) -> str:
    """Say what a milestone without a known day waits for."""
    before = one.milestone.before
    if before == DATA_CUT:
        return _("before the next data cut")
    if before == "first dose":
        return _("before the first dose")
    if before == "last dose":
        return _("before the last dose")
    return _("before %(visit)s", visit=words(book).visit(before, 1)) if before else ""
