"""People's accounts and roles: made, granted, ended, never deleted; knows no page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from imt_ecrf.conduct import passwords
from imt_ecrf.conduct.actor import Membership as Held
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.permissions import STANDINGS, may_hold_together
from imt_ecrf.policy.refusals import NamesRoles, NotFound, NotPermitted, Refused
from imt_ecrf.store.tables import Delegation, Membership, Site, User, moment, new_id, stamp, username_key
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

ADMINISTRATOR: Final = "ADMIN"
_USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{1,62})[A-Za-z0-9]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_GENERIC: Final = frozenset(
    """admin administrator root test tester testing user users guest demo site clinic hospital doctor nurse
    monitor sponsor investigator coordinator cra crc dm pi everyone shared common office study trial
    sysadmin support operator account""".split()  # noqa: SIM905 - words read best as words
)
_WORDS_OF_A_NAME: Final = 2


class NameNeeded(Refused):
    """Give the first and the last name of the person; an account belongs to one person."""

    ru = "Укажите имя и фамилию: учётная запись принадлежит одному человеку."


class GenericName(Refused):
    """This is no person's name; shared accounts are not made here."""

    ru = "Это не имя человека; общих учётных записей здесь нет."


class EmailNeeded(Refused):
    """Give the person's e-mail address."""

    ru = "Укажите адрес электронной почты."


class UsernameTaken(Refused):
    """This user name (or one that looks like it) or this e-mail belongs to another person for ever."""

    ru = "Такое или похожее имя пользователя либо адрес уже принадлежат другому человеку."
    status = 409


class UsernameNotPossible(Refused):
    """A user name has 3 to 64 Latin letters, digits, dots or hyphens."""

    ru = "Имя пользователя: от 3 до 64 латинских букв, цифр, точек или дефисов."


class RolesDoNotCombine(NamesRoles):
    """One person cannot hold these roles together:"""  # noqa: D400 - the roles follow

    ru = "Один человек не может совмещать эти роли:"
    status = 409


class SiteNeeded(Refused):
    """This role belongs to one site: name it."""

    ru = "Эта роль относится к одному центру: укажите его."


class EndsBeforeItBegins(Refused):
    """The last day lies in the past or before the first: choose a later one."""

    ru = "Последний день уже прошёл или раньше первого: выберите более поздний."


class RoleDatedBack(Refused):
    """A role begins today (UTC) or later; it is never dated back."""

    ru = "Роль начинает действовать сегодня (UTC) или позже; задним числом её не дают."


class OwnAccount(Refused):
    """Nobody closes the own account or ends an own role: another administrator does that."""

    ru = "Свою учётную запись или роль закрывает другой администратор."
    status = 409


class LastAdministrator(Refused):
    """This is the last administrator: give another person that role first."""

    ru = "Это последний администратор: сначала эту роль получает другой человек."
    status = 409


class WrongPassword(Refused):
    """The password is not right."""

    ru = "Пароль неверен."
    status = 403


class ReasonMissing(Refused):
    """Give the reason."""

    ru = "Укажите причину."


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in the list: the person, whether it is in use, the roles with their dates.

    `granted` says of each role, by the id of its grant, when and by whom it was given.
    """

    id: str
    username: str
    name: str
    email: str
    organisation: str
    active: bool
    locked_until: dt.datetime | None
    last_login_at: dt.datetime | None
    roles: tuple[tuple[str, Held], ...]
    delegations: tuple[tuple[str, str], ...] = ()
    granted: Mapping[str, tuple[dt.datetime, str]] = field(default_factory=dict)


def create_user(
    session: Session,
    actor: Actor,
    *,
    username: str,
    name: str,
    email: str,
    password: str,
    organisation: str = "",
    language: str = "en",
    must_change_password: bool = False,
    demo: bool = False,
) -> str:
    """Make the account of one person and give its id."""
    role = _manage(actor)
    _check_person(username, name, email)
    passwords.check(password, username)
    _check_free(session, username, email)
    now = stamp(actor.now())
    user_id = new_id()
    log(session, actor, "account.created", role, object=username, details={"name": name, "email": email})
    session.add(
        User(
            id=user_id,
            username=username,
            username_key=username_key(username),
            name=name.strip(),
            email=email.strip(),
            organisation=organisation,
            password_hash=passwords.hashed(password),
            password_changed_at=now,
            must_change_password=must_change_password,
            language=language,
            demo=demo,
            created_at=now,
            created_by=actor.username,
        )
    )
    session.flush()
    return user_id


def grant(
    session: Session,
    actor: Actor,
    username: str,
    role: str,
    site: str | None = None,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> str:
    """Give a person a role, at a site or at all sites, for a time, and give the id of the grant.

    It begins now or later: who had access on a day must never be answered by a grant made after it.
    """
    own = _manage(actor)
    user = find_user(session, username)
    standing = STANDINGS.get(role)
    if standing is None or (site is not None and session.get(Site, site) is None):
        raise NotFound
    if standing.of_site and site is None:
        raise SiteNeeded
    now = actor.now()
    if since is not None and since.date() < now.date():
        raise RoleDatedBack
    begins = max(since or now, now)
    others = session.scalars(select(Membership).where(Membership.user_id == user.id)).all()
    clashes = [one.role for one in others if _runs(one, now) and not may_hold_together(one.role, role)]
    if clashes:
        raise RolesDoNotCombine(roles=(role, *sorted(set(clashes))))
    details = {"role": role, **term(begins, until, now)}
    log(session, actor, "role.granted", own, site=site, object=user.username, details=details)
    row = Membership(
        id=new_id(), user_id=user.id, role=role, site=site, from_utc=stamp(begins),
        until_utc=stamp(until) if until else None, granted_at=stamp(now), granted_by=actor.username,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def revoke(session: Session, actor: Actor, membership: str, reason: str) -> None:
    """End a role now; the grant stays in the record."""
    own = _manage(actor)
    row = session.get(Membership, membership)
    if row is None:
        raise NotFound
    why = said(reason)
    if not why:
        raise ReasonMissing
    user = session.get_one(User, row.user_id)
    _check_spared(session, actor, user, Membership.id != row.id)
    details = {"role": row.role, "membership": row.id}
    log(
        session, actor, "role.revoked", own, site=row.site, object=user.username, reason=why,
        details=details,
    )  # fmt: skip
    now = stamp(actor.now())
    row.ended_at, row.ended_by, row.end_reason = now, actor.username, why
    session.flush()


def deactivate(session: Session, actor: Actor, username: str, reason: str) -> None:
    """Close an account for ever: its sessions end at their next request, its name is never used again."""
    own = _manage(actor)
    why = said(reason)
    if not why:
        raise ReasonMissing
    user = find_user(session, username)
    _check_spared(session, actor, user, Membership.user_id != user.id)
    log(session, actor, "account.deactivated", own, object=user.username, reason=why)
    user.active, user.session_mark = False, new_id()
    user.deactivated_at, user.deactivated_by = stamp(actor.now()), actor.username
    session.flush()


def change_password(session: Session, actor: Actor, old: str, new: str) -> None:
    """Change one's own password; every other session of the person ends."""
    user = session.get(User, actor.user_id or "")
    if user is None or not passwords.matches(user.password_hash, old):
        raise WrongPassword
    passwords.check(new, user.username)
    log(session, actor, "password.changed", object=user.username)
    user.password_hash, user.password_changed_at = passwords.hashed(new), stamp(actor.now())
    user.must_change_password, user.session_mark = False, new_id()
    session.flush()


def list_accounts(session: Session, actor: Actor) -> tuple[AccountView, ...]:
    """List every account, also closed ones, with all their grants."""
    if not actor.may_act("see_accounts"):
        raise NotPermitted
    granted: dict[str, list[Membership]] = {}
    for one in session.scalars(select(Membership).order_by(Membership.from_utc)):
        granted.setdefault(one.user_id, []).append(one)
    allowed: dict[str, list[tuple[str, str]]] = {}
    for task in session.scalars(select(Delegation).where(Delegation.ended_at.is_(None))):
        allowed.setdefault(task.user_id, []).append((task.id, task.site))
    users = session.scalars(select(User).order_by(User.username_key))
    return tuple(_view(user, granted.get(user.id, []), allowed.get(user.id, [])) for user in users)


def held(row: Membership) -> Held:
    """Give a grant as the actor carries it; ending one early shortens it."""
    ends = [text for text in (row.until_utc, row.ended_at) if text]
    return Held(row.role, row.site, moment(row.from_utc), moment(min(ends)) if ends else None)


def set_language(session: Session, actor: Actor, language: str) -> None:
    """Remember the language a person works in."""
    session.info["actor"] = actor.who("")
    chosen = "ru" if language == "ru" else "en"
    session.execute(update(User).where(User.id == actor.user_id).values(language=chosen))


def _view(user: User, roles: list[Membership], allowed: list[tuple[str, str]]) -> AccountView:
    return AccountView(
        user.id, user.username, user.name, user.email, user.organisation, user.active,
        moment(user.locked_until) if user.locked_until else None,
        moment(user.last_login_at) if user.last_login_at else None,
        tuple((one.id, held(one)) for one in roles), tuple(allowed),
        {one.id: (moment(one.granted_at), one.granted_by) for one in roles},
    )  # fmt: skip


def _manage(actor: Actor) -> str:
    return "SYSTEM" if actor.is_system() else actor.role_for_act("manage_accounts")


def find_user(session: Session, username: str) -> User:
    """Find an account by its name, however it is spelled; NotFound without one."""
    user = session.scalars(select(User).where(User.username_key == username_key(username))).first()
    if user is None:
        raise NotFound
    return user


def term(since: dt.datetime | None, until: dt.datetime | None, now: dt.datetime) -> dict[str, str | None]:
    """Give a time as the log keeps it; refuse one that is over before it begins."""
    if until is not None and until <= max(since or now, now):
        raise EndsBeforeItBegins
    return {"from": stamp(since or now), "until": stamp(until) if until else None}


def _runs(row: Membership, now: dt.datetime) -> bool:
    until = held(row).until
    return until is None or until > now


def _check_spared(session: Session, actor: Actor, user: User, others: ColumnElement[bool]) -> None:
    """Refuse to end one's own rights, and those of the last administrator; `others` are the grants left."""
    if user.id == actor.user_id:
        raise OwnAccount
    now, running = actor.now(), select(Membership).join(User, User.id == Membership.user_id)
    running = running.where(Membership.role == ADMINISTRATOR, User.active)
    before = [row for row in session.scalars(running) if held(row).holds(now)]
    left = [row for row in session.scalars(running.where(others)) if held(row).holds(now)]
    if before and not left:
        raise LastAdministrator


def _check_person(username: str, name: str, email: str) -> None:
    words = [word for word in re.split(r"[\s-]+", name) if sum(map(str.isalpha, word)) > 1]
    if len(words) < _WORDS_OF_A_NAME:
        raise NameNeeded
    if _generic(username) or all(_generic(word) for word in words):
        raise GenericName
    if not _USERNAME.fullmatch(username):
        raise UsernameNotPossible
    if not _EMAIL.fullmatch(email.strip()):
        raise EmailNeeded


def _generic(word: str) -> bool:
    return re.sub(r"[\W\d_]+", "", word.casefold()) in _GENERIC


def _check_free(session: Session, username: str, email: str) -> None:
    rows = session.execute(select(User.username_key, User.email)).all()
    folded = email.strip().casefold()
    if any(key == username_key(username) or used.casefold() == folded for key, used in rows):
        raise UsernameTaken
