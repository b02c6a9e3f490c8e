"""What milestones of signing are worked out from, read in a fixed number of statements; decides nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.cuts import KEY as CUT
from imt_ecrf.conduct.cuts import day_of
from imt_ecrf.conduct.signatures import stands_for
from imt_ecrf.policy.permissions import signers
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import EventData, FormData, Setting, Signature, Site, moment
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.records import STRUCK
from imt_ecrf.study.sign_plan import FINISHED, Filled, Group, Known, Spot, group_of, start_of
from imt_ecrf.study.values import read_date, read_time

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Milestone

_PLACE: Final = (FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat)
_LISTED: Final = (
    *(FormData.id, FormData.subject_id, *_PLACE, FormData.entry_state, FormData.struck, FormData.owed),
    *(FormData.hard, FormData.signature, FormData.updated_at, EventData.date),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A subject, as far as signing asks: its site, its code, the dates its course is counted from."""

    id: str
    code: str
    site: str
    anchors: dict[str, dt.date]


@dataclass(frozen=True, slots=True)
class Row:
    """A filled form that matters here; `filled.signed_at` is set when any signature of it stands."""

    id: str
    event: str
    form: str
    filled: Filled


@dataclass(frozen=True)
class Ground:
    """Everything read: subjects in order, their forms, who signed which when, limits, starts, the cut."""

    book: Book
    now: dt.datetime
    subjects: tuple[Person, ...]
    zones: dict[str, ZoneInfo]
    limits: dict[str, dict[str, int]]
    cut: dt.date | None
    rows: dict[str, list[Row]]
    signed: dict[str, dict[str, dt.datetime]]
    starts: dict[str, dict[tuple[str, Group], dt.datetime]] = field(default_factory=dict)

    def known(self, person: Person) -> Known:
        """Give what the time of a subject's milestones is counted from."""
        now = self.now.astimezone(self.zones[person.site])
        return Known(now, person.anchors, self.limits[person.site], self.starts.get(person.id, {}), self.cut)


def ground(
    session: Session,
    actor: Actor,
    *,
    site: str | None = None,
    subject: str | None = None,
    whole: bool = False,
) -> Ground:
    """Read a site, a subject or all that a person works with; `whole` reads signed forms too."""
    return ground_of(session, actor.now(), _asked(session, actor, site, subject), whole=whole)


def ground_of(
    session: Session, now: dt.datetime, asked: list[ColumnElement[bool]], *, whole: bool = False
) -> Ground:
    """Read the subjects that meet conditions (columns of Subject), whoever asks."""
    book = runtime.study(session).book
    people = session.connection().execute(_PEOPLE.where(*asked)).all()
    zones = {row.site: ZoneInfo(row.timezone) for row in people}
    if not book.version.milestones or not people:
        return Ground(book, now, (), {}, {}, None, {}, {})
    subjects = tuple(Person(row.id, row.code, row.site, _anchors(row.facts)) for row in people)
    limits, cut = _decided(session, book, zones)
    rows = _rows(session, book, asked, whole=whole)
    signed = _signed(session, book, asked, whole=whole)
    places = {person.id: zones[person.site] for person in subjects}
    starts = _starts(session, book, asked, places)
    return Ground(book, now, subjects, zones, limits, cut, rows, signed, starts)


_PEOPLE: Final = (
    select(SubjectRow.id, SubjectRow.code, SubjectRow.site, SubjectRow.facts, Site.timezone)
    .join(Site, Site.code == SubjectRow.site)
    .order_by(SubjectRow.site, SubjectRow.number)
)


def _asked(
    session: Session, actor: Actor, site: str | None, subject: str | None
) -> list[ColumnElement[bool]]:
    if subject is not None:
        return [SubjectRow.id == runtime.find_subject(session, actor, subject).id]
    own = None if actor.is_system() else actor.sites()
    asked: list[ColumnElement[bool]] = [] if own is None else [SubjectRow.site.in_(sorted(own))]
    return asked if site is None else [*asked, SubjectRow.site == site]


def _anchors(facts: str) -> dict[str, dt.date]:
    found = ((name, read_date(day)) for name, day in loads(facts).get("anchors", {}).items())
    return {name: day.first for name, day in found if day is not None and day.full}


def _decided(
    session: Session, book: Book, zones: dict[str, ZoneInfo]
) -> tuple[dict[str, dict[str, int]], dt.date | None]:
    """Give the times of each site as last decided, and the day of the next data cut."""
    keys = {one.within for one in book.version.milestones if one.within}
    defaults = {one.key: int(one.default) for one in book.version.settings if one.key in keys and one.default}
    wanted = select(Setting.key, Setting.site, Setting.value).where(Setting.key.in_((*keys, CUT)))
    found, cut = {site: dict(defaults) for site in zones}, None
    rows = session.connection().execute(wanted.order_by(Setting.seq)).all()
    for key, site, value in sorted(rows, key=lambda row: row.site is not None):
        if key == CUT:
            cut = day_of(value)
        for here, limits in found.items():
            if key != CUT and site in {None, here}:
                limits[key] = int(loads(value))
    return found, cut


def _rows(
    session: Session, book: Book, asked: list[ColumnElement[bool]], *, whole: bool
) -> dict[str, list[Row]]:
    wanted = (
        select(*_LISTED)
        .join(SubjectRow, SubjectRow.id == FormData.subject_id)
        .outerjoin(
            EventData,
            and_(
                EventData.subject_id == FormData.subject_id,
                EventData.event == FormData.event,
                EventData.event_repeat == FormData.event_repeat,
            ),
        )
        .where(FormData.locked_at.is_(None) if not whole else FormData.version > 0, *asked)
    )
    if not whole:
        twice, kept = _twice(book), _kept(book)
        wanted = wanted.where(
            or_(
                and_(FormData.entry_state.in_(FINISHED), FormData.signature != "valid"),
                FormData.signature == "void",
                FormData.form.in_(twice | kept),
            )
        )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in session.connection().execute(wanted):
        if row.entry_state in FINISHED or not row.struck:
            found[row.subject_id].append(_row(row))
    return found


def _row(row: Any) -> Row:
    since = moment(row.updated_at)
    ready = row.entry_state in FINISHED and (row.owed + row.hard == 0 or row.entry_state == "not done")
    signed = since if row.signature == "valid" else None
    day = read_date(row.date) if row.date else None
    dated = day.first if day is not None and day.full else None
    spot = Spot(row.event, row.event_repeat, row.form, row.form_repeat)
    return Row(
        row.id, row.event, row.form, Filled(spot, ready, since, signed, row.signature == "void", dated)
    )


def watched(book: Book) -> frozenset[str]:
    """Name the forms of which every save may move when something is to be signed, not only a finished one."""
    clocks = (book.places[one.since[0]].form.oid for one in book.version.milestones if one.since)
    return _twice(book) | _kept(book) | frozenset(clocks)


def _twice(book: Book) -> frozenset[str]:
    """Name the forms that more than one role signs: their mark says only that one of them did."""
    return frozenset(
        form for form in book.rights if len({stands_for(role) for role in signers(book, form)}) > 1
    )


def _kept(book: Book) -> frozenset[str]:
    """Name the forms that are read whatever their state: their milestone has a time without any of them."""
    begun = (one for one in book.version.milestones if one.each == "subject" or one.since or one.before)
    return frozenset(form for one in begun for form in one.forms)


def _signed(
    session: Session, book: Book, asked: list[ColumnElement[bool]], *, whole: bool
) -> dict[str, dict[str, dt.datetime]]:
    """Give when each role signed a form and that stands; of forms with one signer only if asked (`whole`)."""
    columns = (Signature.id, Signature.act, Signature.form_data_id, Signature.role, Signature.voids)
    wanted = (
        select(*columns, Signature.at_utc)
        .join(FormData, FormData.id == Signature.form_data_id)
        .join(SubjectRow, SubjectRow.id == FormData.subject_id)
        .where(*asked)
        .order_by(Signature.seq)
    )
    if not whole:
        wanted = wanted.where(FormData.form.in_(_twice(book)))
    rows = session.connection().execute(wanted).all()
    voided = {row.voids for row in rows if row.act == "void"}
    found: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
    for row in rows:
        if row.act == "sign" and row.id not in voided:
            found[row.form_data_id][stands_for(row.role)] = moment(row.at_utc)
    return dict(found)


def _starts(
    session: Session, book: Book, asked: list[ColumnElement[bool]], zones: dict[str, ZoneInfo]
) -> dict[str, dict[tuple[str, Group], dt.datetime]]:
    """Read the moments from which milestones count, out of the forms that hold them."""
    clocks = {one.oid: book.places[one.since[0]].form.oid for one in book.version.milestones if one.since}
    wanted = (
        select(FormData.subject_id, *_PLACE, FormData.data)
        .join(SubjectRow, SubjectRow.id == FormData.subject_id)
        .where(FormData.form.in_(set(clocks.values())), FormData.struck.is_(False), *asked)
    )
    found: dict[str, dict[tuple[str, Group], dt.datetime]] = defaultdict(dict)
    for row in session.connection().execute(wanted):
        cells, spot = loads(row.data), Spot(row.event, row.event_repeat, row.form, row.form_repeat)
        for one in book.version.milestones:
            start = _start(one, cells, zones[row.subject_id]) if clocks.get(one.oid) == row.form else None
            if start is not None and STRUCK not in cells:
                found[row.subject_id][one.oid, group_of(book, one, spot)] = start
    return dict(found)


def _start(one: Milestone, cells: dict[str, Any], zone: ZoneInfo) -> dt.datetime | None:
    texts = [str(cells.get(item, {}).get("v") or "") for item in one.since]
    day = read_date(texts[0])
    if day is None or not day.full:
        return None
    minutes = read_time(texts[1]) if len(texts) > 1 and texts[1] else None
    return start_of(day.first, minutes, zone)
