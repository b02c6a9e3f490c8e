"""Serious events: a clock from the site's awareness, agreement with the adverse event, no report lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import milestones, sites
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.refused import ReasonNeeded
from tests.children import at, treated

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import Address
    from tests.factories import World

SITE = "03"
AWARE = dt.datetime(2026, 3, 20, 13, 50, tzinfo=dt.UTC)  # 23:50 in Vladivostok, UTC+10
SERIOUS = {
    "AETERM": "Pneumonia", "AESTDAT": "2026-03-19", "AETOXGR": "3", "AESER": "Y", "AESHOSP": "Y",
    "AEREL": "UNLIKELY",
}  # fmt: skip


@pytest.fixture
def report(real: World) -> Address:
    """Give a report written at 23:50 of a site ten hours before Greenwich, and its adverse event."""
    with real.acting() as session:
        name = {"name": "Far East Hospital", "name_ru": "Больница Дальнего Востока"}
        sites.open_site(session, system(real.clock), SITE, timezone="Asia/Vladivostok", **name)
    child = real.subject(SITE)
    treated(real, child)
    real.clock.set(AWARE)
    crc, address = real.user("CRC", SITE), at(child, "SE_LOG", "F_SAE")
    real.save(crc, at(child, "SE_LOG", "F_AE"), SERIOUS)
    real.save(
        crc, address, {"SAENO": "1", "SAEAWDT": "2026-03-20", "SAEAWTM": "23:50", "SAEPIREL": "UNLIKELY"}
    )
    return address


def standing(world: World) -> list[tuple[str, dt.datetime | None]]:
    """Give state and deadline of the signature of the report."""
    with world.looking() as session:
        found = milestones.due_signatures(session, world.user("PI", SITE))
    return [(one.state, one.reached.due_at) for one in found if one.value.startswith("MS_SAE")]


def spoken(world: World, address: Address) -> set[str]:
    """Name the checks that speak on a form."""
    return {one.check for one in world.open(world.user("CRC", address.subject[:2]), address).warnings}


@pytest.mark.req("R33")
def test_the_time_to_sign_counts_from_the_minute_the_site_became_aware_in_its_own_zone(
    real: World, report: Address
) -> None:
    until = AWARE + dt.timedelta(hours=24)
    real.clock.set(until - dt.timedelta(minutes=1))
    assert standing(real) == [("due", until)]
    real.clock.set(until + dt.timedelta(minutes=1))
    assert standing(real) == [("overdue", until)]
    assert report.form == "F_SAE"


@pytest.mark.req("R33")
def test_what_differs_between_event_and_report_is_asked_and_agrees_again(
    real: World, report: Address
) -> None:
    crc, event = real.user("CRC", SITE), at(report.subject, "SE_LOG", "F_AE")
    assert not {"C146", "C147"} & spoken(real, report)
    real.save(crc, event, {"AEREL": "PROBABLE", "AESTDAT": "2026-03-21"}, {"*": "SOURCE"})
    assert {"C146", "C147"} <= spoken(real, report)
    real.save(crc, event, {"AEREL": "UNLIKELY", "AESTDAT": "2026-03-19"}, {"*": "SOURCE"})
    assert not {"C146", "C147"} & spoken(real, report)


@pytest.mark.req("R33")
def test_an_event_that_is_no_longer_serious_needs_a_reason_and_keeps_its_report(
    real: World, report: Address
) -> None:
    crc, event = real.user("CRC", SITE), at(report.subject, "SE_LOG", "F_AE")
    before = dict(real.open(crc, report).cells)
    with pytest.raises(ReasonNeeded):
        real.save(crc, event, {"AESER": "N"}, {}, confirmed_clear=True)
    real.save(crc, event, {"AESER": "N"}, {"*": "SOURCE"}, confirmed_clear=True)
    kept = dict(real.open(crc, report).cells)
    assert {path: kept.get(path) for path in before} == before
    assert standing(real) == [("due", AWARE + dt.timedelta(hours=24))]


def test_a_serious_event_without_its_report_cannot_be_complete(real: World, report: Address) -> None:
    crc, second = real.user("CRC", SITE), at(report.subject, "SE_LOG", "F_AE", line=2)
    real.save(crc, second, SERIOUS)
    assert "C135" in spoken(real, second)
    assert "C135" not in spoken(real, at(report.subject, "SE_LOG", "F_AE"))
