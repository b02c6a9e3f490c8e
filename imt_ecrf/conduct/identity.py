"""Whose hand a signature is: the identity check and the statement on signatures; signs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.entrance import confirm_password
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import User, moment, stamp, username_key
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

_EN: Final = (
    "I understand that my electronic signature is the legally binding equivalent of my handwritten one. "
    "I keep my password to myself and am accountable for everything signed with it."
)
_RU: Final = (
    "Я понимаю, что моя электронная подпись юридически равнозначна собственноручной. "
    "Я никому не сообщаю свой пароль и отвечаю за всё, что им подписано."
)

STATEMENT: Final = (_EN, _RU)
"""Accepted once, before the first signature (21 CFR 11.10(j), 11.100(c)); kept with the account."""
LONGEST: Final = 200


class IdentityNotChecked(Refused):
    """Your identity has not been checked yet; the administrator records that before the first signature."""

    ru = "Ваша личность ещё не проверена; администратор записывает проверку до первой подписи."
    status = 409


class StatementNotAccepted(Refused):
    """Accept the statement on electronic signatures first; it stands on the page of your account."""

    ru = "Сначала примите заявление об электронной подписи; оно на странице вашей учётной записи."
    status = 409


class CheckIncomplete(Refused):
    """Say how the identity was checked (at most 200 signs) and on which day, not in the future."""

    ru = "Укажите, как проверена личность (не более 200 знаков) и в какой день, не в будущем."


class OwnIdentity(Refused):
    """Nobody records the check of the own identity."""

    ru = "Проверку собственной личности записывает другой."
    status = 403


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record of a person: how, when and by whom checked; when the statement was accepted."""

    check: str | None
    checked_on: str | None
    checked_by: str | None
    accepted_at: dt.datetime | None
    statement: tuple[str, str]


def check_identity(session: Session, actor: Actor, username: str, how: str, day: dt.date | None) -> None:
    """Record that somebody's identity was checked: how, and on which day."""
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("manage_accounts")
    user = session.scalars(select(User).where(User.username_key == username_key(username))).one_or_none()
    if user is None:
        raise NotFound
    if user.id == actor.user_id:
        raise OwnIdentity
    words = said(how)
    if not words or len(words) > LONGEST or day is None or day > actor.now().date():
        raise CheckIncomplete
    details = {"how": words, "day": day.isoformat()}
    log(session, actor, "identity.checked", role, object=user.username, details=details)
    user.identity_check, user.identity_checked_at = words, day.isoformat()
    user.identity_checked_by = actor.username
    session.flush()


def accept_statement(session: Session, actor: Actor, password: str) -> None:
    """Accept the statement on electronic signatures, with the password."""
    confirm_password(session, actor, password)
    log(session, actor, "statement.accepted", object=actor.username)
    user = session.get_one(User, actor.user_id)
    user.statement, user.statement_accepted_at = dumps(STATEMENT), stamp(actor.now())
    session.flush()


def standing(session: Session, user_id: str | None) -> Standing:
    """Give what is on record of a person."""
    user = session.get_one(User, user_id)
    en, ru = loads(user.statement) if user.statement else STATEMENT
    accepted = moment(user.statement_accepted_at) if user.statement_accepted_at else None
    return Standing(
        user.identity_check, user.identity_checked_at, user.identity_checked_by, accepted, (en, ru)
    )


def on_record(session: Session, actor: Actor) -> None:
    """Refuse a signature while the person's identity check or statement is not on record (11.100(b))."""
    found = standing(session, actor.user_id)
    if found.check is None:
        raise IdentityNotChecked
    if found.accepted_at is None:
        raise StatementNotAccepted
