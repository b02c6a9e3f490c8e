"""Queries: a question about a datum, answered by the site, settled by who asked; changes no value."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from imt_ecrf.conduct import query_thread, runtime, visits
from imt_ecrf.conduct.checks import Look
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import may_read
from imt_ecrf.conduct.query_thread import SETTLED, WAITING, role_for, sees
from imt_ecrf.conduct.raising import counters
from imt_ecrf.policy.lifecycle import QUERY, Move, MoveNotPossible
from imt_ecrf.policy.lifecycle import move as move_of
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store import documents, journal
from imt_ecrf.store.tables import Query, new_id, stamp
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.book import is_row
from imt_ecrf.study.reach import QUERIES
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.query_thread import QueryView
    from imt_ecrf.conduct.views import Address
    from imt_ecrf.study.book import Book

OPEN: Final = query_thread.OPEN
LONGEST: Final = 2000
TOGETHER: Final = ("close", "cancel")
"""Moves that may be made on several queries at once: nobody's answer is given for him, nobody's waiting lost:
together only answered ones are closed.
"""


class SaySomething(Refused):
    """Write at least a few words, at most 2,000 signs."""

    ru = "Напишите несколько слов, не более 2000 знаков."


class NothingSavedYet(Refused):
    """Nothing is saved on this form yet; ask about the visit as a whole."""

    ru = "В этой форме ещё ничего не сохранено; задайте запрос о визите в целом."


class SayWhyClosed(SaySomething):
    """Nobody has answered this query: say in a few words why it is closed, at most 2,000 signs."""

    ru = "На этот запрос никто не ответил: напишите, почему он закрывается, не более 2000 знаков."


class NotInThisState(MoveNotPossible):
    """The query's state does not allow this: see what it says now and which steps are offered."""

    ru = "В нынешнем состоянии запроса это невозможно: посмотрите, что в нём сказано и какие шаги предложены."


class OnlyAnsweredTogether(NotInThisState):
    """Not answered yet: only answered queries are closed together; open it to close it with a reason."""

    ru = "Ответа ещё нет: вместе закрывают только отвеченные запросы; откройте его, чтобы закрыть с причиной."


class QueryMoved(Refused):
    """Somebody else took the next step in this query while you were writing: read it, then decide again."""

    ru = "Пока вы писали, следующий шаг в этом запросе сделал другой человек: прочтите его и решите снова."
    status = 409


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does with a query: the move, the words, the last step he had read (0: not asked).

    `together`: as one of several, with the same words.
    """

    act: str
    words: str
    seen: int = 0
    together: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a query is about: a visit, or a form that is kept, or one of its rows or items."""

    address: Address
    path: str = ""
    form_id: str | None = None


def ask(session: Session, actor: Actor, address: Address, text: str, path: str = "") -> str:
    """Raise a query on a visit (no form named), a form, a line of a log, a row or an item; give its id."""
    if not address.form:
        return _ask_visit(session, actor, address, text)
    place = locate(session, actor, address, lock=True)
    role = actor.role_for_act("ask_query", place.subject.site)
    if path and not speaks_of(place, path):
        raise NotFound
    if not place.row.version:
        raise NothingSavedYet
    return _open(session, actor, place.subject, About(address, path, place.row.id), text, role)


def speaks_of(place: Place, path: str) -> bool:
    """Tell whether a path names a question of this form, or one of its rows that is there."""
    if not is_row(path):
        known = place.book.places.get(path.rsplit(".", 1)[-1])
        return known is not None and known.form.oid == place.form.oid
    group, key = path.split(".")
    form, _group = place.book.groups.get(group, (None, None))
    if form is None or form.oid != place.form.oid:
        return False
    return place.book.row(group, key) is not None or any(
        one.startswith(f"{path}.") for one in place.row.document
    )


def answer(session: Session, actor: Actor, query: str, text: str, seen: int = 0) -> None:
    """Answer a query; what was changed of its value since it was asked is noted with the answer."""
    _step(session, actor, query, Step("answer", text, seen))


def close(session: Session, actor: Actor, query: str, text: str = "", seen: int = 0) -> None:
    """Close a query; whoever asked it may, and the data manager, and says why when nobody has answered."""
    _step(session, actor, query, Step("close", text, seen))


def reopen(session: Session, actor: Actor, query: str, text: str, seen: int = 0) -> None:
    """Open a query again, saying what is still missing."""
    _step(session, actor, query, Step("reopen", text, seen))


def cancel(session: Session, actor: Actor, query: str, text: str, seen: int = 0) -> None:
    """Cancel a query that was asked by mistake, saying why."""
    _step(session, actor, query, Step("cancel", text, seen))


def together(
    session: Session, actor: Actor, ids: Iterable[str], act: str
) -> tuple[tuple[QueryView, Refused | None], ...]:
    """Say for each query whether this person may make the move now, and if not why; nothing is written."""
    if act not in TOGETHER:
        raise NotInThisState
    found = []
    for row, code in _rows(session, actor, Query.id.in_(list(dict.fromkeys(ids)))):
        found.append((row, code, _why_not(actor, row, act)))
    shown = query_thread.views(session, actor, [(row, code) for row, code, _why in found])
    return tuple(zip(shown, [why for _row, _code, why in found], strict=True))


def take_together(
    session: Session, actor: Actor, chosen: Sequence[tuple[str, int]], act: str, text: str
) -> tuple[tuple[str, ...], tuple[tuple[str, Refused], ...]]:
    """Make one move on several queries with one text: the ids that moved, and those that did not, with why.

    `chosen` pairs an id with the last step that was read; what moved meanwhile is left as it is.
    """
    if act not in TOGETHER:
        raise NotInThisState
    words = _words(text) if act == "cancel" or said(text) else ""
    rows = [row for row, _code in _rows(session, actor, Query.id.in_([one for one, _seen in chosen]))]
    _lock(session, {row.subject_id for row in rows})
    known, done, left = {row.id: row for row in rows}, [], []
    roles: dict[str, str] = {}
    for name, seen in chosen:
        row = known.pop(name, None)
        if row is None:
            continue
        try:
            roles[row.subject_id] = _take(session, actor, row, Step(act, words, seen, together=True))
            done.append(name)
        except Refused as refused:
            left.append((name, refused))
    for subject, role in roles.items():
        _look(session, actor, role, session.get_one(SubjectRow, subject))
    return tuple(done), tuple(left)


def one(session: Session, actor: Actor, query: str) -> QueryView:
    """Give a query with its whole thread; NotFound when there is none for this person."""
    found = _rows(session, actor, Query.id == query)
    if not found:
        raise NotFound
    return query_thread.views(session, actor, found, changes=True)[0]


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
    rows = [(row, address.subject) for row in found if may_read(actor, row.site, row.check, place.running)]
    return query_thread.views(session, actor, rows, changes=True)


def of_visit(session: Session, actor: Actor, address: Address) -> tuple[QueryView, ...]:
    """List the queries on a visit as a whole, those that wait first."""
    row = runtime.find_subject(session, actor, address.subject)
    here = (Query.subject_id == row.id, Query.form == "", Query.event == address.event)
    found = _rows(session, actor, *here, Query.event_repeat == address.event_repeat)
    shown = query_thread.views(session, actor, found)
    return tuple(sorted(shown, key=lambda view: view.state in SETTLED))


def of_subject(session: Session, actor: Actor, subject: str) -> tuple[QueryView, ...]:
    """List the queries that wait on a subject or one of its visits as a whole, oldest first."""
    row = runtime.find_subject(session, actor, subject)
    here = (Query.subject_id == row.id, Query.form == "", Query.state.in_(WAITING))
    return query_thread.views(session, actor, _rows(session, actor, *here))


def list_queries(session: Session, actor: Actor, states: tuple[str, ...] = WAITING) -> tuple[QueryView, ...]:
    """List the queries this person may see, oldest first, with their threads."""
    return query_thread.views(session, actor, _rows(session, actor, Query.state.in_(states)))


def open_of_subject(session: Session, actor: Actor, book: Book, subject_id: str) -> int:
    """Count the queries of a subject that wait for the site, as far as this person sees them."""
    running = runtime.study(session, book.fingerprint)
    rows = session.execute(
        select(Query.form, Query.site, Query.check).where(
            Query.subject_id == subject_id, Query.state.in_(OPEN)
        )
    )
    return sum(sees(actor, running, row) for row in rows)


def _rows(session: Session, actor: Actor, *conditions: Any) -> list[tuple[Query, str]]:
    running = runtime.study(session)
    wanted = select(Query, SubjectRow.code).join(SubjectRow, SubjectRow.id == Query.subject_id)
    found = session.execute(wanted.where(*conditions).order_by(Query.opened_at, Query.id))
    return [(row, code) for row, code in found if sees(actor, running, row)]


def _ask_visit(session: Session, actor: Actor, address: Address, text: str) -> str:
    subject = runtime.find_subject(session, actor, address.subject, lock=True)
    role = actor.role_for_act("ask_query", subject.site)
    wanted = (address.event, address.event_repeat)
    known = visits.events_of(session, actor, address.subject)
    if not any((visit.oid, visit.repeat) == wanted for visit in known):
        raise NotFound
    return _open(session, actor, subject, About(address._replace(form="", form_repeat=0)), text, role)


def _open(  # noqa: PLR0917 - what it writes
    session: Session, actor: Actor, subject: SubjectRow, about: About, text: str, role: str
) -> str:
    words, now = _words(text), stamp(actor.now())
    session.info["actor"] = actor.who(role)
    names = ("event", "event_repeat", "form", "form_repeat")
    row = Query(
        id=new_id(), form_data_id=about.form_id, subject_id=subject.id, site=subject.site,
        **dict(zip(names, about.address.within, strict=True)), path=about.path, origin="person",
        opened_at=now, opened_by=actor.username, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _say(session, actor, role, row, words, act="ask", to_state="open")
    _look(session, actor, role, subject)
    return row.id


def _step(session: Session, actor: Actor, query: str, step: Step) -> None:
    row = session.get(Query, query)
    if row is None or not actor.at(row.site) or not sees(actor, runtime.study(session), row):
        raise NotFound
    _lock(session, {row.subject_id})
    role = _take(session, actor, row, step)
    _look(session, actor, role, session.get_one(SubjectRow, row.subject_id))


def _lock(session: Session, subjects: Iterable[str]) -> None:
    """Let one act on a subject wait for another, as saves do, and read what it left."""
    wanted = select(SubjectRow.id).where(SubjectRow.id.in_(sorted(subjects))).order_by(SubjectRow.id)
    session.execute(wanted.with_for_update())
    session.expire_all()


def _take(session: Session, actor: Actor, row: Query, step: Step) -> str:
    """Make a move behind the lock and give the role that made it."""
    if step.seen and step.seen != row.message_seq:
        raise QueryMoved
    move = _move(row, step.act)
    role = role_for(actor, row, move)
    if step.together:
        _may_together(row, step.act)
    words = _said(row, step)
    _say(session, actor, role, row, words, act=step.act, to_state=move.to)
    return role


def _move(row: Query, act: str) -> Move:
    try:
        return move_of(QUERY, row.state, act)
    except MoveNotPossible:
        raise NotInThisState from None


def _may_together(row: Query, act: str) -> None:
    """Refuse to close in passing what nobody has answered, where closing it singly is possible."""
    if act == "close" and row.state in OPEN:
        raise OnlyAnsweredTogether


def _said(row: Query, step: Step) -> str:
    """Read the words of a step; an answer may be closed without any, a question nobody answered may not."""
    if step.act != "close":
        return _words(step.words)
    words = said(step.words)
    if not words and row.state in OPEN:
        raise SayWhyClosed
    return _words(words) if words else ""


def _why_not(actor: Actor, row: Query, act: str) -> Refused | None:
    try:
        role_for(actor, row, _move(row, act))
        _may_together(row, act)
    except Refused as refused:
        return refused
    return None


def _look(session: Session, actor: Actor, role: str, row: SubjectRow) -> None:
    """Run the checks that count queries."""
    running = runtime.study(session)
    subject = runtime.snapshot(session, actor, running, row)
    Look(session, actor, running, row, subject, role).follow(marks={QUERIES})


def _say(
    session: Session, actor: Actor, role: str, row: Query, words: str, *, act: str, to_state: str
) -> None:
    who, at = actor.who(role), stamp(actor.now())
    session.info["actor"] = who
    connection, details = session.connection(), _linked(session, row) if act == "answer" else {}
    journal.say(connection, row.id, words, who, at=at, act=act, to_state=to_state)
    log(
        session, actor, f"query.{act}", role, site=row.site, subject_id=row.subject_id,
        form_data_id=row.form_data_id, object=row.id, details=details,
    )  # fmt: skip
    if row.form_data_id is not None:
        documents.set_caches(connection, row.form_data_id, counters(session, row.form_data_id))
    session.expire(row)


def _linked(session: Session, row: Query) -> dict[str, Any]:
    """Name the changes an answer goes with: those of the item since it was last asked."""
    last = query_thread.last_asked(session, row.id)
    found: dict[str, list[int]] = defaultdict(list)
    for change in query_thread.changes_of(session, [row]).get(row.id, ()):
        if stamp(change.at) > last:
            found[change.path].append(change.seq)
    return {"changes": dict(found)} if found else {}


def _words(text: str) -> str:
    words = said(text)
    if not words or len(words) > LONGEST:
        raise SaySomething
    return words
