"""Visits of a subject: what is planned, opened, missed, and how far each has come."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select

from imt_ecrf.conduct import agenda, beginning, course, plan, runtime
from imt_ecrf.conduct.actor import seen
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.once import done_before, number_of
from imt_ecrf.conduct.refused import EventHoldsData, EventNotPossible, LastVisitEmpty
from imt_ecrf.conduct.views import Address, Answer, EventView, FormCell
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import journal
from imt_ecrf.store.tables import EventData, FormData, moment, new_id, stamp
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.consents import full
from imt_ecrf.study.naming import event_name
from imt_ecrf.study.records import VISIT_DATE, VISIT_FORM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.plan import Planned
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Subject

TOOK_PLACE: Final = "SVOCCUR"
WHY_MISSED: Final = "SVREASOC"
FINISHED: Final = frozenset({"complete", "not done"})
_PROGRESS: Final = (
    *(FormData.id, FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat),
    *(FormData.entry_state, FormData.struck, FormData.owed, FormData.hard, FormData.soft),
    *(FormData.open_queries, FormData.signature, FormData.frozen_at, FormData.locked_at, FormData.updated_at),
)
_PROGRESS_OF: Final = select(*_PROGRESS).where(FormData.subject_id == bindparam("subject"))


def open_event(
    session: Session,
    actor: Actor,
    subject: str,
    event: str,
    repeat: int | None = None,
    *,
    page: str | None = None,
) -> int:
    """Open a visit that may be opened now (the next of a repeating one) and give its number.

    `page` is the number of the page this was asked from: sent again it gives the same visit.
    """
    row = runtime.find_subject(session, actor, subject, lock=True)
    role = _role(actor, "open_event", row.site)
    running = runtime.study(session)
    definition = running.book.events.get(event)
    if definition is None or definition.kind == "common":
        raise NotFound
    before = done_before(session, actor, "event.opened", page, subject_id=row.id, event=event)
    if before is not None:
        return int(before["repeat"])
    taken = [number for oid, number in held(session, row.id) if oid == event]
    if repeat is None:
        start = plan.first_repeat(running.book, definition)
        repeat = start if definition.kind in {"scheduled", "triggered"} else max(taken, default=start - 1) + 1
    if repeat not in taken:
        _allow(session, actor, running.book, row, (event, repeat))
        beginning.may_open(session, actor, running, row, event)
        hold(session, actor, role, row, (event, repeat), page=page)
    return repeat


def add_unscheduled(session: Session, actor: Actor, subject: str, *, page: str | None = None) -> int:
    """Open an unscheduled visit and give its number."""
    book = runtime.study(session).book
    event = next((one.oid for one in book.version.events if one.kind == "unscheduled"), None)
    if event is None:
        raise EventNotPossible
    return open_event(session, actor, subject, event, page=page)


def miss_event(  # noqa: PLR0917 - a visit is named by its subject, event and number
    session: Session, actor: Actor, subject: str, event: str, repeat: int, reason: str
) -> EventData:
    """Write down in one action that a visit did not take place, and why (a code of the visit form)."""
    from imt_ecrf.conduct.entry import complete_form, save_form  # noqa: PLC0415 - the visit form is saved by entry

    row = runtime.find_subject(session, actor, subject)
    _role(actor, "miss_event", row.site)
    if any(True for _ in _started(session, row.id, event, repeat)):
        raise EventHoldsData
    address = Address(subject, event, repeat, VISIT_FORM)
    answers = {TOOK_PLACE: Answer("N"), WHY_MISSED: Answer(reason)}
    saved = save_form(session, actor, address, answers, {}, 0)
    if not any(one.level == "hard" for one in saved.warnings):
        complete_form(session, actor, address, saved.version, {"*": reason})
    found: EventData = session.scalars(_visit(row.id, event, repeat)).one()
    return found


def events_of(
    session: Session, actor: Actor, subject: str, only: Collection[tuple[str, int]] | None = None
) -> tuple[EventView, ...]:
    """List the visits of a subject as a person may see them, planned ones included, with their forms.

    `only` names the visits that are asked for: a page of one visit need not know every other.
    """
    row = runtime.find_subject(session, actor, subject)
    running = runtime.study(session)
    today = runtime.site_today(session, actor, row.site)
    visits = {(one.event, one.event_repeat): one for one in runtime.visits_of(session, row.id)}
    cells: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for found in session.connection().execute(_PROGRESS_OF, {"subject": row.id}):
        cells[found.event, found.event_repeat].append(found)
    snapshot = runtime.snapshot(session, actor, running, row)
    named = None if only is None else {event for event, _repeat in only}
    facts = course.facts_in(row)
    planned = plan.plan(running.book, facts, visits.keys(), today, named)
    knows = actor.is_system() or actor.sees(running.book, VISIT_FORM, row.site)
    listed = []
    for one in planned:
        key = (one.event.oid, one.repeat)
        if only is not None and key not in only:
            continue
        over = beginning.stopped(running.book, facts, one.event.oid, _day_of(visits.get(key), one, today))
        forms = _cells(actor, row.site, one, running=running, rows=cells[key], subject=snapshot, over=over)
        if forms:
            owes = _owes(actor, running.book, row.site, forms)
            listed.append(_view(one, visits.get(key), forms, today, knows=knows, owes=owes))
    return tuple(listed)


def held(session: Session, subject_id: str) -> set[tuple[str, int]]:
    """Name the visits a subject has."""
    wanted = select(EventData.event, EventData.event_repeat).where(EventData.subject_id == subject_id)
    return {(event, repeat) for event, repeat in session.execute(wanted)}


def ensure(
    session: Session, actor: Actor, row: SubjectRow, visit: tuple[str, int], *, role: str, book: Book
) -> EventData:
    """Give the visit a form is saved at, opening it when the plan offers it."""
    found = session.scalars(_visit(row.id, *visit)).first()
    if found is None:
        _allow(session, actor, book, row, visit)
        found = hold(session, actor, role, row, visit)
    return found


def hold(
    session: Session,
    actor: Actor,
    role: str,
    row: SubjectRow,
    visit: tuple[str, int],
    *,
    page: str | None = None,
) -> EventData:
    """Make the row of a visit; nothing is entered yet."""
    now = stamp(actor.now())
    found = EventData(
        id=new_id(),
        subject_id=row.id,
        site=row.site,
        event=visit[0],
        event_repeat=visit[1],
        state="planned",
        opened_at=now,
        opened_by=actor.username,
    )
    details = {"event": visit[0], "repeat": visit[1], **number_of(page)}
    log(session, actor, "event.opened", role, site=row.site, subject_id=row.id, details=details)
    session.add(found)
    session.flush()
    agenda.refresh(session, actor, row)
    return found


def touch(session: Session, actor: Actor, role: str, visit: EventData, form: FormRow) -> None:
    """Bring a visit up to date after one of its forms was saved: its date, and whether it was held."""
    reason = None
    state = "in progress"
    if form.form == VISIT_FORM:
        cells = form.document
        visit.date = cells.get(VISIT_DATE, {}).get("v") if not form.struck else None
        others = list(_started(session, visit.subject_id, visit.event, visit.event_repeat))
        if cells.get(TOOK_PLACE, {}).get("v") == "N" and others in ([], [VISIT_FORM]):
            state, reason = "missed", cells.get(WHY_MISSED, {}).get("v")
    elif visit.state == "missed":
        state = "missed"
    session.flush()
    move(session, actor, role, visit, state, reason=reason)


def settle(
    session: Session, actor: Actor, role: str, visit: EventData, *, running: Study, subject: Subject
) -> None:
    """Move a visit to complete when each form expected there is complete or not done."""
    if visit.state not in {"in progress", "complete"}:
        return
    wanted = select(FormData.form, FormData.entry_state, FormData.struck).where(
        FormData.subject_id == visit.subject_id,
        FormData.event == visit.event,
        FormData.event_repeat == visit.event_repeat,
    )
    states: dict[str, list[str]] = defaultdict(list)
    for form, state, struck in session.execute(wanted):
        if not struck:
            states[form].append(state)
    due = set(expected(running, subject, visit.event, visit.event_repeat))
    row = session.get_one(SubjectRow, visit.subject_id)
    day = full(visit.date) or runtime.site_today(session, actor, row.site)
    due -= beginning.stopped(running.book, course.facts_in(row), visit.event, day)
    finished = all(states.get(form) for form in due) and all(
        FINISHED.issuperset(one) for one in states.values()
    )
    move(session, actor, role, visit, "complete" if finished and states else "in progress")


def expected(running: Study, subject: Subject, event: str, repeat: int) -> tuple[str, ...]:
    """Name the forms a visit owes now: the required ones, and those whose condition is true."""
    found = subject.event(event, repeat)
    if found is None:
        return tuple(ref.form for ref in running.book.events[event].forms if ref.expected == "R")
    return tuple(ref.form for ref in running.engine.expected(subject, found) if ref.expected != "O")


def move(
    session: Session, actor: Actor, role: str, visit: EventData, state: str, *, reason: str | None = None
) -> None:
    """Move the state of a visit, with its event in the log, when it changes."""
    if (visit.state, visit.reason) == (state, reason):
        return
    act = {"missed": "event.missed", "complete": "event.completed"}.get(state, "event.in_progress")
    who, at = actor.who(role), stamp(actor.now())
    if visit.state == agenda.PLANNED:
        agenda.begun(session, visit)
    journal.move_event(session.connection(), visit, state, who, at=at, act=act, reason=reason or "")
    session.refresh(visit)


def _role(actor: Actor, act: str, site: str) -> str:
    return "SYSTEM" if actor.is_system() else actor.role_for_act(act, site)


def _allow(session: Session, actor: Actor, book: Book, row: SubjectRow, visit: tuple[str, int]) -> None:
    definition = book.events[visit[0]]
    taken = held(session, row.id)
    if definition.kind == "unscheduled":
        last = max((number for oid, number in taken if oid == visit[0]), default=0)
        if visit[1] != last + 1 or course.facts_in(row).ended:
            raise EventNotPossible
        if last and not any(True for _ in _started(session, row.id, visit[0], last)):
            raise LastVisitEmpty
        return
    today = runtime.site_today(session, actor, row.site)
    facts = course.facts_in(row)
    if not plan.may_open(book, facts, taken, today, visit):
        beginning.lapsed(book, facts, taken, today, visit)
        raise EventNotPossible


def _started(session: Session, subject_id: str, event: str, repeat: int) -> Iterable[str]:
    wanted = select(FormData.form).where(
        FormData.subject_id == subject_id, FormData.event == event, FormData.event_repeat == repeat
    )
    return session.scalars(wanted)


def _visits(subject_id: str) -> Any:
    return select(EventData).where(EventData.subject_id == subject_id)


def _visit(subject_id: str, event: str, repeat: int) -> Any:
    return _visits(subject_id).where(EventData.event == event, EventData.event_repeat == repeat)


def _cells(
    actor: Actor,
    site: str,
    one: Planned,
    *,
    running: Study,
    rows: Sequence[Any],
    subject: Subject,
    over: frozenset[str] = frozenset(),
) -> tuple[FormCell, ...]:
    due = expected(running, subject, one.event.oid, one.repeat)
    by_form: dict[str, list[Any]] = defaultdict(list)
    for found in rows:
        by_form[found.form].append(found)
    cells: list[FormCell] = []
    shown = running.book.forms.keys() if actor.is_system() else seen(running.book, actor.held(site))
    for ref in one.event.forms:
        if ref.form not in shown:
            continue
        asked = ref.expected if ref.expected != "C" else ("R" if ref.form in due else "-")
        started = by_form.get(ref.form)
        if started is None:
            cells.append(_blank(ref.form, "-" if ref.form in over else asked))
        else:
            cells += (_cell(found, asked) for found in sorted(started, key=attrgetter("form_repeat")))
    return tuple(cells)


def _day_of(visit: Any, one: Planned, today: dt.date) -> dt.date:
    """Give the day a visit is about: held, planned, or else today."""
    return (full(visit.date) if visit else None) or (one.window.target if one.window else today)


def _owes(actor: Actor, book: Book, site: str, forms: Iterable[FormCell]) -> bool:
    """Tell whether a person has a form to write there that the schedule expects."""
    return any(one.expected == "R" and actor.may(book, "enter", one.form, site) for one in forms)


@cache
def _blank(form: str, asked: str) -> FormCell:
    return FormCell(form, 1, None, "not started", asked)


def _cell(found: Any, asked: str) -> FormCell:
    return FormCell(
        found.form,
        found.form_repeat,
        found.id,
        found.entry_state,
        asked,
        None if found.signature == "none" else found.signature,
        found.open_queries,
        found.owed + found.hard + found.soft,
        found.struck,
        found.frozen_at is not None,
        found.locked_at is not None,
        moment(found.updated_at),
    )


def _view(
    one: Planned,
    visit: Any,
    forms: tuple[FormCell, ...],
    today: dt.date,
    *,
    knows: bool,
    owes: bool,
) -> EventView:
    stored = visit.state if visit else None
    state = plan.state_of(stored, one.window, today)
    if not knows:  # a blinded reader learns from a visit only what stands in the own forms
        state = "in progress" if any(cell.id for cell in forms) else "due" if owes else "planned"
    return EventView(
        one.event.oid,
        one.repeat,
        event_name(one.event, one.repeat, "en"),
        event_name(one.event, one.repeat, "ru"),
        "in progress" if one.event.kind == "common" else state,
        one.window if knows else None,
        visit.date if visit and knows else None,
        forms,
        visit.id if visit else None,
        visit.reason if visit and knows else None,
    )
