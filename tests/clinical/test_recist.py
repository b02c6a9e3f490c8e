"""RECIST 1.1 at one time point: lesion values, exact limits, the whole response table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.recist import (
    NON_TARGETS,
    RESPONSE_TABLE,
    TARGETS,
    NewLesion,
    NonTargetResponse,
    Response,
    TargetLesion,
    TargetResponse,
    has_new_lesion,
    lesion_values,
    percent_change,
    recist_non_target,
    recist_overall,
    recist_target,
    total,
)

ALL_60 = list(product(TARGETS, NON_TARGETS, (False, True)))
MM = st.fractions(0, 200, max_denominator=10)
LESIONS = st.lists(st.tuples(st.booleans(), st.none() | MM), min_size=1, max_size=5)


@pytest.mark.parametrize(("target", "non_target", "new"), ALL_60)
def test_each_of_the_60_combinations_has_exactly_one_answer(
    target: TargetResponse, non_target: NonTargetResponse, new: bool
) -> None:
    answers = {
        row.overall
        for row in RESPONSE_TABLE
        if target in row.targets and non_target in row.non_targets and new in row.new
    }
    assert answers == {recist_overall(target, non_target, new=new)}


def test_progression_anywhere_is_progression() -> None:
    got = {key: recist_overall(key[0], key[1], new=key[2]) for key in ALL_60}
    assert {key for key, answer in got.items() if answer == "PD"} == {
        key for key in ALL_60 if "PD" in key[:2] or key[2]
    }


@pytest.mark.parametrize(
    ("target", "non_target", "overall"),
    [
        ("CR", "CR", "CR"),
        ("CR", "NA", "CR"),
        ("CR", "NON-CR/NON-PD", "PR"),
        ("CR", "NE", "PR"),
        ("PR", "NE", "PR"),
        ("SD", "CR", "SD"),
        ("NE", "CR", "NE"),
        ("NA", "CR", "CR"),
        ("NA", "NON-CR/NON-PD", "NON-CR/NON-PD"),
        ("NA", "NE", "NE"),
        ("NA", "NA", "NE"),
    ],
)
def test_the_table_is_that_of_the_paper(
    target: TargetResponse, non_target: NonTargetResponse, overall: Response
) -> None:
    assert recist_overall(target, non_target, new=False) == overall


def test_a_response_the_table_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="no row of the response table for XX, CR, False"):
        recist_overall("XX", "CR", new=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lesion", "value"),
    [
        (TargetLesion("T01", "MEASURED", Decimal("3.2")), Fraction("3.2")),
        (TargetLesion("T01", "SPLIT", 29), Fraction(29)),
        (TargetLesion("T01", "TOO SMALL"), Fraction(5)),
        (TargetLesion("T01", "TOO SMALL", 4), Fraction(5)),
        (TargetLesion("T01", "DISAPPEARED"), Fraction(0)),
        (TargetLesion("T01", "COALESCED"), Fraction(0)),
        (TargetLesion("T01", "NOT EVALUABLE", 12), None),
        (TargetLesion("T01", "MEASURED"), None),
        (TargetLesion("T01"), None),
    ],
)
def test_a_lesion_has_the_value_of_its_state(lesion: TargetLesion, value: Fraction | None) -> None:
    assert lesion.value() == value


def test_a_baseline_lesion_without_a_line_was_not_evaluated() -> None:
    base = (TargetLesion("T01", "MEASURED", 20), TargetLesion("T02", "MEASURED", 15))
    now = (TargetLesion("T02", "MEASURED", 10), TargetLesion("T09", "MEASURED", 30))
    assert lesion_values(base, now) == (None, Fraction(10))


def test_a_sum_with_a_hole_and_a_sum_of_nothing_have_no_value() -> None:
    assert (total([Fraction(10), None]), total([]), total([Fraction(10), Fraction(5)])) == (
        None,
        None,
        Fraction(15),
    )


def test_no_percentage_is_given_from_zero() -> None:
    assert percent_change(Fraction(5), Fraction(0)) is None
    assert percent_change(None, Fraction(5)) is None
    assert percent_change(Fraction(5), None) is None
    assert percent_change(Fraction(15), Fraction(10)) == 50


@pytest.mark.parametrize(
    ("now", "baseline", "nadir", "response"),
    [
        ("63", "90", "90", "PR"),
        ("63.0001", "90", "90", "SD"),
        ("60", "60", "50", "PD"),
        ("59.99", "60", "50", "SD"),
        ("25", "25", "20", "PD"),
        ("24.99", "25", "20", "SD"),
        ("30", "60", "25", "PD"),
        ("5", "40", "0", "PD"),
        ("4.9", "40", "0", "PR"),
        ("0", "40", "0", "CR"),
        ("0.1", "40", "40", "PR"),
    ],
)
def test_an_extranodal_lesion_is_read_at_every_limit(
    now: str, baseline: str, nadir: str, response: str
) -> None:
    assert recist_target([False], [Fraction(now)], Fraction(baseline), Fraction(nadir)) == response


@pytest.mark.parametrize(
    ("now", "after_cr", "response"),
    [("9.9", False, "CR"), ("10", False, "PR"), ("9.9", True, "CR"), ("10", True, "PD"), ("0", True, "CR")],
)
def test_a_node_is_normal_below_10_mm(now: str, after_cr: bool, response: str) -> None:
    answer = recist_target([True], [Fraction(now)], Fraction(20), Fraction(9), after_cr=after_cr)
    assert answer == response


def test_any_extranodal_reappearance_after_a_complete_response_is_progression() -> None:
    assert recist_target([False], [Fraction("0.5")], Fraction(20), Fraction(0), after_cr=True) == "PD"
    assert (
        recist_target([False, False], [None, Fraction(3)], Fraction(20), Fraction(0), after_cr=True) == "PD"
    )
    assert (
        recist_target([False, False], [None, Fraction(0)], Fraction(20), Fraction(0), after_cr=True) == "NE"
    )


def test_a_kept_partial_response_ends_only_by_progression_or_gets_better() -> None:
    answers = [
        recist_target([False], [Fraction(mm)], Fraction(100), Fraction(65), kept_pr=True)
        for mm in (0, 77, 78)
    ]
    assert answers == ["CR", "PR", "PD"]


def test_without_a_baseline_sum_only_certain_answers_are_given() -> None:
    answers = [recist_target([False], [value], None, None) for value in (Fraction(0), Fraction(9), None)]
    assert answers == ["CR", "NE", "NE"]
    assert recist_target([], [], None, None) == "NA"


@given(LESIONS, MM, MM)
def test_one_more_lesion_not_evaluated_never_brings_a_response(
    lesions: list[tuple[bool, Fraction | None]], baseline: Fraction, nadir: Fraction
) -> None:
    nodes, values = [list(column) for column in zip(*lesions, strict=True)]
    answer = recist_target([*nodes, False], [*values, None], baseline, nadir)
    assert answer in ("NE", "PD")


@given(LESIONS, MM, MM, st.integers(0, 4), MM)
def test_a_growing_lesion_never_improves_the_response(
    lesions: list[tuple[bool, Fraction | None]],
    baseline: Fraction,
    nadir: Fraction,
    which: int,
    more: Fraction,
) -> None:
    nodes = [node for node, _ in lesions]
    values = [value or Fraction(0) for _, value in lesions]
    grown = [value + (more if place == which else 0) for place, value in enumerate(values)]
    order = ("CR", "PR", "SD", "NE", "PD")
    before, after = (recist_target(nodes, these, baseline, min(nadir, baseline)) for these in (values, grown))
    assert order.index(before) <= order.index(after)


@pytest.mark.parametrize(
    ("states", "response"),
    [
        ([], "NA"),
        (["ABSENT", "ABSENT"], "CR"),
        (["ABSENT", "PRESENT"], "NON-CR/NON-PD"),
        (["ABSENT", "NOT EVALUABLE"], "NE"),
        (["PRESENT", None], "NE"),
        (["NOT EVALUABLE", "UNEQUIVOCAL PROGRESSION"], "PD"),
    ],
)
def test_non_target_lesions_are_read_together(states: list[str | None], response: str) -> None:
    assert recist_non_target(states) == response  # type: ignore[arg-type]


def test_only_a_certain_new_lesion_counts() -> None:
    seen = date(2026, 3, 10)
    equivocal = NewLesion("N01", "EQUIVOCAL", seen)
    assert not has_new_lesion([])
    assert not has_new_lesion([equivocal, NewLesion("N02", None)])
    assert has_new_lesion([equivocal, NewLesion("N02", "UNEQUIVOCAL", seen)])
