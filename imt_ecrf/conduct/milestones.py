"""Which signatures are due: milestones of the subjects a person may sign for or see; signs nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from imt_ecrf.conduct.milestone_ground import Ground, ground
from imt_ecrf.conduct.signatures import signing_roles, stands_for
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.permissions import INVESTIGATOR, signers
from imt_ecrf.study.sign_plan import Group, Reached, dealt, milestone_of, standing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.milestone_ground import Row
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Milestone
    from imt_ecrf.study.sign_plan import Filled, State

Asked: TypeAlias = "Callable[[str, str, str], frozenset[str]]"
"""Names the roles whose signature of a form counts here: by event, form and site."""
OPEN: Final = frozenset({"due", "overdue"})


@dataclass(frozen=True, slots=True)
class DueSignature:
    """One milestone of one subject for the signature of one role; `forms` can be signed now.

    `waiting` counts forms that belong to it and are begun but cannot be signed yet.
    """

    milestone: Milestone
    site: str
    subject: str
    role: str
    reached: Reached
    forms: tuple[Address, ...]

    @property
    def state(self) -> State:
        """Say how far it is."""
        return self.reached.state

    @property
    def again(self) -> bool:
        """Tell whether a signature became void and is due again."""
        return self.reached.again

    @property
    def group(self) -> Group:
        """Name what is signed together."""
        return self.reached.group

    @property
    def due_on(self) -> dt.date | None:
        """Give the last day at the site, also of a time counted in hours; None while it is not known."""
        return self.reached.due_at.date() if self.reached.due_at else self.reached.due_on

    @property
    def waiting(self) -> int:
        """Count the forms that cannot be signed yet."""
        return len(self.reached.waiting)

    @property
    def value(self) -> str:
        """Name it in an address: `MS_CYCLE.3`, `MS_REST.SE_SCR.1`."""
        return name_of(self.reached)


def name_of(reached: Reached) -> str:
    """Name a milestone of a subject in an address: `MS_CYCLE.3`, `MS_REST.SE_SCR.1`."""
    group = reached.group
    named = (group.event, group.repeat, group.form, group.form_repeat, group.cycle)
    return ".".join([reached.milestone, *(str(part) for part in named if part)])


def named(value: str) -> tuple[str, Group]:
    """Read the name of a milestone of a subject: its OID and what is signed together."""
    oid, *rest = value.split(".")
    if len(rest) <= 1:
        return oid, Group(cycle=int(rest[0]) if rest else 0)
    event, repeat, *form = rest
    return oid, Group(event, int(repeat), *((form[0], int(form[1])) if form else ()))


def due_signatures(
    session: Session, actor: Actor, *, site: str | None = None, subject: str | None = None
) -> tuple[DueSignature, ...]:
    """List what this person is to sign, due or overdue, the most urgent first, in five statements."""
    found = ground(session, actor, site=site, subject=subject)
    return tuple(
        sorted((one for one in _all(found, _own(actor, found.book)) if one.state in OPEN), key=_urgency)
    )


def site_signatures(session: Session, actor: Actor, *, site: str | None = None) -> tuple[DueSignature, ...]:
    """List what is due or overdue at the sites a person sees, whoever is to sign it."""
    found = ground(session, actor, site=site)
    return tuple(
        sorted((one for one in _all(found, _any(actor, found.book)) if one.state in OPEN), key=_urgency)
    )


def subject_signatures(session: Session, actor: Actor, subject: str) -> tuple[DueSignature, ...]:
    """List every milestone of a subject, also those signed and those whose time has not come."""
    found = ground(session, actor, subject=subject, whole=True)
    return tuple(_all(found, _any(actor, found.book)))


def _own(actor: Actor, book: Book) -> Asked:
    def asked(event: str, form: str, site: str) -> frozenset[str]:
        roles = signing_roles(actor, book, form, site, milestone_of(book, event, form))
        return frozenset(stands_for(role) for role in roles)

    return asked


def _any(actor: Actor, book: Book) -> Asked:
    def asked(_event: str, form: str, site: str) -> frozenset[str]:
        if form not in book.rights or not actor.sees(book, form, site):
            return frozenset()
        return frozenset(stands_for(role) for role in signers(book, form))

    return asked


def _all(found: Ground, asked: Asked) -> Iterator[DueSignature]:
    roles = {site: _dealt(found.book, asked, site) for site in found.zones}
    milestones = {one.oid: one for one in found.book.version.milestones}
    for person in found.subjects:
        here = roles[person.site]
        by_role: dict[str, list[Filled]] = defaultdict(list)
        for row in found.rows.get(person.id, ()):
            for role in here.get((row.event, row.form), ()):
                by_role[role].append(row_for(found, row, role))
        wanted = {
            role: _oids(found.book, here, role)
            for role in sorted({one for few in here.values() for one in few})
        }
        for role, oids in wanted.items():
            known = found.known(person)
            if role != INVESTIGATOR:  # the site's clock binds the site; others count from its completed form
                known = replace(known, starts={})
            for one in standing(found.book, by_role[role], known):
                if one.milestone in oids:
                    forms = tuple(Address(person.code, *form.spot) for form in one.to_sign)
                    yield DueSignature(milestones[one.milestone], person.site, person.code, role, one, forms)


def _dealt(book: Book, asked: Asked, site: str) -> dict[tuple[str, str], frozenset[str]]:
    found = {place: asked(*place, site) for place in dealt(book)}
    return {place: roles for place, roles in found.items() if roles}


def _oids(book: Book, here: dict[tuple[str, str], frozenset[str]], role: str) -> frozenset[str]:
    taken = dealt(book)
    return frozenset(taken[place].oid for place, roles in here.items() if role in roles)


def row_for(found: Ground, row: Row, role: str) -> Filled:
    """Give a form as the signature of one role sees it: signed by others it is not signed."""
    signed = found.signed.get(row.id)
    at = row.filled.signed_at if signed is None else signed.get(role)
    return row.filled if at == row.filled.signed_at else replace(row.filled, signed_at=at)


def _urgency(one: DueSignature) -> tuple[object, ...]:
    end = one.reached.due_at.isoformat() if one.reached.due_at else str(one.due_on or "")
    return one.state != "overdue", not end, end, one.subject, one.value


def counts(listed: Iterable[DueSignature]) -> dict[str, int]:
    """Count what is listed by state: due and overdue."""
    found = dict.fromkeys(("overdue", "due"), 0)
    for one in listed:
        found[one.state] = found.get(one.state, 0) + 1
    return found


def due_of(session: Session, actor: Actor, subject: str, value: str) -> DueSignature | None:
    """Find one milestone of a subject that this person is to sign, by its name in an address."""
    listed = due_signatures(session, actor, subject=subject)
    return next((one for one in listed if one.value == value), None)
