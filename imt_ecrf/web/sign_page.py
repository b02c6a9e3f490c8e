"""What a signer is shown: what changed since the last signature, what is new, what stays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.conduct import milestones, seen, signing, visits
from imt_ecrf.conduct.signatures import MEANINGS, meanings_of, signing_roles
from imt_ecrf.conduct.since_signed import since_signed
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.study.sign_plan import milestone_of
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import reading
from imt_ecrf.web.due_page import milestone_name, when_due
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.states import form_mark
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_rows import rows
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.signing import ToSign
    from imt_ecrf.conduct.trail import Line
    from imt_ecrf.web.states import Shown
    from imt_ecrf.web.trail_rows import Row

FARTHEST = 9999
"""The greatest number a visit or a form has in an address."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form that can be signed now: its place in words, what changed in it, the value its box sends.

    `changes` are those since the last signature; of a form never signed, the values corrected after their
    first entry. `last` is the newest entry a person made.
    """

    value: str
    href: str
    place: str
    visit: str
    name: str
    state: str
    again: bool
    queries: int
    changes: tuple[Row, ...]
    last: tuple[Row, ...]
    answers: int
    seen: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of what waits is asked for: one form (`SE_SCR.1/F_VS.1`), one milestone, or all of it."""

    form: str = ""
    milestone: str = ""

    @property
    def narrow(self) -> bool:
        """Tell whether only a part is asked for: its boxes are ticked beforehand."""
        return bool(self.form or self.milestone)


@dataclass(frozen=True, slots=True)
class SignPage:
    """The batch of one subject, or of one of its milestones (`name`, and `when` it is due)."""

    changed: tuple[Candidate, ...]
    new: tuple[Candidate, ...]
    out: tuple[tuple[str, str, Shown], ...]
    meanings: dict[str, str]
    name: str = ""
    when: str = ""

    @property
    def unseen(self) -> tuple[Candidate, ...]:
        """List the forms that were not opened yet as they stand."""
        return tuple(one for one in (*self.changed, *self.new) if not one.seen)

    @property
    def ready(self) -> int:
        """Count the forms that can be chosen now."""
        return len(self.changed) + len(self.new) - len(self.unseen)


def page(actor: Actor, subject: str, wanted: Wanted) -> SignPage:
    """Give the batch of a subject, as far as it is asked for."""
    chosen, name, when = _chosen(actor, subject, wanted)
    closed = _unseen(actor, chosen)
    lines = since_signed(reading(), chosen)
    candidates = [
        _candidate(one, lines.get(one.form_id, []), seen=one.form_id not in closed) for one in chosen
    ]
    return SignPage(
        tuple(one for one in candidates if one.again),
        tuple(one for one in candidates if not one.again),
        _out(actor, subject),
        meanings(actor, chosen),
        name,
        when,
    )


def next_to_open(actor: Actor, subject: str, milestone: str = "") -> str | None:
    """Give the address of the first form that waits for a signature and was not opened yet."""
    waiting, _name, _when = _chosen(actor, subject, Wanted(milestone=milestone))
    closed = _unseen(actor, waiting)
    return next((form_url(one.address) for one in waiting if one.form_id in closed), None)


def meanings(actor: Actor, waiting: Iterable[ToSign]) -> dict[str, str]:
    """Give the meanings a person may choose from for these forms, the usual one first."""
    book = current_book()
    places = {(one.address.event, one.address.form, one.site) for one in waiting}
    roles = {
        role
        for event, form, site in places
        for role in signing_roles(actor, book, form, site, milestone_of(book, event, form))
    }
    allowed = {code for role in roles for code in meanings_of(role, (form for _, form, _ in places))}
    return {code: text[current() == "ru"] for code, text in MEANINGS.items() if code in allowed}


def chosen(subject: str, values: Iterable[str]) -> tuple[list[Address], list[int]]:
    """Read the boxes that were ticked: addresses, and the versions the page showed."""
    addresses, versions = [], []
    for value in values:
        place, _at, version = value.rpartition("@")
        try:
            address = Address.read(f"{subject}/{place}")
            versions.append(int(version))
        except ValueError:
            raise NotFound from None
        if max(address.event_repeat, address.form_repeat) > FARTHEST:
            raise NotFound
        addresses.append(address)
    return addresses, versions


def _chosen(actor: Actor, subject: str, wanted: Wanted) -> tuple[list[ToSign], str, str]:
    waiting = _waiting(actor, subject)
    if wanted.form:
        return [one for one in waiting if str(one.address) == f"{subject}/{wanted.form}"], "", ""
    if not wanted.milestone:
        return waiting, "", ""
    found = milestones.due_of(reading(), actor, subject, wanted.milestone)
    if found is None:
        return [], "", ""
    book, forms = current_book(), set(found.forms)
    listed = [one for one in waiting if one.address in forms]
    return listed, milestone_name(book, found), when_due(book, found)


def _waiting(actor: Actor, subject: str) -> list[ToSign]:
    return [one for one in signing.to_sign(reading(), actor, subject) if one.ready]


def _unseen(actor: Actor, waiting: Iterable[ToSign]) -> set[str]:
    return seen.unseen(reading(), actor, [(one.form_id, one.version) for one in waiting])


def _candidate(one: ToSign, lines: Sequence[Line], *, seen: bool) -> Candidate:
    address, say = one.address, words(current_book())
    entered = [line for line in lines if line.change.method is None]
    log = say.book.forms[address.form].repeating == "log"
    return Candidate(
        value=f"{str(address).partition('/')[2]}@{one.version}",
        href=form_url(address),
        place=say.place(*address[1:]),
        visit=say.form(address.form) if log else say.visit(address.event, address.event_repeat),
        name=_("Line %(line)s", line=address.form_repeat) if log else say.form(address.form),
        state=_("not done") if one.state == "not done" else _("complete"),
        again=one.again,
        queries=one.open_queries,
        answers=len(lines),
        changes=rows(line for line in (lines if one.again else entered) if one.again or line.change.old),
        last=rows(entered[-1:]),
        seen=seen,
    )


def _out(actor: Actor, subject: str) -> tuple[tuple[str, str, Shown], ...]:
    say, found = words(current_book()), []
    for event in visits.events_of(reading(), actor, subject):
        for cell in event.forms:
            if cell.state == "in progress" and not cell.struck:
                address = Address(subject, event.oid, event.repeat, cell.form, cell.repeat)
                found.append((form_url(address), say.place(*address[1:]), form_mark(cell)))
    return tuple(found)
