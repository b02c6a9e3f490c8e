"""What the plan of verification asks: tiers, the drawn sample, triggers, its history; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.conduct import queries, sdv_lists, sdv_plan, studies, verifying
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.sdv_plan import Spot
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotPermitted
from tests.conduct.sdv import (
    FIGURES,
    NONE_BUT_CRITICAL,
    counts,
    looked,
    measured,
    plan_of,
    planned,
    sdv_book,
    verified,
)

if TYPE_CHECKING:
    from tests.factories import World


@pytest.mark.req("R35")
def test_tiers_say_what_is_due(world: World) -> None:
    cra = world.user("CRA")
    addresses = [measured(world) for _ in range(3)]
    whys = [{one.asks.why for one in looked(world, cra, one).items.values()} for one in addresses]
    assert whys[0] == whys[1] == {"critical", "first subjects"}
    assert whys[2] in ({"critical", "sample"}, {"critical", "not drawn"})
    planned(world, NONE_BUT_CRITICAL)
    assert counts(world, addresses[0]) == (1, 0, 0, 1, 0, "none")
    planned(world, {"sample": 100})
    assert counts(world, addresses[2]) == (4, 0, 0, 1, 0, "none")


@pytest.mark.req("R35")
def test_changing_the_plan_leaves_the_old_plan_and_its_dates_readable(world: World) -> None:
    before = plan_of(world)
    assert (before.sample, before.first_subjects, before.deviation[0]) == (20, 2, "F_SV")
    planned(world, {"sample": 40}, "Many errors")
    planned(world, {"sample": 30, "first_subjects": 1}, "Fewer errors")
    assert (plan_of(world).sample, plan_of(world).first_subjects, plan_of(world).seed) == (30, 1, before.seed)
    with world.looking() as session:
        listed = sdv_plan.history(session)
    assert [(one.value["sample"], one.reason, one.by) for one in listed] == [
        (30, "Fewer errors", "anna.dm.all"),
        (40, "Many errors", "anna.dm.all"),
    ]
    for wrong in ({"sample": 101}, {"sample": -1}, {"first_subjects": -1}):
        with pytest.raises(sdv_plan.WrongFigures):
            planned(world, wrong)
    with pytest.raises(sdv_plan.PlanNeedsReason):
        planned(world, {"sample": 1}, " ")
    with pytest.raises(NotPermitted), world.acting() as session:
        verifying.change_plan(session, world.user_in(session, "CRA"), {"sample": 1}, "mine")


@given(st.text(max_size=8), st.integers(0, 99), st.integers(0, 99))
def test_a_raised_sample_keeps_what_a_lower_one_had_drawn(seed: str, low: int, high: int) -> None:
    spots = [Spot(f"01-{n:03}", n, "SE_CYC", n, "F_VS", 1) for n in range(1, 40)]
    low, high = sorted((low, high))
    drawn = {spot.code for spot in spots if sdv_plan.lot(seed, spot) < low}
    more = {spot.code for spot in spots if sdv_plan.lot(seed, spot) < high}
    assert drawn <= more


def test_the_sample_draws_visits_evenly_and_the_lines_of_a_log_one_by_one() -> None:
    visits = [Spot(f"01-{n:03}", n, "SE_CYC", m, "F_VS", 1) for n in range(100) for m in range(20)]
    share = sum(sdv_plan.lot("seed", spot) < 20 for spot in visits) / len(visits)
    assert 0.17 < share < 0.23
    one = {sdv_plan.lot("s", Spot("01-001", 1, "SE_SCR", 1, form, 1)) for form in ("F_VS", "F_LB")}
    lines = {sdv_plan.lot("s", Spot("01-001", 1, "SE_LOG", 1, "F_AE", line)) for line in (1, 2, 3)}
    assert (len(one), len(lines)) == (1, 3)


@pytest.mark.req("R35")
def test_an_important_deviation_raises_its_form_at_that_site_to_the_whole(world: World) -> None:
    planned(world, NONE_BUT_CRITICAL)
    for site in ("01", "02"):
        code = world.subject(site)
        world.save(world.user("CRC", site), Address(code, "SE_SCR", 1, "F_LB"), {"G_LB.ALT.LBRES": "20"})
    panel = Address("01-001", "SE_SCR", 1, "F_LB")
    assert counts(world, panel) == (0, 0, 0, 0, 0, "none")
    other = Address(world.subject(), "SE_SCR", 1, "F_SV")
    world.save(world.user("CRC"), other, {"SVOCCUR": "N", "SVREASOC": "OTHER"})
    assert counts(world, panel) == (1, 0, 0, 0, 0, "none")
    assert counts(world, panel._replace(subject="02-001")) == (0, 0, 0, 0, 0, "none")
    with world.looking() as session:
        newest = sdv_plan.history(session)[0]
    assert (newest.site, newest.value, newest.by) == ("01", {"why": "deviation", "forms": ["F_LB"]}, "system")


@pytest.mark.req("R35")
def test_errors_in_the_sample_raise_it_and_the_next_patients_are_verified_in_full(world: World) -> None:
    planned(world, {"sample": 20, "first_subjects": 0})
    cra, crc = world.user("CRA"), world.user("CRC")
    address = measured(world)
    with world.acting() as session:
        queries.ask(session, cra, address, "The source says loud", "NOTE")
    world.clock.advance(hours=1)
    world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    verified(world, cra, address, "NOTE", "HEIGHT")
    with world.looking() as session:
        newest, terms = sdv_plan.history(session)[0], sdv_plan.terms(session, "01")
    assert newest.value == {"why": "errors", "errors": 1, "checked": 2, "rate": 50, "subjects": [2, 3, 4]}
    assert (terms.rate, set(terms.subjects)) == (50, {2, 3, 4})
    assert counts(world, measured(world)) == (4, 0, 0, 1, 0, "none")


def test_critical_items_of_a_central_reading_are_due_to_the_data_manager(world: World) -> None:
    code = world.subject()
    address = Address(code, "SE_SCR", 1, "F_ICR")
    world.save(world.user("CREAD"), address, {"ICTRG": "Y"})
    sheet = looked(world, world.user("DM"), address)
    assert (sheet.may, sheet.items["ICTRG"].asks.why) == (True, "critical")
    assert verified(world, world.user("DM"), address) == 1


@pytest.mark.req("R35")
def test_publishing_another_plan_counts_anew_what_is_due(world: World) -> None:
    address = measured(world)
    figures = {**FIGURES, **NONE_BUT_CRITICAL}
    version = replace(sdv_book().version, version="2", tables={"sdv": {"figures": figures}})
    with world.acting() as session:
        studies.publish(session, system(world.clock), version)
    assert counts(world, address) == (1, 0, 0, 1, 0, "none")
    with world.looking() as session:
        assert list(sdv_lists.faults(session)) == []
