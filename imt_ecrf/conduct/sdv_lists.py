"""What waits to be verified, how far verification is, what a monitor finds at a visit; marks nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select

from imt_ecrf.conduct import runtime, sdv_marks, trail
from imt_ecrf.conduct.sdv_marks import SOURCE
from imt_ecrf.conduct.trail import Wanted
from imt_ecrf.conduct.verifying import REVIEWS
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents
from imt_ecrf.store.tables import FormData, Query, Verification, moment
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.book import path as take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.sdv_marks import Kind
    from imt_ecrf.conduct.trail import Line
    from imt_ecrf.study.book import Book

LOGS: Final = "SE_LOG"
_PLACE: Final = (
    *(FormData.id, FormData.site, FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat),
)
_COUNTS: Final = (
    *(FormData.due_items, FormData.verified_items, FormData.lapsed_items),
    *(FormData.due_critical, FormData.verified_critical, FormData.updated_at),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that waits for verification: items due, verified and lapsed, critical ones still open."""

    address: Address
    site: str
    due: int
    done: int
    lapsed: int
    critical: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Covered:
    """How far verification is at one event of one site, critical items apart."""

    site: str
    event: str
    due: int
    done: int
    critical_due: int
    critical_done: int
    lapsed: int


@dataclass(frozen=True, slots=True)
class AskedOf:
    """A query this person raised: where, its state, since when."""

    id: str
    address: Address
    path: str
    state: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Trip:
    """What a monitor finds at a site: since when, what changed, what is due, what was asked."""

    site: str
    since: dt.date | None
    changes: list[Line]
    waiting: tuple[Waiting, ...]
    asked: tuple[AskedOf, ...]


def waiting(
    session: Session, actor: Actor, *, site: str = "", subject: str = "", kind: Kind = SOURCE
) -> tuple[Waiting, ...]:
    """List the forms that wait for this person's marks, verified values that changed first."""
    book = runtime.study(session).book
    wanted = _of_person(actor, select(SubjectRow.code, *_PLACE, *_COUNTS)).where(_owed(kind))
    if site:
        wanted = wanted.where(FormData.site == site)
    if subject:
        wanted = wanted.where(SubjectRow.code == subject)
    rows = session.connection().execute(wanted)
    found = [_waiting(row) for row in rows if _marks(actor, book, row.form, row.site, kind)]
    order = {event.oid: number for number, event in enumerate(book.version.events)}
    return tuple(
        sorted(
            found,
            key=lambda one: (
                not one.lapsed,
                one.site,
                one.address[0],
                order[one.address[1]],
                one.address[2:],
            ),
        )
    )


def following(session: Session, actor: Actor, here: Address, kind: Kind = SOURCE) -> Address | None:
    """Give the next form of the same visit that waits for this person's marks, this one last; or None."""
    row = runtime.find_subject(session, actor, here.subject)
    book = runtime.study(session).book
    if here.event not in book.events:
        raise NotFound
    forms = [ref.form for ref in book.events[here.event].forms]
    there = [
        one.address
        for one in waiting(session, actor, site=row.site, subject=here.subject, kind=kind)
        if one.address[1:3] == here[1:3]
    ]
    placed = sorted((forms.index(one.form), one.form_repeat, one) for one in there if one.form in forms)
    at = (forms.index(here.form) if here.form in forms else -1, here.form_repeat)
    after = [one for *place, one in placed if tuple(place) > at]
    before = [one for *place, one in placed if tuple(place) <= at]
    return next(iter((*after, *before)), None)


def coverage(session: Session, actor: Actor) -> tuple[Covered, ...]:
    """Count what is due and verified by site and event, in the order of the schedule."""
    scope = scope_of(session, actor)
    sums = [func.sum(column) for column in (*_COUNTS[:2], *_COUNTS[3:5], _COUNTS[2])]
    wanted = (
        select(FormData.site, FormData.event, *sums)
        .where(FormData.site.in_(list(scope.zones)), FormData.struck.is_(False), scope.sees(FormData))
        .group_by(FormData.site, FormData.event)
    )
    rows = session.connection().execute(wanted)
    found = {(site, event): list(map(int, figures)) for site, event, *figures in rows}
    book = scope.book
    order = {event.oid: number for number, event in enumerate(book.version.events)}
    listed = sorted(found.items(), key=lambda one: (one[0][0], order.get(one[0][1], len(order))))
    return tuple(Covered(*place, *figures) for place, figures in listed if figures[0])


def trip(session: Session, actor: Actor, site: str, since: dt.date | None = None) -> Trip:
    """Give the list for a visit to a site: changes since the last one, what is due, what was asked."""
    if not actor.at(site) or not actor.may_act("mark_items", site):
        raise NotFound
    first = since or last_visit(session, actor, site)
    return Trip(
        site,
        first,
        list(_changes(session, actor, site, first)),
        waiting(session, actor, site=site),
        tuple(_asked(session, actor, site)),
    )


def last_visit(session: Session, actor: Actor, site: str) -> dt.date | None:
    """Give the last day before today on which this person marked something at a site; None when never."""
    today = actor.now().astimezone(dt.UTC).date()
    wanted = (
        select(func.max(Verification.at_utc))
        .join(FormData, FormData.id == Verification.form_data_id)
        .where(FormData.site == site, Verification.username == actor.username)
        .where(Verification.at_utc < today.isoformat())
    )
    found = session.connection().scalar(wanted)
    return moment(found).date() if found else None


def faults(session: Session) -> Iterator[tuple[str, str]]:
    """Name every form (with a sentence) whose counts of verification do not follow from log and plan."""
    counted = session.connection().scalar(select(func.max(FormData.due_items)))
    if not counted and session.connection().scalar(select(func.count()).select_from(Verification)) == 0:
        return  # nothing was ever due or marked: there is no plan to work anything out by
    columns = [getattr(FormData, name) for name in sdv_marks.Counts.__dataclass_fields__]
    book = runtime.study(session).book
    kept = {row.id: tuple(row)[1:] for row in session.connection().execute(select(FormData.id, *columns))}
    for site in session.scalars(select(FormData.site).distinct()).all():
        for row in documents.forms_of_site(session.connection(), site, list(book.forms), without=""):
            counts = sdv_marks.counts_of(session, row)
            told = tuple(getattr(counts, name) for name in sdv_marks.Counts.__dataclass_fields__)
            if kept[row.id] != told:
                yield row.id, f"verification is counted as {kept[row.id]}, the log and the plan say {told}."


def _owed(kind: Kind) -> ColumnElement[bool]:
    if kind == SOURCE:
        complete = or_(FormData.entry_state == "complete", FormData.lapsed_items > 0)
        return and_(FormData.due_items > FormData.verified_items, complete)
    column = FormData.data_reviewed_at if kind == "data" else FormData.medically_reviewed_at
    return and_(column.is_(None), FormData.entry_state == "complete")


def _marks(actor: Actor, book: Book, form: str, site: str, kind: Kind) -> bool:
    if kind == SOURCE:
        return actor.may(book, "verify", form, site)
    return actor.sees(book, form, site) and actor.may_act(REVIEWS[kind], site)


def _of_person(actor: Actor, wanted: Any) -> Select[Any]:
    joined: Select[Any] = wanted.join(SubjectRow, SubjectRow.id == FormData.subject_id)
    return joined.where(FormData.struck.is_(False), *_at(actor))


def _at(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    sites = actor.sites()
    return () if sites is None else (FormData.site.in_(sites),)


def _address(row: Any) -> Address:
    return Address(row.code, row.event, row.event_repeat, row.form, row.form_repeat)


def _waiting(row: Any) -> Waiting:
    return Waiting(
        _address(row),
        row.site,
        row.due_items,
        row.verified_items,
        row.lapsed_items,
        row.due_critical - row.verified_critical,
        moment(row.updated_at),
    )


def _changes(session: Session, actor: Actor, site: str, first: dt.date | None) -> Iterable[Line]:
    book = runtime.study(session).book
    for line in trail.search(session, actor, Wanted(first=first, site=site)):
        entered = "@" in line.change.path or not _derived(book, line.change.path)
        if entered and actor.may(book, "verify", line.address.form, site):
            yield line


def _derived(book: Book, path: str) -> bool:
    place = book.places.get(take_apart(path).item)
    return place is not None and place.item.derived


def _asked(session: Session, actor: Actor, site: str) -> Iterator[AskedOf]:
    book = runtime.study(session).book
    wanted = (
        select(Query, SubjectRow.code)
        .join(SubjectRow, SubjectRow.id == Query.subject_id)
        .where(
            Query.site == site, Query.opened_by == actor.username, Query.state.not_in(("closed", "cancelled"))
        )
        .order_by(Query.opened_at)
    )
    for row, code in session.execute(wanted):
        if actor.sees(book, row.form, site):
            address = Address(code, row.event, row.event_repeat, row.form, row.form_repeat)
            yield AskedOf(row.id, address, row.path, row.state, moment(row.opened_at))
