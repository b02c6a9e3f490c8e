"""Protocol deviations proposed by the program or a monitor, decided by the site; writes no value itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from imt_ecrf.conduct import beginning, coming_of_age, course, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import PROPOSAL, move
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, moment, new_id
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.consents import full
from imt_ecrf.study.gates import gates
from imt_ecrf.study.windows import window
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.plan import Facts
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyEvent
    from imt_ecrf.study.gates import Deviation

STEPS: Final = {
    "propose": "deviation.proposed",
    "accept": "deviation.accepted",
    "decline": "deviation.declined",
    "withdraw": "deviation.withdrawn",
}
OPEN: Final = "proposed"
WINDOW, MISSED, PERSON, CONSENT = "window", "missed", "person", "consent"
OF_VISITS: Final = frozenset({WINDOW, MISSED})
MOST_SIGNS: Final = 200
SETTLED: Final = {WINDOW: "visit date corrected", MISSED: "visit form or window corrected"}
CONSENT_GIVEN: Final = "consent recorded"


class NoReasonGiven(Refused):
    """Say why this is not recorded as a deviation."""

    ru = "Укажите, почему это не записывается как отклонение."


class NotDescribed(Refused):
    """Choose a category, give the date and describe the deviation (up to 200 characters)."""

    ru = "Выберите категорию, укажите дату и опишите отклонение (до 200 знаков)."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed deviation: what it rests on, where it stands, who proposed and who decided it.

    `cause` is "window" (a visit outside its window, `first` to `last`), "missed" (a required visit that did
    not take place in it), "consent" (an age passed without consent) or "person" (a monitor's words in
    `text`). `line` is the line of the log it became.
    """

    id: str
    subject: str
    site: str
    cause: str
    kind: str
    day: str
    state: str
    proposed_at: dt.datetime
    proposed_by: str
    by_person: bool
    event: str = ""
    repeat: int = 1
    first: str = ""
    last: str = ""
    age: int = 0
    text: str = ""
    decided_at: dt.datetime | None = None
    decided_by: str = ""
    reason: str = ""
    line: int | None = None
    username: str = ""


def listed(
    session: Session, actor: Actor, *, subject: str | None = None, states: frozenset[str] | None = None
) -> tuple[Proposal, ...]:
    """List the proposals a person may see, the newest first; `states` leaves out all others."""
    book = runtime.study(session).book
    rule = gates(book).deviation
    if rule is None:
        return ()
    own = None if actor.is_system() else actor.sites()
    asked: list[Any] = [] if own is None else [SubjectRow.site.in_(own)]
    if subject is not None:
        asked.append(SubjectRow.id == runtime.find_subject(session, actor, subject).id)
    found = [
        one
        for one in _folded(session, *asked).values()
        if (states is None or one.state in states) and actor.sees(book, rule.form, one.site)
    ]
    return tuple(reversed(found))


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """Count the proposals a person may see by state, every state of the table named."""
    found = dict.fromkeys((one.to for one in PROPOSAL), 0)
    for one in listed(session, actor):
        found[one.state] += 1
    return found


def undecided(session: Session, actor: Actor) -> tuple[Proposal, ...]:
    """List what waits for this person to be accepted or declined."""
    return tuple(
        one for one in listed(session, actor, states=frozenset({OPEN})) if decides(session, actor, one)
    )


def decides(session: Session, actor: Actor, one: Proposal) -> bool:
    """Tell whether a person may accept or decline a proposal: who writes the log of deviations."""
    book = runtime.study(session).book
    rule = gates(book).deviation
    return rule is not None and one.state == OPEN and actor.may(book, "finish", rule.form, one.site)


def may_propose(session: Session, actor: Actor, site: str) -> bool:
    """Tell whether a person may propose a deviation at a site."""
    book = runtime.study(session).book
    rule = gates(book).deviation
    return rule is not None and actor.may(book, "propose", rule.form, site)


def propose(session: Session, actor: Actor, subject: str, kind: str, day: str, text: str) -> str:  # noqa: PLR0917 - what a deviation is made of
    """Propose a deviation by hand, in a monitor's words, and give its number."""
    row = runtime.find_subject(session, actor, subject, lock=True)
    book, rule = _rule(session)
    role = actor.role_for(book, "propose", rule.form, row.site)
    known = {one.value for one in book.codelists[book.item(rule.kind).codelist or ""].items}
    words = " ".join(said(text).split())
    if kind not in known or full(day) is None or not 0 < len(words) <= MOST_SIGNS:
        raise NotDescribed
    move(PROPOSAL, "none", "propose by hand")
    details = {"cause": PERSON, "kind": kind, "day": day, "text": words}
    return _step(session, actor, role, "propose", row, new_id(), details=details)


def accept(session: Session, actor: Actor, proposal: str, text: str) -> Address:
    """Make a proposal a line of the log of deviations, in the site's words, and give its address."""
    from imt_ecrf.conduct.entry import save_form  # noqa: PLC0415 - saving looks at visits, which proposes

    one, row, role = _undecided(session, actor, proposal, "accept")
    _book, rule = _rule(session)
    words = " ".join(said(text).split())
    if not 0 < len(words) <= MOST_SIGNS:
        raise NotDescribed
    place = (FormData.subject_id == row.id, FormData.form == rule.form)
    number = (session.scalar(select(func.max(FormData.form_repeat)).where(*place)) or 0) + 1
    address = Address(row.code, _log_of(_book, rule.form), 1, rule.form, number)
    day = min(one.day, runtime.site_today(session, actor, row.site).isoformat())
    answers = {rule.kind: Answer(one.kind), rule.text: Answer(words), rule.date: Answer(day)}
    saved = save_form(session, actor, address, answers, {}, 0)
    columns = {"form_data_id": saved.id, "form_version": saved.version}
    _step(session, actor, role, "accept", row, proposal, details={"line": number}, **columns)
    return address


def decline(session: Session, actor: Actor, proposal: str, reason: str) -> None:
    """Decline a proposal, with the reason."""
    one, row, role = _undecided(session, actor, proposal, "decline")
    words = " ".join(said(reason).split())
    if not words:
        raise NoReasonGiven
    _step(session, actor, role, "decline", row, one.id, reason=words)


def withdraw(session: Session, actor: Actor, proposal: str) -> None:
    """Take back what one has proposed oneself, before the site decides."""
    one, row = _found(session, actor, proposal)
    book, rule = _rule(session)
    role = actor.role_for(book, "propose", rule.form, row.site)
    if not one.by_person or one.username != actor.username:
        raise NotFound
    move(PROPOSAL, one.state, "withdraw")
    _step(session, actor, role, "withdraw", row, one.id)


def weigh(session: Session, actor: Actor, row: SubjectRow, book: Book) -> None:
    """Propose a deviation for each visit outside its window or missed, once; take back what is settled.

    A proposal the site has decided on stays decided as long as the date of the visit stands, or as long as
    the visit stands missed.
    """
    rule = gates(book).deviation
    if rule is None:
        return
    wrong = {(one["cause"], one["event"], one["repeat"]): one for one in _outside(session, row, book, rule)}
    known = [one for one in _folded(session, SubjectRow.id == row.id).values() if one.cause in OF_VISITS]
    for one in known:
        now = wrong.get((one.cause, one.event, one.repeat))
        same = now is not None and (one.cause == MISSED or now["day"] == one.day)
        if one.state == OPEN and not (same and now and (now["first"], now["last"]) == (one.first, one.last)):
            _by_system(session, actor, "withdraw", row, one.id, reason=SETTLED[one.cause])
        elif same and one.state != "withdrawn":
            del wrong[one.cause, one.event, one.repeat]
    for details in wrong.values():
        _by_system(session, actor, "propose", row, new_id(), details=details)


def weigh_consent(
    session: Session, actor: Actor, row: SubjectRow, book: Book, today: dt.date | None = None
) -> None:
    """Propose a deviation for each consent not asked again in time; recorded since, it is taken back."""
    rule = gates(book).deviation
    if rule is None:
        return
    owed = coming_of_age.owed(session, actor, row, today)
    late = {one.age: one for one in owed if one.state == coming_of_age.OVERDUE}
    known = [one for one in _folded(session, SubjectRow.id == row.id).values() if one.cause == CONSENT]
    for one in known:
        if one.state == OPEN and one.age not in late:
            _by_system(session, actor, "withdraw", row, one.id, reason=CONSENT_GIVEN)
        elif one.state != "withdrawn":
            late.pop(one.age, None)
    for age, task in late.items():
        details = {"cause": CONSENT, "kind": rule.consent, "day": task.last.isoformat(), "age": age}
        _by_system(session, actor, "propose", row, new_id(), details=details)


def _outside(session: Session, row: SubjectRow, book: Book, rule: Deviation) -> Iterator[dict[str, Any]]:
    """Find the visits held outside their window, and the required ones that did not take place in it."""
    facts = course.facts_in(row)
    for visit in runtime.visits_of(session, row.id):
        definition, day = book.events.get(visit.event), full(visit.date)
        expected = window(definition, visit.event_repeat, facts.anchors) if definition else None
        if definition is None or expected is None:
            continue
        missed = visit.state == MISSED
        if missed and owed(book, facts, definition, expected.target):
            day = expected.target
        elif missed or day is None or expected.holds(day):
            continue
        yield {
            "cause": MISSED if missed else WINDOW, "kind": rule.visit, "day": day.isoformat(),
            "event": visit.event, "repeat": visit.event_repeat,
            "first": expected.first.isoformat(), "last": expected.last.isoformat(),
        }  # fmt: skip


def owed(book: Book, facts: Facts, event: StudyEvent, day: dt.date) -> bool:
    """Tell whether the schedule requires a form of a visit that no withdrawal has left empty by its day."""
    required = {ref.form for ref in event.forms if ref.expected == "R"}
    return bool(required - beginning.stopped(book, facts, event.oid, day))


def _undecided(session: Session, actor: Actor, proposal: str, act: str) -> tuple[Proposal, SubjectRow, str]:
    one, row = _found(session, actor, proposal)
    book, rule = _rule(session)
    role = actor.role_for(book, "finish", rule.form, row.site)
    move(PROPOSAL, one.state, act)
    return one, row, role


def _found(session: Session, actor: Actor, proposal: str) -> tuple[Proposal, SubjectRow]:
    """Find a proposal behind the lock of its subject: of two decisions the second sees the first."""
    named = select(SubjectRow.code).join(Event, Event.subject_id == SubjectRow.id)
    code = session.scalar(named.where(Event.act == STEPS["propose"], Event.object == proposal))
    if code is None:
        raise NotFound
    row = runtime.find_subject(session, actor, code, lock=True)
    return _folded(session, SubjectRow.id == row.id)[proposal], row


def _folded(session: Session, *asked: Any) -> dict[str, Proposal]:
    """Fold the log into proposals as they stand, in the order they were made."""
    wanted = (
        select(Event, SubjectRow.code)
        .join(SubjectRow, SubjectRow.id == Event.subject_id)
        .where(Event.act.in_(STEPS.values()), *asked)
        .order_by(Event.seq)
    )
    found: dict[str, Proposal] = {}
    for event, code in session.execute(wanted):
        name, details = event.object or "", loads(event.details)
        if event.act == STEPS["propose"]:
            found[name] = _proposed(event, code, details)
        else:
            found[name] = _decided(found[name], event, details)
    return found


def _proposed(event: Event, code: str, details: Mapping[str, Any]) -> Proposal:
    return Proposal(
        event.object or "", code, event.site or "", state=OPEN, proposed_at=moment(event.at_utc),
        proposed_by=event.user_name, by_person=event.user_id is not None, username=event.username,
        **details,
    )  # fmt: skip


def _decided(one: Proposal, event: Event, details: Mapping[str, Any]) -> Proposal:
    step = next(name for name, act in STEPS.items() if act == event.act)
    to = next(made.to for made in PROPOSAL if (made.state, made.act) == (one.state, step))
    return replace(
        one, state=to, decided_at=moment(event.at_utc), decided_by=event.user_name, reason=event.reason,
        line=details.get("line"),
    )  # fmt: skip


def _by_system(
    session: Session, actor: Actor, step: str, row: SubjectRow, proposal: str, **more: Any
) -> None:
    before = session.info.get("actor")
    program = system(actor.clock)
    _step(session, program, "SYSTEM", step, row, proposal, **more)
    session.info["actor"] = before


def _step(  # noqa: PLR0917 - one step of one proposal
    session: Session, actor: Actor, role: str, step: str, row: SubjectRow, proposal: str, **columns: Any
) -> str:
    log(session, actor, STEPS[step], role, site=row.site, subject_id=row.id, object=proposal, **columns)
    return proposal


def _rule(session: Session) -> tuple[Book, Deviation]:
    book = runtime.study(session).book
    rule = gates(book).deviation
    if rule is None:
        raise NotFound
    return book, rule


def _log_of(book: Book, form: str) -> str:
    return next(event.oid for event in book.version.events if book.form_ref(event.oid, form))
