"""Opening a form to read or to fill, and looking at it while it is typed; nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from imt_ecrf.conduct import beginning, runtime, training
from imt_ecrf.conduct.answers import is_first_event, read_answers
from imt_ecrf.conduct.entry.late import late_days
from imt_ecrf.conduct.entry.place import items_for, locate, reachable
from imt_ecrf.conduct.findings import Judged, judge, judge_kept, visible
from imt_ecrf.conduct.refused import Unkept
from imt_ecrf.conduct.signatures import may_sign, views_of
from imt_ecrf.conduct.views import Earlier, FormRecord, Sight, SubjectView
from imt_ecrf.store.tables import User, moment
from imt_ecrf.study.records import EMPTY
from imt_ecrf.study.sign_plan import milestone_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.views import Address, Answers, Document
    from imt_ecrf.policy.permissions import Verb
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.records import Record, Subject

_ONCE: Final[dict[tuple[str, str], bool]] = {}
_NAME: Final = select(User.name).where(User.username == bindparam("username"))


def open_form(session: Session, actor: Actor, address: Address) -> FormRecord:
    """Give a form as this person may see it; a form nobody saved yet is version 0 and empty."""
    place = locate(session, actor, address)
    reachable(session, actor, place)
    subject = runtime.snapshot(session, actor, place.running, place.subject, address.form)
    record = runtime.record_of(place.row, place.book, actor.now())
    judged = judge_kept(place.running, subject, record, place.row.items)
    row, site = place.row, place.subject.site
    unread = training.waits(session, actor, place)
    waits = (*unread, *beginning.shut(session, actor, place))
    free = not (row.locked_at or row.frozen_at or row.struck or waits)
    # after a withdrawal a form that is left empty can still be called not done
    idle = free or (waits and not unread and not beginning.obstacles(session, actor, place, None))
    zone = runtime.zone_of(session, site)
    signed = views_of(session, row) if row.signature != "none" else ()
    milestone = milestone_of(runtime.study(session).book, address.event, address.form)
    return FormRecord(
        address=address,
        book=place.book,
        form=place.form,
        subject=subject_view(actor, place.subject),
        id=row.id if row.version else None,
        version=row.version,
        state=row.entry_state,
        cells=row.document,
        hidden=judged.hidden | _offered(place, subject, record),
        warnings=visible(actor, site, judged.findings, place.running),
        may_enter=free and _may(actor, place, "enter" if row.version else "finish"),
        may_finish=bool(idle) and _may(actor, place, "finish"),
        may_items=items_for(actor, place),
        may_sign=may_sign(actor, place.book, address.form, site, milestone),
        carried=_carried(place, subject),
        earlier=_earlier(place, subject),
        signature=signed[-1] if signed else None,
        signatures=signed,
        struck=row.document.get("@struck", {}).get("v"),
        frozen=row.frozen_at is not None,
        locked=row.locked_at is not None,
        first_saved_at=moment(row.created_at) if row.created_at else None,
        saved_at=moment(row.updated_at) if row.updated_at else None,
        saved_by=_name(session, actor, row.updated_by),
        late_days=late_days(place.form, row, _visit_date(subject, place), zone),
        open_queries=row.open_queries,
        missing=judged.counters()["owed"],
        expected="@form" not in judged.hidden,
        reports=judged.reports,
        answered_queries=row.answered_queries,
        waits=waits,
        sight=Sight(place.running.engine, subject, record),
    )


def _may(actor: Actor, place: Place, verb: Verb) -> bool:
    return actor.is_system() or actor.may(place.book, verb, place.form.oid, place.subject.site)


def preview(session: Session, actor: Actor, address: Address, answers: Answers) -> Judged:
    """Say what rules make of the answers typed so far; nothing is stored, unreadable ones count as blank."""
    place = locate(session, actor, address)
    reachable(session, actor, place)
    actor.role_for(place.book, "enter", address.form, place.subject.site)
    reading = read_answers(place.sheet(actor.language), place.row.document, answers)
    blanks = {problem.path: None for problem in reading.problems}
    cells = {**place.row.document, **reading.cells, **blanks}
    kept = {path: cell for path, cell in cells.items() if cell}
    subject = runtime.snapshot(session, actor, place.running, place.subject)
    record = runtime.record_of(place.row, place.book, actor.now(), kept)
    judged = judge(place.running, subject, record, place.row.items.get("confirmed"))
    hidden = judged.hidden | _offered(place, subject, record)
    findings = visible(actor, place.subject.site, judged.findings, place.running)
    return replace(judged, hidden=hidden, findings=findings)


def check_answers(session: Session, actor: Actor, address: Address, answers: Answers) -> None:
    """Raise Unkept for answers that could not be kept, without saving anything."""
    place = locate(session, actor, address)
    reading = read_answers(place.sheet(actor.language), place.row.document, answers)
    if reading.problems:
        raise Unkept(reading.problems)


def subject_view(actor: Actor, row: SubjectRow) -> SubjectView:
    """Give a subject as this person may see it: who is blinded to the course does not read its state."""
    knows = actor.is_system() or actor.may_act("see_course", row.site)
    return SubjectView(row.code, row.site, row.state if knows else None, moment(row.screened_at), row.id)


def _carried(place: Place, subject: Subject) -> Document:
    """Give the identity of rows and answers taken over from the first visit that has this form."""
    form, address = place.form, place.address
    if not any(item.carry_forward for item in form.items()):
        return {}
    if is_first_event(place.book, form.oid, address.event):
        return {}
    first = next(one.oid for one in place.book.version.events if place.book.form_ref(one.oid, form.oid))
    record = subject.record(form.oid, first)
    if record is None:
        return {}
    # what was measured at the first visit is no answer of this one
    stays = {item.oid for item in form.items() if item.carry_forward}
    stays |= {group.key_item for group in form.groups if group.repeating == "log" and group.key_item}
    return {path: cell for path, cell in record.cells.items() if path.rpartition(".")[2] in stays}


def _earlier(place: Place, subject: Subject) -> Earlier | None:
    """Give the answers of the same form at the visit held before this one."""
    if place.form.repeating == "log" or place.address.form_repeat > 1 or _asked_once(place):
        return None
    here = subject.event(place.address.event, place.address.event_repeat)
    today = (here.date if here else None) or "9999"
    own = (place.address.event, place.address.event_repeat)

    def day(record: Record) -> str:
        event = subject.event(record.event or "", record.event_repeat)
        return (event.date if event else None) or ""

    records = [
        record
        for record in subject.valid_records(place.form.oid)
        if (record.event, record.event_repeat) != own and "" < day(record) < today
    ]
    if not records:
        return None
    last = max(records, key=day)
    return Earlier(last.event or "", last.event_repeat, day(last), dict(last.cells))


def _asked_once(place: Place) -> bool:
    """Tell whether a form belongs to one visit only, and that visit does not repeat: it has no last time."""
    key = (place.book.fingerprint, place.form.oid)
    if key not in _ONCE:
        events = [one for one in place.book.version.events if place.book.form_ref(one.oid, place.form.oid)]
        _ONCE[key] = len(events) == 1 and events[0].kind in {"scheduled", "triggered"}
    return _ONCE[key]


def _offered(place: Place, subject: Subject, record: Record) -> frozenset[str]:
    """Give the questions that are not asked yet in the empty row a page offers below the written ones."""
    starts, blank = [], {}
    for group in place.form.groups:
        if group.repeating == "log" and any(item.show_if for item in group.items):
            lines = [row.line or 0 for row in record.lines(group.oid, struck=True)]
            starts.append(f"{group.oid}.{max(lines, default=0) + 1}.")
            blank[f"{starts[-1]}{group.items[0].oid}"] = EMPTY
    if not blank:
        return frozenset()
    tried = replace(record, cells={**record.cells, **blank})
    judged = judge(place.running, subject, tried)
    return frozenset(path for path in judged.hidden if path.startswith(tuple(starts)))


def _visit_date(subject: Subject, place: Place) -> str | None:
    event = subject.event(place.address.event, place.address.event_repeat)
    return event.date if event else None


def _name(session: Session, actor: Actor, username: str) -> str | None:
    if not username:
        return None
    if actor.user_id and username == actor.username:  # this request has just read the own name
        return actor.name
    return session.connection().scalar(_NAME, {"username": username}) or username
