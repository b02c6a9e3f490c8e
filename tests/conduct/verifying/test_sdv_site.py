"""What a site has beside the plan: raised, changed, lifted by hand; only what comes later raises it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import queries, sdv_lists, sdv_plan, sdv_site
from imt_ecrf.conduct.sdv_site import LIFTED, Raised
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from tests.conduct.sdv import NONE_BUT_CRITICAL, counts, measured, planned, verified
from tests.factories import ROLES

if TYPE_CHECKING:
    from tests.factories import World


def decided(world: World, wanted: Raised, reason: str = "Decided by the sponsor", site: str = "01") -> None:
    """Let the data manager decide for a site."""
    with world.acting() as session:
        sdv_site.decide(session, world.user_in(session, "DM"), site, wanted, reason)


def raised(world: World, site: str = "01") -> Raised:
    """Give what a site has beside the plan."""
    with world.looking() as session:
        return sdv_site.raised(session, site)


def deviation(world: World) -> None:
    """Record an important deviation at a new subject of site 01."""
    address = Address(world.subject(), "SE_SCR", 1, "F_SV")
    world.save(world.user("CRC"), address, {"SVOCCUR": "N", "SVREASOC": "OTHER"})


@pytest.mark.req("R35")
def test_what_a_deviation_raised_is_lifted_and_only_a_later_one_raises_it_again(world: World) -> None:
    planned(world, NONE_BUT_CRITICAL)
    panel = Address(world.subject(), "SE_SCR", 1, "F_LB")
    world.save(world.user("CRC"), panel, {"G_LB.ALT.LBRES": "20"})
    deviation(world)
    assert (raised(world), counts(world, panel)[0]) == (Raised(forms=("F_LB",)), 1)
    world.clock.advance(hours=1)
    decided(world, LIFTED, "Corrective action is done")
    assert (raised(world), counts(world, panel)[0]) == (LIFTED, 0)
    world.save(world.user("CRC"), Address("01-002", "SE_SCR", 1, "F_SV"), {"SVREASOC": "OTHER"})
    assert raised(world) == LIFTED
    deviation(world)
    assert (raised(world), counts(world, panel)[0]) == (Raised(forms=("F_LB",)), 1)
    with world.looking() as session:
        assert [(one.value.get("why"), one.by) for one in sdv_plan.history(session)][:3] == [
            ("deviation", "system"),
            ("decided", "anna.dm.all"),
            ("deviation", "system"),
        ]
        assert list(sdv_lists.faults(session)) == []


@pytest.mark.req("R35")
def test_what_errors_raised_is_changed_and_errors_known_by_then_raise_nothing_again(world: World) -> None:
    planned(world, {"sample": 100, "raise_to": 100, "first_subjects": 0})
    cra, crc, address = world.user("CRA"), world.user("CRC"), measured(world)
    with world.acting() as session:
        queries.ask(session, cra, address, "The source says loud", "NOTE")
    world.clock.advance(hours=1)
    world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    verified(world, cra, address, "NOTE")
    assert raised(world).subjects == (2, 3, 4)
    world.clock.advance(hours=1)
    decided(world, Raised(subjects=(3,)))
    verified(world, cra, address, "HEIGHT")
    assert raised(world) == Raised(subjects=(3,))


@pytest.mark.req("R35")
def test_a_site_is_raised_by_hand_there_only_and_every_decision_keeps_its_reason(world: World) -> None:
    planned(world, NONE_BUT_CRITICAL)
    here, there = measured(world), measured(world, "02")
    decided(world, Raised(rate=100), "Audit finding")
    assert (counts(world, here)[0], counts(world, there)[0]) == (4, 1)
    decided(world, Raised(forms=("F_VS",)), "Only vital signs", "02")
    assert (counts(world, here)[0], counts(world, there)[0]) == (4, 4)
    for wrong in (Raised(rate=101), Raised(subjects=(0,)), Raised(subjects=tuple(range(1, 60)))):
        with pytest.raises(sdv_site.WrongSitePlan):
            decided(world, wrong)
    with pytest.raises(sdv_plan.PlanNeedsReason):
        decided(world, LIFTED, "  ")
    for site, forms in (("01", ("F_NONE",)), ("01", ("F_SIGN",)), ("99", ())):
        with pytest.raises(NotFound):
            decided(world, Raised(forms=forms), site=site)
    with world.looking() as session:
        assert [(one.site, one.reason) for one in sdv_plan.history(session)][:2] == [
            ("02", "Only vital signs"),
            ("01", "Audit finding"),
        ]


@pytest.mark.req("R35")
def test_only_the_data_manager_decides_for_a_site(world: World) -> None:
    for role in sorted(set(ROLES) - {"DM"}):
        actor = world.user(role)
        with pytest.raises(NotPermitted), world.acting() as session:
            sdv_site.decide(session, actor, "01", LIFTED, "mine")
