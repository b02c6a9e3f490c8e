"""Every role, state and move of a signature: the table the program decides by, as a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from imt_ecrf.policy.lifecycle import SIGNATURE
from imt_ecrf.policy.permissions import STANDINGS
from imt_ecrf.policy.signing import MOVES, STATES, SignatureRight, signature_right, signature_table
from imt_ecrf.study.loader import draft_book

SNAPSHOT = Path(__file__).with_name("signature_moves.txt")
ROLES = (*STANDINGS, "SYSTEM")


def written() -> str:
    """Write the table: a line a role, a column a state and a move; figures are numbers of forms."""
    table = signature_table(draft_book())
    lines = [" ".join(["role", *(f"{state}:{act}" for state, act in table["PI"])])]
    lines += [" ".join([role, *map(short, cells.values())]) for role, cells in table.items()]
    return "\n".join(lines) + "\n"


def short(right: SignatureRight) -> str:
    return f"{len(right.forms)}{'+delegation' if right.delegated else ''}" if right.forms else "-"


@pytest.mark.req("R13")
def test_who_may_sign_in_which_state_is_what_was_agreed() -> None:
    assert written() == SNAPSHOT.read_text(encoding="utf-8")


def test_the_snapshot_names_every_state_and_move_of_the_table() -> None:
    assert {one.state for one in SIGNATURE} | {one.to for one in SIGNATURE} == set(STATES)
    assert {one.act for one in SIGNATURE} == set(MOVES)


@pytest.mark.req("R13")
def test_nobody_of_the_sponsor_but_the_safety_physician_signs_and_the_administrator_never_does() -> None:
    book = draft_book()
    outside = {role for role, one in STANDINGS.items() if one.side in {"sponsor", "admin"}}
    signed = {role: signature_right(book, role, "none", "sign").forms for role in outside}
    assert {role: forms for role, forms in signed.items() if forms} == {"SAFE": ("F_SAE",)}


@pytest.mark.req("R13")
def test_a_delegate_signs_all_the_investigator_signs_but_the_statement_on_the_casebook() -> None:
    book = draft_book()
    chief, deputy = (signature_right(book, role, "none", "sign") for role in ("PI", "SUBI"))
    assert (deputy.delegated, set(chief.forms) - set(deputy.forms)) == (True, {"F_SIGN"})
