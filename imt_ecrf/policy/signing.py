"""Who may make which move of a signature, on which forms, as a table for an inspector; knows no person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.policy.lifecycle import SIGNATURE, SYSTEM, allows
from imt_ecrf.policy.permissions import DELEGATE, STANDINGS, signers

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book

STATES: Final = ("none", "valid", "void")
"""States of the signature of one role on one form; who signs in the investigator's place shares the state."""
MOVES: Final = tuple(dict.fromkeys(one.act for one in SIGNATURE))
PROGRAM: Final = next(iter(SYSTEM))


@dataclass(frozen=True, slots=True)
class SignatureRight:
    """What a role may do: on which forms (none: nothing), and whether only while it is delegated."""

    forms: tuple[str, ...] = ()
    delegated: bool = False


NOTHING: Final = SignatureRight()


def signature_right(book: Book, role: str, state: str, act: str) -> SignatureRight:
    """Say whether a role may make a move from a state, and on which forms."""
    if not allows(SIGNATURE, state, act, (role,)):
        return NOTHING
    if act != "sign":
        return SignatureRight(tuple(book.rights)) if role == PROGRAM else NOTHING
    forms = tuple(form for form in book.rights if role in signers(book, form))
    own = any(role in book.rights[form].sign for form in forms)
    return SignatureRight(forms, bool(forms) and role == DELEGATE and not own)


def signature_table(book: Book) -> dict[str, dict[tuple[str, str], SignatureRight]]:
    """Give the whole table: for each role, and for the program, every move from every state."""
    pairs = [(state, act) for act in MOVES for state in STATES]
    return {
        role: {(state, act): signature_right(book, role, state, act) for state, act in pairs}
        for role in (*STANDINGS, PROGRAM)
    }
