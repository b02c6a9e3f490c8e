"""The plan of visits: offered by the calendar, counted from their anchor, ended by the course."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.conduct.plan import Facts, first_repeat, may_open, plan, state_of
from imt_ecrf.study.windows import Window
from tests.factories import real_book

BOOK = real_book()
FIRST = dt.date(2026, 3, 10)
TREATED = Facts({"SE_C1D1": FIRST, "first dose": FIRST}, enrolled=True, dosed=True)


def listed(facts: Facts, held: set[tuple[str, int]], today: dt.date) -> list[tuple[str, int]]:
    """List visits by OID and number."""
    return [(one.event.oid, one.repeat) for one in plan(BOOK, facts, held, today)]


def test_cycles_begin_where_the_visits_planned_one_by_one_end() -> None:
    first = {oid: first_repeat(BOOK, BOOK.events[oid]) for oid in ("SE_CYC", "SE_TA", "SE_SURV", "SE_SCR")}
    assert first == {"SE_CYC": 3, "SE_TA": 1, "SE_SURV": 1, "SE_SCR": 1}


def test_in_screening_there_are_screening_end_of_study_and_the_logs() -> None:
    assert listed(Facts(), {("SE_SCR", 1), ("SE_LOG", 1)}, FIRST) == [
        ("SE_SCR", 1),
        ("SE_EOS", 1),
        ("SE_LOG", 1),
    ]


def test_after_treatment_ends_no_further_cycle_is_offered_and_scans_go_on() -> None:
    stopped = Facts(
        {**TREATED.anchors, "last dose": dt.date(2026, 6, 1)},
        enrolled=True,
        dosed=True,
        stopped_on=dt.date(2026, 6, 1),
    )
    shown = listed(stopped, {("SE_CYC", 3)}, dt.date(2026, 9, 1))
    assert [one for one in shown if one[0] == "SE_CYC"] == [("SE_CYC", 3)]
    assert ("SE_TA", 4) in shown
    assert ("SE_SFU", 1) in shown
    progressed = Facts(
        stopped.anchors,
        enrolled=True,
        dosed=True,
        stopped_on=stopped.stopped_on,
        progressed_on=dt.date(2026, 6, 1),
    )
    assert [one for one in listed(progressed, set(), dt.date(2026, 9, 1)) if one[0] == "SE_TA"] == [
        ("SE_TA", 1)
    ]


def left(last_dose: str, decided: str, today: dt.date = dt.date(2026, 9, 1)) -> list[tuple[str, int, str]]:
    """List what the plan asks under treatment of a child that had no visit, with the state on a day."""
    days = {"last dose": dt.date.fromisoformat(last_dose)}
    stopped = dt.date.fromisoformat(decided)
    facts = Facts({**TREATED.anchors, **days}, enrolled=True, dosed=True, stopped_on=stopped)
    return [
        (one.event.oid, one.repeat, state_of(None, one.window, today))
        for one in plan(BOOK, facts, set(), today)
        if one.event.oid in {"SE_C2D15", "SE_CYC"}
    ]


def test_a_visit_planned_for_the_day_treatment_ended_or_later_is_no_longer_due() -> None:
    cycle_3 = dt.date(2026, 5, 5)
    last_doses = {days: (cycle_3 + dt.timedelta(days=days)).isoformat() for days in (-3, -1, 0, 1, 3)}
    before, cycle = ("SE_C2D15", 1, "overdue"), ("SE_CYC", 3, "overdue")
    # the window of cycle 3 was open on each of these days
    assert {days: left(last, "2026-05-09") for days, last in last_doses.items()} == {
        -3: [before],
        -1: [before],
        0: [before],
        1: [before, cycle],
        3: [before, cycle],
    }


def test_the_last_dose_counts_not_the_later_day_of_the_decision() -> None:
    assert left("2026-06-28", "2026-06-30") == left("2026-06-28", "2026-06-28")
    assert left("2026-04-21", "2026-04-24") == []
    assert left("2026-04-22", "2026-04-24") == [("SE_C2D15", 1, "overdue")]


def test_the_visit_of_the_first_dose_stays_when_that_dose_was_the_last() -> None:
    facts = Facts({**TREATED.anchors, "last dose": FIRST}, enrolled=True, dosed=True, stopped_on=FIRST)
    shown = {oid for oid, _repeat in listed(facts, set(), dt.date(2026, 9, 1))}
    assert {"SE_C1D1", "SE_C1D8", "SE_CYC", "SE_EOT", "SE_SFU"} & shown == {"SE_C1D1", "SE_EOT", "SE_SFU"}


def test_the_next_cycle_opens_when_this_one_is_held_before_its_time_too() -> None:
    held = {("SE_C1D1", 1), ("SE_CYC", 3)}
    assert may_open(BOOK, TREATED, held, FIRST, ("SE_CYC", 4))
    assert not may_open(BOOK, TREATED, held, FIRST, ("SE_CYC", 6))
    assert not may_open(BOOK, TREATED, held, FIRST, ("SE_UNS", 1))
    assert not may_open(BOOK, TREATED, held, FIRST, ("SE_NOPE", 1))


def test_nothing_new_is_offered_after_the_end() -> None:
    ended = Facts(TREATED.anchors, enrolled=True, dosed=True, ended=True)
    held = {("SE_SCR", 1), ("SE_C1D1", 1), ("SE_CYC", 7)}
    assert set(listed(ended, held, dt.date(2027, 9, 1))) == held | {("SE_LOG", 1)}


def test_the_state_of_a_visit_is_what_was_stored_or_what_the_calendar_says() -> None:
    window = Window(dt.date(2026, 3, 8), FIRST, dt.date(2026, 3, 12))
    days = {day: state_of(None, window, dt.date(2026, 3, day)) for day in (7, 8, 12, 13)}
    assert days == {7: "planned", 8: "due", 12: "due", 13: "overdue"}
    assert state_of("planned", None, FIRST) == "due"
    assert state_of(None, None, FIRST) == "planned"
    assert state_of("missed", window, dt.date(2026, 4, 1)) == "missed"


@given(
    st.integers(0, 1500),
    st.sets(
        st.tuples(st.sampled_from(["SE_CYC", "SE_TA", "SE_C1D8", "SE_UNS"]), st.integers(1, 40)), max_size=12
    ),
    st.one_of(st.none(), st.integers(0, 900)),
)
def test_every_visit_that_is_held_is_listed_once_and_facts_survive_their_keeping(
    days: int, held: set[tuple[str, int]], stopped: int | None
) -> None:
    held = {one for one in held if one[0] != "SE_CYC" or one[1] > 2}
    held = {(oid, 1 if oid == "SE_C1D8" else repeat) for oid, repeat in held}
    end = None if stopped is None else FIRST + dt.timedelta(days=stopped)
    facts = Facts(TREATED.anchors, enrolled=True, dosed=True, stopped_on=end)
    shown = listed(facts, held, FIRST + dt.timedelta(days=days))
    assert held <= set(shown)
    assert len(shown) == len(set(shown))
    assert Facts.of(facts.plain()) == facts
