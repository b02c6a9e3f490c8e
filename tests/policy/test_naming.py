"""Every state, move, condition and act of the tables has its words in both languages."""

from __future__ import annotations

from imt_ecrf.policy import naming
from imt_ecrf.policy.lifecycle import TABLES
from imt_ecrf.policy.permissions import ACTS

MOVES = [one for table in TABLES.values() for one in table]


def test_every_state_and_move_of_the_tables_has_its_name() -> None:
    assert {one.state for one in MOVES} | {one.to for one in MOVES} == set(naming.STATES)
    assert {one.act for one in MOVES} == set(naming.MOVES)


def test_every_condition_of_the_tables_has_its_russian_words() -> None:
    said = {one.when for one in MOVES} | {text for one in MOVES for text in one.voids}
    assert said - {""} == set(naming.CONDITIONS)


def test_every_act_has_its_name() -> None:
    assert set(ACTS) == set(naming.ACTS)
    assert (naming.act_name("screen", "en"), naming.act_name("screen", "ru")) == (
        "Take a child into screening",
        "Начать скрининг пациента",
    )
