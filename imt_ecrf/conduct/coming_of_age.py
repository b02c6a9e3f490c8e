"""Consent asked again at the ages the study names: which subjects, from when, until when; writes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from imt_ecrf.conduct import beginning, runtime, settings
from imt_ecrf.policy.lifecycle import ENDS
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.consents import consented, of_age, stops
from imt_ecrf.study.gates import gates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.plan import Facts
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.gates import Birthday, Gates

ENDED: Final = frozenset({*ENDS.values(), "COMPLETED"})
COMING, DUE, OVERDUE = "coming", "due", "overdue"
_ORDER: Final = (OVERDUE, DUE, COMING)


@dataclass(frozen=True, slots=True)
class Reconsent:
    """A subject whose consent is asked again: the age, the days it may be reached on, how it stands.

    `first` and `last` are one day when the birth date is known; the task is overdue after `until`.
    """

    subject: str
    site: str
    age: int
    first: dt.date
    last: dt.date
    until: dt.date
    state: str


def reconsents(session: Session, actor: Actor, *, subject: str | None = None) -> tuple[Reconsent, ...]:
    """List the consents to be asked again at a person's sites, or of one subject, the most urgent first."""
    running = runtime.study(session)
    book, rules = running.book, gates(running.book)
    if rules.consent is None or not rules.birthdays:
        return ()
    wanted = select(SubjectRow).where(SubjectRow.state.not_in(ENDED))
    own = None if actor.is_system() else actor.sites()
    if subject is not None:
        wanted = wanted.where(SubjectRow.id == runtime.find_subject(session, actor, subject).id)
    elif own is not None:
        wanted = wanted.where(SubjectRow.site.in_(own))
    # facts kept before births counted have none, and are worked out below
    wanted = wanted.where(
        or_(SubjectRow.facts.contains('"birth"'), SubjectRow.facts.not_like('%"consents"%'))
    )
    found: list[Reconsent] = []
    places: dict[str, tuple[dt.date, tuple[tuple[int, Birthday], ...]]] = {}
    for row in session.scalars(wanted):
        if not actor.sees(book, rules.consent.form, row.site):
            continue
        if row.site not in places:
            ages = tuple(_ages(session, book, row.site, rules))
            places[row.site] = runtime.site_today(session, actor, row.site), ages
        facts = beginning.known(session, actor, running, row)
        found += _of(row, facts, rules, *places[row.site])
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.state), one.first, one.subject)))


def owed(
    session: Session, actor: Actor, row: SubjectRow, today: dt.date | None = None
) -> tuple[Reconsent, ...]:
    """List the consents one subject owes as of a day at its site (None: today)."""
    running = runtime.study(session)
    rules = gates(running.book)
    if rules.consent is None or not rules.birthdays or row.state in ENDED:
        return ()
    ages = tuple(_ages(session, running.book, row.site, rules))
    day = today or runtime.site_today(session, actor, row.site)
    return tuple(_of(row, beginning.known(session, actor, running, row), rules, day, ages))


def every(session: Session, actor: Actor, row: SubjectRow) -> tuple[Reconsent, ...]:
    """List the consents one subject is asked for again some day, however far that lies ahead."""
    return owed(session, actor, row, dt.date.max)


def _ages(session: Session, book: Book, site: str, rules: Gates) -> Iterator[tuple[int, Birthday]]:
    decided = settings.in_force(session, book, site)
    for one in rules.birthdays:
        years = decided.get(one.age) if isinstance(one.age, str) else one.age
        if years:
            yield int(years), one


def _of(
    row: SubjectRow, facts: Facts, rules: Gates, today: dt.date, ages: tuple[tuple[int, Birthday], ...]
) -> Iterator[Reconsent]:
    """Give what one subject owes: an age passed before the first consent is asked of nobody."""
    consents = facts.consents or ()
    signed = [day for kind, day in consents if consented(rules, [(kind, day)], day)]
    if facts.birth is None or not signed or any(True for _ in stops(rules, consents, facts.withdrawals)):
        return
    for years, rule in ages:
        first, last = of_age(facts.birth, years)
        first = max(first, min(signed) + dt.timedelta(days=1))
        given = any(kind in rule.kinds and day >= first for kind, day in consents)
        if last < first or given or today < first - dt.timedelta(days=rules.ahead):
            continue
        until = last + dt.timedelta(days=rules.within)
        state = COMING if today < first else DUE if today <= until else OVERDUE
        yield Reconsent(row.code, row.site, years, first, last, until, state)
