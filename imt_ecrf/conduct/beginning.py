"""Whether a form may be begun now: consent, eligibility before a dose, withdrawal; corrects nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import course, plan, runtime
from imt_ecrf.conduct.refused import NotBegun
from imt_ecrf.store.tables import EventData, FormData
from imt_ecrf.study.consents import consented, full, stops
from imt_ecrf.study.gates import gates
from imt_ecrf.study.records import VISIT_DATE, VISIT_FORM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.plan import Facts, Held
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.book import Book

Reason = tuple[str, str]
"""Why not, in English and Russian."""

_CONSENT: Final = (
    "No consent is recorded: first fill “{}” with a date not later than today.",
    "Согласие не записано: сначала внесите «{}» с датой не позднее сегодняшней.",
)
_ENROL: Final = (
    "The child is not enrolled: no dose is given before.",
    "Пациент не включён: до включения препарат не назначается.",
)
_SIGN: Final = (
    "Eligibility is not signed: the investigator signs “{}” before the first dose.",
    "Критерии отбора не подписаны: до первой дозы исследователь подписывает «{}».",
)
_WITHDRAWN: Final = (
    "Consent was withdrawn on {}: nothing dated later is collected in this form.",
    "Согласие отозвано {}: данные за более поздние дни в этой форме не собираются.",
)
_UNDATED: Final = (
    "Consent was withdrawn and the date is missing: first enter it in “{}”.",
    "Согласие отозвано, но дата не указана: сначала внесите её в «{}».",
)


def known(session: Session, actor: Actor, running: Study, row: SubjectRow) -> Facts:
    """Give the facts kept with a subject, worked out anew when they were kept before consents counted."""
    facts = course.facts_in(row)
    if facts.consents is not None:
        return facts
    subject = runtime.snapshot(session, actor, running, row)
    return course.facts_of(subject, gates(running.book), enrolled=row.enrolled_at is not None)


def begin(session: Session, actor: Actor, place: Place, cells: Mapping[str, Any] | None = None) -> None:
    """Refuse to begin a form that waits for something; one that is on record is never refused here.

    `cells` are the answers it is begun with (None: it is called not done, which collects nothing).
    """
    reasons = obstacles(session, actor, place, cells)
    if reasons:
        raise NotBegun(reasons)


def shut(session: Session, actor: Actor, place: Place) -> tuple[Reason, ...]:
    """List why a form takes no answers at all now; a line of a log may still tell of a day before."""
    if place.row.version:
        return ()
    dated = place.form.repeating == "log" and place.form.date_item
    if not dated:
        return obstacles(session, actor, place, {})
    reasons = obstacles(session, actor, place, None)
    if gates(place.book).dose is None:
        return reasons
    return (*reasons, *_dose(session, place, known(session, actor, place.running, place.subject)))


def obstacles(
    session: Session, actor: Actor, place: Place, cells: Mapping[str, Any] | None
) -> tuple[Reason, ...]:
    """List what stands against beginning a form; nothing for one that is on record."""
    rules = gates(place.book)
    if place.row.version or rules.consent is None:
        return ()
    facts = known(session, actor, place.running, place.subject)
    today = runtime.site_today(session, actor, place.subject.site)
    reasons = [*_consent(place.book, facts, place.form.oid, today)]
    if cells is not None:
        reasons += _dose(session, place, facts)
        day = _day(session, actor, place, facts, cells)
        reasons += _withdrawal(place.book, facts, place.address.event, place.form.oid, day)
    return tuple(reasons)


def may_open(session: Session, actor: Actor, running: Study, row: SubjectRow, event: str) -> None:
    """Refuse to open a visit of which no form may be begun today."""
    book = running.book
    if gates(book).consent is None:
        return
    facts, today = known(session, actor, running, row), runtime.site_today(session, actor, row.site)
    told = [
        [*_consent(book, facts, ref.form, today), *_withdrawal(book, facts, event, ref.form, today)]
        for ref in book.events[event].forms
    ]
    if told and all(told):
        raise NotBegun(told[0])


def lapsed(book: Book, facts: Facts, held: Collection[Held], today: dt.date, visit: Held) -> None:
    """Say that a visit is no longer held because consent was withdrawn, when that is why it may not open."""
    if facts.withdrawals and plan.may_open(book, replace(facts, withdrawals=()), held, today, visit):
        ref = book.events[visit[0]].forms[0]
        reasons = tuple(_withdrawal(book, facts, visit[0], ref.form, dt.date.max))
        if reasons:
            raise NotBegun(reasons)


def stopped(book: Book, facts: Facts, event: str, day: dt.date) -> frozenset[str]:
    """Name the forms of an event that a withdrawal leaves empty as of a day: they are owed no longer."""
    if not facts.withdrawals:
        return frozenset()
    forms = (ref.form for ref in book.events[event].forms)
    return frozenset(form for form in forms if any(True for _ in _withdrawal(book, facts, event, form, day)))


def _consent(book: Book, facts: Facts, form: str, today: dt.date) -> Iterator[Reason]:
    rules = gates(book)
    if rules.consent is None or form in rules.consent.free:
        return
    if not consented(rules, facts.consents or (), today):
        yield _named(_CONSENT, book, rules.consent.form)


def _dose(session: Session, place: Place, facts: Facts) -> Iterator[Reason]:
    """Let a first dose wait for enrolment and the signature; what follows it does not wait again."""
    rule = gates(place.book).dose
    if rule is None or place.form.oid not in rule.forms or facts.dosed:
        return
    if not facts.enrolled:
        yield _ENROL
    signed = select(FormData.id).where(
        FormData.subject_id == place.subject.id, FormData.form == rule.after, FormData.signature == "valid"
    )
    if session.connection().execute(signed.limit(1)).first() is None:
        yield _named(_SIGN, place.book, rule.after)


def _withdrawal(book: Book, facts: Facts, event: str, form: str, day: dt.date) -> Iterator[Reason]:
    rules = gates(book)
    for stop in stops(rules, facts.consents or (), facts.withdrawals):
        if stop.keeps.form(event, form) or not stop.holds_back(day):
            continue
        if stop.on is not None:
            yield _WITHDRAWN[0].format(f"{stop.on:%d %b %Y}"), _WITHDRAWN[1].format(f"{stop.on:%d.%m.%Y}")
        elif rules.consent is not None:
            yield _named(_UNDATED, book, rules.consent.form)


def _named(reason: Reason, book: Book, form: str) -> Reason:
    name = book.forms[form].name
    return reason[0].format(name.en), reason[1].format(name.ru)


def _day(session: Session, actor: Actor, place: Place, facts: Facts, cells: Mapping[str, Any]) -> dt.date:
    """Give the day a new form is about: its own date, else that of its visit, else today at the site."""
    item = VISIT_DATE if place.form.oid == VISIT_FORM else place.form.date_item
    own = full((cells.get(item) or {}).get("v")) if item else None
    if own is not None:
        return own
    held = select(EventData.date).where(
        EventData.subject_id == place.subject.id,
        EventData.event == place.address.event,
        EventData.event_repeat == place.address.event_repeat,
    )
    row = session.connection().execute(held).first()
    seen = full(row.date) if row is not None else None
    return (
        seen
        or plan.target(place.book, facts, place.address)
        or runtime.site_today(session, actor, place.subject.site)
    )
