"""The study as it runs: the version in force, its rules, and the snapshot they read; knows no permission."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from imt_ecrf.conduct import settings
from imt_ecrf.conduct.facts import facts_for
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store import documents
from imt_ecrf.store import page_read as page_reading
from imt_ecrf.store.tables import EventData, Site, StudyVersion, moment
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study import publication
from imt_ecrf.study.engine import Engine
from imt_ecrf.study.records import Event, Record, Subject

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Engine as SqlEngine
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.page_read import PageRead
    from imt_ecrf.study.book import Book

_Found = TypeVar("_Found")
_ZONE: Final = select(Site.timezone).where(Site.code == bindparam("at"))
_VISITS: Final = select(
    *(EventData.id, EventData.event, EventData.event_repeat),
    *(EventData.date, EventData.state, EventData.reason),
).where(EventData.subject_id == bindparam("subject"))
_NEWEST: Final = select(StudyVersion.fingerprint).order_by(StudyVersion.seq.desc()).limit(1)
_SUBJECT: Final = (
    select(
        *SubjectRow.__table__.c,
        Site.timezone,
        _NEWEST.scalar_subquery().label("newest"),
        settings.COUNTED.label("decisions"),
    )
    .join(Site, Site.code == SubjectRow.site)
    .where(SubjectRow.code == bindparam("code"))
)
HOUR: Final = 3600
NOTE: Final = "note.written"
"""The act of a note in the log."""


class NoStudy(Refused):
    """No study has been published here yet."""

    ru = "Исследование здесь ещё не опубликовано."
    status = 409


@dataclass(frozen=True)
class Study:
    """One published version: its definitions and, made when first asked for, its rules."""

    book: Book
    withheld: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    asked: dict[str, set[str]] = field(default_factory=dict, compare=False, repr=False)
    decided: WeakKeyDictionary[SqlEngine, dict[tuple[str, int], Mapping[str, Any]]] = field(
        default_factory=WeakKeyDictionary, compare=False, repr=False
    )

    @cached_property
    def shown_to(self) -> dict[str, frozenset[str]]:
        """Give the roles that alone read a check, for checks that name some."""
        return {one.oid: frozenset(one.shown_to) for one in self.book.version.checks if one.shown_to}

    @cached_property
    def engine(self) -> Engine:
        """Give the rules of this version, compiled once."""
        return Engine(self.book)


_KNOWN: Final[dict[str, Study]] = {}


def know(book: Book) -> Study:
    """Keep a version ready, so that no request has to read it."""
    return _KNOWN.setdefault(book.fingerprint, Study(book))


def newest(session: Session) -> str | None:
    """Give the fingerprint of the version in force, or None before the first publication."""
    return once(session, "version", lambda: session.connection().scalar(_NEWEST))


def study(session: Session, fingerprint: str | None = None) -> Study:
    """Give a published version: the one in force, or the one with a fingerprint (old data keep theirs)."""
    wanted = fingerprint or newest(session)
    if wanted is None:
        raise NoStudy
    if wanted not in _KNOWN:
        text = session.scalar(select(StudyVersion.document).where(StudyVersion.fingerprint == wanted))
        if text is None:
            raise NoStudy
        know(publication.read(text.encode()))
    return _KNOWN[wanted]


def once(session: Session, name: object, ask: Callable[[], _Found]) -> _Found:
    """Ask the database once a page: a session that only reads sees one state from first to last."""
    if not session.info.get("reading"):
        return ask()
    known: dict[object, Any] = session.info.setdefault("known", {})
    if name not in known:
        known[name] = ask()
    found: _Found = known[name]
    return found


def find_subject(session: Session, actor: Actor, code: str, *, lock: bool = False) -> SubjectRow:
    """Find a subject by code; NotFound for a code of another site as for one that does not exist.

    `lock` lets one save of a subject wait for another: a save may reach every form of its subject.
    """
    row = subject_named(session, code, lock=lock)
    if row is None or not actor.at(row.site):
        raise NotFound
    if not actor.is_system() and not actor.may_act("see_subjects", row.site):
        raise NotFound
    return row


def subject_named(session: Session, code: str, *, lock: bool = False) -> SubjectRow | None:
    """Give a subject by its code to whoever decides who may know of it; None when there is none."""
    if session.info.get("reading"):
        return once(session, ("subject", code), lambda: _read_subject(session, code))
    wanted = select(SubjectRow).where(SubjectRow.code == code)
    return session.scalars(wanted.with_for_update() if lock else wanted).first()


def _read_subject(session: Session, code: str) -> SubjectRow | None:
    """Read a subject, with it the time zone of its site and the version in force, as a plain row."""
    row = session.connection().execute(_SUBJECT, {"code": code}).first()
    if row is not None:
        once(session, ("zone", row.site), lambda: row.timezone)
        once(session, "version", lambda: row.newest)
        once(session, settings.COUNT, lambda: row.decisions)
    return cast("SubjectRow | None", row)


def site_today(session: Session, actor: Actor, site: str) -> dt.date:
    """Give the calendar date at a site."""
    return actor.now().astimezone(ZoneInfo(zone_of(session, site))).date()


def zone_of(session: Session, site: str) -> str:
    """Give the time zone of a site."""
    found = once(session, ("zone", site), lambda: session.connection().scalar(_ZONE, {"at": site}))
    return str(found or "UTC")


def snapshot(
    session: Session, actor: Actor, running: Study, subject: SubjectRow, around: str = ""
) -> Subject:
    """Give the subject as rules read it; forms are loaded only when a rule asks for them.

    `around` is the form a page shows: what its rules asked for before is then read in one go.
    """
    name = ("snapshot", running.book.fingerprint, subject.id)
    return once(session, name, lambda: _snapshot(session, actor, running, subject, around))


def _snapshot(session: Session, actor: Actor, running: Study, subject: SubjectRow, around: str) -> Subject:
    now = actor.now()
    together = running.asked.setdefault(around, set()) if around and session.info.get("reading") else set()
    read = _reader(session, subject.id, together)

    @cache  # what is written meanwhile stands in `Subject.edited`
    def load(form: str) -> list[Record]:
        return [record_of(row, running.book, now) for row in read(form)]

    local = now.astimezone(ZoneInfo(zone_of(session, subject.site)))
    found = Subject(
        code=subject.code,
        site=subject.site,
        events=tuple(event_of(row, running.book) for row in visits_of(session, subject.id)),
        settings=settings.Decided(lambda: _settings(session, running, subject.site)),
        facts=facts_for(session, running.engine, subject, local, lambda: found),
        load=load,
    )
    return found


def _settings(session: Session, running: Study, site: str) -> Mapping[str, Any]:
    """Give the settings of a site; they are read again when one was decided since.

    Decisions are only ever added, so their number tells whether there is a new one.
    """
    count = once(session, settings.COUNT, lambda: None)
    if count is None:
        return settings.in_force(session, running.book, site)
    known = running.decided.setdefault(session.connection().engine, {})
    if (site, count) not in known:
        known[site, count] = settings.in_force(session, running.book, site)
    return known[site, count]


def page_read(
    session: Session, running: Study, subject_id: str, within: tuple[str, int, str, int]
) -> PageRead:
    """Read the form of a page with what its rules asked for before; a page asks for it once."""
    asked = running.asked.get(within[2], ())

    def ask() -> PageRead:
        found = page_reading.read(session.connection(), subject_id, within, asked, NOTE)
        once(session, ("beside", subject_id), lambda: found.beside)
        if found.row:
            once(session, ("noted", found.row.id), lambda: found.noted)
        return found

    return once(session, ("page", subject_id, within), ask)


def _reader(session: Session, subject_id: str, together: set[str]) -> Callable[[str], Sequence[FormRow]]:
    """Read the forms of a subject, each when it is first asked for, with it all that are read together."""
    connection = session.connection()
    read_already: dict[str, list[FormRow]] = once(session, ("beside", subject_id), dict)
    known = dict(read_already)

    def read(form: str) -> Sequence[FormRow]:
        if form not in known:
            together.add(form)
            wanted = sorted(together.difference(known)) if len(together) > 1 else [form]
            known.update((one, []) for one in wanted)
            for row in documents.forms_of_subject(connection, subject_id, wanted):
                known[row.form].append(row)
        return known[form]

    return read


def after(subject: Subject, visit: EventData, row: FormRow, *, book: Book, now: dt.datetime) -> Subject:
    """Give the snapshot as it is after a save: its visit and its form as they were written."""
    return subject.with_event(event_of(visit, book)).with_record(record_of(row, book, now))


def record_of(row: FormRow, book: Book, now: dt.datetime, cells: Mapping[str, Any] | None = None) -> Record:
    """Give a filled form as rules read it, with other cells than the stored ones when they are given."""
    is_log = row.form in book.forms and book.forms[row.form].repeating == "log"
    document = row.document if cells is None else cells
    hours = (now - moment(row.updated_at)).total_seconds() // HOUR if row.updated_at else None
    return Record(
        form=row.form,
        event=row.event,
        event_repeat=row.event_repeat,
        repeat=row.form_repeat,
        line=row.form_repeat if is_log else None,
        struck="@struck" in document,
        cells=document,
        hidden=frozenset(row.items.get("hidden", ())),
        entry_state=row.entry_state,
        saved_at=row.updated_at or None,
        first_saved_at=row.created_at or None,
        changed_at=row.updated_at or None,
        extra={
            "hours_since_save": None if hours is None else int(hours),
            "sent_at": row.items.get("sent_at"),
            "study_version": row.study_version,
        },
    )


def event_of(row: Any, book: Book) -> Event:
    """Give a visit as rules read it."""
    definition = book.events.get(row.event)
    order, in_order = (book.places_of[row.event], definition.in_order) if definition else (0, True)
    return Event(row.event, row.event_repeat, row.date, order, in_order, row.state != "missed")


def visits_of(session: Session, subject_id: str) -> Sequence[Any]:
    """Give the visits of a subject as they are kept, what this session wrote last included."""

    def ask() -> Sequence[Any]:
        session.flush()
        return session.connection().execute(_VISITS, {"subject": subject_id}).all()

    return once(session, ("visits", subject_id), ask)
