"""Every RECIST vector of the CRF book: single readings, the series with three settings, whole histories."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from imt_ecrf.clinical.exact import round_half_away
from imt_ecrf.clinical.recist import NON_TARGETS, TARGETS, RecistSettings, recist_overall, recist_target
from imt_ecrf.clinical.recist_course import (
    Assessed,
    assess,
    recist_best,
    recist_first_response,
    recist_nadir,
    recist_progression,
)
from imt_ecrf.clinical.tables import read_recist_settings
from tests.clinical.book import FORMS, VECTORS, exact, name, perhaps, read, vectors_of
from tests.clinical.courses import history_of, measured, read_by_the_investigator, study_day

SETTINGS = read_recist_settings(read(VECTORS)["settings"])
READINGS = [vector for vector in vectors_of("M_TRGRESP") if "case" in vector["inputs"]]
SERIES = vectors_of("M_TRGRESP series")[0]
HISTORIES = vectors_of("RECIST history")
COLUMNS = (("strict", "off"), ("keep_pr_until_pd", "any"), ("keep_confirmed", "confirmed"))


def test_the_settings_of_the_vectors_are_the_defaults() -> None:
    assert RecistSettings() == SETTINGS


@pytest.mark.parametrize("vector", READINGS, ids=name)
def test_target_response_is_that_of_the_book(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    values = [perhaps(value) for value in inputs["values"]]
    answer = recist_target(inputs["node"], values, exact(inputs["baseline"]), exact(inputs["nadir"]))
    assert answer == vector["value"]


def _shown(assessed: Assessed) -> dict[str, float | None]:
    figures = assessed.figures
    percents = {"pct_base": figures.from_baseline, "pct_nadir": figures.from_nadir}
    shown = {key: None if value is None else round_half_away(value, 1) for key, value in percents.items()}
    both = {"sum": figures.total, "abs_nadir": figures.above_nadir} | shown
    return {key: None if value is None else float(value) for key, value in both.items()}


@pytest.mark.parametrize(("column", "setting"), COLUMNS)
def test_the_series_is_read_with_each_setting_as_in_the_book(column: str, setting: Any) -> None:
    sums = [sum(point["values"]) for point in SERIES["inputs"]]
    assessed = assess(measured(*sums), replace(SETTINGS, keep_pr_until_pd=setting))
    got = [{**_shown(one), column: one.target} for one in assessed]
    assert got == [{key: row[key] for key in got[0]} for row in SERIES["result"]]


@pytest.mark.parametrize("vector", vectors_of("M_BOR"), ids=name)
def test_best_response_of_a_course_is_that_of_the_book(vector: dict[str, Any]) -> None:
    course = read_by_the_investigator(*((one["resp"], one["day"]) for one in vector["inputs"]["responses"]))
    assert recist_best(course, SETTINGS) == vector["value"]


@pytest.mark.parametrize("vector", HISTORIES, ids=name)
def test_every_visit_of_a_history_is_that_of_the_book(vector: dict[str, Any]) -> None:
    assessed = assess(history_of(vector), SETTINGS)
    got = [
        {**_shown(one), "TRGRESP": one.target, "NTRGRESP": one.non_target, "OVRLRESP": one.derived}
        for one in assessed
    ]
    blank = dict.fromkeys(("sum", "pct_base", "pct_nadir", "abs_nadir"))
    assert got == [blank | visit["expect"] for visit in vector["visits"]]


@pytest.mark.parametrize("vector", HISTORIES, ids=name)
def test_best_response_and_dates_of_a_history_are_those_of_the_book(vector: dict[str, Any]) -> None:
    history = history_of(vector)
    assert {
        "confirmed": recist_best(history, SETTINGS),
        "unconfirmed": recist_best(history, SETTINGS, confirmed=False),
        "first_response_day": study_day(recist_first_response(history, SETTINGS)),
        "pd_day": study_day(recist_progression(history, SETTINGS)),
    } == vector["bor"]


@pytest.mark.parametrize("vector", [one for one in HISTORIES if "alternative" in one], ids=name)
def test_best_response_with_another_setting_is_that_of_the_book(vector: dict[str, Any]) -> None:
    other = vector["alternative"]
    settings = replace(SETTINGS, **other["settings"])
    assert recist_best(history_of(vector), settings) == other["bor_confirmed"]


@pytest.mark.parametrize("vector", HISTORIES, ids=name)
def test_the_nadir_asked_for_alone_is_that_of_the_whole_course(vector: dict[str, Any]) -> None:
    history = history_of(vector)
    for one in assess(history, SETTINGS):
        assert recist_nadir(history, one.point.number) == one.figures.nadir


PATTERNS: dict[str, set[str]] = {
    "any": {*map(str, NON_TARGETS), *map(str, TARGETS)},
    "not PD": {one for one in map(str, NON_TARGETS) if one != "PD"},
    "CR or NA": {"CR", "NA"},
}
WRITTEN_TABLE = read(FORMS / "medicine" / "recist.yaml")["response"]


@pytest.mark.parametrize("row", WRITTEN_TABLE, ids=lambda row: " ".join(row.values()))
def test_the_response_table_of_the_study_file_is_the_one_used(row: dict[str, str]) -> None:
    asked = product(TARGETS, NON_TARGETS, ("N", "Y"))
    parts = (row["target"], row["non_target"], row["new"])
    meant = [
        key
        for key in asked
        if all(
            part == want or part in PATTERNS.get(want, ()) or want == "any"
            for part, want in zip(key, parts, strict=True)
        )
    ]
    assert meant
    assert {recist_overall(key[0], key[1], new=key[2] == "Y") for key in meant} == {row["overall"]}
