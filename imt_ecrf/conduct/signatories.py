"""Who signs: the people who may sign a form at a site now, by name; signs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct import delegates, runtime
from imt_ecrf.conduct.accounts import held
from imt_ecrf.policy.permissions import DELEGATE, signers
from imt_ecrf.policy.refusals import NO_NAMES, NotPermitted
from imt_ecrf.store.tables import Membership, User
from imt_ecrf.study.sign_plan import milestone_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place


class NotYourSignature(NotPermitted):
    """You may not sign this form; now it can be signed by:"""  # noqa: D400 - the names follow

    ru = "Вы не можете подписать эту форму; сейчас её может подписать:"

    def __init__(self, people: tuple[tuple[str, str], ...]) -> None:
        self.people = people
        super().__init__(", ".join(f"{name} ({role})" for name, role in people) + ".")

    def text(self, language: str = "en", names: Mapping[str, str] = NO_NAMES) -> str:
        """Name the people who may, each with the role."""
        named = ", ".join(f"{name} ({names.get(role, role)})" for name, role in self.people)
        return f"{self.ru if language == 'ru' else self.__doc__} {named}."


class NobodySignsNow(NotPermitted):
    """You may not sign this form, and now nobody may: the administrator gives the role that signs it."""

    ru = "Вы не можете подписать эту форму, и сейчас никто не может: нужную роль даёт администратор."


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who signs at a site (None: at all): in which role, for which milestones (none: for all)."""

    username: str
    name: str
    role: str
    site: str | None
    covers: tuple[str, ...] = ()
    until: dt.datetime | None = None

    def signs_at(self, site: str) -> bool:
        """Tell whether the person signs at a site."""
        return self.site in {None, site}


def signatories(session: Session, now: dt.datetime) -> tuple[Signatory, ...]:
    """List who holds a role that signs some form, and to whom signing is delegated, now."""
    book = runtime.study(session).book
    roles = {role for form in book.rights for role in signers(book, form) if role != DELEGATE}
    wanted = select(Membership, User).join(User, User.id == Membership.user_id)
    rows = session.execute(wanted.where(Membership.role.in_(roles), User.active).order_by(User.name))
    listed = [
        Signatory(user.username, user.name, row.role, row.site, until=held(row).until)
        for row, user in rows
        if held(row).holds(now)
    ]
    listed += [
        Signatory(one.username, one.name, DELEGATE, one.site, one.covers, one.until)
        for one in delegates.running(session, now)
    ]
    return tuple(dict.fromkeys(listed))


def who_may_sign(session: Session, now: dt.datetime, place: Place) -> tuple[Signatory, ...]:
    """List the people who may sign a form now."""
    roles = signers(place.book, place.form.oid)
    milestone = milestone_of(runtime.study(session).book, place.address.event, place.form.oid)
    return tuple(
        one
        for one in signatories(session, now)
        if one.role in roles and one.signs_at(place.subject.site)
        if not one.covers or milestone in one.covers
    )


def refusal(session: Session, actor: Actor, place: Place) -> NotPermitted:
    """Say that this person may not sign a form, and who may."""
    found = who_may_sign(session, actor.now(), place)
    if not found:
        return NobodySignsNow()
    return NotYourSignature(tuple(dict.fromkeys((one.name, one.role) for one in found)))
