"""Queries that checks ask and close by themselves, each step in its thread; knows no rule and no person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import func, insert, select

from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import key, mark
from imt_ecrf.policy.lifecycle import QUERY, move
from imt_ecrf.store import documents, journal
from imt_ecrf.store.tables import Query, QueryMessage, new_id, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Finding
    from imt_ecrf.store.tables import Subject as SubjectRow

ORIGIN: Final = "check"
OPEN: Final = ("open", "re-opened")
WAITING: Final = (*OPEN, "answered")
HOLDS: Final = (
    "The data no longer violate this check.",
    "Данные больше не нарушают эту проверку.",
)
UNKNOWN: Final = (
    "This check can no longer be evaluated: an answer it needs is not there.",
    "Эту проверку больше нельзя выполнить: нет нужного ответа.",
)
CONFIRMED: Final = ("Confirmed with a comment on the form.", "Подтверждено с комментарием в форме.")
_QUERY = cast("Table", Query.__table__)


@dataclass(frozen=True)
class Spoken:
    """What checks say of one form (of the subject: no form) in this act.

    `checks` names those that were run, None for all of them; `before` the figures' marks of what fired
    before by key, None where that is not kept; `asked`: a query of a check may stand there already.
    """

    id: str | None
    form: str
    event: str
    event_repeat: int
    form_repeat: int
    complete: bool
    findings: tuple[Finding, ...]
    checks: frozenset[str] | None
    failed: frozenset[str]
    unknown: frozenset[str]
    withheld: frozenset[str]
    before: Mapping[str, str] | None
    asked: bool

    @property
    def place(self) -> tuple[str, int, str, int]:
        """Name the form within its subject, as queries do."""
        return self.event, self.event_repeat, self.form, self.form_repeat

    def was_run(self, check: str) -> bool:
        """Tell whether a check came to a result here."""
        return check not in self.failed and (self.checks is None or check in self.checks)

    def due(self) -> Iterator[Finding]:
        """List the findings that ask a query: the form is complete and nobody confirmed them."""
        if self.complete:
            yield from (one for one in self.findings if not one.confirmed)


def settle(session: Session, actor: Actor, row: SubjectRow, spoken: Sequence[Spoken]) -> tuple[int, int]:
    """Open what is newly violated, close what no longer is; how many queries were opened and closed.

    `actor` is the system. A person's closing stands until the figures of the check change.
    """
    if not any(one.asked or any(True for _ in one.due()) for one in spoken):
        return 0, 0
    author = session.info.get("actor")
    desk = _Desk(session, actor, row, _standing(session, row.id))
    for one in spoken:
        desk.settle(one)
    desk.count()
    session.info["actor"] = author
    return desk.opened, desk.closed


def counters(session: Session, form_id: str) -> documents.Caches:
    """Count the queries of a form that wait for the site, and those that wait for who asked."""
    rows = session.execute(
        select(Query.state, func.count()).where(Query.form_data_id == form_id).group_by(Query.state)
    )
    states: dict[str, int] = {one.state: one[1] for one in rows}
    return {
        "open_queries": sum(states.get(one, 0) for one in OPEN),
        "answered_queries": states.get("answered", 0),
    }


def told(finding: Finding) -> tuple[str, str]:
    """Write what a query of a check says: the message and the figures in words, in English and Russian."""
    english, russian = (f" [{words}]" if words else "" for words in finding.words)
    return finding.en + english, finding.ru + russian


def _standing(session: Session, subject_id: str) -> dict[tuple[Any, ...], Any]:
    """Give the newest query of each check and place."""
    session.flush()
    wanted = select(_QUERY).where(_QUERY.c.subject_id == subject_id, _QUERY.c.origin == ORIGIN)
    found = {}
    for row in session.connection().execute(wanted.order_by(_QUERY.c.opened_at, _QUERY.c.id)):
        place = row.event, row.event_repeat, row.form, row.form_repeat
        found[place, row.check, row.path] = row
    return found


class _Desk:
    """The queries of checks of one subject while one act settles them."""

    def __init__(
        self, session: Session, actor: Actor, row: SubjectRow, standing: dict[tuple[Any, ...], Any]
    ) -> None:
        self.session, self.actor, self.row, self.standing = session, actor, row, standing
        self.who, self.at = actor.who(SYSTEM_ROLE), stamp(actor.now())
        self.opened = self.closed = 0
        self.moved: set[str] = set()

    def settle(self, spoken: Spoken) -> None:
        """Bring the queries of one form into line with what its checks say."""
        firing = {(one.check, one.path or ""): one for one in spoken.findings}
        for (place, check, path), query in list(self.standing.items()):
            if place == spoken.place and query.state in WAITING and spoken.was_run(check):
                found = firing.get((check, path))
                if found is None:
                    self._step(query, "close", UNKNOWN if check in spoken.unknown else HOLDS)
                elif found.confirmed:
                    self._step(query, "close", CONFIRMED)
        for one in spoken.due():
            self._ask(spoken, one)

    def count(self) -> None:
        """Bring the counters of the forms into line."""
        for form_id in sorted(self.moved):
            documents.set_caches(self.session.connection(), form_id, counters(self.session, form_id))

    def _ask(self, spoken: Spoken, finding: Finding) -> None:
        query = self.standing.get((spoken.place, finding.check, finding.path or ""))
        if query is None:
            self._open(spoken, finding)
        elif query.state not in WAITING and self._moved(spoken, finding, query):
            if query.state == "closed":
                self._step(query, "reopen", told(finding))
            else:
                self._open(spoken, finding)

    def _moved(self, spoken: Spoken, finding: Finding, query: Any) -> bool:
        """Tell whether the data changed since a query was closed."""
        wanted = select(QueryMessage.act, QueryMessage.role, QueryMessage.text)
        wanted = wanted.where(QueryMessage.query_id == query.id).order_by(QueryMessage.seq)
        steps = self.session.connection().execute(wanted).all()
        if steps[-1].role == SYSTEM_ROLE:
            return True
        if spoken.before is not None:
            return spoken.before.get(key(finding)) != mark(finding)
        said = [one.text for one in steps if one.role == SYSTEM_ROLE and one.act in {"ask", "reopen"}]
        return not said or said[-1] != told(finding)[0]

    def _open(self, spoken: Spoken, finding: Finding) -> None:
        hidden = finding.check in spoken.withheld
        values = {
            "id": new_id(),
            "form_data_id": None if hidden else spoken.id,
            "subject_id": self.row.id,
            "site": self.row.site,
            **dict(zip(("event", "event_repeat", "form", "form_repeat"), spoken.place, strict=True)),
            "path": finding.path or "",
            "check": finding.check,
            "origin": ORIGIN,
            "opened_at": self.at,
            "opened_by": self.actor.username,
            "state": "open",
            "message_seq": 0,
            "changed_at": self.at,
        }
        connection = self.session.connection()
        connection.execute(insert(_QUERY).values(values))
        query = connection.execute(select(_QUERY).where(_QUERY.c.id == values["id"])).one()
        self._say(query, "ask", move(QUERY, "none", "ask").to, told(finding))
        self.standing[spoken.place, finding.check, finding.path or ""] = query
        self.opened += 1

    def _step(self, query: Any, act: str, said: tuple[str, str]) -> None:
        self._say(query, act, move(QUERY, query.state, act).to, said)
        if act == "close":
            self.closed += 1
        else:
            self.opened += 1

    def _say(self, query: Any, act: str, to_state: str, said: tuple[str, str]) -> None:
        journal.say(
            self.session.connection(), query.id, said[0], self.who,
            at=self.at, act=act, to_state=to_state, text_ru=said[1],
        )  # fmt: skip
        log(
            self.session,
            self.actor,
            f"query.{act}",
            site=query.site,
            subject_id=query.subject_id,
            form_data_id=query.form_data_id,
            object=query.id,
            details={"check": query.check, "path": query.path},
        )
        if query.form_data_id is not None:
            self.moved.add(query.form_data_id)
