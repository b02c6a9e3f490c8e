"""What subjects owe by a day, worked out in full: milestones to sign, consents to ask; keeps nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from imt_ecrf.conduct import coming_of_age, runtime
from imt_ecrf.conduct.milestone_ground import ground_of
from imt_ecrf.conduct.milestones import name_of, row_for
from imt_ecrf.conduct.signing_parts import parts
from imt_ecrf.policy.permissions import INVESTIGATOR
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.store.tables import stamp
from imt_ecrf.study.sign_plan import by_hours, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.coming_of_age import Reconsent
    from imt_ecrf.conduct.milestone_ground import Ground, Person
    from imt_ecrf.conduct.signing_parts import Part
    from imt_ecrf.study.definition import Milestone
    from imt_ecrf.study.sign_plan import Reached

SIGNATURE: Final = "signature"
CONSENT: Final = "consent"
ALWAYS: Final = ""
"""Earlier than every moment: what is listed at once."""
NEVER: Final = "9999"
"""Later than every moment: what is overdue at no time."""
_DAY: Final = dt.timedelta(days=1)
_TICK: Final = dt.timedelta(microseconds=1)


class DueRow(NamedTuple):
    """One thing a subject owes, column by column as it is kept.

    `due`: the last day at the site, or the moment where hours count; `listed_from` and `overdue_from` are
    moments: `waits` tells that no form of it can be signed yet.
    """

    subject_id: str
    kind: str
    name: str
    part: str
    site: str
    due: str
    listed_from: str
    overdue_from: str
    waits: bool
    forms: int


def due_rows(session: Session, actor: Actor, *asked: ColumnElement[bool]) -> Iterator[DueRow]:
    """Work out what the subjects that meet conditions owe; the moment it is asked at changes nothing."""
    yield from signature_rows(session, actor, *asked)
    yield from consent_rows(session, actor, *asked)


def signature_rows(session: Session, actor: Actor, *asked: ColumnElement[bool]) -> Iterator[DueRow]:
    """Work out which milestones of the subjects that meet conditions are to be signed, and by when."""
    found = ground_of(session, actor.now(), list(asked))
    by_role = _by_role(found)
    for person in found.subjects:
        for role, layers in by_role.items():
            yield from _signatures(found, person, role, layers)


def consent_rows(session: Session, actor: Actor, *asked: ColumnElement[bool]) -> Iterator[DueRow]:
    """Work out when the subjects that meet conditions are asked for their own consent, however far ahead."""
    for row in session.scalars(select(SubjectRow).where(*asked)):
        for one in coming_of_age.every(session, actor, row):
            yield _consent(row, one, ZoneInfo(runtime.zone_of(session, row.site)))


def _by_role(found: Ground) -> dict[str, list[dict[str, Part]]]:
    """Lay the parts of each role out in layers, so that a milestone stands in each of them once."""
    listed: dict[str, list[dict[str, Part]]] = defaultdict(list)
    for part in parts(found.book):
        layers = listed[part.role]
        free = next((one for one in layers if part.milestone not in one), None)
        if free is None:
            layers.append(free := {})
        free[part.milestone] = part
    return listed


def _signatures(
    found: Ground, person: Person, role: str, layers: Iterable[Mapping[str, Part]]
) -> Iterator[DueRow]:
    known = found.known(person)
    if role != INVESTIGATOR:  # the site's clock binds the site; others count from its completed form
        known = replace(known, starts={})
    milestones = {one.oid: one for one in found.book.version.milestones}
    rows = [(row, row_for(found, row, role)) for row in found.rows.get(person.id, ())]
    for layer in layers:
        places = frozenset().union(*(part.places for part in layer.values()))
        filled = [one for row, one in rows if (row.event, row.form) in places]
        for one in standing(found.book, filled, known):
            times = _times(milestones[one.milestone], one, found.zones[person.site])
            if one.milestone in layer and times is not None:
                part, forms = layer[one.milestone].name, len(one.to_sign)
                yield DueRow(person.id, SIGNATURE, name_of(one), part, person.site, *times, not forms, forms)


def _times(milestone: Milestone, one: Reached, zone: ZoneInfo) -> tuple[str, str, str] | None:
    """Give when it is due, from when it is listed and is overdue; None for what is in no list."""
    if one.state == "signed":
        return None
    if one.due_at is not None and by_hours(milestone):
        return stamp(one.due_at), ALWAYS, stamp(one.due_at + _TICK)
    if one.due_on is None:
        return ("", ALWAYS, NEVER) if one.state == "due" else None
    late = _midnight(one.due_on + _DAY, zone)
    waits = milestone.before and not one.to_sign and not one.again
    return one.due_on.isoformat(), late if waits else ALWAYS, late


def _consent(row: SubjectRow, one: Reconsent, zone: ZoneInfo) -> DueRow:
    first, late = _midnight(one.first, zone), _midnight(one.until + _DAY, zone)
    due = one.until.isoformat()
    return DueRow(row.id, CONSENT, str(one.age), "", row.site, due, first, late, waits=False, forms=1)


def _midnight(day: dt.date, zone: ZoneInfo) -> str:
    return stamp(dt.datetime.combine(day, dt.time(), zone))
