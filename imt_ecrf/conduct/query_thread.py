"""A query as it is shown: its thread, the changes of its value, who may do what with it; writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct.findings import may_read
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.lifecycle import QUERY, Move
from imt_ecrf.policy.permissions import ACTS, ENTRY_ROLES, may
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store import documents
from imt_ecrf.store.tables import ChangeSet, Query, QueryMessage, moment
from imt_ecrf.study.book import is_row
from imt_ecrf.study.records import VISIT_FORM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Cell

OPEN: Final = ("open", "re-opened")
WAITING: Final = (*OPEN, "answered")
SETTLED: Final = ("closed", "cancelled")
ASKING: Final = frozenset({"ask", "reopen"})
ANSWERERS: Final = ACTS["answer_query"]


class SiteOnlyAnswers(NotPermitted):
    """The site answers a query, with or without a change; only who asked, or the data manager, settles it."""

    ru = (
        "Центр отвечает на запрос и может исправить значение; закрывает, возвращает и отменяет запрос "
        "только тот, кто его задал, или менеджер данных."
    )


class OnlySiteAnswers(NotPermitted):
    """A query is answered by who enters the form: the site or the central reader, never by who asks."""

    ru = (
        "На запрос отвечает тот, кто заполняет форму: центр или центральный рецензент, "
        "а не тот, кто спрашивает."
    )


class AskedByAnother(NotPermitted):
    """Somebody else, or a check, asked this query: only who asked, or the data manager, settles it."""

    ru = (
        "Этот запрос задал другой человек или проверка: закрывает, возвращает и отменяет его только тот, "
        "кто спросил, или менеджер данных."
    )


class ReadsQueries(NotPermitted):
    """Your role reads queries; the site answers them, and who asked or the data manager settles them."""

    ru = "Ваша роль читает запросы; отвечает центр, а решает тот, кто спросил, или менеджер данных."


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
class Changed:
    """A change of what a query is about, while it was asked: old and new answer, why, by whom."""

    path: str
    old: Cell | None
    new: Cell | None
    reason: str
    name: str
    role: str
    at: dt.datetime
    seq: int
    study_version: str


@dataclass(frozen=True, slots=True)
class QueryView:
    """A query as it is shown: where it stands, its state, its thread, and what this person may do with it.

    `seen` is the number of its last step: who acts says which one was read.
    """

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
    changes: tuple[Changed, ...] = ()
    seen: int = 0
    opened_by: str = ""

    def age(self, now: dt.datetime) -> int:
        """Give the whole days it has waited, or took until it was settled."""
        return ((self.changed_at if self.state in SETTLED else now) - self.opened_at).days


def sees(actor: Actor, running: Study, row: Any) -> bool:
    """Tell whether a person sees a query: its form, and all that its check tells of.

    A query without form stands on the page of its visit, or of the subject.
    """
    site = row.site
    seen = actor.sees(running.book, row.form, site) if row.form else actor.may_act("see_course", site)
    return seen and may_read(actor, site, row.check, running)


def answers(actor: Actor, running: Study, form: str, site: str) -> bool:
    """Tell whether a person is asked to answer queries on a form: who enters it; on a visit, who opens it.

    Where no answering role enters the form, whoever may answer is asked.
    """
    if not actor.may_act("answer_query", site):
        return False
    book, wanted = running.book, form or VISIT_FORM
    entitled = {role for role in ANSWERERS if may(book, role, wanted, "enter")}
    return not entitled or not entitled.isdisjoint(actor.held(site))


def role_for(actor: Actor, row: Any, step: Move) -> str:
    """Name the role that makes a move on a query; a refusal says who may."""
    held = actor.held(row.site)
    role = next((one for one in held if one in step.roles), None)
    if role is None:
        raise _not_yours(held, step)
    own = row.opened_by == actor.username
    if step.act != "answer" and not own and not ACTS["settle_any_query"] & set(held):
        raise AskedByAnother
    return role


def moves(actor: Actor, row: Any) -> tuple[str, ...]:
    """List what this person may do with a query as it stands."""
    found = []
    for step in QUERY:
        if step.state == row.state:
            try:
                role_for(actor, row, step)
            except NotPermitted:
                continue
            found.append(step.act)
    return tuple(found)


def view(
    actor: Actor, row: Query, code: str, said: tuple[Message, ...] = (), changes: tuple[Changed, ...] = ()
) -> QueryView:
    """Give a query as it is shown to a person."""
    return QueryView(
        row.id,
        Address(code, row.event, row.event_repeat, row.form, row.form_repeat),
        row.site,
        row.path,
        row.check,
        row.state,
        moment(row.opened_at),
        moment(row.changed_at),
        said,
        moves(actor, row),
        changes,
        row.message_seq,
        row.opened_by,
    )


def views(
    session: Session, actor: Actor, rows: Sequence[tuple[Query, str]], *, changes: bool = False
) -> tuple[QueryView, ...]:
    """Give queries with their threads, and with the changes of what they are about when these are shown."""
    said = _threads(session, [row.id for row, _code in rows])
    changed = changes_of(session, [row for row, _code in rows]) if changes else {}
    return tuple(view(actor, row, code, said.get(row.id, ()), changed.get(row.id, ())) for row, code in rows)


def changes_of(session: Session, rows: Sequence[Query]) -> dict[str, tuple[Changed, ...]]:
    """Find what people changed of each query's item, row, or form when it names none, while it was asked."""
    about: dict[str, list[Query]] = defaultdict(list)
    for row in rows:
        if row.form_data_id:
            about[row.form_data_id].append(row)
    found: dict[str, tuple[Changed, ...]] = {}
    if not about:
        return found
    since = min(row.opened_at for some in about.values() for row in some)
    of_these = (ChangeSet.form_data_id.in_(sorted(about)), ChangeSet.at_utc > since)
    for change in documents.trail(session.connection(), *of_these):
        for row in about[change.form_data_id]:
            if _concerns(row, change):
                found[row.id] = (*found.get(row.id, ()), _changed(change))
    return found


def last_asked(session: Session, query: str) -> str:
    """Give when a query was last asked or re-opened, as it is kept."""
    wanted = select(QueryMessage.at_utc).where(QueryMessage.query_id == query, QueryMessage.act.in_(ASKING))
    return str(session.scalar(wanted.order_by(QueryMessage.seq.desc()).limit(1)) or "")


def _concerns(row: Query, change: Any) -> bool:
    if change.at_utc <= row.opened_at or (row.state in SETTLED and change.at_utc > row.changed_at):
        return False
    if row.path and not is_row(row.path):
        return bool(change.path == row.path)
    return change.method is None and change.path.startswith(f"{row.path}." if row.path else "")


def _changed(change: Any) -> Changed:
    return Changed(
        change.path, change.old, change.new, change.reason, change.user_name, change.role,
        moment(change.at_utc), change.seq, change.study_version,
    )  # fmt: skip


def _threads(session: Session, ids: list[str]) -> dict[str, tuple[Message, ...]]:
    found: dict[str, tuple[Message, ...]] = {}
    if not ids:
        return found
    wanted = select(QueryMessage).where(QueryMessage.query_id.in_(ids)).order_by(QueryMessage.seq)
    for row in session.scalars(wanted):
        said = Message(row.act, row.text, row.text_ru, row.user_name, row.role, moment(row.at_utc))
        found[row.query_id] = (*found.get(row.query_id, ()), said)
    return found


def _not_yours(held: Sequence[str], step: Move) -> NotPermitted:
    if step.act == "answer":
        return OnlySiteAnswers() if ACTS["ask_query"] & set(held) else ReadsQueries()
    writes = (ENTRY_ROLES | ANSWERERS) & set(held)
    return SiteOnlyAnswers() if writes else ReadsQueries()
