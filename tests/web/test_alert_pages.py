"""The link of an alert leads to the form for who may see it, after the door, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf import config
from imt_ecrf.conduct import alert_letters, alert_lists
from imt_ecrf.conduct.views import Address
from imt_ecrf.jobs import alerting
from tests.alerted import alerted_book
from tests.web.clerk import Clerk, Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENT = Address("01-001", "SE_LOG", 1, "F_AE", 1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    """Give the small study with an event that was told at once."""
    place = office(tmp_path / "house", alerted_book())
    place.world.subject("01")
    place.world.save(place.world.user("CRC"), EVENT, {"AETERM": "Loud"})
    yield place
    place.world.engines.dispose()


def link(place: Office) -> str:
    """Give the address that stands in the message."""
    with place.world.looking() as session:
        (one,) = alert_letters.waiting(session)
    return f"/alerts/{one.id}"


@pytest.mark.req("R33")
@pytest.mark.parametrize(
    ("role", "site", "status"),
    [("PI", "01", 302), ("SAFE", "01", 302), ("MEDMON", "01", 302), ("PI", "02", 404), ("CREAD", "01", 404)],
)
def test_the_link_leads_to_the_form_for_who_may_see_it(
    house: Office, role: str, site: str, status: int
) -> None:
    somebody = Clerk(house, house.world.user(role, site).username)
    door = somebody.get(link(house))
    assert (door.status, "/login" in door.where) == (302, True)
    somebody.sign_in()
    answered = somebody.get(link(house))
    assert answered.status == status
    assert answered.where.endswith(f"/subjects/{EVENT}" if status == 302 else "")


def test_a_link_that_leads_nowhere_is_not_found(house: Office) -> None:
    pi = Clerk(house, house.world.user("PI").username)
    pi.sign_in()
    assert pi.get("/alerts/0").status == 404


@pytest.mark.req("R33")
def test_the_list_says_what_was_told_to_whom_and_until_when_to_report(house: Office, tmp_path: Path) -> None:
    world = house.world
    safe, reader, elsewhere = world.user("SAFE"), world.user("CREAD"), world.user("PI", "02")
    seen = {}
    for who in (safe, reader, elsewhere):
        clerk = Clerk(house, who.username)
        clerk.sign_in()
        seen[who.username] = clerk.get("/alerts")
        if who is safe:
            assert "nobody yet" in seen[who.username].page.text
            alerting.run(config.load(tmp_path / "house"), world.engines, world.clock)
            told = clerk.get("/alerts").page.text
    assert f"{safe.name} written 10 Mar 2026, 12:00 UTC" in told
    assert "11 Mar 2026, 15:00 at the site" in told
    for who in (reader, elsewhere):
        assert (seen[who.username].status, "01-001" in seen[who.username].page.text) == (200, False)


def test_an_alert_that_ended_and_came_back_stands_twice(house: Office) -> None:
    crc = house.world.user("CRC")
    for term in ("Quiet", "Loud"):
        house.world.save(crc, EVENT, {"AETERM": term}, {"*": "Read again"})
    with house.world.looking() as session:
        found = alert_lists.listed(session, crc)
    assert [(one.alert, one.ended_at is None, one.told) for one in found] == [
        ("AL_LOUD", True, []), ("AL_LOUD", False, []),
    ]  # fmt: skip
