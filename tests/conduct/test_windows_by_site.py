"""Windows and what they make due, by the calendar of each site: around midnight, to the end of treatment."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import entry, overview, sites, visits, work
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.refused import EventNotPossible, NotComplete
from tests.children import at, treated, visit

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import EventView
    from tests.factories import World

FAR_EAST = "03"


def states(world: World, child: str, moment: str = "") -> dict[tuple[str, int], str]:
    """Give the state of every visit but the logs, at a moment when one is named."""
    if moment:
        world.clock.set(dt.datetime.fromisoformat(moment))
    with world.looking() as session:
        found = visits.events_of(session, world.user("CRC", child[:2]), child)
    return {(one.oid, one.repeat): one.state for one in found if one.oid != "SE_LOG"}


def windows(world: World, child: str) -> dict[tuple[str, int], tuple[str, str]]:
    """Give first and last day of every visit that has a window."""
    with world.looking() as session:
        found = visits.events_of(session, world.user("CRC", child[:2]), child)
    return {
        (one.oid, one.repeat): (str(one.window.first), str(one.window.last)) for one in found if one.window
    }


@pytest.fixture
def child(real: World) -> str:
    """Give a child of Moscow that had its first dose on 10 March."""
    code = real.subject()
    treated(real, code)
    return code


@pytest.mark.req("R55")
@pytest.mark.parametrize(
    ("site", "moment", "state"),
    [
        ("01", "2026-03-14T20:59:59+00:00", "planned"),
        ("01", "2026-03-14T21:00:00+00:00", "due"),
        ("01", "2026-03-19T20:59:59+00:00", "due"),
        ("01", "2026-03-19T21:00:00+00:00", "overdue"),
        (FAR_EAST, "2026-03-14T13:59:59+00:00", "planned"),
        (FAR_EAST, "2026-03-14T14:00:00+00:00", "due"),
        (FAR_EAST, "2026-03-19T13:59:59+00:00", "due"),
        (FAR_EAST, "2026-03-19T14:00:00+00:00", "overdue"),
    ],
)
def test_a_visit_is_due_and_overdue_by_the_date_at_its_site(
    real: World, site: str, moment: str, state: str
) -> None:
    with real.acting() as session:
        name = {"name": "Far East Hospital", "name_ru": "Больница Дальнего Востока"}
        sites.open_site(session, system(real.clock), FAR_EAST, timezone="Asia/Vladivostok", **name)
    code = real.subject(site)
    treated(real, code)
    assert states(real, code, moment)["SE_C1D8", 1] == state
    with real.looking() as session:
        row = next(one for one in overview.matrix(session, real.user("CRC", site)))
    assert row.cells["SE_C1D8", 1].state == state


def test_every_window_is_counted_from_day_1_and_not_from_the_visit_before(real: World, child: str) -> None:
    real.clock.set(dt.datetime(2026, 4, 10, 9, tzinfo=dt.UTC))
    before = windows(real, child)
    real.save(real.user("CRC"), at(child, "SE_C1D8", "F_SV"), visit("2026-03-19"))
    assert windows(real, child) == before
    assert {key: before[key] for key in (("SE_C1D8", 1), ("SE_C1D22", 1), ("SE_C2D1", 1), ("SE_TA", 1))} == {
        ("SE_C1D8", 1): ("2026-03-15", "2026-03-19"),
        ("SE_C1D22", 1): ("2026-03-29", "2026-04-02"),
        ("SE_C2D1", 1): ("2026-04-04", "2026-04-10"),
        ("SE_TA", 1): ("2026-04-28", "2026-05-12"),
    }


def test_cycles_open_one_after_another_while_treatment_goes_on(real: World, child: str) -> None:
    crc, opened = real.user("CRC"), []
    for day in ("2026-05-05", "2026-06-02", "2026-06-30"):
        real.clock.set(dt.datetime.fromisoformat(f"{day}T09:00:00+00:00"))
        with real.acting() as session:
            opened.append(visits.open_event(session, crc, child, "SE_CYC"))
        real.save(crc, at(child, "SE_CYC", "F_SV", opened[-1]), visit(day))
    assert opened == [3, 4, 5]
    with pytest.raises(EventNotPossible), real.acting() as session:
        visits.open_event(session, crc, child, "SE_CYC", 9)


def test_the_end_of_treatment_ends_the_cycles_and_makes_follow_up_due_from_the_last_dose(
    real: World, child: str
) -> None:
    crc = real.user("CRC")
    real.clock.set(dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC))
    assert states(real, child)["SE_EOT", 1] == "planned"
    assert ("SE_SFU", 1) not in states(real, child)
    end = {
        "EOTDAT": "2026-05-01",
        "EOTLDOS": "2026-04-30",
        "EOTREAS": "PHYSICIAN DECISION",
        "EOTOTH": "Surgery",
    }
    real.save(crc, at(child, "SE_EOT", "F_EOT"), end)
    shown = states(real, child)
    assert not [key for key in shown if key[0] == "SE_CYC"]
    assert windows(real, child)["SE_SFU", 1] == ("2026-05-28", "2026-06-06")
    assert windows(real, child)["SE_EOT", 1] == ("2026-04-30", "2026-05-14")
    assert shown["SE_SFU", 1] == "planned"
    assert ("SE_TA", 1) in shown
    owed = {
        cell.form
        for one in _events(real, child)
        if one.oid == "SE_EOT"
        for cell in one.forms
        if cell.expected == "R"
    }
    assert {"F_SV", "F_EOT", "F_BOR", "F_DA", "F_LBH", "F_GRW"} <= owed
    assert states(real, child, "2026-05-28T09:00:00+00:00")["SE_SFU", 1] == "due"
    assert states(real, child, "2026-06-07T09:00:00+00:00")["SE_SFU", 1] == "overdue"
    real.save(crc, at(child, "SE_SFU", "F_SV"), visit("2026-06-01"))
    assert windows(real, child)["SE_SURV", 1] == ("2026-08-10", "2026-09-07")


def _events(world: World, child: str) -> tuple[EventView, ...]:
    with world.looking() as session:
        return visits.events_of(session, world.user("CRC"), child)


def test_an_unscheduled_visit_asks_for_its_reason(real: World, child: str) -> None:
    crc = real.user("CRC")
    with real.acting() as session:
        number = visits.add_unscheduled(session, crc, child)
    address = at(child, "SE_UNS", "F_SV", number)
    reviewed = dict.fromkeys(("AEYN", "CMYN", "PRYN", "DVYN"), "N")
    saved = real.save(crc, address, visit("2026-03-10") | reviewed)
    with pytest.raises(NotComplete) as refused, real.acting() as session:
        entry.complete_form(session, crc, address, saved.version)
    assert [one.path for one in refused.value.findings] == ["SVUPDES"]


def test_a_missed_visit_keeps_its_reason_and_leaves_the_list_of_what_is_due(real: World, child: str) -> None:
    crc = real.user("CRC")
    assert states(real, child, "2026-03-20T09:00:00+00:00")["SE_C1D8", 1] == "overdue"
    with real.acting() as session:
        visits.miss_event(session, crc, child, "SE_C1D8", 1, "ILLNESS")
    assert states(real, child)["SE_C1D8", 1] == "missed"
    (missed,) = (one for one in _events(real, child) if one.oid == "SE_C1D8")
    assert missed.reason == "ILLNESS"
    with real.looking() as session:
        listed = [item for kind in work.work_list(session, crc) for item in kind.items]
    assert not [one for one in listed if one.event == "SE_C1D8"]
