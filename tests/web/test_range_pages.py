"""Normal ranges on the screen: listed and filtered, added, replaced and withdrawn by their keeper only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import growth_reference, ranges
from imt_ecrf.conduct.views import Address, Answer
from tests.factories import real_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.clerk import Answered, Clerk

FIELDS = {
    "laboratory": "Clinical laboratory A", "test": "ALT", "unit": "U/L", "sex": "", "age_from": "6",
    "age_from_in": "y", "age_to": "", "age_to_in": "y", "low": "5", "high": "40,5",
    "valid_from": "1 Jan 2026", "last_day": "", "reason": "",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    """Give the real study with its pages."""
    place = office(tmp_path / "house", real_book())
    yield place
    place.world.engines.dispose()


def fill(clerk: Clerk, page: str, ends: str, **more: str) -> Answered:
    """Fill the form of a page whose address ends so and send it."""
    form = next(one for one in clerk.get(page).page.forms if one.action.endswith(ends))
    return clerk.send(form.action, {**form.sent(), **more})


def kept(house: Office) -> list[ranges.RangeView]:
    """List what is registered."""
    with house.world.looking() as session:
        return list(ranges.list_ranges(session, house.world.user("LABM")))


@pytest.mark.req("R32")
def test_a_manager_adds_a_range_and_sees_it_with_author_and_time(house: Office) -> None:
    clerk = house.clerk("LABM")
    assert "No range is registered here." in clerk.get("/ranges").page.text
    answer = fill(clerk, "/ranges", "/ranges", **FIELDS)
    assert (answer.status, answer.where) == (302, "/ranges?site=01&test=ALT")
    text = clerk.get(answer.where).page.text
    for word in ("Clinical laboratory A", "from 6 years", "40.5", "1 Jan 2026", "In force", "anna.labm.01"):
        assert word in text
    assert "40,5" in clerk.get("/ranges?lang=ru").page.text


def test_a_refused_range_keeps_what_was_typed_and_says_why(house: Office) -> None:
    answer = fill(house.clerk("LABM"), "/ranges", "/ranges", **FIELDS | {"unit": "mg/dL"})
    assert answer.status == 422
    assert "mg/dL: ALT is reported in U/L, ukat/L." in answer.page.text
    form = next(one for one in answer.page.forms if one.method == "post" and one.action.endswith("/ranges"))
    assert form.sent()["high"] == ["40,5"]
    assert kept(house) == []


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("valid_from", "tomorrow", "Write the whole day"),
        ("valid_from", "", "Give the first day in force."),
        ("age_from", "six", "six: an age is a whole number."),
    ],
)
def test_a_field_that_cannot_be_read_is_named(house: Office, field: str, typed: str, said: str) -> None:
    answer = fill(house.clerk("LABM"), "/ranges", "/ranges", **FIELDS | {field: typed})
    assert (answer.status, said in answer.page.text) == (422, True)


@pytest.mark.req("R32")
def test_a_range_is_replaced_from_a_later_day_with_a_reason_and_both_versions_stay(house: Office) -> None:
    clerk = house.clerk("LABM")
    fill(clerk, "/ranges", "/ranges", **FIELDS)
    page = f"/ranges/{kept(house)[0].id}"
    new = {"high": "50", "valid_from": "1.06.2026"}
    assert "Say why the range is replaced" in fill(clerk, page, "/replace", **new, reason=" ").page.text
    assert fill(clerk, page, "/replace", **new, reason="new reagent").status == 302
    old, replacing = kept(house)
    assert (old.wish.high, str(old.until), replacing.wish.high) == ("40.5", "2026-06-01", "50")
    text = clerk.get(page).page.text
    assert "Ended" in text
    assert "new reagent" in text


def test_filters_show_one_day_and_hide_what_never_held(house: Office) -> None:
    clerk = house.clerk("LABM")
    fill(clerk, "/ranges", "/ranges", **FIELDS)
    fill(clerk, f"/ranges/{kept(house)[0].id}", "/withdraw", reason="of another laboratory")
    assert "0 ranges" in clerk.get("/ranges").page.text
    assert "Withdrawn" in clerk.get("/ranges?all=1").page.text
    fill(clerk, "/ranges", "/ranges", **FIELDS)
    assert "0 ranges" in clerk.get("/ranges?on=2025-12-31").page.text
    assert "1 range." in clerk.get("/ranges?on=2026-01-01&test=ALT").page.text
    assert "was not understood" in clerk.get("/ranges?on=yesterday").page.text


def test_others_see_ranges_and_have_no_button(house: Office) -> None:
    fill(house.clerk("LABM"), "/ranges", "/ranges", **FIELDS)
    coordinator = house.clerk("CRC")
    for page in ("/ranges", f"/ranges/{kept(house)[0].id}"):
        answer = coordinator.get(page)
        assert answer.status == 200
        assert [
            one.action for one in answer.page.forms if "/ranges" in one.action and one.method == "post"
        ] == []
    assert house.clerk("CREAD").get("/ranges").status == 403
    assert house.clerk("CRC", "02").get(f"/ranges/{kept(house)[0].id}").status == 404


def test_ages_without_a_range_are_listed(house: Office) -> None:
    clerk = house.clerk("LABM")
    fill(clerk, "/ranges", "/ranges", **FIELDS | {"age_from": "0", "age_to": "2"})
    fill(clerk, "/ranges", "/ranges", **FIELDS)
    assert (
        "Clinical laboratory A: Alanine aminotransferase: girls, 2 years to under 6 years"
        in clerk.get("/ranges").page.text
    )


def sample(house: Office) -> Address:
    """Save a sample of a boy of 13: with four results."""
    world, crc = house.world, house.world.user("CRC")
    code = world.subject("01", consented=False)
    consent = {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2026-01-02"}
    world.save(crc, Address(code, "SE_LOG", 1, "F_IC"), consent)
    child = {"DMDAT": "2026-01-03", "BRTHYY": "2012", "AGEIC_Y": "13", "SEX": "M"}
    world.save(crc, Address(code, "SE_SCR", 1, "F_DM"), child)
    results = {"ALT": ("45", "U/L"), "BILI": ("1", "mg/dL"), "UREA": ("4", "mmol/L"), "CA": ("2.4", "mmol/L")}
    answers = {"LBCPERF": "Y", "LBCDAT": "2026-03-01", "LBCNAM": FIELDS["laboratory"]}
    for test, (value, unit) in results.items():
        answers |= {f"G_LBC.{test}.LBCORRES": value, f"G_LBC.{test}.LBCORRESU": unit}
    address = Address(code, "SE_SCR", 1, "F_LBC")
    world.save(crc, address, answers)
    return address


@pytest.mark.req("R32")
def test_a_result_shows_its_limits_flag_and_grade_and_a_blank_says_why(house: Office) -> None:
    address = sample(house)
    manager = house.clerk("LABM")
    for more in ({}, {"test": "BILI", "unit": "umol/L", "low": "3", "high": "20"}):
        fill(manager, "/ranges", "/ranges", **FIELDS | more)
    page = house.clerk("CRC").open(address).page.html
    rows = {
        test: page.split(f'id="item-G_LBC.{test}.LBCORRES"')[1].split("</tr>")[0]
        for test in ("ALT", "BILI", "UREA", "CA")
    }
    shown = {test: set(re.findall(r">([^<>]+)<", row)) for test, row in rows.items()}
    assert {"5", "40.5", "1"} <= shown["ALT"]
    assert any(word.startswith("H ") for word in shown["ALT"])
    assert {"the range is in another unit", "needs a range"} <= shown["BILI"]
    assert {"no range in force", "not graded"} <= shown["UREA"]
    assert "needs albumin" in shown["CA"]


def test_a_growth_score_says_that_no_reference_was_imported(house: Office) -> None:
    world = house.world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y", "VSDAT": "2026-01-03"})
    clerk = house.clerk("CRC")
    assert clerk.open(address).page.text.count("no growth reference imported") == 2
    with world.acting() as session:
        growth = "kind,sex,age_months,L,M,S\nWEIGHT,M,150,1,40,0.1\n".splitlines()
        growth_reference.import_reference(session, world.user_in(session, "ADMIN"), growth, "Invented")
    assert "no growth reference imported" not in clerk.open(address).page.text


@pytest.mark.parametrize(("years", "minds"), [("16", False), ("17", True)])
def test_a_kidney_function_outside_the_ages_of_its_formula_is_shown_with_a_note(
    house: Office, years: str, *, minds: bool
) -> None:
    world, crc, code = house.world, house.world.user("CRC"), house.world.subject("01", consented=False)
    consent = {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2026-01-02"}
    world.save(crc, Address(code, "SE_LOG", 1, "F_IC"), consent)
    child = {"DMDAT": "2026-01-03", "BRTHYY": str(2025 - int(years)), "AGEIC_Y": years, "SEX": "M"}
    world.save(crc, Address(code, "SE_SCR", 1, "F_DM"), child)
    height: dict[str, str | Answer] = {"VSPERF": "Y", "VSDAT": "2026-01-03", "VS_HEIGHT": Answer("170", "cm")}
    world.save(crc, Address(code, "SE_SCR", 1, "F_VS"), {**height})
    address = Address(code, "SE_SCR", 1, "F_LBC")
    sample = {"G_LBC.CREAT.LBCORRES": "73", "G_LBC.CREAT.LBCORRESU": "umol/L"}
    world.save(crc, address, {"LBCPERF": "Y", "LBCDAT": "2026-01-04"} | sample)
    text = house.clerk("CRC").open(address).page.text
    assert "85" in text  # 36.5 x 170 / 73
    assert ("the formula was made for 1 to 16 years" in text) is minds
