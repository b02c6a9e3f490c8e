"""Finishing a form: complete, opened again, or not done as a whole; enters no value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imt_ecrf.conduct import beginning, due, runtime, training, visits
from imt_ecrf.conduct.checks import Look, Whole
from imt_ecrf.conduct.entry.place import locate, open_for_entry, reachable
from imt_ecrf.conduct.entry.saving import stale
from imt_ecrf.conduct.entry.writing import Wish, confirm, unchanged, write
from imt_ecrf.conduct.findings import judge, visible, waiting
from imt_ecrf.conduct.reasons import ALL, read_reason
from imt_ecrf.conduct.refused import FormHoldsAnswers, NotComplete, Unkept
from imt_ecrf.conduct.views import Problem, Saved
from imt_ecrf.policy.lifecycle import ENTRY, move
from imt_ecrf.store import documents, journal
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import stamp
from imt_ecrf.study.reach import FORMS
from imt_ecrf.study.records import NOT_DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.views import Address
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.records import Subject

WHY_NOT_DONE = "CL_NDREAS"


def complete_form(
    session: Session,
    actor: Actor,
    address: Address,
    version: int,
    comments: Mapping[str, str] | None = None,
    *,
    leave: bool = False,
) -> Saved:
    """Say that a form is complete; NotComplete lists what stands between it and that.

    `comments` confirm soft checks and owed soft items by `findings.key` ("*" for all of them); `leave`
    completes the form with soft checks that nobody confirmed: each becomes a query.
    """
    place = locate(session, actor, address, lock=True)
    role = actor.role_for(place.book, "finish", address.form, place.subject.site)
    training.permits(session, actor, place)
    open_for_entry(place)
    if version != place.row.version:
        raise stale(session, place, version)
    to = move(ENTRY, place.row.entry_state, "complete").to
    at = stamp(actor.now())
    place = replace(place, row=_sent(place.row, at))
    subject = runtime.snapshot(session, actor, place.running, place.subject)
    record = runtime.record_of(place.row, place.book, actor.now())
    judged = judge(place.running, subject, record, place.row.items.get("confirmed"))
    session.info["actor"] = actor.who(role)
    judged, caches = confirm(session, actor, role, place, judged, comments=comments or {})
    mine = visible(actor, place.subject.site, judged.findings, place.running)
    left = waiting(mine, leave=leave)
    if left:
        raise NotComplete(left)
    documents.set_caches(session.connection(), place.row.id, caches)
    journal.move_form(session.connection(), place.row, to, actor.who(role), at=at, act="form.completed")
    done = replace(place.row, entry_state=to, **caches)
    whole = {done.id: Whole(done, judged, place.row.items, place.running)}
    Look(session, actor, place.running, place.subject, subject.with_record(record), role, whole).follow(
        marks={FORMS}
    )
    _settle(session, actor, role, place, subject)
    due.refresh(session, actor, place.subject.id)
    return Saved(place.row.id, place.row.version, to, (), warnings=mine, at=actor.now())


def _sent(row: FormRow, at: str) -> FormRow:
    """Give the form as it is once sent: rules count from its first completion (M_SENT)."""
    return replace(row, item_state=dumps({"sent_at": at, **row.items}))


def reopen(session: Session, actor: Actor, address: Address, reason: str) -> Saved:
    """Take "complete" or "not done" back, with a reason."""
    place = locate(session, actor, address, lock=True)
    role = actor.role_for(place.book, "finish", address.form, place.subject.site)
    training.permits(session, actor, place)
    open_for_entry(place)
    why = read_reason(reason)
    to = move(ENTRY, place.row.entry_state, "reopen").to
    if NOT_DONE in place.row.document:
        return write(session, actor, place, Wish({NOT_DONE: None}, {ALL: why}, confirmed_clear=True))
    session.info["actor"] = actor.who(role)
    who, at = actor.who(role), stamp(actor.now())
    connection = session.connection()
    journal.move_form(connection, place.row, to, who, at=at, act="form.reopened", reason=why)
    subject = runtime.snapshot(session, actor, place.running, place.subject)
    Look(session, actor, place.running, place.subject, subject, role).follow(marks={FORMS})
    _settle(session, actor, role, place, subject)
    due.refresh(session, actor, place.subject.id)
    return Saved(place.row.id, place.row.version, to, (), at=actor.now())


def not_done(
    session: Session, actor: Actor, address: Address, reason: str, version: int | None = None
) -> Saved:
    """Mark a whole form as not done with a code of the missing reasons; it fills no answer."""
    place = locate(session, actor, address, lock=True)
    actor.role_for(place.book, "finish", address.form, place.subject.site)
    training.permits(session, actor, place)
    reachable(session, actor, place)
    open_for_entry(place)
    if version is not None and version != place.row.version:
        raise stale(session, place, version)
    known = place.book.codelists.get(WHY_NOT_DONE)
    if known is None or all(one.value != reason for one in known.items):
        sentence = ("Choose the reason from the list.", "Выберите причину из списка.")
        raise Unkept([Problem(NOT_DONE, "code_not_in_list", *sentence)])
    if place.row.entry_state == "not done":
        return unchanged(place)
    if _answered(place):
        raise FormHoldsAnswers
    beginning.begin(session, actor, place)
    return write(session, actor, place, Wish({NOT_DONE: {"v": reason}}, confirmed_clear=True))


def _answered(place: Place) -> bool:
    """Tell whether a form holds anything a person entered."""
    entered = (path for path in place.row.document if "@" not in path)
    return any(not place.book.item(path.rsplit(".", 1)[-1]).derived for path in entered)


def _settle(session: Session, actor: Actor, role: str, place: Place, subject: Subject) -> None:
    visit = (place.address.event, place.address.event_repeat)
    held = visits.ensure(session, actor, place.subject, visit, role=role, book=place.book)
    visits.settle(session, actor, role, held, running=place.running, subject=subject)
