"""Coverage by site, visit and criticality equals an independent count by SQL, after all that moves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from imt_ecrf.conduct import sdv_lists, sdv_site, verifying
from imt_ecrf.conduct.sdv_site import Raised
from imt_ecrf.conduct.views import Address, Answer
from tests.conduct.sdv import CRITICAL, MEASURED, NONE_BUT_CRITICAL, planned, verified
from tests.factories import filled_form

if TYPE_CHECKING:
    from tests.factories import World

DERIVED = {"BMI", "DOWEIGHT"}
Figures = dict[tuple[str, str], list[int]]
_FORMS = text("SELECT id, site, event, form, data FROM form_data WHERE NOT struck AND form <> 'F_ICR'")
_NEWEST = text(
    "SELECT v.form_data_id, v.path, v.act FROM verification v WHERE v.act IN ('verify', 'unverify', 'lapse') "
    "AND v.seq = (SELECT max(w.seq) FROM verification w WHERE w.form_data_id = v.form_data_id "
    "AND w.path = v.path AND w.act IN ('verify', 'unverify', 'lapse'))"
)


def counted(world: World, whole: set[str]) -> Figures:
    """Count due, done, critical due, critical done by site and visit from the rows alone.

    In this study critical items are due everywhere, and every entered one at the sites verified in `whole`.
    """
    found: Figures = {}
    with world.looking() as session:
        newest = {(row.form_data_id, row.path): row.act for row in session.execute(_NEWEST)}
        for form, site, event, _oid, data in session.execute(_FORMS):
            figures = found.setdefault((site, event), [0, 0, 0, 0])
            for path in json.loads(data):
                item = path.rpartition(".")[2]
                if item in DERIVED or (site not in whole and item not in CRITICAL):
                    continue
                done = newest.get((form, path)) == "verify"
                figures[0] += 1
                figures[1] += done
                figures[2] += item in CRITICAL
                figures[3] += done and item in CRITICAL
    return {place: figures for place, figures in found.items() if figures[0]}


def told(world: World, role: str = "DM") -> Figures:
    """Give the figures of the page."""
    actor = world.user(role)
    with world.looking() as session:
        return {
            (one.site, one.event): [one.due, one.done, one.critical_due, one.critical_done]
            for one in sdv_lists.coverage(session, actor)
            if one.event != "SE_LOG" or one.due
        }


def hospital(world: World) -> list[Address]:
    """Give two sites with three subjects, forms at two visits and a line of a log."""
    listed = []
    for site in ("01", "01", "02"):
        code, crc = world.subject(site), world.user("CRC", site)
        for event in ("SE_SCR", "SE_UNS"):
            if event == "SE_UNS":
                from imt_ecrf.conduct import visits  # noqa: PLC0415

                with world.acting() as session:
                    visits.add_unscheduled(session, crc, code)
            visit, vitals = Address(code, event, 1, "F_SV"), Address(code, event, 1, "F_VS")
            filled_form(world, crc, visit, {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"})
            filled_form(world, crc, vitals, MEASURED)
            listed += [visit, vitals]
        world.save(crc, Address(code, "SE_LOG", 1, "F_AE"), {"AETERM": "Cough"})
    return listed


@pytest.mark.req("R35")
def test_coverage_by_site_visit_and_criticality_equals_an_independent_count(world: World) -> None:
    planned(world, NONE_BUT_CRITICAL)
    forms, cra, crc = hospital(world), world.user("CRA"), world.user("CRC")
    assert told(world) == counted(world, set())
    verified(world, cra, forms[1])
    verified(world, cra, forms[3], "WEIGHT")
    verified(world, cra, forms[8])
    assert told(world) == counted(world, set())
    with world.acting() as session:
        sdv_site.decide(session, world.user_in(session, "DM"), "01", Raised(rate=100), "Audit finding")
    verified(world, cra, forms[5])
    world.save(crc, forms[1], {"WEIGHT": Answer("13", "kg"), "NOTE": "loud"}, {"*": "TYPO"})
    with world.acting() as session:
        verifying.unverify(session, cra, forms[3], "WEIGHT", "Wrong sheet")
    whole = counted(world, {"01"})
    assert told(world) == whole
    assert {site for site, _event in whole} == {"01", "02"}
    assert {event for _site, event in whole} >= {"SE_SCR", "SE_UNS"}
    assert sum(figures[1] for figures in whole.values()) == 5


@pytest.mark.req("R18")
def test_who_works_at_one_site_and_who_is_blinded_counts_that_much_only(world: World) -> None:
    hospital(world)
    assert {site for site, _event in told(world, "CRC")} == {"01"}
    assert told(world, "CREAD") == {}
