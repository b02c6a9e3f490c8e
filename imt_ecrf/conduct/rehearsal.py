"""What a draft version would ask of the data kept so far, child by child; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.conduct.checks import failures
from imt_ecrf.conduct.findings import finding, judge, may_read
from imt_ecrf.conduct.raising import ORIGIN, WAITING
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Query, QueryMessage
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Finding
    from imt_ecrf.study.records import Subject

Place = tuple[str, int, str, int]
Named = tuple[Place, str, str]
OF_SUBJECT: Final[Place] = ("", 0, "", 0)


@dataclass(frozen=True, slots=True)
class Would:
    """A query the draft would open, or one that stands now and that it would close."""

    act: Literal["open", "close"]
    site: str
    subject: str
    event: str
    event_repeat: int
    form: str
    form_repeat: int
    path: str
    check: str
    en: str
    ru: str

    def message(self, language: str) -> str:
        """Give the message of the check in a language."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One child judged by the draft: forms looked at, queries it would open or close, rules that failed."""

    subject: str
    site: str
    forms: int
    would: tuple[Would, ...]
    failed: Mapping[str, str] = field(default_factory=dict)

    def number(self, act: str) -> int:
        """Count what would be opened, or closed."""
        return sum(one.act == act for one in self.would)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the draft says at one place: findings that ask a query, rules that came to no result."""

    place: Place
    due: tuple[Finding, ...]
    fires: tuple[Finding, ...]
    failed: Mapping[str, str]


def children(session: Session, actor: Actor) -> list[str]:
    """List the children whose data may be rehearsed; the person must be one who may publish."""
    if not actor.is_system():
        actor.role_for_act("rehearse")
    rows = session.execute(select(SubjectRow.code, SubjectRow.site).order_by(SubjectRow.code))
    return [row.code for row in rows if actor.at(row.site)]


def rehearse(session: Session, actor: Actor, draft: Study, code: str) -> Rehearsed:
    """Judge all forms of a child by the draft, as it would when each was saved again; nothing is stored."""
    row = runtime.subject_named(session, code)
    if row is None or not actor.at(row.site):
        raise NotFound
    subject = runtime.snapshot(session, actor, draft, row)
    said = [*_of_forms(session, actor, draft, subject, row.id), _of_subject(draft, subject)]
    standing = _standing(session, row.id)
    would = [one for words in said for one in _moves(draft, row, words, standing)]
    seen = [one for one in would if _seen(actor, draft, row.site, one)]
    failed = {rule: why for words in said for rule, why in words.failed.items()}
    return Rehearsed(code, row.site, len(said) - 1, tuple(seen), failed)


def summed(found: Iterable[Rehearsed]) -> dict[str, int]:
    """Count queries, children and sites over all children."""
    found = list(found)
    opening = [one for one in found if one.number("open")]
    return {
        "children": len(found),
        "forms": sum(one.forms for one in found),
        "would_open": sum(one.number("open") for one in found),
        "in_children": len(opening),
        "at_sites": len({one.site for one in opening}),
        "would_close": sum(one.number("close") for one in found),
        "rules_failed": len({rule for one in found for rule in one.failed}),
    }


def _of_forms(
    session: Session, actor: Actor, draft: Study, subject: Subject, subject_id: str
) -> Iterator[_Said]:
    now = actor.now()
    for row in documents.forms_of_subject(session.connection(), subject_id):
        if row.struck or row.form not in draft.book.forms or not row.version:
            continue
        record = runtime.record_of(row, draft.book, now)
        judged = judge(draft, subject, record, row.items.get("confirmed"))
        due = [one for one in judged.findings if row.entry_state == "complete" and not one.confirmed]
        place = row.event, row.event_repeat, row.form, row.form_repeat
        yield _Said(place, tuple(due), judged.findings, judged.failed)


def _of_subject(draft: Study, subject: Subject) -> _Said:
    said = draft.engine.check_subject(subject)
    found = tuple(finding(one, {}) for one in said.fires)
    return _Said(OF_SUBJECT, found, found, failures(said.reports))


def _standing(session: Session, subject_id: str) -> dict[Named, tuple[str, bool]]:
    """Give the newest query of each check and place: its state, and whether a person spoke last."""
    last = (
        select(QueryMessage.role)
        .where(QueryMessage.query_id == Query.id)
        .order_by(QueryMessage.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (Query.event, Query.event_repeat, Query.form, Query.form_repeat, Query.check, Query.path)
    wanted = select(*columns, Query.state, last.label("spoke")).where(
        Query.subject_id == subject_id, Query.origin == ORIGIN
    )
    found: dict[Named, tuple[str, bool]] = {}
    for row in session.execute(wanted.order_by(Query.opened_at, Query.id)):
        place = row.event, row.event_repeat, row.form, row.form_repeat
        found[place, row.check, row.path] = row.state, row.spoke != SYSTEM_ROLE
    return found


def _moves(
    draft: Study, row: SubjectRow, said: _Said, standing: Mapping[Named, tuple[str, bool]]
) -> Iterator[Would]:
    for one in said.due:
        state, by_person = standing.get((said.place, one.check, one.path or ""), ("none", False))
        # what a person closed stays closed until the data change
        if state not in WAITING and not by_person:
            yield Would("open", row.site, row.code, *said.place, one.path or "", one.check, one.en, one.ru)
    firing = {(one.check, one.path or "") for one in said.fires}
    messages = {check.oid: check.message for check in draft.book.version.checks}
    for (place, check, path), (state, _) in standing.items():
        if place != said.place or state not in WAITING or check in said.failed or (check, path) in firing:
            continue
        text: Any = messages.get(check)
        en, ru = (text.en, text.ru) if text else ("", "")
        yield Would("close", row.site, row.code, *place, path, check, en, ru)


def _seen(actor: Actor, draft: Study, site: str, one: Would) -> bool:
    shown = not one.form or actor.sees(draft.book, one.form, site)
    return shown and may_read(actor, site, one.check, draft)
