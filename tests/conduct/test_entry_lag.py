"""How late forms are written down goes by the calendar of their site, in figures and in lists alike."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, literal, select

from imt_ecrf.conduct import form_lists, site_figures, sites
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.site_days import Days, offsets, since
from imt_ecrf.conduct.views import Address
from imt_ecrf.store.tables import stamp
from tests.conduct.sdv import sdv_book
from tests.factories import World, enrolled, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator

EAST, WEST = "Asia/Vladivostok", "America/Los_Angeles"
ZONES = (
    *("UTC", EAST, WEST, "Europe/Moscow", "Europe/London", "Asia/Kathmandu", "America/St_Johns"),
    *("Pacific/Chatham", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
)
VISIT = "2026-11-18"
MOMENTS = st.datetimes(dt.datetime(2020, 1, 2), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001


@pytest.fixture
def far(database_url: str) -> Iterator[World]:
    """Give hospitals ten hours east and eight hours west of Greenwich."""
    world = make_study(database_url, sdv_book())
    with world.acting() as session:
        for code, zone in (("03", EAST), ("04", WEST)):
            sites.open_site(
                session, system(world.clock), code, name=f"Hospital {code}", timezone=zone, name_ru=code
            )
    yield world
    world.engines.dispose()


def test_the_days_from_visit_to_entry_are_those_of_the_site(far: World) -> None:
    children = {site: enrolled(far, site) for site in ("03", "04")}
    # 23:30 and 00:30 two days later: for UTC one day in the east, and the next one in the west
    entered: tuple[tuple[str, str, dict[str, Any], str], ...] = (
        ("03", "F_SV", {"SVOCCUR": "Y", "SVSTDAT": VISIT}, "2026-11-20T13:30"),
        ("03", "F_VS", {"VSPERF": "Y"}, "2026-11-20T14:30"),
        ("04", "F_SV", {"SVOCCUR": "Y", "SVSTDAT": VISIT}, "2026-11-21T07:30"),
        ("04", "F_VS", {"VSPERF": "Y"}, "2026-11-21T08:30"),
    )
    for site, form, answers, at in entered:
        far.clock.set(dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC))
        far.save(far.user("CRC", site), Address(children[site], "SE_SCR", 1, form), answers)
    dm = far.user("DM")
    with far.looking() as session:
        found = {one.site: +one.lags for one in site_figures.figures(session, dm) if one.lags}
        listed = {(one.site, one.address.form): one.lag for one in form_lists.forms(session, dm).rows}
        late = form_lists.forms(session, dm, late=3)
    assert found == {"03": Counter({2: 1, 3: 1}), "04": Counter({2: 1, 3: 1})}
    assert {key: lag for key, lag in listed.items() if lag is not None} == {
        ("03", "F_SV"): 2, ("03", "F_VS"): 3, ("04", "F_SV"): 2, ("04", "F_VS"): 3,
    }  # fmt: skip
    assert sorted(one.site for one in late.rows) == ["03", "04"]


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_stored_moment_falls_on_the_day_its_zone_says(at: dt.datetime, zone: str) -> None:
    saved, days = stamp(at), Days(zone)
    local = at.astimezone(ZoneInfo(zone))
    assert dt.date.fromordinal(days[saved[: days.signs]]) == local.date()
    ahead = next(minutes for begin, minutes in offsets(zone) if saved >= begin)
    assert dt.timedelta(minutes=ahead) == local.utcoffset()


def test_the_database_counts_the_days_that_python_counts(far: World) -> None:
    begin = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    moments = [begin + dt.timedelta(hours=7 * n, minutes=13 * n) for n in range(60)]
    with far.looking() as session:
        for zone in ZONES:
            for at in moments:
                saved = literal(stamp(at))
                counted = since(session, literal(VISIT), saved, literal("03"), {"03": zone})
                local = at.astimezone(ZoneInfo(zone)).date()
                assert session.scalar(select(counted)) == (local - dt.date.fromisoformat(VISIT)).days


def test_figures_of_many_sites_take_as_many_statements_as_those_of_one(far: World) -> None:
    said: list[str] = []
    dm, counts = far.user("DM"), []
    event.listen(far.engines.reading, "before_cursor_execute", lambda *given: said.append(given[2]))
    for site in ("03", ""):
        said.clear()
        with far.looking() as session:
            site_figures.figures(session, dm, site)
        counts.append(len(said))
    assert counts[0] == counts[1] <= 8
