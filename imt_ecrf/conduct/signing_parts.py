"""Which forms of a milestone somebody signs, as a name: who shares it shares the list; knows no subject."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from imt_ecrf.conduct.signatures import signing_roles, stands_for
from imt_ecrf.policy.permissions import DELEGATE, INVESTIGATOR, may, signers
from imt_ecrf.study.sign_plan import dealt, milestone_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book

Where = tuple[str, str]
"""A form at an event of the schedule."""


class Part(NamedTuple):
    """What one milestone asks of those who sign in a role: the forms they may sign, and the name of that."""

    milestone: str
    role: str
    places: frozenset[Where]
    name: str


MOST_KEPT: Final = 256
_PARTS: Final[dict[str, tuple[Part, ...]]] = {}
_MINE: Final[dict[tuple[object, ...], frozenset[str]]] = {}


def parts(book: Book) -> tuple[Part, ...]:
    """List every part a milestone can have, the whole of a role first; worked out once a version."""
    if book.fingerprint not in _PARTS:
        _PARTS[book.fingerprint] = tuple(_parts(book))
    return _PARTS[book.fingerprint]


def own_parts(actor: Actor, book: Book, site: str) -> frozenset[str]:
    """Name the parts a person signs at a site now; the same for all with these roles and delegations."""
    now = actor.now()
    delegated = frozenset(
        one.covers for one in actor.delegations if replace(one, covers=frozenset()).holds(now, site)
    )
    key = (book.fingerprint, actor.held(site), delegated)
    if key not in _MINE:
        if len(_MINE) >= MOST_KEPT:
            _MINE.clear()
        _MINE[key] = _own(actor, book, site)
    return _MINE[key]


def _own(actor: Actor, book: Book, site: str) -> frozenset[str]:
    signed = (
        (place, role)
        for place in dealt(book)
        for role in signing_roles(actor, book, place[1], site, milestone_of(book, *place))
    )
    names = {one[:3]: one.name for one in parts(book)}
    return frozenset(names[one] for one in _split(book, signed))


def _parts(book: Book) -> Iterator[Part]:
    """Give the parts of each role, of a sub-investigator with and without a delegation, and of both roles."""
    known: dict[tuple[str, str, frozenset[Where]], None] = {}
    alone = [list(_signed(book, role)) for role in _roles(book)]
    chief = list(_signed(book, INVESTIGATOR))
    bare, whole = list(_signed(book, DELEGATE, delegated=False)), list(_signed(book, DELEGATE))
    for signed in (*alone, whole, bare, [*chief, *whole], [*chief, *bare]):
        known |= dict.fromkeys(_split(book, signed))
    count: dict[str, int] = defaultdict(int)
    for milestone, role, places in known:
        name = f"{milestone}:{role}"
        count[name] += 1
        yield Part(milestone, role, places, name if count[name] == 1 else f"{name}:{count[name]}")


def _roles(book: Book) -> list[str]:
    """Name the roles that sign something, those a delegate signs for before the delegate."""
    named = {role for form in book.rights for role in signers(book, form)}
    return sorted(named - {DELEGATE})


def _signed(book: Book, role: str, *, delegated: bool = True) -> Iterator[tuple[Where, str]]:
    for place in dealt(book):
        form = place[1]
        if may(book, role, form, "sign") and (
            role != DELEGATE or delegated or DELEGATE in book.rights[form].sign
        ):
            yield place, role


def _split(book: Book, signed: Iterable[tuple[Where, str]]) -> Iterator[tuple[str, str, frozenset[Where]]]:
    """Sort what somebody signs by the milestone and by the role the signature counts for."""
    taken = dealt(book)
    found: dict[tuple[str, str], set[Where]] = defaultdict(set)
    for place, role in signed:
        found[taken[place].oid, stands_for(role)].add(place)
    for (milestone, role), places in found.items():
        yield milestone, role, frozenset(places)


__all__ = ["Part", "own_parts", "parts"]
