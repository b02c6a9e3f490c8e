"""RECIST 1.1 over the course: numbering, confirmation, best overall response, dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.recist import (
    NewLesion,
    NonTargetLesion,
    NonTargetState,
    RecistSettings,
    Response,
    TargetLesion,
    TimePoint,
)
from imt_ecrf.clinical.recist_course import (
    Confirmation,
    History,
    assess,
    recist_best,
    recist_confirmed,
    recist_first_response,
    recist_nadir,
    recist_progression,
    tumour_timepoints,
)
from tests.clinical.courses import (
    BASELINE_SCAN,
    FIRST_DOSE,
    day,
    history_of,
    lesion,
    measured,
    read_by_the_investigator,
    study_day,
)

RESPONSES: tuple[Response, ...] = ("CR", "PR", "SD", "PD", "NE")
ORDER: tuple[Response, ...] = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
COURSES = st.lists(st.sampled_from(RESPONSES), max_size=7)
ANY_SETTINGS = st.builds(
    RecistSettings,
    st.just(28),
    st.just(49),
    st.sampled_from(("off", "confirmed", "any")),
    st.integers(0, 2),
    st.booleans(),
)


def _every_8_weeks(responses: list[Response]) -> History:
    return read_by_the_investigator(*((one, 1 + 56 * place) for place, one in enumerate(responses, 1)))


def test_assessments_are_numbered_by_scan_date_and_equal_dates_by_plan() -> None:
    scans = [day(-7), day(113), None, day(57), day(113)]
    assert tumour_timepoints(scans) == (0, 2, None, 1, 3)
    assert tumour_timepoints([None, day(57)]) == (0, 1)
    assert tumour_timepoints([]) == ()


@pytest.mark.parametrize("numbers", [(1, 2), (0, 2, 1), (0, 1, 1)])
def test_a_history_out_of_order_is_refused(numbers: tuple[int, ...]) -> None:
    first, *others = (TimePoint(number, FIRST_DOSE, FIRST_DOSE) for number in numbers)
    with pytest.raises(ValueError, match="numbered upwards from 0"):
        History(first, tuple(others))


def test_the_nadir_leaves_out_the_present_and_sums_with_a_hole() -> None:
    history = measured(50, 40, "NOT EVALUABLE", 30, 60)
    assert [recist_nadir(history, number) for number in range(6)] == [None, 50, 40, 40, 30, 30]


@pytest.mark.parametrize("later", [3, "TOO SMALL", 8])
def test_a_complete_response_is_remembered_over_a_scan_that_shows_nothing(later: object) -> None:
    answers = [one.derived for one in assess(measured(30, "DISAPPEARED", "NOT EVALUABLE", later))]
    assert answers == ["CR", "NE", "PD"]


def test_a_reader_who_corrects_a_complete_response_undoes_its_consequence() -> None:
    history = measured(30, "DISAPPEARED", 3)
    first, second = history.assessments
    corrected = replace(history, assessments=(replace(first, overall="PR"), second))
    assert [one.overall for one in assess(history)] == ["CR", "PD"]
    assert [one.overall for one in assess(corrected)] == ["PR", "PR"]


@pytest.mark.parametrize(
    ("keep", "answers"),
    [
        ("off", ["PR", "PR", "SD", "SD"]),
        ("confirmed", ["PR", "PR", "PR", "PR"]),
        ("any", ["PR", "PR", "PR", "PR"]),
    ],
)
def test_a_confirmed_partial_response_is_kept_as_the_study_says(
    keep: Literal["off", "confirmed", "any"], answers: list[str]
) -> None:
    settings = RecistSettings(keep_pr_until_pd=keep)
    assert [one.target for one in assess(measured(100, 65, 66, 72, 77), settings)] == answers


@pytest.mark.parametrize(("keep", "last"), [("off", "SD"), ("confirmed", "SD"), ("any", "PR")])
def test_an_unconfirmed_partial_response_is_not_kept_by_default(
    keep: Literal["off", "confirmed", "any"], last: str
) -> None:
    assert assess(measured(100, 68, 74), RecistSettings(keep_pr_until_pd=keep))[-1].target == last


def test_progression_ends_what_was_kept() -> None:
    answers = [one.target for one in assess(measured(100, 65, 65, 80, 75), RecistSettings())]
    assert answers == ["PR", "PR", "PD", "SD"]


@pytest.mark.parametrize(
    ("first", "later", "late", "early"),
    [
        ("CR", "CR", "CR", "CR"),
        ("CR", "PR", "SD", "PD"),
        ("CR", "SD", "SD", "PD"),
        ("CR", "PD", "SD", "PD"),
        ("CR", "NE", "SD", "NE"),
        ("PR", "CR", "PR", "PR"),
        ("PR", "PR", "PR", "PR"),
        ("PR", "SD", "SD", "SD"),
        ("PR", "PD", "SD", "PD"),
        ("PR", "NE", "SD", "NE"),
        ("NE", "NE", "NE", "NE"),
    ],
)
def test_two_time_points_give_the_best_response_of_table_3(
    first: Response, later: Response, late: Response, early: Response
) -> None:
    """Late: the first response meets the minimum time for stable disease; early: it does not."""
    assert recist_best(read_by_the_investigator((first, 57), (later, 113))) == late
    assert recist_best(read_by_the_investigator((first, 30), (later, 113))) == early


@pytest.mark.parametrize(("on", "best"), [(49, "NE"), (50, "SD")])
def test_stable_disease_needs_49_days_from_the_first_dose(on: int, best: Response) -> None:
    assert recist_best(read_by_the_investigator(("SD", on))) == best


def test_without_a_first_dose_stable_disease_cannot_be_counted() -> None:
    assert recist_best(replace(read_by_the_investigator(("SD", 57)), first_dose=None)) == "NE"


@pytest.mark.parametrize(("on", "status", "best"), [(84, "PENDING", "SD"), (85, "CONFIRMED", "PR")])
def test_confirmation_needs_28_days_between_the_last_scans(
    on: int, status: Confirmation, best: Response
) -> None:
    history = read_by_the_investigator(("PR", 57), ("PR", on))
    assert (recist_confirmed(history, 1), recist_best(history)) == (status, best)


@pytest.mark.parametrize(
    ("course", "number", "status"),
    [
        ([("SD", 57)], 1, "NOT NEEDED"),
        ([("PR", 57)], 1, "PENDING"),
        ([("PR", 57), ("NE", 113)], 1, "PENDING"),
        ([("PR", 57), ("NE", 113), ("NE", 169)], 1, "NOT CONFIRMED"),
        ([("PR", 57), ("SD", 113)], 1, "NOT CONFIRMED"),
        ([("PR", 57), ("PD", 113)], 1, "NOT CONFIRMED"),
        ([("PR", 57), ("CR", 113)], 1, "CONFIRMED"),
        ([("PR", 57), ("CR", 113)], 2, "PENDING"),
        ([("PR", 57), ("PR", 113)], 2, "CONFIRMED"),
        ([("PR", 57), ("PR", 70), ("PR", 90)], 2, "CONFIRMED"),
        ([("CR", 57), ("CR", 113)], 1, "CONFIRMED"),
        ([("CR", 57), ("PR", 113)], 1, "NOT CONFIRMED"),
        ([("CR", 57), ("PR", 113)], 2, "NOT CONFIRMED"),
        ([("PD", 57), ("PR", 113)], 2, "NOT CONFIRMED"),
        ([("PR", 57)], 2, None),
    ],
)
def test_the_status_of_a_response_follows_what_came_after(
    course: list[tuple[Response, int]], number: int, status: Confirmation | None
) -> None:
    assert recist_confirmed(read_by_the_investigator(*course), number) == status


def test_new_therapy_ends_the_search_for_a_response() -> None:
    history = read_by_the_investigator(("PR", 57), ("PR", 113), new_therapy=100)
    assert recist_best(history) == "SD"
    assert recist_confirmed(history, 1) == "NOT CONFIRMED"
    assert recist_confirmed(history, 2) == "NOT CONFIRMED"
    assert recist_best(replace(history, new_therapy=day(113))) == "PR"


def test_stable_disease_between_counts_only_when_the_study_says_so() -> None:
    history = read_by_the_investigator(("PR", 57), ("SD", 113), ("PR", 169))
    accepting = RecistSettings(accept_sd_between=True)
    assert (recist_best(history), recist_best(history, accepting)) == ("SD", "PR")
    assert recist_confirmed(history, 1, accepting) == "CONFIRMED"
    pending = read_by_the_investigator(("PR", 57), ("SD", 113))
    assert recist_confirmed(pending, 1, accepting) == "PENDING"


def _non_target_only(*states: NonTargetState) -> History:
    points = [
        TimePoint(number, day(1 + 56 * number), day(1 + 56 * number), (), (NonTargetLesion("NT01", state),))
        for number, state in enumerate(states, 1)
    ]
    baseline = TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, (), (NonTargetLesion("NT01", "PRESENT"),))
    return History(baseline, tuple(points), FIRST_DOSE)


@pytest.mark.parametrize(
    ("states", "best"),
    [
        (("ABSENT", "ABSENT"), "CR"),
        (("ABSENT", "PRESENT"), "NON-CR/NON-PD"),
        (("PRESENT",), "NON-CR/NON-PD"),
        (("NOT EVALUABLE",), "NE"),
        ((), "NE"),
    ],
)
def test_without_target_lesions_no_disease_is_called_stable(
    states: tuple[NonTargetState, ...], best: Response
) -> None:
    assert recist_best(_non_target_only(*states)) == best


def test_a_response_is_dated_by_its_last_scan_and_progression_by_its_first() -> None:
    base = TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, (lesion("T01", 50),))
    points = tuple(
        TimePoint(number, day(on), day(on) + timedelta(days=3), (lesion("T01", mm),))
        for number, (on, mm) in enumerate([(57, 30), (113, 30), (169, 60)], 1)
    )
    history = History(base, points, FIRST_DOSE)
    assert study_day(recist_first_response(history)) == 60
    assert study_day(recist_progression(history)) == 169


def _with_new_lesions(*recorded: tuple[NewLesion, ...]) -> History:
    history = measured(40, *[30] * len(recorded))
    points = [
        replace(point, new_lesions=lesions)
        for point, lesions in zip(history.assessments, recorded, strict=True)
    ]
    return replace(history, assessments=tuple(points))


def test_an_equivocal_lesion_alone_is_no_progression() -> None:
    assert recist_progression(_with_new_lesions((NewLesion("N01", "EQUIVOCAL", day(57)),))) is None


@pytest.mark.parametrize("written_later", [day(57), day(113)])
def test_a_lesion_that_becomes_certain_dates_progression_back(written_later: date) -> None:
    history = _with_new_lesions(
        (NewLesion("N01", "EQUIVOCAL", day(57)), NewLesion("N02", "EQUIVOCAL", day(50))),
        (NewLesion("N01", "UNEQUIVOCAL", written_later),),
    )
    assert study_day(recist_progression(history)) == 57
    # what the first scan showed was progression already, so it is no response and not stable disease
    assert recist_best(history) == "PD"


def test_a_history_without_assessments_has_no_dates() -> None:
    history = measured(40)
    assert (recist_best(history), recist_first_response(history), recist_progression(history)) == (
        "NE",
        None,
        None,
    )


@given(COURSES, ANY_SETTINGS)
def test_the_best_response_is_never_better_than_the_best_time_point(
    responses: list[Response], settings: RecistSettings
) -> None:
    best = recist_best(_every_8_weeks(responses), settings)
    assert ORDER.index(best) >= min((ORDER.index(one) for one in responses), default=ORDER.index("NE"))


@given(COURSES, ANY_SETTINGS)
def test_confirmation_never_improves_the_best_response(
    responses: list[Response], settings: RecistSettings
) -> None:
    history = _every_8_weeks(responses)
    confirmed, raw = (recist_best(history, settings, confirmed=confirmed) for confirmed in (True, False))
    assert ORDER.index(confirmed) >= ORDER.index(raw)


@given(COURSES, COURSES, ANY_SETTINGS)
def test_nothing_after_progression_changes_the_best_response(
    before: list[Response], after: list[Response], settings: RecistSettings
) -> None:
    ended = [*before, "PD"]
    best = recist_best(_every_8_weeks(ended), settings)
    assert recist_best(_every_8_weeks([*ended, *after]), settings) == best


@given(COURSES, ANY_SETTINGS)
def test_a_first_response_is_dated_exactly_when_the_best_response_is_one(
    responses: list[Response], settings: RecistSettings
) -> None:
    history = _every_8_weeks(responses)
    assert (recist_first_response(history, settings) is not None) is (
        recist_best(history, settings) in ("CR", "PR")
    )


@given(COURSES, ANY_SETTINGS)
def test_a_confirmed_status_is_given_exactly_when_the_best_response_is_one(
    responses: list[Response], settings: RecistSettings
) -> None:
    history = _every_8_weeks(responses)
    statuses = [recist_confirmed(history, number, settings) for number in range(1, len(responses) + 1)]
    assert ("CONFIRMED" in statuses) is (recist_best(history, settings) in ("CR", "PR"))


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_the_derived_course_agrees_with_itself_read_by_an_investigator(sums: list[int]) -> None:
    history = measured(60, *sums)
    read = tuple(replace(one.point, overall=one.derived) for one in assess(history))
    assert recist_best(replace(history, assessments=read)) == recist_best(history)


def test_a_lesion_line_from_another_form_does_not_join_the_sum() -> None:
    history = history_of(
        {
            "baseline": {"targets": [{"id": "T01", "node": "N", "mm": 40}], "non_target_lesions": 0},
            "visits": [{"day": 57, "targets": {"T01": 20, "T02": 90}, "non_target": [], "new": "N"}],
        }
    )
    (one,) = assess(history)
    assert (one.figures.total, one.target) == (Fraction(20), "PR")
    assert TargetLesion("T01", "MEASURED", 40) == history.baseline.targets[0]
