"""The way through the forms of a visit: the next one that lacks something, the lines of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct import runtime, visits
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow


def next_incomplete(session: Session, actor: Actor, address: Address) -> Address | None:
    """Give the next form of the visit this person may enter and that lacks something; None when none does."""
    row = runtime.find_subject(session, actor, address.subject)
    book = runtime.study(session).book
    visit = (address.event, address.event_repeat)
    view = next(
        (one for one in visits.events_of(session, actor, address.subject) if (one.oid, one.repeat) == visit),
        None,
    )
    if view is None:
        return None
    places = [(cell.form, cell.repeat) for cell in view.forms]
    here = (address.form, address.form_repeat)
    start = places.index(here) + 1 if here in places else 0
    for cell in (*view.forms[start:], *view.forms[:start]):
        lacks = cell.state not in visits.FINISHED and not cell.struck and cell.expected == "R"
        if lacks and (cell.form, cell.repeat) != here and actor.may(book, "finish", cell.form, row.site):
            return Address(address.subject, *visit, cell.form, cell.repeat)
    return None


def lines_of(session: Session, actor: Actor, subject: str, event: str, form: str) -> tuple[FormRow, ...]:
    """Give the lines of a log, struck ones too, in the order of their numbers."""
    row = runtime.find_subject(session, actor, subject)
    running = runtime.study(session)
    if running.book.form_ref(event, form) is None or not actor.sees(running.book, form, row.site):
        raise NotFound
    found = documents.forms_of_subject(session.connection(), row.id, [form])
    return tuple(sorted((one for one in found if one.event == event), key=lambda one: one.form_repeat))


def records_of(session: Session, actor: Actor, subject: str, form: str) -> tuple[FormRow, ...]:
    """Give what is kept of a form at every visit of a participant; NotFound when it may not be seen."""
    row = runtime.find_subject(session, actor, subject)
    if not actor.sees(runtime.study(session).book, form, row.site):
        raise NotFound
    return tuple(documents.forms_of_subject(session.connection(), row.id, [form]))
