"""Who may sign in the investigator's place: delegations of a site and who could get one; decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct.accounts import SIGNING, held
from imt_ecrf.policy.permissions import DELEGATE
from imt_ecrf.store.tables import Delegation, Membership, User, moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


@dataclass(frozen=True, slots=True)
class Delegated:
    """A delegation: to whom, where, by whom, from when to when."""

    id: str
    username: str
    name: str
    site: str
    by: str
    since: dt.datetime
    until: dt.datetime | None

    @property
    def last_day(self) -> dt.date | None:
        """Give the last day of a delegation made for whole days; None when it is open or ended in a day."""
        whole = self.until is not None and self.until.time() == dt.time()
        return self.until.date() - dt.timedelta(days=1) if self.until and whole else None

    def runs(self, now: dt.datetime) -> bool:
        """Tell whether the person may sign now."""
        return self.since <= now and (self.until is None or now < self.until)


def delegations(session: Session, actor: Actor) -> tuple[Delegated, ...]:
    """List the delegations of signing at the sites where this person decides, the newest first."""
    wanted = select(Delegation, User).join(User, User.id == Delegation.user_id)
    rows = session.execute(wanted.where(Delegation.task == SIGNING).order_by(Delegation.delegated_at.desc()))
    return tuple(_view(row, user) for row, user in rows if actor.may_act("delegate_signing", row.site))


def candidates(session: Session, actor: Actor) -> tuple[tuple[str, str, str], ...]:
    """Name the sub-investigators of these sites: user name, name, site."""
    now = actor.now()
    wanted = select(Membership, User).join(User, User.id == Membership.user_id)
    rows = session.execute(wanted.where(Membership.role == DELEGATE, User.active).order_by(User.name))
    return tuple(
        (user.username, user.name, row.site)
        for row, user in rows
        if row.site and held(row).holds(now) and actor.may_act("delegate_signing", row.site)
    )


def _view(row: Delegation, user: User) -> Delegated:
    ends = [text for text in (row.until_utc, row.ended_at) if text]
    until = moment(min(ends)) if ends else None
    since = moment(row.from_utc)
    return Delegated(row.id, user.username, user.name, row.site, row.delegated_by, since, until)
