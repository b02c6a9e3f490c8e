"""Where a form stands: subject, visit, definition, stored row, and who may see it; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from imt_ecrf.conduct import beginning, course, plan, runtime, visits
from imt_ecrf.conduct.answers import Sheet, carried_items, is_first_event
from imt_ecrf.conduct.refused import FormIsFrozen, FormIsLocked, LineIsStruck
from imt_ecrf.policy.permissions import may_item
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents
from imt_ecrf.store.tables import FormData

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Address
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form

REPEATING = frozenset({"log", "per_event_repeating"})
MOST_KEPT: Final = 1000
_ITEMS: Final[dict[tuple[str, str, str, tuple[str, ...] | None], frozenset[str]]] = {}
"""The items that roles may enter, by version, form, visit and roles."""


@dataclass(frozen=True)
class Place:
    """A form that was found and may be seen; `row.version` 0 means that nothing is kept yet."""

    address: Address
    running: Study
    subject: SubjectRow
    form: Form
    row: FormRow

    @property
    def book(self) -> Book:
        """Give the version the form was entered under (the one in force for a new form)."""
        return self.running.book

    def sheet(self, language: str) -> Sheet:
        """Say what answers of this form are read by."""
        first = is_first_event(self.book, self.form.oid, self.address.event)
        return Sheet(self.book, self.form, carried_items(self.form, first_event=first), language)


def locate(session: Session, actor: Actor, address: Address, *, lock: bool = False) -> Place:
    """Find a form; NotFound when it does not exist, is not scheduled at the visit, or may not be seen."""
    subject = runtime.find_subject(session, actor, address.subject, lock=lock)
    running = runtime.study(session)
    form = running.book.forms.get(address.form)
    event = running.book.events.get(address.event)
    if form is None or event is None or running.book.form_ref(address.event, address.form) is None:
        raise NotFound
    if not actor.sees(running.book, address.form, subject.site):
        raise NotFound
    if min(address.event_repeat, address.form_repeat) < 1:
        raise NotFound
    if address.form_repeat > 1 and form.repeating not in REPEATING:
        raise NotFound
    if address.event_repeat > 1 and event.kind not in {"repeating", "unscheduled"}:
        raise NotFound
    row = _row(session, running, subject, address)
    if row is None:
        row = documents.new_form(subject.id, subject.site, address.within, running.book.fingerprint)
    elif row.study_version != running.book.fingerprint:
        running = runtime.study(session, row.study_version)
        form = running.book.forms[address.form]
    return Place(address, running, subject, form, row)


def _row(session: Session, running: Study, subject: SubjectRow, address: Address) -> FormRow | None:
    if not session.info.get("reading"):
        return documents.find_form(session.connection(), subject.id, address.within)
    return runtime.page_read(session, running, subject.id, address.within).row


def reachable(session: Session, actor: Actor, place: Place) -> None:
    """NotFound for a form nobody started at a visit that may not be opened, or beyond the next line."""
    if place.row.version:
        return
    if place.address.form_repeat > next_repeat(session, place):
        raise NotFound
    taken = visits.held(session, place.subject.id)
    visit = (place.address.event, place.address.event_repeat)
    if visit in taken:
        return
    today = runtime.site_today(session, actor, place.subject.site)
    facts = course.facts_in(place.subject)
    if not plan.may_open(place.book, facts, taken, today, visit):
        beginning.lapsed(place.book, facts, taken, today, visit)
        raise NotFound


def next_repeat(session: Session, place: Place) -> int:
    """Give the number the next line (or further specimen, test) of this form would get."""
    if place.form.repeating not in REPEATING:
        return 1
    address = place.address
    highest = session.scalar(
        select(func.max(FormData.form_repeat)).where(
            FormData.subject_id == place.subject.id,
            FormData.event == address.event,
            FormData.event_repeat == address.event_repeat,
            FormData.form == address.form,
        )
    )
    return (highest or 0) + 1


def open_for_entry(place: Place) -> None:
    """Refuse to change a form that is locked, frozen or struck out."""
    if place.row.locked_at:
        raise FormIsLocked
    if place.row.frozen_at:
        raise FormIsFrozen
    if place.row.struck:
        raise LineIsStruck


def items_for(actor: Actor, place: Place) -> frozenset[str]:
    """Name the items this person may enter in a form."""
    roles = None if actor.is_system() else actor.held(place.subject.site)
    key = (place.book.fingerprint, place.form.oid, place.address.event, roles)
    found = _ITEMS.get(key)
    if found is None:
        if len(_ITEMS) >= MOST_KEPT:
            _ITEMS.clear()
        found = _ITEMS[key] = _items_for(roles, place)
    return found


def _items_for(roles: tuple[str, ...] | None, place: Place) -> frozenset[str]:
    carried = place.sheet("en").carried
    return frozenset(
        item.oid
        for item in place.form.items()
        if item.required not in {"derived", "prefilled"} and item.oid not in carried
        if roles is None or any(may_item(place.book, role, place.form.oid, item.oid) for role in roles)
    )
