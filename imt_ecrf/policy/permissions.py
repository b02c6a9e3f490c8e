"""Who may see, enter, sign and verify which form, and who may do which act; knows no person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form

Verb = Literal["see", "enter", "finish", "sign", "verify", "propose"]
Side = Literal["site", "central", "sponsor", "admin"]

VERBS: Final[tuple[Verb, ...]] = ("see", "enter", "sign", "verify", "propose")
"""The verbs of the printed table; `finish` follows from it: who enters the form as a whole, not single items,
may also begin it, complete it, open it again, call it not done and strike it out.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a role is: its side, whether it belongs to one site, whether it writes data."""

    side: Side
    of_site: bool = False
    writes: bool = False


STANDINGS: Final[dict[str, Standing]] = {
    "CRC": Standing("site", of_site=True, writes=True),
    "SUBI": Standing("site", of_site=True, writes=True),
    "PI": Standing("site", of_site=True, writes=True),
    "PHARM": Standing("site", of_site=True, writes=True),
    "LABM": Standing("site", of_site=True, writes=True),
    "CPATH": Standing("central", writes=True),
    "CREAD": Standing("central", writes=True),
    "CODER": Standing("sponsor", writes=True),
    "SAFE": Standing("sponsor", writes=True),
    "CRA": Standing("sponsor"),
    "DM": Standing("sponsor"),
    "MEDMON": Standing("sponsor"),
    "STAT": Standing("sponsor"),
    "SPON": Standing("sponsor"),
    "AUD": Standing("sponsor"),
    "ADMIN": Standing("admin"),
}
"""What each role is; outside the site a role writes only what names it, the study says what is hidden."""

NOBODY: Final = Standing("admin")
INVESTIGATOR: Final = "PI"
DELEGATE: Final = "SUBI"

ENTRY_ROLES: Final = frozenset({"CRC", "SUBI", "PI", "PHARM"})
READERS: Final = frozenset(role for role, standing in STANDINGS.items() if standing.side != "admin")
UNBLIND: Final = frozenset(role for role in READERS if STANDINGS[role].side != "central")

ACTS: Final[dict[str, frozenset[str]]] = {
    "see_subjects": READERS,
    "see_course": UNBLIND,
    "screen": frozenset({"CRC", "SUBI", "PI"}),
    "enrol": frozenset({"CRC", "SUBI", "PI"}),
    "open_event": ENTRY_ROLES,
    "miss_event": frozenset({"CRC", "SUBI", "PI"}),
    "ask_query": frozenset({"CRA", "DM", "MEDMON", "SAFE", "CODER"}),
    "answer_query": ENTRY_ROLES | {"CPATH", "CREAD"},
    "settle_query": frozenset({"CRA", "DM", "MEDMON", "SAFE", "CODER"}),
    "settle_any_query": frozenset({"DM"}),
    "write_note": ENTRY_ROLES | {"CPATH", "CREAD", "CRA", "DM", "MEDMON", "SAFE", "CODER"},
    "download_casebook": UNBLIND - {"STAT"},
    "countersign": frozenset({"PI", "SPON"}),
    "keep_certificate": frozenset({"ADMIN"}),
    "see_trail": READERS,
    "see_accounts": frozenset({"ADMIN", "DM", "AUD", "SPON"}),
    "manage_accounts": frozenset({"ADMIN"}),
    "delegate_signing": frozenset({"PI"}),
    "see_events_log": frozenset({"ADMIN", "AUD", "DM"}),
    "see_training": frozenset({"ADMIN", "AUD", "DM"}),
    "publish": frozenset({"ADMIN", "DM"}),
    "rehearse": frozenset({"DM"}),
    "set_study": frozenset({"ADMIN"}),
    "see_ranges": UNBLIND,
    "keep_ranges": frozenset({"LABM"}),
    "mark_items": frozenset({"CRA", "DM", "SAFE", "MEDMON"}),
    "review_data": frozenset({"DM"}),
    "review_medically": frozenset({"MEDMON"}),
    "plan_verification": frozenset({"DM"}),
    "plan_cut": frozenset({"DM"}),
    "oversee": frozenset({"SPON", "DM", "MEDMON", "CRA", "STAT", "AUD"}),
}
"""Acts that are not about one form: which roles may do them."""


def standing(role: str) -> Standing:
    """Say what a role is; a role the program does not know may do nothing."""
    return STANDINGS.get(role, NOBODY)


def may_act(roles: Iterable[str], act: str) -> bool:
    """Tell whether one of the roles may do an act that is not about one form."""
    return not ACTS[act].isdisjoint(roles)


def may(book: Book, role: str, form: str, verb: Verb) -> bool:
    """Tell whether a role may do something with a form; an unknown form is nobody's."""
    right = book.rights.get(form)
    if right is None or form not in book.forms or role not in STANDINGS:
        return False
    if verb == "see":
        return role not in right.hidden_from and standing(role).side != "admin"
    if not may(book, role, form, "see"):
        return False
    if verb in {"enter", "finish"}:
        return _writes(book, role, form, whole=verb == "finish")
    if verb == "propose":
        return role in right.enter and not STANDINGS[role].writes
    return role in (right.verify if verb == "verify" else signers(book, form))


def may_item(book: Book, role: str, form: str, item: str) -> bool:
    """Tell whether a role may enter an item: one with named originators is written by those only."""
    if not may(book, role, form, "enter"):
        return False
    named = originators(book, form, item)
    return role in (named or book.rights[form].enter)


def originators(book: Book, form: str, item: str) -> tuple[str, ...]:
    """List the roles that alone may write an item; none when the rights of its form hold."""
    named = book.rights[form].item_enter.get(item, ())
    place = book.places.get(item)
    return named or (place.item.originator if place else ())


def signers(book: Book, form: str) -> tuple[str, ...]:
    """List the roles that may sign a form: those named, and a delegate where the investigator is named.

    A form that only the investigator enters is the investigator's own statement: no delegate signs it.
    """
    right = book.rights[form]
    if INVESTIGATOR in right.sign and right.enter != (INVESTIGATOR,) and DELEGATE not in right.sign:
        return (*right.sign, DELEGATE)
    return right.sign


def sees(book: Book, roles: Iterable[str], form: str) -> bool:
    """Tell whether somebody with these roles sees a form: a central role's blinding holds for the person."""
    held = tuple(roles)
    right = book.rights.get(form)
    blind = (role for role in held if standing(role).side == "central")
    if right is None or any(role in right.hidden_from for role in blind):
        return False
    return any(may(book, role, form, "see") for role in held)


def may_hold_together(one: str, other: str) -> bool:
    """Tell whether a person may hold both roles: of one side only, and a central role alone."""
    if one == other:
        return True
    sides = {standing(one).side, standing(other).side}
    return len(sides) == 1 and "central" not in sides


def _names_item(book: Book, role: str, form: Form) -> bool:
    return any(role in originators(book, form.oid, item.oid) for item in form.items())


def _writes(book: Book, role: str, form: str, *, whole: bool) -> bool:
    if not STANDINGS[role].writes:
        return False
    return role in book.rights[form].enter or (not whole and _names_item(book, role, book.forms[form]))
