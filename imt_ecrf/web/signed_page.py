"""The history of signatures as plain values: who, when, meaning, void by which change; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.trail_rows import rows
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.conduct.signature_history import Given, Identified, SignedForm
    from imt_ecrf.conduct.views import SignatureView
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.trail_rows import Row


PROGRAM: Final = "system"
"""The user name under which the program itself acts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One signature: as given, the role and the meaning in words, the signer's legend, what made it void."""

    signature: SignatureView
    role: str
    meaning: str
    legend: tuple[str, ...]
    changes: tuple[Row, ...]
    again: SignatureView | None


@dataclass(frozen=True, slots=True)
class FormShown:
    """A form with its signatures, the newest first."""

    place: str
    within: str
    href: str
    valid: bool
    given: tuple[Shown, ...]


def shown(book: Book, forms: Iterable[SignedForm]) -> tuple[FormShown, ...]:
    """Say the signatures of forms in the language of the page."""
    say = words(book)
    return tuple(
        FormShown(
            say.place(*one.address[1:]),
            str(one.address).partition("/")[2],
            form_url(one.address),
            one.valid,
            tuple(_given(book, given) for given in one.given),
        )
        for one in forms
    )


def legend(signer: Identified) -> tuple[str, ...]:
    """Say what is on record of a signer: the check of the identity, and the statement on signatures."""
    language = current()
    checked = (
        _(
            "identity checked %(day)s by %(who)s: %(how)s",
            day=dates.day(signer.checked_on, language),
            who=_("the program") if signer.checked_by == PROGRAM else signer.checked_by,
            how=signer.check,
        )
        if signer.check
        else _("no identity check on record")
    )
    accepted = (
        _("statement on signatures accepted %(moment)s", moment=dates.moment(signer.accepted_at, language))
        if signer.accepted_at
        else _("statement on signatures not on record")
    )
    return checked, accepted


def _given(book: Book, one: Given) -> Shown:
    signature = one.signature
    meaning = signature.meaning_ru if current() == "ru" else signature.meaning_en
    return Shown(
        signature,
        words(book).role(signature.role),
        meaning,
        legend(one.signer),
        rows(one.voided_by),
        one.again,
    )
