"""Signatures as they are shown, and who may give one; signs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.views import SignatureView
from imt_ecrf.policy.permissions import DELEGATE, INVESTIGATOR, may
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.signed import holds
from imt_ecrf.store.tables import Signature, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "reviewed": (
        "I have reviewed these data and confirm that they are complete and accurate",
        "Данные мною проверены; подтверждаю их полноту и достоверность",
    ),
    "casebook": (
        "I have reviewed the casebook of this patient and confirm that it is complete and accurate",
        "Индивидуальная регистрационная карта мною проверена; подтверждаю её полноту и достоверность",
    ),
    "central review": (
        "I made this reading independently and confirm that it is complete and accurate",
        "Оценка выполнена мною независимо; подтверждаю её полноту и достоверность",
    ),
    "safety review": (
        "I have reviewed this report for the sponsor and confirm the assessment given here",
        "Сообщение рассмотрено мною от имени спонсора; подтверждаю приведённую оценку",
    ),
}
"""What a signature says, in English and Russian; both texts are kept with it."""

USUAL: Final = ("reviewed",)
OF_ROLE: Final[dict[str, tuple[str, ...]]] = {
    INVESTIGATOR: ("reviewed", "casebook"),
    "CPATH": ("central review",),
    "CREAD": ("central review",),
    "SAFE": ("safety review",),
}
"""What each role's signature may say; every other role signs with the usual meaning only."""
STATEMENT: Final = "F_SIGN"
"""The form a signature of the whole casebook is given on."""


def meanings_of(role: str, forms: Iterable[str]) -> tuple[str, ...]:
    """List the meanings a role may choose for a batch of these forms, the usual one first."""
    whole = STATEMENT in set(forms)
    return tuple(code for code in OF_ROLE.get(role, USUAL) if code != "casebook" or whole)


def signing_roles(actor: Actor, book: Book, form: str, site: str, milestone: str | None) -> tuple[str, ...]:
    """List the roles in which this person may sign a form now.

    A delegate needs a delegation in force that covers the milestone the form belongs to.
    """
    held = [
        role for role in actor.held(site) if actor.sees(book, form, site) and may(book, role, form, "sign")
    ]
    return tuple(
        role
        for role in held
        if role != DELEGATE or DELEGATE in book.rights[form].sign or _allowed(actor, site, milestone)
    )


def may_sign(actor: Actor, book: Book, form: str, site: str, milestone: str | None) -> bool:
    """Tell whether this person may sign a form of a milestone now."""
    return bool(signing_roles(actor, book, form, site, milestone))


def stands_for(role: str) -> str:
    """Give the role a signature counts for: a delegate signs in place of the investigator."""
    return INVESTIGATOR if role == DELEGATE else role


def views_of(session: Session, row: FormRow) -> tuple[SignatureView, ...]:
    """List every signature of a form, oldest first, void ones with when, by whom and which items."""
    rows = session.scalars(
        select(Signature).where(Signature.form_data_id == row.id).order_by(Signature.seq)
    ).all()
    return views(rows, row)


def latest_of(session: Session, row: FormRow) -> SignatureView | None:
    """Give the newest signature of a form, valid or void."""
    return next(reversed(views_of(session, row)), None)


def views(rows: Iterable[Signature], row: FormRow) -> tuple[SignatureView, ...]:
    """Show signatures and their voidings as one list; one that does not fit the content is void too."""
    listed = list(rows)
    voids = {one.voids: one for one in listed if one.act == "void"}
    return tuple(_view(one, voids.get(one.id), row) for one in listed if one.act == "sign")


def _allowed(actor: Actor, site: str, milestone: str | None) -> bool:
    return any(one.holds(actor.now(), site, milestone) for one in actor.delegations)


def _view(row: Signature, void: Signature | None, form: FormRow) -> SignatureView:
    texts = loads(row.meaning_text)
    stands = void is None and holds(row, form)
    return SignatureView(
        row.id,
        row.user_name,
        row.username,
        row.role,
        row.meaning,
        texts["en"],
        texts["ru"],
        moment(row.at_utc),
        row.form_version,
        row.content_sha256,
        len(loads(row.open_queries)),
        "valid" if stands else "void",
        moment(void.at_utc) if void else None,
        void.user_name if void else None,
        tuple(void.reason.split(", ")) if void and void.reason else (),
    )
