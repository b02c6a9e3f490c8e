"""Queries: a question about a datum, answered by the site, settled by who asked; changes no value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.checks import Look
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import may_read
from imt_ecrf.conduct.raising import counters
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.lifecycle import QUERY, Move
from imt_ecrf.policy.lifecycle import move as move_of
from imt_ecrf.policy.permissions import ACTS
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store import documents, journal
from imt_ecrf.store.tables import Query, QueryMessage, moment, new_id, stamp
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.reach import QUERIES

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.study.book import Book

OPEN: Final = ("open", "re-opened")
LONGEST: Final = 2000


class SaySomething(Refused):
    """Write at least a few words, at most 2,000 signs."""

    ru = "Напишите несколько слов, не более 2000 знаков."


@dataclass(frozen=True, slots=True)
class Message:
    """One step of a query."""

    act: str
    text: str
    text_ru: str | None
    name: str
    role: str
    at: dt.datetime

    def in_(self, language: str) -> str:
        """Give the text in a language; people's own words stay as they wrote them."""
        return self.text_ru if language == "ru" and self.text_ru else self.text


@dataclass(frozen=True, slots=True)
class QueryView:
    """A query as it is shown: where it stands, its state, its thread, and what this person may do with it."""

    id: str
    address: Address
    site: str
    path: str
    check: str | None
    state: str
    opened_at: dt.datetime
    changed_at: dt.datetime
    messages: tuple[Message, ...] = ()
    may: tuple[str, ...] = ()


def ask(session: Session, actor: Actor, address: Address, text: str, path: str = "") -> str:
    """Raise a query on a form, or on one of its items, and give its id."""
    place = locate(session, actor, address, lock=True)
    role = actor.role_for_act("ask_query", place.subject.site)
    if path and place.book.places.get(path.rsplit(".", 1)[-1]) is None:
        raise NotFound
    if not place.row.version:
        raise NotFound
    words, now = _words(text), stamp(actor.now())
    session.info["actor"] = actor.who(role)
    row = Query(
        id=new_id(),
        form_data_id=place.row.id,
        subject_id=place.subject.id,
        site=place.subject.site,
        event=address.event,
        event_repeat=address.event_repeat,
        form=address.form,
        form_repeat=address.form_repeat,
        path=path,
        origin="person",
        opened_at=now,
        opened_by=actor.username,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    _say(session, actor, role, row, words, act="ask", to_state="open")
    _look(session, actor, role, place.subject)
    return row.id


def answer(session: Session, actor: Actor, query: str, text: str) -> None:
    """Answer a query; the value itself is changed on the form."""
    _step(session, actor, query, text, "answer")


def close(session: Session, actor: Actor, query: str, text: str = "") -> None:
    """Close a query; whoever asked it may, and the data manager."""
    _step(session, actor, query, text, "close")


def reopen(session: Session, actor: Actor, query: str, text: str) -> None:
    """Open a query again, saying what is still missing."""
    _step(session, actor, query, text, "reopen")


def cancel(session: Session, actor: Actor, query: str, text: str) -> None:
    """Cancel a query that was asked by mistake, saying why."""
    _step(session, actor, query, text, "cancel")


def queries_of(session: Session, actor: Actor, address: Address) -> tuple[QueryView, ...]:
    """List the queries of a form with their threads."""
    place = locate(session, actor, address)
    here = and_(
        Query.subject_id == place.subject.id,
        Query.event == address.event,
        Query.event_repeat == address.event_repeat,
        Query.form == address.form,
        Query.form_repeat == address.form_repeat,
    )
    found = session.scalars(select(Query).where(here).order_by(Query.opened_at, Query.id))
    rows = [row for row in found if may_read(actor, row.site, row.check, place.running)]
    threads = _threads(session, [row.id for row in rows])
    return tuple(_view(actor, row, address.subject, threads.get(row.id, ())) for row in rows)


def of_subject(session: Session, actor: Actor, subject: str) -> tuple[QueryView, ...]:
    """List the queries that wait on a subject as a whole, oldest first."""
    row = runtime.find_subject(session, actor, subject)
    wanted = select(Query).where(
        Query.subject_id == row.id, Query.form == "", Query.state.in_((*OPEN, "answered"))
    )
    running = runtime.study(session)
    found = session.scalars(wanted.order_by(Query.opened_at, Query.id))
    rows = [one for one in found if _sees(actor, running, one)]
    threads = _threads(session, [one.id for one in rows])
    return tuple(_view(actor, one, subject, threads.get(one.id, ())) for one in rows)


def list_queries(
    session: Session, actor: Actor, states: tuple[str, ...] = (*OPEN, "answered")
) -> tuple[QueryView, ...]:
    """List the queries this person may see, oldest first, with their threads."""
    running = runtime.study(session)
    wanted = select(Query, SubjectRow.code).join(SubjectRow, SubjectRow.id == Query.subject_id)
    wanted = wanted.where(Query.state.in_(states)).order_by(Query.opened_at)
    rows = [(row, code) for row, code in session.execute(wanted) if _sees(actor, running, row)]
    threads = _threads(session, [row.id for row, _ in rows])
    return tuple(_view(actor, row, code, threads.get(row.id, ())) for row, code in rows)


def open_of_subject(session: Session, actor: Actor, book: Book, subject_id: str) -> int:
    """Count the queries of a subject that wait for the site, as far as this person sees them."""
    running = runtime.study(session, book.fingerprint)
    rows = session.execute(
        select(Query.form, Query.site, Query.check).where(
            Query.subject_id == subject_id, Query.state.in_(OPEN)
        )
    )
    return sum(_sees(actor, running, row) for row in rows)


def _sees(actor: Actor, running: Study, row: Any) -> bool:
    """Tell whether a person sees a query: its form, and all that its check tells of.

    A query without form stands on the page of the subject.
    """
    site = row.site
    seen = actor.sees(running.book, row.form, site) if row.form else actor.may_act("see_course", site)
    return seen and may_read(actor, site, row.check, running)


def _step(session: Session, actor: Actor, query: str, text: str, act: str) -> None:
    row = session.get(Query, query)
    if row is None or not actor.at(row.site):
        raise NotFound
    running = runtime.study(session)
    if not _sees(actor, running, row):
        raise NotFound
    step = move_of(QUERY, row.state, act)
    role = _role(actor, row, step)
    # the state says that it is closed: whoever closes need not say it again
    words = _words(text) if act != "close" or text.strip() else ""
    _say(session, actor, role, row, words, act=act, to_state=step.to)
    _look(session, actor, role, session.get_one(SubjectRow, row.subject_id))


def _look(session: Session, actor: Actor, role: str, row: SubjectRow) -> None:
    """Run the checks that count queries."""
    running = runtime.study(session)
    subject = runtime.snapshot(session, actor, running, row)
    Look(session, actor, running, row, subject, role).follow(marks={QUERIES})


def _role(actor: Actor, row: Query, step: Move) -> str:
    held = actor.held(row.site)
    role = next((one for one in held if one in step.roles), None)
    if role is None:
        raise NotPermitted
    own = row.opened_by == actor.username
    if step.act != "answer" and not own and not ACTS["settle_any_query"] & set(held):
        raise NotPermitted
    return role


def _say(
    session: Session, actor: Actor, role: str, row: Query, words: str, *, act: str, to_state: str
) -> None:
    who, at = actor.who(role), stamp(actor.now())
    session.info["actor"] = who
    connection = session.connection()
    journal.say(connection, row.id, words, who, at=at, act=act, to_state=to_state)
    log(session, actor, f"query.{act}", role, site=row.site, subject_id=row.subject_id, object=row.id)
    if row.form_data_id is not None:
        documents.set_caches(connection, row.form_data_id, counters(session, row.form_data_id))
    session.expire(row)


def _words(text: str) -> str:
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise SaySomething
    return words


def _threads(session: Session, ids: list[str]) -> dict[str, tuple[Message, ...]]:
    rows = session.scalars(
        select(QueryMessage).where(QueryMessage.query_id.in_(ids)).order_by(QueryMessage.seq)
    )
    found: dict[str, tuple[Message, ...]] = {}
    for row in rows:
        said = Message(row.act, row.text, row.text_ru, row.user_name, row.role, moment(row.at_utc))
        found[row.query_id] = (*found.get(row.query_id, ()), said)
    return found


def _view(actor: Actor, row: Query, code: str, messages: tuple[Message, ...]) -> QueryView:
    return QueryView(
        row.id,
        Address(code, row.event, row.event_repeat, row.form, row.form_repeat),
        row.site,
        row.path,
        row.check,
        row.state,
        moment(row.opened_at),
        moment(row.changed_at),
        messages,
        tuple(one.act for one in QUERY if one.state == row.state and _allowed(actor, row, one)),
    )


def _allowed(actor: Actor, row: Query, step: Any) -> bool:
    try:
        _role(actor, row, step)
    except NotPermitted:
        return False
    return True
