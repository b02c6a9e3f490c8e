"""Signing in the investigator's place: delegations of a site, what they cover, and who could get one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.accounts import find_user, held, term
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.permissions import DELEGATE, signers
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.tables import Delegation, Membership, User, moment, new_id, stamp
from imt_ecrf.study.sign_plan import dealt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Milestone

SIGNING: Final = "sign"
SIGNING_TASKS: Final = or_(Delegation.task == SIGNING, Delegation.task.like(f"{SIGNING} %"))
"""Rows of the delegation log that are about signing: all of it, or the milestones named behind the word."""


class NotADelegate(Refused):
    """Signing is delegated only to a sub-investigator of this site."""

    ru = "Право подписи передаётся только соисследователю этого центра."
    status = 409


class DatedBack(Refused):
    """A delegation begins today or later; it is never dated back."""

    ru = "Передача права подписи начинается сегодня или позже; задним числом её не оформляют."


@dataclass(frozen=True, slots=True)
class Delegated:
    """A delegation: to whom, where, by whom, from when to when, for which milestones (none: for all)."""

    id: str
    username: str
    name: str
    site: str
    by: str
    since: dt.datetime
    until: dt.datetime | None
    covers: tuple[str, ...] = ()

    @property
    def last_day(self) -> dt.date | None:
        """Give the last day of a delegation made for whole days; None when it is open or ended in a day."""
        whole = self.until is not None and self.until.time() == dt.time()
        return self.until.date() - dt.timedelta(days=1) if self.until and whole else None

    def runs(self, now: dt.datetime) -> bool:
        """Tell whether the person may sign now."""
        return self.since <= now and (self.until is None or now < self.until)

    def ahead(self, now: dt.datetime) -> bool:
        """Tell whether it has not begun yet."""
        return now < self.since and (self.until is None or self.since < self.until)


def delegate_signing(
    session: Session,
    actor: Actor,
    username: str,
    site: str,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    covers: Iterable[str] = (),
) -> str:
    """Let a sub-investigator sign at a site for a time; the investigator of that site decides.

    `covers` names the milestones it is about; without any it is about all a sub-investigator may sign.
    """
    own = "SYSTEM" if actor.is_system() else actor.role_for_act("delegate_signing", site)
    user, now = find_user(session, username), actor.now()
    task = _task(session, covers)
    if since is not None and since.date() < now.date():
        raise DatedBack
    begins = max(since or now, now)
    details = {"delegate": user.username, "site": site, **term(begins, until, now)}
    if task != SIGNING:
        details["covers"] = task.partition(" ")[2]
    if not user.active or not _deputy(session, user.id, site, begins):
        raise NotADelegate
    log(session, actor, "signing.delegated", own, site=site, object=user.username, details=details)
    row = Delegation(
        id=new_id(), user_id=user.id, site=site, task=task, from_utc=stamp(begins),
        until_utc=stamp(until) if until else None, delegated_at=stamp(now), delegated_by=actor.username,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def end_delegation(session: Session, actor: Actor, delegation: str) -> None:
    """End a delegation now."""
    row = session.get(Delegation, delegation)
    if row is None:
        raise NotFound
    own = "SYSTEM" if actor.is_system() else actor.role_for_act("delegate_signing", row.site)
    log(session, actor, "signing.delegation_ended", own, site=row.site, object=row.id)
    row.ended_at, row.ended_by = stamp(actor.now()), actor.username
    session.flush()


def delegations(session: Session, actor: Actor) -> tuple[Delegated, ...]:
    """List the delegations of signing at the sites where this person decides, the newest first."""
    wanted = select(Delegation, User).join(User, User.id == Delegation.user_id)
    rows = session.execute(wanted.where(SIGNING_TASKS).order_by(Delegation.delegated_at.desc()))
    return tuple(_view(row, user) for row, user in rows if actor.may_act("delegate_signing", row.site))


def running(session: Session, now: dt.datetime) -> tuple[Delegated, ...]:
    """List the delegations of signing in force now, of people whose account and role are in use."""
    wanted = select(Delegation, User).join(User, User.id == Delegation.user_id)
    rows = session.execute(wanted.where(SIGNING_TASKS, User.active).order_by(User.name))
    listed = [one for one in (_view(row, user) for row, user in rows) if one.runs(now)]
    deputies = {(user, site) for user, _name, site in _deputies(session, now)}
    return tuple(one for one in listed if (one.username, one.site) in deputies)


def candidates(session: Session, actor: Actor) -> tuple[tuple[str, str, str], ...]:
    """Name the sub-investigators of these sites: user name, name, site."""
    listed = _deputies(session, actor.now())
    return tuple(one for one in listed if actor.may_act("delegate_signing", one[2]))


def coverable(book: Book) -> tuple[Milestone, ...]:
    """Give the milestones with a form that a sub-investigator may sign at all."""
    taken = {one.oid for (_event, form), one in dealt(book).items() if DELEGATE in signers(book, form)}
    return tuple(one for one in book.version.milestones if one.oid in taken)


def covered(task: str) -> frozenset[str]:
    """Name the milestones a row of the delegation log is about; none means every one."""
    return frozenset(task.split()[1:])


def _task(session: Session, covers: Iterable[str]) -> str:
    named = set(covers)
    if not named:  # every form, also before a study is published
        return SIGNING
    known = [one.oid for one in coverable(runtime.study(session).book)]
    if not named <= set(known):
        raise NotFound
    return " ".join([SIGNING, *(oid for oid in known if oid in named)])


def _deputies(session: Session, now: dt.datetime) -> tuple[tuple[str, str, str], ...]:
    wanted = select(Membership, User).join(User, User.id == Membership.user_id)
    rows = session.execute(wanted.where(Membership.role == DELEGATE, User.active).order_by(User.name))
    return tuple(
        (user.username, user.name, row.site) for row, user in rows if row.site and held(row).holds(now)
    )


def _deputy(session: Session, user_id: str, site: str, at: dt.datetime) -> bool:
    rows = session.scalars(
        select(Membership).where(Membership.user_id == user_id, Membership.role == DELEGATE)
    )
    return any(held(row).holds(at, site) for row in rows)


def _view(row: Delegation, user: User) -> Delegated:
    ends = [text for text in (row.until_utc, row.ended_at) if text]
    until = moment(min(ends)) if ends else None
    since, covers = moment(row.from_utc), tuple(row.task.split()[1:])
    return Delegated(row.id, user.username, user.name, row.site, row.delegated_by, since, until, covers)
