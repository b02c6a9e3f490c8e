"""Every role, state and move of a query: the table the program decides by, as a snapshot."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from imt_ecrf.policy.lifecycle import QUERY, query_right
from imt_ecrf.policy.permissions import ACTS, STANDINGS

SNAPSHOT = Path(__file__).with_name("query_moves.txt")
ROLES = (*STANDINGS, "SYSTEM")
STATES = ("none", "open", "answered", "re-opened", "closed", "cancelled")
MOVES = ("ask", "answer", "close", "reopen", "cancel")


def table() -> str:
    """Write the table: a line a state and a move, a column a role."""
    lines = [" ".join(("state", "move", "to", *ROLES))]
    for state, act in product(STATES, MOVES):
        found = next((one.to for one in QUERY if (one.state, one.act) == (state, act)), "-")
        rights = (query_right(role, state, act) or "-" for role in ROLES)
        lines.append(" ".join((state, act, found, *rights)))
    return "\n".join(lines) + "\n"


@pytest.mark.req("R07")
def test_who_may_move_a_query_is_what_was_agreed() -> None:
    assert table() == SNAPSHOT.read_text(encoding="utf-8")


def test_the_snapshot_names_every_state_and_move_of_the_table() -> None:
    assert {one.state for one in QUERY} | {one.to for one in QUERY} == set(STATES)
    assert {one.act for one in QUERY} == set(MOVES)


@pytest.mark.req("R19")
def test_no_role_of_a_site_or_of_a_central_reader_settles_a_query_in_any_state() -> None:
    writers = {role for role, one in STANDINGS.items() if one.side in {"site", "central"}}
    may = {
        (role, state, act)
        for role, state, act in product(writers, STATES, ("close", "reopen", "cancel"))
        if query_right(role, state, act)
    }
    assert may == set()
    assert not writers & (ACTS["settle_query"] | ACTS["settle_any_query"])
