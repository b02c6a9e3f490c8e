"""What one should know of a subject before opening anything, as far as one may see it; enters nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import course, runtime
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Site, moment
from imt_ecrf.study.consents import stops
from imt_ecrf.study.gates import gates
from imt_ecrf.study.windows import study_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.plan import Facts
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

SHOWN: Final = ("F_DM", "F_IC", "F_DOSE", "F_RS", "F_SV", "F_EX")
"""Forms whose facts head the page of a subject; a hidden one gives nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as recorded: the item it answers, its value and unit, and the day it was said of."""

    item: str
    value: str
    unit: str | None = None
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """One subject: where, in which state, since when, and the latest facts one may see."""

    code: str
    site: str
    site_en: str
    site_ru: str
    state: str | None
    screened_at: dt.datetime
    enrolled_at: dt.datetime | None
    today: dt.date
    first_dose: dt.date | None
    day: int | None
    sex: Told | None
    age: Told | None
    dose: Told | None
    consent: Told | None
    withdrawn: Told | None
    response: Told | None
    version: str

    def site_name(self, language: str) -> str:
        """Give the name of the site in a language."""
        return self.site_ru if language == "ru" and self.site_ru else self.site_en


def portrait(session: Session, actor: Actor, code: str) -> Portrait:
    """Give the picture of a subject; NotFound for a strange site as for a code nobody has."""
    row = runtime.find_subject(session, actor, code)
    book = runtime.study(session).book
    site = session.scalars(select(Site).where(Site.code == row.site)).one()
    today = runtime.site_today(session, actor, row.site)
    facts = course.facts_in(row)
    first_dose = facts.anchors.get("first dose") if actor.sees(book, "F_EX", row.site) else None
    knows = actor.may_act("see_course", row.site)
    told = _told(session, actor, book, row.site, row.id)
    return Portrait(
        code=row.code, site=row.site, site_en=site.name, site_ru=site.name_ru,
        state=row.state if knows else None,
        screened_at=moment(row.screened_at),
        enrolled_at=moment(row.enrolled_at) if row.enrolled_at and knows else None,
        today=today, first_dose=first_dose, day=study_day(today, first_dose) if first_dose else None,
        sex=told("F_DM", "SEX", None), age=told("F_DM", "AGE", "DMDAT"),
        dose=told("F_DOSE", "DOPRES", "DODAT"),
        consent=told("F_IC", "ICVERS", "ICDAT"),
        withdrawn=_withdrawn(book, facts) if actor.sees(book, "F_IC", row.site) else None,
        response=told("F_RS", "RSOVR", "RSDAT"),
        version=book.version.version,
    )  # fmt: skip


def _withdrawn(book: Book, facts: Facts) -> Told | None:
    """Give the withdrawal of consent in force: its scope and its date; of several the latest."""
    rules = gates(book)
    if rules.withdrawal is None:
        return None
    latest = [
        one for one in facts.withdrawals if any(True for _ in stops(rules, facts.consents or (), (one,)))
    ]
    if not latest:
        return None
    scope, on = max(latest, key=lambda one: str(one[1] or "9999"))
    return Told(rules.withdrawal.scope, scope or rules.withdrawal.unstated, None, str(on) if on else None)


def _told(
    session: Session, actor: Actor, book: Book, site: str, subject_id: str
) -> Callable[[str, str, str | None], Told | None]:
    seen = [form for form in SHOWN if actor.sees(book, form, site)]
    rows: dict[str, list[FormRow]] = {}
    for row in documents.forms_of_subject(session.connection(), subject_id, seen) if seen else ():
        rows.setdefault(row.form, []).append(row)

    def told(form: str, item: str, dated: str | None) -> Told | None:
        found = [one for row in rows.get(form, ()) if not row.struck and (one := _read(row, item, dated))]
        return max(found, key=lambda one: one.on or "", default=None)

    return told


def _read(row: FormRow, item: str, dated: str | None) -> Told | None:
    cell: Mapping[str, Any] = row.document.get(item, {})
    value = cell.get("v")
    if not isinstance(value, str) or not value:
        return None
    return Told(item, value, cell.get("u"), row.document.get(dated, {}).get("v") if dated else None)
