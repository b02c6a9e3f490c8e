"""Logging in, and who somebody is at each request: password, tries, roles in force; knows no browser."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from sqlalchemy import and_, bindparam, exists, select

from imt_ecrf.conduct import passwords
from imt_ecrf.conduct.accounts import WrongPassword, held
from imt_ecrf.conduct.actor import Actor, Delegation, ServerClock
from imt_ecrf.conduct.delegates import SIGNING_TASKS, covered
from imt_ecrf.conduct.drafts import DRAFTS
from imt_ecrf.conduct.events import log, remember
from imt_ecrf.conduct.runtime import once
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import Delegation as DelegationRow
from imt_ecrf.store.tables import (
    EntryDraft,
    Membership,
    User,
    WebSession,
    moment,
    new_id,
    stamp,
    username_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Clock
    from imt_ecrf.store.who import Origin

TRIES: Final = 6
LOCK: Final = dt.timedelta(minutes=15)
_ACCOUNT: Final = (
    *(User.id, User.username, User.name, User.organisation, User.language, User.session_mark, User.email),
    *(User.must_change_password, User.active),
)
_ROLE: Final = (
    *(Membership.id, Membership.role, Membership.site),
    *(Membership.from_utc, Membership.until_utc, Membership.ended_at),
)
_TASK: Final = (
    *(DelegationRow.id, DelegationRow.task, DelegationRow.site),
    *(DelegationRow.from_utc, DelegationRow.until_utc, DelegationRow.ended_at),
)
_BROWSER: Final = (
    select(
        WebSession.ends_at,
        WebSession.data,
        exists().where(EntryDraft.user_id == User.id),
        *_ACCOUNT,
        *_ROLE,
        *_TASK,
    )
    .join(User, User.id == WebSession.user_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(DelegationRow, and_(DelegationRow.user_id == User.id, SIGNING_TASKS))
    .where(WebSession.id == bindparam("browser"))
    .order_by(Membership.id, DelegationRow.id)
)


class Account(NamedTuple):
    """What a request needs to know of an account."""

    id: str
    username: str
    name: str
    organisation: str
    language: str
    session_mark: str
    email: str
    must_change_password: bool
    active: bool


class Granted(NamedTuple):
    """A role or a delegated task as it was granted, with its end."""

    id: str
    name: str
    site: str | None
    from_utc: str
    until_utc: str | None
    ended_at: str | None

    @property
    def task(self) -> str:
        """Name the delegated task."""
        return self.name

    @property
    def role(self) -> str:
        """Name the role."""
        return self.name


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


def of_browser(
    session: Session, browser: str, *, clock: Clock, ip: str = ""
) -> tuple[Actor, dt.datetime] | None:
    """Give who is signed in in a browser, by its key, and until when; None when that has ended.

    One question to the database at each request: an account closed, a role ended or a new password counts at
    the next one.
    """
    rows: Sequence[Any] = session.connection().execute(_BROWSER, {"browser": browser}).all()
    if not rows:
        return None
    ends_at, mark, drafts = rows[0][:3]
    first, second = 3 + len(_ACCOUNT), 3 + len(_ACCOUNT) + len(_ROLE)
    user = Account(*rows[0][3:first])
    if not user.active or mark != user.session_mark:
        return None
    roles = dict.fromkeys(Granted(*row[first:second]) for row in rows if row[first])
    tasks = dict.fromkeys(Granted(*row[second:]) for row in rows if row[second])
    once(session, (DRAFTS, user.id), lambda: bool(drafts))
    return _made(user, roles, tasks, clock=clock, ip=ip), moment(ends_at)


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
    roles = session.scalars(select(Membership).where(Membership.user_id == user.id).order_by(Membership.id))
    tasks = session.scalars(select(DelegationRow).where(DelegationRow.user_id == user.id, SIGNING_TASKS))
    return _made(user, roles, tasks, clock=clock, origin=origin, ip=ip)


def _made(
    user: User | Account,
    roles: Iterable[Membership | Granted],
    tasks: Iterable[DelegationRow | Granted],
    *,
    clock: Clock,
    origin: Origin = "screen",
    ip: str = "",
) -> Actor:
    return Actor(
        user.id,
        user.username,
        user.name,
        tuple(held(cast("Membership", row)) for row in roles),
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


def _delegation(row: Any) -> Delegation:
    ends = [text for text in (row.until_utc, row.ended_at) if text]
    until = moment(min(ends)) if ends else None
    return Delegation(row.site, moment(row.from_utc), until, covered(row.task))
