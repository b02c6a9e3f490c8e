"""Every golden vector of the CRF book that is medicine; RECIST and CTCAE have files of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from imt_ecrf.clinical.age import AgeAnchor, age_at, completed_years
from imt_ecrf.clinical.body import body_surface_area
from imt_ecrf.clinical.chemistry import Measured, corrected_calcium, hys_law
from imt_ecrf.clinical.dose import calculated_dose, dose_table
from imt_ecrf.clinical.ecg import qtc_bazett, qtc_fridericia, rr_interval
from imt_ecrf.clinical.exact import round_half_away
from imt_ecrf.clinical.renal import egfr_bedside_schwartz
from tests.clinical.book import DOSES, exact, name, perhaps, vectors, vectors_of

MEDICINE = {
    "M_BSA + M_DOTABLE": 12,
    "M_RR,M_QTCF,M_QTCB": 5,
    "M_QTCF, M_QTCB": 3,
    "M_CACORR": 1,
    "M_EGFR": 1,
    "M_TRGRESP series A (2 extranodal + 1 node, baseline 90)": 1,
    "M_TRGRESP": 11,
    "M_BOR (confirmation 28 d, SD minimum day 50)": 8,
    "M_LBTOXGR": 37,
    "M_AGEAT": 4,
    "RECIST history (M_TLVALUE to M_BOR)": 34,
    "completed years (full birth date)": 6,
    "M_HYSLAW": 5,
}
THE_STUDY_AND_ITS_RULES = {
    "C020": 4,
    "C128": 4,
    "C138": 3,
    "partial_lo, partial_hi": 4,
    "partial date": 1,
    "M_STUDYDAY": 4,
    "visit window": 5,
}


def test_every_vector_is_either_medicine_or_left_to_the_study_by_name() -> None:
    counted: dict[str, int] = {}
    for vector in vectors():
        counted[vector["method"]] = counted.get(vector["method"], 0) + 1
    assert counted == MEDICINE | THE_STUDY_AND_ITS_RULES


@pytest.mark.parametrize("vector", vectors_of("M_BSA"), ids=name)
def test_surface_and_table_dose_are_those_of_the_book(vector: dict[str, Any]) -> None:
    inputs, expect = vector["inputs"], vector.get("expect", vector)
    surface = body_surface_area(exact(inputs["height_cm"]), exact(inputs["weight_kg"]))
    assert (surface, dose_table(DOSES, surface, "L0", "PELLET")) == (
        exact(expect["bsa"]),
        expect["table_single_dose_mg"],
    )
    if "calc_280" in expect:
        assert calculated_dose(DOSES, "L0", surface) == exact(expect["calc_280"])


@pytest.mark.parametrize("vector", vectors_of("M_RR", "M_QTCF"), ids=name)
def test_intervals_are_those_of_the_book(vector: dict[str, Any]) -> None:
    inputs, expect = vector["inputs"], vector.get("expect", vector)
    rr = rr_interval(inputs["hr"])
    got = {
        "rr": rr,
        "qtcf": qtc_fridericia(inputs["qt_ms"], rr),
        "qtcb": qtc_bazett(inputs["qt_ms"], rr),
    }
    assert got == {key: expect[key] for key in got}


@pytest.mark.parametrize("vector", vectors_of("M_CACORR"), ids=name)
def test_corrected_calcium_is_that_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    assert corrected_calcium(exact(inputs["ca"]), exact(inputs["alb"])) == exact(vector["value"])


@pytest.mark.parametrize("vector", vectors_of("M_EGFR"), ids=name)
def test_filtration_rate_is_that_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    rate = egfr_bedside_schwartz(exact(inputs["height_cm"]), exact(inputs["creat_umol"]))
    assert round_half_away(rate, 1) == exact(vector["value"])


@pytest.mark.parametrize("vector", vectors_of("M_HYSLAW"), ids=name)
def test_the_signal_of_hys_law_is_that_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    results = [
        Measured(perhaps(inputs[test]), perhaps(inputs[f"uln_{test.lower()}"]))
        for test in ("ALT", "AST", "BILI", "ALP")
    ]
    assert hys_law(*results) is (vector["expect"]["flag"] == "Y")


@pytest.mark.parametrize("vector", vectors_of("completed years"), ids=name)
def test_completed_years_are_those_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    years = completed_years(date.fromisoformat(inputs["birth"]), date.fromisoformat(inputs["on"]))
    assert years == vector["expect"]["years"]


@pytest.mark.parametrize("vector", vectors_of("M_AGEAT"), ids=name)
def test_age_from_consent_is_that_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    anchor = AgeAnchor(None, date.fromisoformat(inputs["consent"]), inputs["age_years"], inputs["age_months"])
    age = age_at(anchor, date.fromisoformat(inputs["on"]))
    assert age is not None
    expect = vector.get("expect")
    if expect is None:
        assert vector["value"].endswith(f" = {float(round_half_away(age, 2))} years")
    else:
        assert (round_half_away(age, 2), age >= 16) == (
            exact(expect["age_2_decimals"]),
            expect["at_least_16"],
        )
