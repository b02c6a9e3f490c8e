"""Every role, state and move of a subject and of a proposed deviation: the tables, as snapshots."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.policy.lifecycle import ENDS, PROPOSAL, SUBJECT, Course, allows, subject_state
from imt_ecrf.policy.permissions import ACTS, STANDINGS, may
from tests.factories import real_book

if TYPE_CHECKING:
    from imt_ecrf.policy.lifecycle import Move

HERE = Path(__file__).parent
ROLES = (*STANDINGS, "SYSTEM")
STATES = (
    *("SCREENING", "SCREEN FAILURE", "ENROLLED", "ON TREATMENT", "OFF TREATMENT", "SAFETY FOLLOW-UP"),
    *("SURVIVAL FOLLOW-UP", "COMPLETED", "WITHDRAWN", "LOST", "DIED"),
)
PROPOSED = ("none", "proposed", "accepted", "declined", "withdrawn")
STEPS = ("propose", "propose by hand", "accept", "decline", "withdraw")


def decides(role: str, move: Move) -> bool:
    """Tell whether a role makes a move; where the table names nobody, who writes the log of deviations."""
    if move.roles:
        return role in move.roles
    return role in STANDINGS and may(real_book(), role, "F_DV", "finish")


def told(moves: tuple[Move, ...], states: tuple[str, ...], acts: tuple[str, ...]) -> str:
    """Write a table: a line a state and an act, where it leads, and every role with + or -."""
    lines = [" ".join(("state | move | to", *ROLES))]
    for state, act in product(states, acts):
        found = [one for one in moves if (one.state, one.act) == (state, act)]
        for one in found:
            marks = ("+" if decides(role, one) else "-" for role in ROLES)
            lines.append(" ".join((f"{state} | {act} | {one.to}", *marks)))
        if not found:
            lines.append(" ".join((f"{state} | {act} | refused", *("-" for _ in ROLES))))
    return "\n".join(lines) + "\n"


@pytest.mark.req("R07")
@pytest.mark.parametrize(
    ("name", "moves", "states", "acts"),
    [
        ("subject_moves", SUBJECT, STATES, ("enrol", "derive")),
        ("proposal_moves", PROPOSAL, PROPOSED, STEPS),
    ],
)
def test_who_may_move_it_is_what_was_agreed(
    name: str, moves: tuple[Move, ...], states: tuple[str, ...], acts: tuple[str, ...]
) -> None:
    assert {one.state for one in moves} | {one.to for one in moves} == set(states)
    assert {one.act for one in moves} == set(acts)
    assert told(moves, states, acts) == (HERE / f"{name}.txt").read_text(encoding="utf-8")


def test_only_enrolling_is_a_persons_act_and_every_other_state_follows_from_forms() -> None:
    people = {(one.state, one.act, one.to) for one in SUBJECT if one.roles != frozenset({"SYSTEM"})}
    assert people == {("SCREENING", "enrol", "ENROLLED")}
    may_enrol = {role for role in STANDINGS if allows(SUBJECT, "SCREENING", "enrol", (role,))}
    assert may_enrol == ACTS["enrol"]


FLAGS = ("enrolled", "refused", "dosed", "stopped", "safety", "survival", "died")
FORWARD = [
    Course(**dict(zip(FLAGS, flags, strict=True)), end_reason=reason)
    for flags in product((False, True), repeat=len(FLAGS))
    for reason in (None, *ENDS, "COMPLETED")
]


@pytest.mark.parametrize("flag", ["enrolled", "refused", "dosed", "stopped", "safety", "survival", "died"])
def test_one_more_fact_of_a_course_moves_a_subject_only_as_the_table_says(flag: str) -> None:
    """Skip what no visit schedule allows: a later step without those before it."""
    known = {(one.state, one.to) for one in SUBJECT}
    for course in FORWARD:
        if getattr(course, flag) or course.end_reason or course.died:
            continue
        steps = [course.enrolled, course.dosed, course.stopped, course.safety, course.survival]
        facts: dict[str, Any] = {name: getattr(course, name) or name == flag for name in FLAGS}
        later = Course(**facts)
        after = [later.enrolled, later.dosed, later.stopped, later.safety, later.survival]
        if steps != sorted(steps, reverse=True) or after != sorted(after, reverse=True):
            continue
        before, then = subject_state(course), subject_state(later)
        assert before == then or (before, then) in known or (before, flag) == ("SCREEN FAILURE", "enrolled")
