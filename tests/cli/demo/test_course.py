"""The invented courses: dates in order, children grow, doses are the table's, grades follow the values."""

import datetime as dt
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imt_ecrf import rooms
from imt_ecrf.cli.demo import dosing, lesions
from imt_ecrf.cli.demo.cast import Child
from imt_ecrf.cli.demo.children import CHILDREN
from imt_ecrf.cli.demo.course import Course, simulate
from imt_ecrf.clinical import dose
from imt_ecrf.study import publication
from imt_ecrf.study.book import Book
from imt_ecrf.study.loader import load
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.windows import window

UNTIL = dt.date(2026, 11, 20)
LIMITS = {"ALT": ("ULN", (1, 3, 5, 20)), "AST": ("ULN", (1, 3, 5, 20))}
TREATED = [child for child in CHILDREN if child.treated]

children = st.sampled_from(CHILDREN)
treated = st.sampled_from(TREATED)
seeds = st.integers(0, 10_000)
some = settings(max_examples=20, deadline=None)


@cache
def the_book() -> Book:
    version, mistakes = load(rooms.forms())
    assert mistakes == []
    return publication.read(publication.publish(version))


@cache
def course_of(child: Child, seed: int) -> Course:
    return simulate(child, seed, UNTIL, the_book())


@some
@given(children, seeds)
def test_the_days_of_a_child_stand_in_order(child: Child, seed: int) -> None:
    calendar = course_of(child, seed).calendar
    days = [visit.day for visit in calendar.visits]
    assert days == sorted(days)
    assert all(visit.day <= UNTIL for visit in calendar.visits)
    assert all(visit.day.weekday() < 5 for visit in calendar.held())
    ends = [calendar.consent, calendar.first_dose, calendar.last_dose, calendar.stopped, calendar.ended]
    known = [day for day in ends if day is not None]
    assert known == sorted(known)


@some
@given(treated, seeds)
def test_every_visit_on_treatment_lies_in_its_window(child: Child, seed: int) -> None:
    calendar = course_of(child, seed).calendar
    assert calendar.first_dose is not None
    anchors = {"first dose": calendar.first_dose, "SE_C1D1": calendar.first_dose}
    if calendar.last_dose:
        anchors["last dose"] = calendar.last_dose
    outside = []
    for visit in calendar.held():
        found = window(the_book().events[visit.event], visit.repeat, anchors)
        if found is not None and not found.holds(visit.day):
            outside.append((visit, found))
    assert outside == []


@some
@given(treated, seeds)
def test_children_grow_and_gain_weight(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    sizes = [course.size(visit.day) for visit in course.calendar.held()]
    heights = [float(size.height) for size in sizes]
    assert heights == sorted(heights)
    months = (course.calendar.held()[-1].day - course.calendar.consent).days / 30
    if months > 6:
        assert float(sizes[-1].weight) > float(sizes[0].weight)


@some
@given(treated, seeds)
def test_every_dose_is_the_dose_of_the_table(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    table = medicine(the_book()).doses
    log, prescribed = course.doses
    for key, one in prescribed.items():
        visit = course.calendar.visit(*key)
        assert visit is not None
        if one.level == dosing.HOLD:
            assert one.mg == 0
            continue
        surface = course.size(visit.day).surface
        assert one.mg == dose.dose_table(table, surface, one.level, one.form)
    assert {one.mg for one in log} <= {0, *(one.mg for one in prescribed.values())}


@some
@given(treated, seeds)
def test_the_dosing_log_has_neither_gap_nor_overlap(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    log = course.log
    assert log[0].start == course.calendar.first_dose
    assert [one.line for one in log] == list(range(1, len(log) + 1))
    for one, other in pairwise(log):
        assert one.end is not None
        assert (other.start - one.end).days == 1
    assert log[-1].end == course.calendar.last_dose


@some
@given(treated, seeds)
def test_grades_follow_the_values(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    for panels in course.samples.values():
        for test, (_, limits) in LIMITS.items():
            one = panels["F_LBC"][test]
            assert one.high is not None
            assert one.grade == sum(one.value > limit * one.high for limit in limits)
        neutrophils = panels["F_LBH"]["NEUT"]
        assert neutrophils.low is not None
        steps = (neutrophils.low, Fraction("1.5"), Fraction(1), Fraction("0.5"))
        expected = max((n for n, limit in enumerate(steps, 1) if neutrophils.value < limit), default=0)
        assert neutrophils.grade == expected


@some
@given(treated, seeds)
def test_laboratory_events_carry_the_highest_grade_of_their_values(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    tests = {"alt": ("F_LBC", "ALT"), "ast": ("F_LBC", "AST"), "neutropenia": ("F_LBH", "NEUT")}
    first = course.calendar.first_dose
    assert first is not None
    for kind, (form, test) in tests.items():
        graded = {
            visit.day: course.samples[visit.key][form][test].grade or 0
            for visit in course.calendar.held()
            if visit.key in course.samples and visit.day > first
        }
        covered: set[dt.date] = set()
        for event in course.happenings:
            if event.kind != kind:
                continue
            inside = {day for day in graded if event.start <= day < (event.end or dt.date.max)}
            assert event.grade == max(graded[day] for day in inside)
            covered |= inside
        assert {day for day, grade in graded.items() if grade} == covered & {d for d in graded if graded[d]}


@some
@given(treated, seeds)
def test_toxicity_holds_the_drug_at_once_and_lowers_the_dose_afterwards(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    for number, one in enumerate(course.log):
        if one.change != "INTERRUPTED":
            continue
        visit = next(v for v in course.calendar.held() if v.day == one.start)
        panels = course.samples[visit.key]
        assert dosing.toxic({**panels["F_LBC"], **panels["F_LBH"]}) == one.cause
        assert all(later.mg < course.log[number - 1].mg for later in course.log[number : number + 2])


@some
@given(treated, seeds)
def test_the_response_follows_the_sum_of_the_lesions(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    baseline, *later = course.time_points
    sums = [baseline.total]
    for point in later:
        change = (point.total - baseline.total) / baseline.total
        grown = point.total - min(sums)
        progressed = grown >= 5 and grown >= min(sums) * Fraction(1, 5)
        sums.append(point.total)
        if point.why:
            continue
        if progressed:
            assert point.target == "PD"
        elif point.total == 0:
            assert point.target == "CR"
        elif change <= Fraction(-3, 10):
            assert point.target == "PR"
        else:
            assert point.target in {"SD", "PR"}  # a confirmed response is kept until progression
        if point.new or point.target == "PD":
            assert point.overall == "PD"


@some
@given(treated, seeds)
def test_a_child_stops_for_progression_only_after_progression(child: Child, seed: int) -> None:
    course = course_of(child, seed)
    progressed = any(point.overall == "PD" for point in course.time_points)
    stopped = course.child.stop is not None and course.child.stop.reason == "PROGRESSIVE DISEASE"
    assert progressed == stopped


@pytest.mark.parametrize("child", CHILDREN, ids=lambda child: f"{child.number}-{child.ending}")
def test_lesions_can_be_measured_at_baseline(child: Child) -> None:
    smallest = [15 if lesion.node else 10 for lesion in child.targets]
    assert all(lesion.mm >= limit for lesion, limit in zip(child.targets, smallest, strict=True))
    places = [lesion.place for lesion in child.targets]
    assert max(places.count(place) for place in places) <= 2
    assert lesions.share(child, 0) == 1.0


def test_the_same_seed_gives_the_same_course_and_another_one_another() -> None:
    child = CHILDREN[0]
    one, same, other = (simulate(child, seed, UNTIL, the_book()) for seed in (3, 3, 4))
    for name in ("calendar", "samples", "log", "happenings", "time_points"):
        assert getattr(one, name) == getattr(same, name)
    assert one.samples != other.samples
