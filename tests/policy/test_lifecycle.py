"""The tables of states: unique moves, refused ones, and the course of a subject."""

from __future__ import annotations

import itertools

import pytest

from imt_ecrf.policy import lifecycle
from imt_ecrf.policy.lifecycle import (
    ENTRY,
    QUERY,
    TABLES,
    Course,
    MoveNotPossible,
    allows,
    move,
    subject_state,
)


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"subject", "event"}))
def test_an_act_leads_from_a_state_to_one_state_only(name: str) -> None:
    pairs = [(one.state, one.act) for one in TABLES[name]]
    assert len(pairs) == len(set(pairs))


@pytest.mark.req("R37")
def test_every_pair_of_entry_state_and_act_is_in_the_table_or_refused() -> None:
    states = {one.state for one in ENTRY} | {one.to for one in ENTRY}
    acts = {one.act for one in ENTRY}
    allowed = {(one.state, one.act): one.to for one in ENTRY}
    for state, act in itertools.product(states, acts):
        if (state, act) in allowed:
            assert move(ENTRY, state, act).to == allowed[state, act]
        else:
            with pytest.raises(MoveNotPossible):
                move(ENTRY, state, act)


def test_only_who_asks_queries_closes_them_and_the_site_answers() -> None:
    may = {
        (one.state, one.act): sorted(
            role for role in ("CRC", "PI", "CRA", "DM", "SPON") if allows(QUERY, one.state, one.act, (role,))
        )
        for one in QUERY
    }
    site, office = ["CRC", "PI"], ["CRA", "DM"]
    assert may == {
        ("none", "ask"): office,
        ("open", "answer"): site,
        ("answered", "close"): office,
        ("answered", "reopen"): office,
        ("re-opened", "answer"): site,
        ("re-opened", "close"): office,
        ("re-opened", "cancel"): office,
        ("open", "close"): office,
        ("open", "cancel"): office,
        ("closed", "reopen"): office,
    }


@pytest.mark.parametrize(
    ("course", "state"),
    [
        (Course(), "SCREENING"),
        (Course(refused=True), "SCREEN FAILURE"),
        (Course(enrolled=True), "ENROLLED"),
        (Course(enrolled=True, dosed=True), "ON TREATMENT"),
        (Course(enrolled=True, dosed=True, stopped=True), "OFF TREATMENT"),
        (Course(enrolled=True, dosed=True, stopped=True, safety=True), "SAFETY FOLLOW-UP"),
        (Course(enrolled=True, stopped=True, safety=True, survival=True), "SURVIVAL FOLLOW-UP"),
        (Course(enrolled=True, end_reason="COMPLETED"), "COMPLETED"),
        (Course(enrolled=True, end_reason="STUDY TERMINATED BY SPONSOR"), "COMPLETED"),
        (Course(enrolled=True, end_reason="WITHDRAWAL BY PARENT/GUARDIAN"), "WITHDRAWN"),
        (Course(enrolled=True, end_reason="LOST TO FOLLOW-UP"), "LOST"),
        (Course(enrolled=True, end_reason="LOST TO FOLLOW-UP", died=True), "DIED"),
        (Course(end_reason="SCREEN FAILURE"), "SCREEN FAILURE"),
    ],
)
def test_the_state_of_a_subject_follows_from_its_course(course: Course, state: str) -> None:
    assert subject_state(course) == state


FLAGS = ("enrolled", "refused", "dosed", "stopped", "safety", "survival", "died")


def test_every_state_a_subject_can_have_is_in_its_table() -> None:
    told = {one.state for one in lifecycle.SUBJECT} | {one.to for one in lifecycle.SUBJECT}
    given = {
        subject_state(Course(**dict(zip(FLAGS, flags, strict=True)), end_reason=reason))
        for flags in itertools.product((False, True), repeat=7)
        for reason in (None, *lifecycle.ENDS, "COMPLETED")
    }
    assert given == told
