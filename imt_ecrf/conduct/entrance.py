"""Logging in, and who somebody is at each request: password, tries, roles in force; knows no browser."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import passwords
from imt_ecrf.conduct.accounts import SIGNING, WrongPassword, held
from imt_ecrf.conduct.actor import Actor, Delegation, ServerClock
from imt_ecrf.conduct.events import log, remember
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import Delegation as DelegationRow
from imt_ecrf.store.tables import Membership, User, moment, new_id, stamp, username_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Clock
    from imt_ecrf.store.who import Origin

TRIES: Final = 6
LOCK: Final = dt.timedelta(minutes=15)


class LogInRefused(Refused):
    """User name or password is not right, or the account is closed or locked 15 minutes (6 wrong tries)."""

    ru = "Имя или пароль неверны, либо учётная запись закрыта или заблокирована на 15 минут после 6 попыток."
    status = 401


def log_in(
    session: Session,
    username: str,
    password: str,
    *,
    clock: Clock | None = None,
    ip: str = "",
    origin: Origin = "screen",
) -> Actor:
    """Let a person in and give the actor; every try is logged, also a refused one (it is kept at once)."""
    clock = clock or ServerClock()
    user = session.scalars(select(User).where(User.username_key == username_key(username))).first()
    stranger = Actor(None, username[:64], "", (), clock=clock, origin=origin, ip=ip)
    hash_ = user.password_hash if user else passwords.NOBODYS
    right = passwords.matches(hash_, password)  # also for a stranger, so that both take as long
    if user is None or not user.active or _locked(user, clock.now()):
        log(session, stranger, "login.failed", "-", outcome="refused", object=username[:64])
        remember(session)
        raise LogInRefused
    actor = _actor(session, user, clock, origin, ip)
    if not right:
        _count(session, actor, user, "login.failed")
        raise LogInRefused
    log(session, actor, "login", object=user.username)
    user.failed_attempts, user.locked_until, user.last_login_at = 0, None, stamp(clock.now())
    session.flush()
    return actor


def log_out(session: Session, actor: Actor) -> None:
    """Write down that a person left."""
    log(session, actor, "logout", object=actor.username)


def actor_of(
    session: Session,
    user_id: str,
    *,
    clock: Clock | None = None,
    ip: str = "",
    origin: Origin = "screen",
) -> Actor | None:
    """Give the actor of an account with the roles in force now; None when the account is closed."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    return _actor(session, user, clock or ServerClock(), origin, ip)


def actor_named(
    session: Session, username: str, *, clock: Clock | None = None, origin: Origin = "cli"
) -> Actor | None:
    """Give the actor of a user name, for the command line and the demo; None when there is none."""
    user_id = session.scalar(select(User.id).where(User.username_key == username_key(username)))
    return None if user_id is None else actor_of(session, user_id, clock=clock, origin=origin)


def confirm_password(session: Session, actor: Actor, password: str) -> None:
    """Ask for the password again (signing); wrong ones count like those at the door and are kept."""
    user = session.get(User, actor.user_id or "")
    if user is None or not user.active or _locked(user, actor.now()):
        raise WrongPassword
    if not passwords.matches(user.password_hash, password):
        _count(session, actor, user, "password.failed")
        raise WrongPassword
    if user.failed_attempts:
        session.info["actor"] = actor.who("")
        user.failed_attempts = 0
        session.flush()


def _locked(user: User, now: dt.datetime) -> bool:
    return user.locked_until is not None and now < moment(user.locked_until)


def _count(session: Session, actor: Actor, user: User, act: str) -> None:
    log(session, actor, act, outcome="refused", object=user.username)
    user.failed_attempts += 1
    if user.failed_attempts >= TRIES:
        user.failed_attempts, user.locked_until = 0, stamp(actor.now() + LOCK)
        if act == "password.failed":  # a stranger at the door must not end the person's own sessions
            user.session_mark = new_id()
        log(session, actor, "account.locked", object=user.username)
    session.flush()
    remember(session)


def _actor(session: Session, user: User, clock: Clock, origin: Origin, ip: str) -> Actor:
    roles = session.scalars(select(Membership).where(Membership.user_id == user.id))
    tasks = session.scalars(
        select(DelegationRow).where(DelegationRow.user_id == user.id, DelegationRow.task == SIGNING)
    )
    return Actor(
        user.id,
        user.username,
        user.name,
        tuple(held(row) for row in roles),
        user.organisation,
        clock,
        origin,
        user.language,
        ip,
        user.session_mark,
        user.email,
        user.must_change_password,
        tuple(_delegation(row) for row in tasks),
    )


def _delegation(row: DelegationRow) -> Delegation:
    ends = [text for text in (row.until_utc, row.ended_at) if text]
    return Delegation(row.site, moment(row.from_utc), moment(min(ends)) if ends else None)
