"""Verification on the screen without script: the table, the marks, the trip, coverage, the plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from imt_ecrf.conduct import overview, queries, sdv_lists, work
from imt_ecrf.conduct.views import Address
from tests.conduct.sdv import NONE_BUT_CRITICAL, measured, planned, sdv_book, verified
from tests.web.clerk import Clerk, Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    """Give the small study with critical items and its pages."""
    place = office(tmp_path / "house", sdv_book())
    yield place
    place.world.engines.dispose()


def token(clerk: Clerk) -> str:
    """Give the token of a page everybody has."""
    forms = clerk.get("/account").page.forms
    return next(one.sent()["csrf_token"][0] for one in forms if "csrf_token" in one.sent())


def boxes(clerk: Clerk, address: Address) -> list[str]:
    """Give the items with a box on the page."""
    form = clerk.get(f"/verify/{address}").page.form("marks")
    return [one.value.partition("@")[0] for one in form.named("item")]


def send(clerk: Clerk, address: Address, *paths: str, act: str = "save", page: Any = None) -> Any:
    """Tick items of the page (opened now unless given) and press a button."""
    form = (page or clerk.get(f"/verify/{address}").page).form("marks")
    ticked = [one.value for one in form.named("item") if one.value.partition("@")[0] in paths]
    return clerk.send(f"/verify/{address}", {**form.sent(), "item": ticked, "act": act})


@pytest.mark.req("R35")
@pytest.mark.req("R19")
def test_a_monitor_ticks_items_without_script_and_no_box_takes_an_answer(house: Office) -> None:
    address, cra = measured(house.world), house.clerk("CRA")
    assert boxes(cra, address) == ["VSPERF", "WEIGHT", "HEIGHT", "NOTE"]
    page = cra.get(f"/verify/{address}").page
    assert {one.kind for one in page.form("marks").controls if one.tag == "input"} == {"hidden", "checkbox"}
    assert "Not in the plan" in page.text
    assert "Critical" in page.text
    assert send(cra, address, "WEIGHT", "NOTE").status == 302
    assert "2 items are marked." in cra.get("/verify").page.text
    assert boxes(cra, address) == ["VSPERF", "HEIGHT"]
    assert send(cra, address, act="together").status == 302
    assert boxes(cra, address) == []
    assert "Nothing waits for your marks." in cra.get("/verify").page.text


@pytest.mark.req("R35")
def test_marking_all_shown_leaves_critical_items_and_what_was_not_shown(house: Office) -> None:
    address, cra, crc = measured(house.world), house.clerk("CRA"), house.world.user("CRC")
    before = cra.get(f"/verify/{address}").page
    assert "Mark all 3 items shown that are not critical" in before.text
    house.world.save(crc, address, {"SEEN": "2026"})
    assert send(cra, address, act="together", page=before).status == 302
    assert boxes(cra, address) == ["WEIGHT", "SEEN"]


@pytest.mark.req("R35")
def test_a_page_shown_before_a_change_marks_nothing_and_says_why(house: Office) -> None:
    address, cra, crc = measured(house.world), house.clerk("CRA"), house.world.user("CRC")
    before = cra.get(f"/verify/{address}").page
    house.world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    answered = send(cra, address, "WEIGHT", "NOTE", page=before)
    assert answered.status == 409
    assert "An answer was changed after the page was shown" in answered.page.text
    assert len(boxes(cra, address)) == 4


@pytest.mark.req("R35")
def test_a_changed_answer_is_asked_again_with_both_values_here_in_the_list_and_at_home(house: Office) -> None:
    address, cra, crc = measured(house.world), house.clerk("CRA"), house.world.user("CRC")
    send(cra, address, "NOTE")
    house.world.save(crc, address, {"NOTE": "loud"}, {"*": "TYPO"})
    page = cra.get(f"/verify/{address}").page
    assert "calm" in page.text
    assert "loud" in page.text
    assert "Changed, verify again" in page.text
    assert "Verify again" in cra.get("/verify").page.text
    assert "Values to verify again" in cra.get("/").page.text


def test_a_mark_is_taken_back_and_a_query_asked_from_the_same_page(house: Office) -> None:
    address, cra = measured(house.world), house.clerk("CRA")
    send(cra, address, "NOTE", "WEIGHT")
    form = cra.get(f"/verify/{address}").page.form("/take-back").sent()
    assert cra.send(f"/verify/{address}/take-back", {**form, "path": "NOTE", "reason": ""}).status == 422
    wrong = {**form, "path": "NOTE", "reason": "Wrong page"}
    assert cra.send(f"/verify/{address}/take-back", wrong).status == 302
    assert boxes(cra, address) == ["VSPERF", "HEIGHT", "NOTE"]
    asked = {
        **cra.get(f"/verify/{address}").page.form("/ask").sent(),
        "path": "WEIGHT",
        "text": "Which scale?",
    }
    assert cra.send(f"/verify/{address}/ask", asked).status == 302
    assert "Which scale?" in cra.get(f"/verify/{address}").page.text
    assert cra.send(f"/verify/{address}/ask", {**asked, "text": " "}).status == 422


def test_save_and_next_leads_through_the_visit(house: Office) -> None:
    world, cra = house.world, house.clerk("CRA")
    code = world.subject()
    visit = Address(code, "SE_SCR", 1, "F_SV")
    from tests.factories import filled_form  # noqa: PLC0415

    filled_form(world, world.user("CRC"), visit, {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"})
    vitals = measured(world, code=code)
    onward = send(cra, visit, "SVOCCUR", "SVSTDAT", act="next")
    assert onward.where == f"/verify/{vitals}"
    done = send(cra, vitals, "VSPERF", "WEIGHT", "HEIGHT", "NOTE", act="next")
    assert done.where == "/verify"
    assert cra.get(f"/verify/{visit}/next").where == "/verify"


@pytest.mark.req("R18")
@pytest.mark.parametrize(("role", "status"), [
    ("CRC", 200), ("PI", 200), ("PHARM", 200), ("CREAD", 404), ("STAT", 200), ("SPON", 200), ("AUD", 200),
    ("CRA", 200), ("DM", 200), ("MEDMON", 200), ("SAFE", 200),
])  # fmt: skip
def test_who_sees_the_form_reads_the_marks_and_only_who_verifies_marks(
    house: Office, role: str, status: int
) -> None:
    address, clerk = measured(house.world), house.clerk(role)
    csrf = token(clerk)
    assert clerk.get(f"/verify/{address}").status == status
    marked = clerk.send(f"/verify/{address}", {"csrf_token": csrf, "item": "NOTE@x", "act": "save"})
    assert marked.status == {"CRA": 409}.get(role, 403)


def test_a_review_is_a_mark_of_its_own(house: Office) -> None:
    address, dm = measured(house.world), house.clerk("DM")
    page = dm.get(f"/verify/{address}?kind=data").page
    sent = {**page.form("marks").sent(), "item": [one.value for one in page.form("marks").named("item")]}
    assert dm.send(f"/verify/{address}?kind=data", {**sent, "act": "save"}).status == 302
    with house.world.looking() as session:
        row = session.execute(text("SELECT data_reviewed_at, verified FROM form_data")).one()
    assert row[0] is not None
    assert row[1] == "none"
    assert dm.get(f"/verify/{address}?kind=nonsense").status == 404


@pytest.mark.req("R35")
def test_coverage_equals_an_independent_count_of_the_database(house: Office) -> None:
    world = house.world
    planned(world, NONE_BUT_CRITICAL | {"sample": 100})
    cra, crc = world.user("CRA"), world.user("CRC")
    addresses = [measured(world, site) for site in ("01", "01", "02")]
    verified(world, cra, addresses[0])
    verified(world, cra, addresses[2], "WEIGHT")
    world.save(crc, addresses[0], {"NOTE": "loud"}, {"*": "TYPO"})
    derived, critical = ("BMI", "DOWEIGHT"), ("WEIGHT", "SVSTDAT", "ICTRG")
    with world.looking() as session:
        due: dict[tuple[str, bool], int] = {}
        for site, data in session.execute(text("SELECT site, data FROM form_data")):
            for path in json.loads(data):
                if path not in derived:
                    due[site, path in critical] = due.get((site, path in critical), 0) + 1
        newest = text(
            "SELECT f.site, v.path FROM verification v JOIN form_data f ON f.id = v.form_data_id WHERE "
            "v.act = 'verify' AND v.seq = (SELECT max(w.seq) FROM verification w "
            "WHERE w.form_data_id = v.form_data_id AND w.path = v.path)"
        )
        done: dict[tuple[str, bool], int] = {}
        for site, path in session.execute(newest):
            done[site, path in critical] = done.get((site, path in critical), 0) + 1
        found = sdv_lists.coverage(session, cra)
    assert {(one.site, True): one.critical_due for one in found} == {k: v for k, v in due.items() if k[1]}
    assert {(one.site, False): one.due - one.critical_due for one in found} == {
        k: v for k, v in due.items() if not k[1]
    }
    assert {(one.site, True): one.critical_done for one in found} == {
        (site, True): done.get((site, True), 0) for site in ("01", "02")
    }
    assert sum(one.done for one in found) == sum(done.values()) == 4
    page = house.clerk("SPON").get("/verify/coverage").page.text
    assert "4 of 12" in page
    assert list(faults(world)) == []


def faults(world: Any) -> list[tuple[str, str]]:
    """Work the counts out anew."""
    with world.looking() as session:
        return list(sdv_lists.faults(session))


def test_the_list_for_a_visit_says_what_changed_what_is_due_and_what_was_asked(house: Office) -> None:
    world = house.world
    address, monitor = measured(world), world.user("CRA")
    verified(world, monitor, address)
    world.clock.advance(days=3)
    cra = house.clerk("CRA")
    world.save(world.user("CRC"), address, {"NOTE": "loud"}, {"*": "TYPO"})
    with world.acting() as session:
        queries.ask(session, monitor, address, "Which scale?", "WEIGHT")
    page = cra.get("/verify/trip?site=01").page.text
    assert "Since 10 Mar 2026" in page
    assert "Verify again" in page
    assert "loud" in page
    assert "weight" in page
    assert cra.get("/verify/trip?site=02").page.text.count("Which scale") == 0
    assert "Your first visit" in cra.get("/verify/trip?site=02").page.text


def test_a_site_subject_or_day_that_is_none_is_not_taken_for_one(house: Office) -> None:
    address, cra = measured(house.world), house.clerk("CRA")
    nowhere = ("/verify/trip?site=99", "/verify?site=99", "/verify?subject=99-999")
    assert [cra.get(one).status for one in nowhere] == [404] * 3
    assert cra.get(f"/verify?subject={address.subject}").status == 200
    unread = cra.get("/verify/trip?since=zzz")
    assert (unread.status, "“zzz” was not understood" in unread.page.text) == (422, True)
    assert "Below stands what is new since your last visit" in unread.page.text
    assert "«zzz»" in cra.get("/verify/trip?since=zzz&lang=ru").page.text


@pytest.mark.req("R35")
def test_a_mark_given_again_says_by_whom_and_when_it_was_given(house: Office) -> None:
    address, cra = measured(house.world), house.clerk("CRA")
    before = cra.get(f"/verify/{address}").page
    assert send(cra, address, "WEIGHT", page=before).status == 302
    assert "1 item is marked." in cra.get("/verify").page.text
    assert send(cra, address, "WEIGHT", page=before).status == 302
    told = cra.get("/verify").page.text
    assert "1 item was marked already by Anna Ivanova-Cra, 10 Mar 2026" in told
    assert "0 items" not in told
    assert send(cra, address, "WEIGHT", "NOTE", page=before).status == 302
    told = cra.get("/verify").page.text
    assert ("1 item is marked." in told, "1 item was marked already" in told) == (True, True)


@pytest.mark.req("R35")
def test_the_plan_is_changed_by_the_data_manager_with_a_reason_and_old_ones_stay(house: Office) -> None:
    dm, cra = house.clerk("DM"), house.clerk("CRA")
    form = dm.get("/verify/plan").page.form("/verify/plan").sent()
    assert dm.send("/verify/plan", {**form, "sample": "30", "reason": ""}).status == 422
    assert dm.send("/verify/plan", {**form, "sample": "300", "reason": "x"}).status == 422
    assert dm.send("/verify/plan", {**form, "sample": "30", "reason": "More errors"}).status == 302
    page = cra.get("/verify/plan").page.text
    assert "More errors" in page
    assert "as published with the study" in page
    csrf = token(cra)
    assert cra.send("/verify/plan", {"csrf_token": csrf, "sample": "1", "reason": "x"}).status == 403


@pytest.mark.req("R35")
def test_the_form_leads_a_monitor_to_its_table_and_the_site_and_an_auditor_to_the_marks(
    house: Office,
) -> None:
    address, there = measured(house.world), "/verify/"
    verified(house.world, house.world.user("CRA"), address, "WEIGHT")
    for role, words in (
        ("CRA", "Verify"),
        ("CRC", "Marks of verification"),
        ("AUD", "Marks of verification"),
    ):
        clerk = house.clerk(role)
        page = clerk.open(address).page
        assert f'href="{there}{address}">{words}</a>' in page.html
        marks = clerk.get(f"{there}{address}").page
        assert "Verified Anna Ivanova-Cra" in " ".join(marks.text.split())
        boxes_of = [one for one in marks.form("marks").controls if one.kind == "checkbox"]
        assert (bool(boxes_of), "Save marks" in marks.text) == (role == "CRA", role == "CRA")
        assert clerk.get(f"{there}{address}?kind=medical").status == 200


@pytest.mark.req("R35")
def test_home_the_list_and_the_matrix_count_alike(house: Office) -> None:
    world, crc = house.world, house.world.user("CRC")
    addresses = [measured(world, site) for site in ("01", "01", "02")]
    verified(world, world.user("CRA"), addresses[0])
    world.save(crc, addresses[0], {"NOTE": "loud"}, {"*": "TYPO"})
    cra = house.clerk("CRA")
    with world.looking() as session:
        kinds = work.work_list(session, world.user("CRA"))
        waiting = sdv_lists.waiting(session, world.user("CRA"))
        matrix = overview.matrix(session, world.user("CRA"))
    again = [one for one in waiting if one.lapsed]
    counted = {one.kind: one.forms for one in kinds}
    assert (
        (counted["verify again"], counted["to verify"]) == (len(again), len(waiting) - len(again)) == (1, 2)
    )
    cells = [row.cells["SE_SCR", 1] for row in matrix]
    assert [(one.due_items, one.verified_items, one.lapsed_items) for one in cells] == [
        (4, 3, 1), (4, 0, 0), (4, 0, 0),
    ]  # fmt: skip
    assert "3 forms wait for you" in cra.get("/verify").page.text
    assert "Verify again" in cra.get("/subjects").page.text
    assert "1 forms" not in cra.get("/verify?site=02").page.text


@pytest.mark.req("R36")
def test_looking_at_a_form_to_verify_is_written_down(house: Office) -> None:
    address, cra = measured(house.world), house.clerk("CRA")
    cra.get(f"/verify/{address}")
    wanted = text("SELECT username FROM event WHERE act = 'subject.viewed'")
    with house.world.looking() as session:
        assert list(session.execute(wanted).scalars()) == ["anna.cra.all"]


@pytest.mark.req("R35")
def test_what_a_site_has_beside_the_plan_is_changed_and_lifted_on_its_page(house: Office) -> None:
    dm, cra, there = house.clerk("DM"), house.clerk("CRA"), "/verify/plan/01"
    form = dm.get(there).page.form(there).sent()
    wanted = {**form, "rate": "60", "subjects": "3, 4", "forms": ["F_LB"], "act": "set"}
    assert dm.send(there, {**wanted, "reason": ""}).status == 422
    for wrong in ({"rate": "101"}, {"rate": "x"}, {"subjects": "0"}, {"subjects": "three"}):
        assert dm.send(there, {**wanted, **wrong, "reason": "x"}).status == 422
    assert dm.send(there, {**wanted, "forms": ["F_NONE"], "reason": "x"}).status == 404
    assert dm.send("/verify/plan/99", {**wanted, "reason": "x"}).status == 404
    assert dm.send(there, {**wanted, "reason": "Audit finding"}).status == 302
    page = " ".join(cra.get("/verify/plan").page.text.split())
    assert "Sample of 60 percent; in full: subjects 3, 4; in full: f_lb" in page.replace("F_LB", "f_lb")
    assert "Audit finding" in page
    assert "Change it for this site" not in cra.get(there).page.text
    assert cra.send(there, {"csrf_token": token(cra), "reason": "x"}).status == 403
    assert dm.send(there, {**wanted, "act": "lift", "reason": "Finding closed"}).status == 302
    assert "Lifted: the plan of the study holds" in dm.get("/verify/plan").page.text
