"""The head of a subject's page in words: sex and age, state, day, dose, consent, response; knows no HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.web import dates
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.states import subject_word

if TYPE_CHECKING:
    from imt_ecrf.conduct.portrait import Portrait, Told
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.subject_page import SubjectPage

Fact = tuple[str, str, str, str]


def head(book: Book, picture: Portrait) -> dict[str, Any]:
    """Say sex and age as they stand in the demography form."""
    sex = {"F": _("Girl"), "M": _("Boy")}.get(picture.sex.value, "") if picture.sex else ""
    return {"sex": sex, "age": _age(picture.age), "told": lambda told: decoded(book, told)}


def facts(book: Book, picture: Portrait, page: SubjectPage) -> list[Fact]:
    """List what matters before opening anything: word, value, note, kind of state."""
    language = current()
    listed: list[Fact] = []
    if picture.state:
        since = dates.day(picture.first_dose, language) if picture.first_dose else ""
        note = _("first dose %(day)s", day=since) if since else ""
        listed.append((_("Status"), subject_word(picture.state), note, ""))
    if picture.day is not None:
        listed.append((_("Study day"), str(picture.day).replace("-", dates.MINUS), "", ""))
    for word, told in (
        (_("Dose"), picture.dose),
        (_("Consent"), picture.consent),
        (_("Response"), picture.response),
    ):
        if told:
            listed.append((word, decoded(book, told), dates.day(told.on, language), ""))
    if picture.withdrawn:
        told = picture.withdrawn
        on = dates.day(told.on, language) if told.on else _("date missing")
        listed.append((_("Consent withdrawn"), decoded(book, told), on, "overdue"))
    if page.next_due:
        listed.append((_("Next"), page.next_due.name, page.next_due.window, ""))
    listed.append((_("Open queries"), str(page.queries), "", "query" if page.queries else ""))
    return listed


def decoded(book: Book, told: Told) -> str:
    """Write a fact as the person reads it: the choice in words, the unit beside."""
    item, language = book.item(told.item), current()
    value = book.codelists[item.codelist].text(told.value, language) if item.codelist else told.value
    unit = book.units[told.unit].symbol.in_(language) if told.unit in book.units else ""
    if not unit and item.units and item.units[0] in book.units:
        unit = book.units[item.units[0]].symbol.in_(language)
    return f"{value} {unit}".strip()


def _age(told: Told | None) -> str:
    if told is None:
        return ""
    years = int(float(told.value))
    return ngettext("%(num)d year at consent", "%(num)d years at consent", years)
