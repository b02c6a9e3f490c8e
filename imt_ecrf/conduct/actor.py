"""Who acts, in which roles, at which sites, by which clock; knows no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from imt_ecrf.policy.permissions import ACTS, STANDINGS, may, may_act, may_item, sees
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.who import Who

if TYPE_CHECKING:
    from imt_ecrf.policy.permissions import Verb
    from imt_ecrf.store.who import Origin
    from imt_ecrf.study.book import Book


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Give the present moment, aware, in UTC."""
        ...


class ServerClock:
    """The clock of the server, the only one of a production installation."""

    def now(self) -> dt.datetime:
        """Give the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


class SimulatedClock:
    """A clock that is set by hand, for demo and test installations only."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Give the simulated moment in UTC."""
        return self._now

    def set(self, moment: dt.datetime) -> None:
        """Go to a moment; it must be aware."""
        self._now = moment.astimezone(dt.UTC)

    def advance(self, **amount: float) -> None:
        """Go on by days, hours, minutes or seconds."""
        self._now += dt.timedelta(**amount)


@dataclass(frozen=True, slots=True)
class Membership:
    """A role at a site, or at all sites; `since` and `until` are UTC, the end excluded."""

    role: str
    site: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def last_day(self) -> dt.date | None:
        """Give the last day of the role, in UTC; None when it is open."""
        return (self.until - dt.timedelta.resolution).date() if self.until else None

    def holds(self, at: dt.datetime, site: str | None = None) -> bool:
        """Tell whether the role may be used at a moment, and at a site when one is named."""
        if (self.since and at < self.since) or (self.until and at >= self.until):
            return False
        return site is None or self.site is None or self.site == site


@dataclass(frozen=True, slots=True)
class Delegation:
    """The investigator's dated permission for a sub-investigator to sign at a site; the end excluded.

    `covers` names the milestones it is about; empty, it is about everything a sub-investigator may sign.
    """

    site: str
    since: dt.datetime
    until: dt.datetime | None = None
    covers: frozenset[str] = frozenset()

    def holds(self, at: dt.datetime, site: str, milestone: str | None = None) -> bool:
        """Tell whether signing forms of a milestone at the site is delegated at a moment."""
        if self.site != site or at < self.since or (self.until is not None and at >= self.until):
            return False
        return not self.covers or milestone in self.covers


FOR_EVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
SYSTEM_ROLE: Final = "SYSTEM"
MOST_KEPT: Final = 1000
_SEEN: Final[dict[tuple[str, tuple[str, ...]], frozenset[str]]] = {}


def seen(book: Book, roles: tuple[str, ...]) -> frozenset[str]:
    """Name the forms somebody with these roles sees; the same for everybody, worked out once a version."""
    key = (book.fingerprint, roles)
    found = _SEEN.get(key)
    if found is None:
        if len(_SEEN) >= MOST_KEPT:
            _SEEN.clear()
        found = _SEEN[key] = frozenset(form for form in book.forms if sees(book, roles, form))
    return found


@dataclass(frozen=True)
class Actor:
    """Somebody who does something: a person with roles, or the system itself."""

    user_id: str | None
    username: str
    name: str
    roles: tuple[Membership, ...]
    organisation: str = ""
    clock: Clock = field(default_factory=ServerClock)
    origin: Origin = "screen"
    language: str = "en"
    ip: str = ""
    mark: str = ""
    email: str = ""
    must_change_password: bool = False
    delegations: tuple[Delegation, ...] = ()
    _held: dict[str | None, tuple[dt.datetime, dt.datetime, tuple[str, ...]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def now(self) -> dt.datetime:
        """Give the moment of the act."""
        return self.clock.now()

    def who(self, role: str) -> Who:
        """Say who acts, as it is written into the trail."""
        return Who(self.user_id, self.username, self.name, role, self.organisation, self.origin, self.ip)

    def held(self, site: str | None = None) -> tuple[str, ...]:
        """List the roles in force now, at a site when one is named, each once."""
        now = self.now()
        known = self._held.get(site)
        if known is None or not known[0] <= now < known[1]:
            found = tuple(dict.fromkeys(one.role for one in self.roles if one.holds(now, site)))
            turns = (at for one in self.roles for at in (one.since, one.until) if at and at > now)
            known = self._held[site] = (now, min(turns, default=FOR_EVER), found)
        return known[2]

    def sites(self) -> frozenset[str] | None:
        """Give the sites this person works at; None means every site."""
        now = self.now()
        held = [one.site for one in self.roles if one.holds(now)]
        return None if None in held else frozenset(site for site in held if site)

    def is_system(self) -> bool:
        """Tell whether the program itself acts."""
        return self.user_id is None

    def at(self, site: str) -> bool:
        """Tell whether this person works at a site at all."""
        return self.is_system() or bool(self.held(site))

    def sees(self, book: Book, form: str, site: str) -> bool:
        """Tell whether this person sees a form at a site."""
        return self.is_system() or form in seen(book, self.held(site))

    def may(self, book: Book, verb: Verb, form: str, site: str) -> bool:
        """Tell whether this person may do something with a form at a site."""
        if verb != "see" and not self.sees(book, form, site):
            return False
        return any(may(book, role, form, verb) for role in self.held(site))

    def may_act(self, act: str, site: str | None = None) -> bool:
        """Tell whether this person may do an act that is not about one form."""
        return may_act(self.held(site), act)

    def role_for(self, book: Book, verb: Verb, form: str, site: str) -> str:
        """Name the role used; NotFound when the form may not be seen, NotPermitted when it may."""
        if self.is_system():
            return SYSTEM_ROLE
        if not self.sees(book, form, site):
            raise NotFound
        for role in self.held(site):
            if may(book, role, form, verb):
                return role
        raise NotPermitted(roles=tuple(role for role in book.roles if may(book, role, form, verb)), site=site)

    def role_for_items(self, book: Book, form: str, items: tuple[str, ...], site: str) -> str:
        """Name the role that enters these items; NotPermitted when one of them is for nobody here."""
        first = self.role_for(book, "enter", form, site)
        if self.is_system():
            return first
        held = self.held(site)
        for role in held:
            if all(may_item(book, role, form, item) for item in items):
                return role
        if all(any(may_item(book, role, form, item) for role in held) for item in items):
            return first
        may_all = (role for role in book.roles if all(may_item(book, role, form, item) for item in items))
        raise NotPermitted(roles=tuple(may_all), site=site)

    def role_for_act(self, act: str, site: str | None = None) -> str:
        """Name the role that does an act; NotFound at a strange site, NotPermitted otherwise."""
        if site is not None and not self.at(site):
            raise NotFound
        for role in self.held(site):
            if may_act((role,), act):
                return role
        raise NotPermitted(roles=tuple(role for role in STANDINGS if role in ACTS[act]), site=site)


def system(clock: Clock | None = None) -> Actor:
    """Give the program itself as actor: derivations, closing checks, seals."""
    return Actor(None, "system", "System", (), clock=clock or ServerClock(), origin="system")
