"""The cases beside rules are possible data: codes stand in their lists, numbers are numbers, dates days."""

from __future__ import annotations

import pytest

from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.possible import impossible
from imt_ecrf.study.proving import Proving

BOOK = draft_book()


def test_the_cases_of_the_study_are_possible_data() -> None:
    trials = Proving(BOOK).trials
    assert [(one.oid, one.number, what) for one in trials for what in impossible(BOOK, one.case)] == []


@pytest.mark.req("R59")
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"given": {"VS_WEIGHT": "abc"}}, ["VS_WEIGHT: abc is no float"]),
        ({"given": {"VSDAT": "2026-02-30"}}, ["VSDAT: 2026-02-30 is no date"]),
        ({"given": {"VSPERF": "PERHAPS"}}, ["VSPERF: PERHAPS is no code of CL_NYX"]),
        ({"records": [{"form": "F_VS", "values": {"VS_HR": "1.5"}}]}, ["VS_HR: 1.5 is no integer"]),
        ({"given": {}, "rows": {"G_LBC": [{"LBCORRES": "x"}]}}, ["LBCORRES: x is no float"]),
        ({"given": {"VS_WEIGHT": "12.50", "VSDAT": "2026-02-28", "VSPERF": "Y", "OESYMP": None}}, []),
    ],
)
def test_a_case_with_an_answer_no_form_could_hold_proves_nothing(
    case: dict[str, object], said: list[str]
) -> None:
    assert list(impossible(BOOK, case)) == said
