"""A draft tried on what is kept: the queries it would open and close, and that nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import queries, rehearsal
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.rehearsal import Would
from imt_ecrf.conduct.runtime import Study
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.tables import Event, Query
from imt_ecrf.study import publication
from tests.conduct.test_checks import Ward, check, checked_book, two_weights
from tests.factories import make_study, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.rehearsal import Rehearsed
    from imt_ecrf.study.definition import Check


@pytest.fixture
def ward(database_url: str) -> Iterator[Ward]:
    world = make_study(database_url, checked_book())
    yield Ward(world)
    world.engines.dispose()


def draft(*checks: Check) -> Study:
    """Give the study with other checks, unpublished."""
    version = replace(checked_book().version, version="draft", checks=checks)
    return Study(publication.read(publication.publish(version)))


def tried(ward: Ward, by: Study, actor: Actor | None = None) -> list[Rehearsed]:
    """Try a draft on all children."""
    who = actor or system(ward.world.clock)
    with ward.world.looking() as session:
        return [rehearsal.rehearse(session, who, by, code) for code in rehearsal.children(session, who)]


HEAVY = check("H1", "F_VS", "WEIGHT > 15", at="WEIGHT", message=words("Heavy.", "Тяжёлый."))


def test_a_draft_names_the_queries_it_would_open_on_complete_forms_only(ward: Ward) -> None:
    ward.visits()
    ward.weigh(ward.first, "20")
    ward.complete(ward.first)
    ward.weigh(ward.later, "20")
    ward.world.subject("02")
    found = tried(ward, draft(HEAVY))
    assert [one for child in found for one in child.would] == [
        Would("open", "01", ward.code, "SE_SCR", 1, "F_VS", 1, "WEIGHT", "H1", "Heavy.", "Тяжёлый.")
    ]
    assert rehearsal.summed(found) == {
        "children": 2,
        "forms": 4,
        "would_open": 1,
        "in_children": 1,
        "at_sites": 1,
        "would_close": 0,
        "rules_failed": 0,
    }


def test_a_draft_names_the_queries_it_would_close(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    assert ward.asked() == [("K1", "WEIGHT", "open")]
    kept = tuple(one for one in checked_book().version.checks if one.oid != "K1")
    assert [(one.act, one.check) for child in tried(ward, draft(*kept)) for one in child.would] == [
        ("close", "K1")
    ]


def test_the_version_in_force_would_change_nothing(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    assert [child.would for child in tried(ward, Study(checked_book()))] == [()]


def test_what_a_person_closed_would_not_be_opened_again(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    with ward.world.acting() as session:
        queries.close(session, ward.dm, ward.query(), "Oedema, seen")
    assert [child.would for child in tried(ward, Study(checked_book()))] == [()]


def test_trying_a_draft_writes_nothing(ward: Ward) -> None:
    two_weights(ward)
    with ward.world.looking() as session:
        before = [list(session.scalars(select(column))) for column in (Event.seq, Query.id)]
    tried(ward, draft(HEAVY), ward.dm)
    with ward.world.looking() as session:
        assert [list(session.scalars(select(column))) for column in (Event.seq, Query.id)] == before
    assert ward.sound()


def test_a_rule_that_comes_to_no_result_is_named(ward: Ward) -> None:
    two_weights(ward)
    huge = " * ".join(["WEIGHT * 1000000000000000000000000000"] * 9)
    found = tried(ward, draft(check("H2", "F_VS", f"{huge} > 1", at="WEIGHT")))
    assert rehearsal.summed(found)["rules_failed"] == 1
    assert [name for child in found for name in child.failed] == ["H2"]


@pytest.mark.req("R17")
@pytest.mark.parametrize("role", ["CRC", "PI", "CRA", "ADMIN", "CREAD"])
def test_only_the_data_manager_tries_a_draft(ward: Ward, role: str) -> None:
    with pytest.raises(NotPermitted):
        tried(ward, draft(HEAVY), ward.world.user(role))
