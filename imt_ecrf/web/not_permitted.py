"""Why a person may not do something, in words: roles by their names, a role that ended or has not begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.policy.permissions import STANDINGS
from imt_ecrf.policy.refusals import NamesRoles
from imt_ecrf.web import dates
from imt_ecrf.web.db import reading
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current, said
from imt_ecrf.web.study import current_book, newest

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor, Membership
    from imt_ecrf.policy.refusals import Refused


def role_names() -> dict[str, str]:
    """Give the roles by OID with their names in the language of the page."""
    book = current_book() if newest(reading()) else None
    return {role: said(book.roles[role].name) if book and role in book.roles else role for role in STANDINGS}


def why_not(problem: Refused, actor: Actor | None) -> str:
    """Say a refusal in the reader's language; of a role that would do says when it ended or begins."""
    if not isinstance(problem, NamesRoles):
        return problem.text(current())
    names = role_names()
    role = _out_of_time(actor, problem) if actor else None
    return _when(actor, role, names) if actor and role else problem.text(current(), names)


def _out_of_time(actor: Actor, problem: NamesRoles) -> Membership | None:
    """Find the role that would allow it at its time: one that begins, else the one that ended last."""
    now, site = actor.now(), problem.site
    held = [
        one
        for one in actor.roles
        if one.role in problem.roles and (site is None or one.site in {None, site}) and not one.holds(now)
    ]
    ahead = [
        one for one in held if one.since and now < one.since and (not one.until or one.since < one.until)
    ]
    if ahead:
        return min(ahead, key=lambda one: one.since or now)
    over = [one for one in held if one.until and one.until <= now]
    return max(over, key=lambda one: one.until or now, default=None)


def _when(actor: Actor, one: Membership, names: dict[str, str]) -> str:
    ahead = one.since is not None and actor.now() < one.since
    first = one.since.date() if one.since else None
    facts = {
        "role": names.get(one.role, one.role), "site": one.site,
        "day": dates.day(first if ahead else one.last_day, current()),
    }  # fmt: skip
    if one.site and ahead:
        return _("Your role “%(role)s” at site %(site)s begins on %(day)s (UTC).", **facts)
    if one.site:
        return _("Your role “%(role)s” at site %(site)s ended on %(day)s (UTC).", **facts)
    if ahead:
        return _("Your role “%(role)s” begins on %(day)s (UTC).", **facts)
    return _("Your role “%(role)s” ended on %(day)s (UTC).", **facts)
