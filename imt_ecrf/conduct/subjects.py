"""Subjects: screened, enrolled when everything allows it, listed; their state is derived, never typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from imt_ecrf.conduct import agenda, course, runtime, visits
from imt_ecrf.conduct.checks import Look
from imt_ecrf.conduct.entry.opening import subject_view
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.once import done_before, number_of
from imt_ecrf.conduct.refused import EnrolmentRefused
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.tables import Site, Subject, new_id, stamp
from imt_ecrf.study.reach import STATUS
from imt_ecrf.study.values import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SubjectView
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Record
    from imt_ecrf.study.records import Subject as Snapshot

DIGITS: Final = 3
ELIGIBILITY: Final = "F_IE"
CONSENT: Final = "F_IC"
CRITERIA: Final = "G_IEROW"

_NOT_SCREENING = ("The child is not in screening.", "Пациент не находится на скрининге.")
_NO_CONSENT = ("No signed consent with its date is recorded.", "Нет записи о подписанном согласии с датой.")
_WITHDRAWN = ("A consent has been withdrawn.", "Согласие отозвано.")
_NO_FORM = ("The eligibility form has not been filled.", "Форма критериев отбора не заполнена.")
_NOT_DECIDED = (
    "The investigator has not decided to enrol the child.",
    "Исследователь не принял решение о включении пациента.",
)
_NO_DATE = ("The date of the decision is missing.", "Не указана дата решения о включении.")
_EARLY = ("The decision is dated before the first consent.", "Дата решения раньше даты первого согласия.")
_OPEN = ("Criterion not answered: {}.", "Нет ответа по критерию: {}.")
_FAILED = ("Criterion not met: {}.", "Критерий не выполнен: {}.")
_CRITERIA = ("Not all criteria are met.", "Выполнены не все критерии.")


def screen(session: Session, actor: Actor, site: str, *, page: str | None = None) -> str:
    """Give the next child of a site its code (`01-001`), for ever, and open screening and the logs.

    `page` is the number of the page this was asked from: sent again it gives the same child.
    """
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("screen", site)
    # one at a time: two children must not get the same number
    place = session.scalars(select(Site).where(Site.code == site).with_for_update()).first()
    if place is None or not place.active:
        raise NotFound
    before = done_before(session, actor, "subject.screened", page, site=site)
    if before is not None:
        return str(before["object"])
    number = (session.scalar(select(func.max(Subject.number)).where(Subject.site == site)) or 0) + 1
    row = Subject(
        id=new_id(),
        code=f"{site}-{number:0{DIGITS}d}",
        site=site,
        number=number,
        screened_at=stamp(actor.now()),
        screened_by=actor.username,
    )
    columns = {"site": site, "subject_id": row.id, "object": row.code}
    log(session, actor, "subject.screened", role, details=number_of(page), **columns)
    session.add(row)
    session.flush()
    _begin(session, actor, role, row)
    return row.code


def _begin(session: Session, actor: Actor, role: str, row: Subject) -> None:
    """Open what every child has from its first day: screening and the logs."""
    book = runtime.study(session).book
    first = next(one.oid for one in book.version.events if one.kind == "scheduled")
    logs = [one.oid for one in book.version.events if one.kind == "common"]
    for event in (first, *logs):
        visits.hold(session, actor, role, row, (event, 1))


def enrol(session: Session, actor: Actor, subject: str) -> None:
    """Enrol a child; EnrolmentRefused lists every reason that stands against it."""
    row = runtime.find_subject(session, actor, subject, lock=True)
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("enrol", row.site)
    reasons = obstacles(session, actor, row)
    if reasons:
        raise EnrolmentRefused(reasons)
    log(session, actor, "subject.enrolled", role, site=row.site, subject_id=row.id, object=row.code)
    row.enrolled_at, row.enrolled_by = stamp(actor.now()), actor.username
    running = runtime.study(session)
    snapshot = runtime.snapshot(session, actor, running, row)
    course.refresh(row, snapshot, running.book)
    agenda.refresh(session, actor, row)
    Look(session, actor, running, row, snapshot, role).follow(marks={STATUS})


def why_not_enrol(session: Session, actor: Actor, subject: str) -> tuple[tuple[str, str], ...]:
    """List what stands against enrolling a child, in English and Russian; nothing when it may be enrolled."""
    row = runtime.find_subject(session, actor, subject)
    if not actor.is_system():
        actor.role_for_act("enrol", row.site)
    return obstacles(session, actor, row)


def obstacles(session: Session, actor: Actor, row: Subject) -> tuple[tuple[str, str], ...]:
    """List what stands against enrolling a subject."""
    if row.enrolled_at is not None or row.state != "SCREENING":
        return (_NOT_SCREENING,)
    running = runtime.study(session)
    snapshot = runtime.snapshot(session, actor, running, row)
    return (*_consent(snapshot), *_eligibility(running.book, snapshot))


def subject_state(session: Session, actor: Actor, subject: str) -> str:
    """Give the state of a subject; NotPermitted for who is blinded to the course."""
    row = runtime.find_subject(session, actor, subject)
    if not actor.is_system() and not actor.may_act("see_course", row.site):
        raise NotPermitted
    return row.state


def list_subjects(session: Session, actor: Actor) -> tuple[SubjectView, ...]:
    """List the subjects of the sites this person works at, by site and number."""
    rows = session.scalars(select(Subject).order_by(Subject.site, Subject.number))
    seen = (row for row in rows if actor.is_system() or actor.may_act("see_subjects", row.site))
    return tuple(subject_view(actor, row) for row in seen)


def view_subject(session: Session, actor: Actor, subject: str) -> SubjectView:
    """Give one subject as this person may see it."""
    return subject_view(actor, runtime.find_subject(session, actor, subject))


def log_view(session: Session, actor: Actor, subject: str) -> None:
    """Write down that a person looked at a subject."""
    row = runtime.find_subject(session, actor, subject)
    log(session, actor, "subject.viewed", site=row.site, subject_id=row.id, object=row.code)


def _consent(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    records = snapshot.valid_records(CONSENT)
    if not any(_full(record, "ICDAT") for record in records):
        yield _NO_CONSENT
    if any(record.text("ICWITH") == "Y" for record in records):
        yield _WITHDRAWN


def _eligibility(book: Book, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    record = next(iter(snapshot.valid_records(ELIGIBILITY)), None)
    if record is None:
        yield _NO_FORM
        return
    if record.text("IEYN") != "Y":
        named = list(_criteria(book, record))
        yield from named or [_CRITERIA]
    if record.text("IEENROL") != "Y":
        yield _NOT_DECIDED
    decided = _full(record, "IEDAT")
    consents = [day for one in snapshot.valid_records(CONSENT) if (day := _full(one, "ICDAT"))]
    if decided is None:
        yield _NO_DATE
    elif consents and decided < min(consents):
        yield _EARLY


def _criteria(book: Book, record: Record) -> Iterator[tuple[str, str]]:
    _, group = book.groups[CRITERIA]
    names = book.codelists[book.item("IETESTCD").codelist or ""]
    for row in group.rows:
        answer = record.text(f"{group.oid}.{row.key}.IERESP")
        wanted = "N" if row.prefilled.get("IECAT") == "EXCLUSION" else "Y"
        if answer == wanted:
            continue
        en, ru = _OPEN if answer is None else _FAILED
        yield en.format(names.text(row.key, "en")), ru.format(names.text(row.key, "ru"))


def _full(record: Record, item: str) -> int | None:
    day = read_date(record.text(item) or "")
    return day.lo if day and day.full else None
