"""Consent asked again at 15 and 18: from when by what is known of the birth, until it is recorded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.age import completed_years
from imt_ecrf.conduct import coming_of_age
from imt_ecrf.study.consents import _aged, of_age
from imt_ecrf.study.records import Record
from tests.children import at, born, consent, decide

if TYPE_CHECKING:
    from imt_ecrf.conduct.coming_of_age import Reconsent
    from tests.factories import World

DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2027, 12, 31))


def owed(world: World, day: str, site: str = "01", **more: str) -> list[tuple[int, str, str, str]]:
    """Give age, first and last day and state of what is owed on a day, at noon in Moscow."""
    world.clock.set(dt.datetime.fromisoformat(f"{day}T09:00:00+00:00"))
    with world.looking() as session:
        found: tuple[Reconsent, ...] = coming_of_age.reconsents(session, world.user("CRC", site), **more)
    return [(one.age, str(one.first), str(one.last), one.state) for one in found]


def child_born(world: World, **parts: str) -> str:
    """Give a consented child of which so much of the birth is known."""
    child = world.subject(consented=False)
    consent(world, child)
    born(world, child, **parts)
    return child


@pytest.mark.req("R75")
def test_a_known_birthday_is_announced_a_month_ahead_due_on_the_day_and_overdue_after_four_weeks(
    real: World,
) -> None:
    child_born(real, BRTHYY="2011", BRTHMO="5", BRTHDD="20", AGEIC_Y="14")
    day = ("2026-05-20", "2026-05-20")
    assert owed(real, "2026-04-18") == []
    assert owed(real, "2026-04-19") == [(15, *day, "coming")]
    assert owed(real, "2026-05-20") == [(15, *day, "due")]
    assert owed(real, "2026-06-17") == [(15, *day, "due")]
    assert owed(real, "2026-06-18") == [(15, *day, "overdue")]
    assert owed(real, "2026-06-18", site="02") == []


@pytest.mark.req("R75")
def test_a_month_or_a_year_of_birth_gives_the_days_it_may_be(real: World) -> None:
    child_born(real, BRTHYY="2011", BRTHMO="5", AGEIC_Y="14")
    assert owed(real, "2026-05-20") == [(15, "2026-05-01", "2026-05-31", "due")]
    child_born(real, BRTHYY="2008", AGEIC_Y="17")
    # 17 on 1 March 2026 and born in 2008: 18 comes after 1 March, by the end of the year
    assert (18, "2026-03-02", "2026-12-31", "due") in owed(real, "2026-06-01")


@pytest.mark.req("R75")
def test_the_task_closes_when_the_patient_consents_on_or_after_the_day_and_opens_again_when_struck(
    real: World,
) -> None:
    child = child_born(real, BRTHYY="2011", BRTHMO="5", BRTHDD="20", AGEIC_Y="14")
    own = {"ICTYPE": "PATIENT CONSENT", "ICSIGNER": "PATIENT"}
    real.clock.set(dt.datetime(2026, 5, 25, 9, tzinfo=dt.UTC))
    consent(real, child, "2026-05-19", line=2, **own)
    assert len(owed(real, "2026-05-25", subject=child)) == 1
    consent(real, child, "2026-05-20", line=3, **own)
    assert owed(real, "2026-05-25", subject=child) == []
    # the patient's own consent at 15 is not the one at 18
    assert owed(real, "2029-05-20") == [(18, "2029-05-20", "2029-05-20", "due")]


def test_the_age_set_at_a_site_counts_there(real: World) -> None:
    child = child_born(real, BRTHYY="2009", BRTHMO="3", BRTHDD="15", AGEIC_Y="16")
    decide(real, "legal_age", 17)
    assert owed(real, "2026-03-20") == [(17, "2026-03-15", "2026-03-15", "due")]
    assert child == "01-001"


def test_who_has_ended_or_withdrawn_is_asked_nothing(real: World) -> None:
    child = child_born(real, BRTHYY="2011", BRTHMO="5", BRTHDD="20", AGEIC_Y="14")
    answers = {"ICWITH": "Y", "ICWITHSC": "ALL", "ICWITHDT": "2026-04-01"}
    real.save(real.user("CRC"), at(child, "SE_LOG", "F_IC"), answers, {"*": "NEW"})
    assert owed(real, "2026-05-25") == []


def test_the_birthday_counts_by_the_calendar_of_the_site(real: World) -> None:
    child_born(real, BRTHYY="2011", BRTHMO="5", BRTHDD="20", AGEIC_Y="14")

    def state(moment: str) -> str:
        real.clock.set(dt.datetime.fromisoformat(moment))
        with real.looking() as session:
            return coming_of_age.reconsents(session, real.user("CRC"))[0].state

    assert state("2026-05-19T20:59:00+00:00") == "coming"
    assert state("2026-05-19T21:00:00+00:00") == "due"


@given(DAYS, DAYS)
def test_the_bounds_from_the_age_at_consent_hold_the_day_of_birth(birth: dt.date, signed: dt.date) -> None:
    if not birth <= signed:
        return
    record = Record("F_DM", cells={"AGEIC_Y": {"v": str(completed_years(birth, signed))}})
    bounds = _aged(record, signed)
    assert bounds is not None
    assert bounds[0] <= birth <= bounds[1]
    first, last = of_age(bounds, 15)
    assert first <= of_age((birth, birth), 15)[0] <= last
