"""Every role, state and move of the three marks of an item: the tables decided by, as a snapshot."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from imt_ecrf.policy.lifecycle import DATA_REVIEW, MEDICAL_REVIEW, VERIFICATION, allows
from imt_ecrf.policy.permissions import ACTS, STANDINGS
from tests.factories import real_book

SNAPSHOT = Path(__file__).with_name("mark_moves.txt")
TABLES = {"source": VERIFICATION, "data": DATA_REVIEW, "medical": MEDICAL_REVIEW}
ROLES = (*STANDINGS, "SYSTEM")
STATES = ("none", "verified", "lapsed")
MOVES = ("verify", "change", "unverify")


def table() -> str:
    """Write the tables: a line a kind, a state and a move, a column a role."""
    lines = [" ".join(("mark", "state", "move", "to", *ROLES))]
    for (kind, moves), state, act in product(TABLES.items(), STATES, MOVES):
        found = next((one.to for one in moves if (one.state, one.act) == (state, act)), "-")
        rights = ("yes" if allows(moves, state, act, (role,)) else "-" for role in ROLES)
        lines.append(" ".join((kind, state, act, found, *rights)))
    return "\n".join(lines) + "\n"


@pytest.mark.req("R35")
@pytest.mark.req("R37")
def test_who_may_move_a_mark_is_what_was_agreed() -> None:
    assert table() == SNAPSHOT.read_text(encoding="utf-8")


def test_the_snapshot_names_every_state_and_move_of_the_tables() -> None:
    for moves in TABLES.values():
        assert {one.state for one in moves} | {one.to for one in moves} == set(STATES)
        assert {one.act for one in moves} == set(MOVES)


@pytest.mark.req("R19")
def test_the_tables_name_exactly_the_roles_that_the_rights_of_the_study_name() -> None:
    book = real_book()
    named = {role for right in book.rights.values() for role in right.verify}
    assert {role for one in VERIFICATION for role in one.roles} - {"SYSTEM"} == named
    assert {role for one in DATA_REVIEW for role in one.roles} - {"SYSTEM"} == ACTS["review_data"]
    assert {role for one in MEDICAL_REVIEW for role in one.roles} - {"SYSTEM"} == ACTS["review_medically"]
    assert all(STANDINGS[role].side == "sponsor" for role in named | ACTS["mark_items"])
