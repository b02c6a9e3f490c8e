"""A role nobody reachable held when an alert was told is told later, once; until then it is named."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from imt_ecrf.conduct import alert_lists
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.alert_letters import WRITTEN
from imt_ecrf.jobs import alerting
from imt_ecrf.store import writing
from imt_ecrf.store.tables import User
from tests.factories import make_user
from tests.jobs.test_alerting import TOLD, child, house, letters, logged, loud, world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories import World

__all__ = ["child", "world"]  # fixtures
SAFE = "anna.safe.all"


def give_address(world: World, username: str, email: str) -> None:
    """Write an address into an account; an empty one takes it away."""
    author = system(world.clock)
    with writing(world.engines, author.who("SYSTEM")) as session:
        session.execute(update(User).where(User.username == username).values(email=email))


def written(world: World) -> list[str]:
    """Name who was written to, in order."""
    return [to for _act, to, _outcome in logged(world, WRITTEN)]


def missing(world: World) -> list[tuple[str, ...]]:
    """Name the roles the page says nobody was told in, by alert."""
    with world.looking() as session:
        return [one.missing for one in alert_lists.listed(session, world.user("PI"))]


@pytest.mark.req("R33")
def test_who_gets_an_address_later_is_told_then_once_and_nobody_else_again(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    give_address(world, SAFE, "")
    loud(world)
    first = alerting.run(settings, world.engines, world.clock)
    assert (first.written, written(world), missing(world)) == (2, TOLD[:2], [("SAFE",)])
    assert alerting.run(settings, world.engines, world.clock).written == 0
    give_address(world, SAFE, "safe@one.example")
    later = [alerting.run(settings, world.engines, world.clock).written for _ in range(2)]
    assert (later, written(world), missing(world)) == ([1, 0], TOLD, [()])
    assert len(letters(tmp_path / "data/outbox")) == 3
    assert child == "01-001"


@pytest.mark.req("R33")
def test_an_address_that_cannot_be_used_is_noted_once_and_its_role_stays_untold(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    give_address(world, SAFE, "no address")
    loud(world)
    for _ in range(2):
        alerting.run(settings, world.engines, world.clock)
    refused = [to for _act, to, outcome in logged(world, WRITTEN) if outcome == "refused"]
    assert (refused, missing(world), child) == ([SAFE], [("SAFE",)], "01-001")
    give_address(world, SAFE, "safe@one.example")
    alerting.run(settings, world.engines, world.clock)
    assert (written(world).count(SAFE), missing(world)) == (2, [()])


def test_a_new_holder_of_a_role_that_was_told_is_not_told_again(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    loud(world)
    alerting.run(settings, world.engines, world.clock)
    with world.acting() as session:
        make_user(session, "zoe.safe", "SAFE", "01", world.clock)
    world.clock.advance(hours=1)
    assert alerting.run(settings, world.engines, world.clock).written == 0
    assert (written(world), child) == (TOLD, "01-001")


def test_an_alert_that_was_taken_back_is_told_to_nobody_any_more(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    give_address(world, SAFE, "")
    loud(world)
    alerting.run(settings, world.engines, world.clock)
    loud(world, "Quiet")
    give_address(world, SAFE, "safe@one.example")
    assert alerting.run(settings, world.engines, world.clock).written == 0
    assert (written(world), missing(world), child) == (TOLD[:2], [()], "01-001")


def test_a_role_untold_is_named_after_a_while_and_before(world: World, child: str, tmp_path: Path) -> None:
    settings = house(tmp_path)
    give_address(world, SAFE, "")
    loud(world)
    alerting.run(settings, world.engines, world.clock)
    now = world.clock.now()
    assert alerting.lacking(world.engines, now) == []
    assert alerting.lacking(world.engines, now + dt.timedelta(minutes=10)) == [("AL_LOUD", "01", ("SAFE",))]
    assert (alerting.unheard(world.engines, now + dt.timedelta(minutes=10)), child) == (0, "01-001")
