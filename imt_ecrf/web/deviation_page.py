"""Proposed deviations and consents to be asked again, in words; knows no HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import coming_of_age, deviations
from imt_ecrf.study.gates import gates
from imt_ecrf.web import dates
from imt_ecrf.web.addresses import log_url, visit_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.states import Shown
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from imt_ecrf.conduct.coming_of_age import Reconsent
    from imt_ecrf.conduct.deviations import Proposal
    from imt_ecrf.study.book import Book

MARKS: Final = {"proposed": "due", "accepted": "complete", "declined": "missed", "withdrawn": "na"}
AGES: Final = {coming_of_age.COMING: "planned", coming_of_age.DUE: "due", coming_of_age.OVERDUE: "overdue"}


@dataclass(frozen=True, slots=True)
class AgeRow:
    """A consent to be asked again: its state in words, whose, from which days."""

    mark: Shown
    subject: str
    href: str
    text: str


def state_words() -> dict[str, str]:
    """Name the states of a proposal, one or many of them."""
    return {
        "proposed": _("Proposed"), "accepted": _("Accepted"), "declined": _("Declined"),
        "withdrawn": _("Taken back"),
    }  # fmt: skip


def mark_of(one: Proposal) -> Shown:
    """Show the state of a proposal."""
    return Shown(MARKS[one.state], state_words()[one.state])


def sentence(book: Book, one: Proposal) -> str:
    """Say what is proposed: the monitor's words, or what the program found."""
    language = current()
    if one.cause == deviations.PERSON:
        return one.text
    if one.cause == deviations.CONSENT:
        return _(
            "The patient has reached %(age)s years and no consent of the patient is recorded.", age=one.age
        )
    visit = words(book).visit(one.event, one.repeat)
    first, last = dt.date.fromisoformat(one.first), dt.date.fromisoformat(one.last)
    window = dates.span(first, last, language, year=True)
    if one.cause == deviations.MISSED:
        return _(
            "%(visit)s did not take place; it was expected in its window (%(window)s).",
            visit=visit, window=window,
        )  # fmt: skip
    return _(
        "%(visit)s took place on %(day)s, outside its window (%(window)s).",
        visit=visit, day=dates.day(one.day, language), window=window,
    )  # fmt: skip


def kind_of(book: Book, one: Proposal) -> str:
    """Name the category of a proposal."""
    rule = gates(book).deviation
    codelist = book.item(rule.kind).codelist if rule else None
    return book.codelists[codelist].text(one.kind, current()) if codelist else one.kind


def kinds(book: Book) -> tuple[tuple[str, str], ...]:
    """List the categories of a deviation: code and word."""
    rule = gates(book).deviation
    codelist = book.item(rule.kind).codelist if rule else None
    return tuple((one.value, one.text.in_(current())) for one in book.codelists[codelist or ""].items)


def line_href(book: Book, one: Proposal) -> str:
    """Give the address of the log a proposal became a line of; empty before."""
    rule = gates(book).deviation
    return log_url(one.subject, rule.form) if rule and one.line else ""


def visit_href(one: Proposal) -> str:
    """Give the address of the visit a proposal is about; empty when it is about none."""
    return visit_url(one.subject, one.event, one.repeat) if one.event else ""


def age_rows(book: Book, found: tuple[Reconsent, ...]) -> tuple[AgeRow, ...]:
    """Say the consents to be asked again."""
    consent = gates(book).consent
    return tuple(
        AgeRow(_age_mark(one), one.subject, log_url(one.subject, consent.form), _age_text(one))
        for one in found
        if consent is not None
    )


def _age_mark(one: Reconsent) -> Shown:
    told = {
        coming_of_age.COMING: _("Coming"), coming_of_age.DUE: _("Due"), coming_of_age.OVERDUE: _("Overdue")
    }  # fmt: skip
    return Shown(AGES[one.state], told[one.state])


def _age_text(one: Reconsent) -> str:
    language, day = current(), dates.day(one.first, current())
    if one.first == one.last:
        return ngettext(
            "%(num)s year on %(day)s: consent of the patient",
            "%(num)s years on %(day)s: consent of the patient",
            one.age, day=day,
        )  # fmt: skip
    return ngettext(
        "%(num)s year between %(day)s and %(last)s: consent of the patient",
        "%(num)s years between %(day)s and %(last)s: consent of the patient",
        one.age, day=day, last=dates.day(one.last, language),
    )  # fmt: skip
