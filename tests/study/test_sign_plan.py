"""When signatures are due: days and hours at the site, before an anchor, after a change, at the end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.definition import Milestone
from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.sign_plan import (
    Filled,
    Group,
    Known,
    Reached,
    Spot,
    cycle_of,
    dealt,
    milestone_of,
    standing,
    start_of,
)
from tests.factories import small_book, words

ZONE = ZoneInfo("Asia/Vladivostok")
DONE = dt.datetime(2026, 3, 1, 20, 30, tzinfo=dt.UTC)
"""At the site this is already the second of March."""
SPOT = Spot("SE_SCR", 1, "F_VS", 1)
LIMITS = {"n": 10}


def book_with(*milestones: Milestone) -> object:
    version = replace(small_book().version, version=repr(milestones), milestones=milestones)
    from imt_ecrf.study import publication  # noqa: PLC0415

    return publication.read(publication.publish(version))


def known(day: int, hour: int = 12, **more: object) -> Known:
    moment = dt.datetime(2026, 3, day, hour, tzinfo=ZONE)
    return Known(moment, limits=LIMITS, **more)  # type: ignore[arg-type]


def reached(milestone: Milestone, forms: list[Filled], at: Known) -> Reached:
    (found,) = standing(book_with(milestone), forms, at)  # type: ignore[arg-type]
    return found


def said(found: Reached) -> tuple[object, ...]:
    return found.state, found.again, found.due_on, found.late_days


VISIT = Milestone("MS", words("Visit"), "visit", (), (), "n")
BEFORE = Milestone("MS", words("Before"), "subject", ("F_VS",), (), "n", before="first dose")
HOURS = Milestone("MS", words("Fast"), "form", ("F_VS",), (), "n", "hours", ("WEIGHT",))
END = Milestone("MS", words("End"), "subject", ("F_SIGN",), (), "n", since=("SVSTDAT",))
CUT = Milestone("MS", words("Cut"), "visit", (), (), "n", before="data cut")


@pytest.mark.req("R16")
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (2, ("due", False, dt.date(2026, 3, 12), 0)),
        (12, ("due", False, dt.date(2026, 3, 12), 0)),
        (13, ("overdue", False, dt.date(2026, 3, 12), 1)),
        (31, ("overdue", False, dt.date(2026, 3, 12), 19)),
    ],
)
def test_days_run_from_the_completion_as_the_site_dates_it(day: int, expected: tuple[object, ...]) -> None:
    assert said(reached(VISIT, [Filled(SPOT, ready=True, since=DONE)], known(day))) == expected


@pytest.mark.req("R16")
def test_a_visit_is_due_when_the_first_of_its_forms_is_and_signed_when_all_are() -> None:
    later = Filled(Spot("SE_SCR", 1, "F_SV", 1), ready=True, since=DONE + dt.timedelta(days=3))
    first = Filled(SPOT, ready=True, since=DONE)
    both = reached(VISIT, [later, first], known(5))
    assert (both.due_on, both.to_sign, both.signed) == (dt.date(2026, 3, 12), (later, first), 0)
    one = reached(VISIT, [later, replace(first, signed_at=DONE)], known(5))
    assert (one.state, one.due_on, one.to_sign, one.signed) == ("due", dt.date(2026, 3, 15), (later,), 1)
    signed = [replace(later, signed_at=DONE), replace(first, signed_at=DONE + dt.timedelta(days=1))]
    every = reached(VISIT, signed, known(5))
    assert (every.state, every.signed_at, every.signed) == ("signed", DONE + dt.timedelta(days=1), 2)


@pytest.mark.req("R16")
def test_what_is_in_progress_is_not_due_and_keeps_the_visit_from_being_signed() -> None:
    open_one = Filled(Spot("SE_SCR", 1, "F_SV", 1), ready=False, since=DONE)
    assert said(reached(VISIT, [open_one], known(31))) == ("not yet", False, None, 0)
    found = reached(VISIT, [open_one, Filled(SPOT, ready=True, since=DONE, signed_at=DONE)], known(31))
    assert (found.state, found.waiting, found.signed) == ("not yet", (open_one,), 1)


@pytest.mark.req("R12")
@pytest.mark.req("R16")
@pytest.mark.parametrize("ready", [True, False])
def test_a_void_signature_is_due_again_from_the_change_on(ready: bool) -> None:
    form = Filled(SPOT, ready=ready, since=DONE, void=True)
    assert said(reached(VISIT, [form], known(12))) == ("due", True, dt.date(2026, 3, 12), 0)
    assert said(reached(VISIT, [form], known(14))) == ("overdue", True, dt.date(2026, 3, 12), 2)


@pytest.mark.req("R16")
def test_before_an_anchor_is_due_without_a_day_until_the_anchor_is_known() -> None:
    form = Filled(SPOT, ready=True, since=DONE)
    assert said(reached(BEFORE, [], known(5))) == ("not yet", False, None, 0)
    assert said(reached(BEFORE, [replace(form, ready=False)], known(5))) == ("not yet", False, None, 0)
    assert said(reached(BEFORE, [form], known(5))) == ("due", False, None, 0)
    dose = {"first dose": dt.date(2026, 3, 4)}
    assert said(reached(BEFORE, [form], known(4, anchors=dose))) == ("due", False, dt.date(2026, 3, 4), 0)
    assert said(reached(BEFORE, [form], known(6, anchors=dose))) == ("overdue", False, dt.date(2026, 3, 4), 2)
    assert said(reached(BEFORE, [], known(6, anchors=dose))) == ("overdue", False, dt.date(2026, 3, 4), 2)


@pytest.mark.req("R12")
def test_what_changed_after_the_anchor_is_to_be_signed_again_within_the_time_of_its_own() -> None:
    dose = {"first dose": dt.date(2026, 2, 1)}
    form = Filled(SPOT, ready=True, since=DONE, void=True)
    assert said(reached(BEFORE, [form], known(12, anchors=dose))) == ("due", True, dt.date(2026, 3, 12), 0)
    assert said(reached(BEFORE, [form], known(13, anchors=dose))) == (
        "overdue",
        True,
        dt.date(2026, 3, 12),
        1,
    )


@pytest.mark.req("R16")
def test_hours_run_from_the_moment_in_the_form_and_are_counted_in_hours() -> None:
    aware = start_of(dt.date(2026, 3, 4), 9 * 60 + 30, ZONE)
    at = known(4, 19, starts={("MS", Group(*SPOT)): aware})
    form = Filled(SPOT, ready=False, since=DONE)
    found = reached(HOURS, [form], at)
    assert (found.state, found.due_at, found.late_hours) == ("due", aware + dt.timedelta(hours=10), 0)
    late = reached(HOURS, [form], replace(at, now=aware + dt.timedelta(hours=37, minutes=5)))
    assert (late.state, late.late_hours, late.late_days) == ("overdue", 27, 1)


@pytest.mark.req("R16")
def test_hours_are_hours_also_over_the_change_of_the_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    aware = start_of(dt.date(2026, 3, 28), 20 * 60, berlin)
    starts = {("MS", Group(*SPOT)): aware}
    at = Known(dt.datetime(2026, 3, 29, 6, 30, tzinfo=berlin), limits=LIMITS, starts=starts)
    found = reached(HOURS, [Filled(SPOT, ready=True, since=DONE)], at)
    assert (str(found.due_at), found.state) == ("2026-03-29 07:00:00+02:00", "due")


@pytest.mark.req("R16")
def test_a_missing_time_of_day_is_the_first_minute_of_the_day() -> None:
    assert start_of(dt.date(2026, 3, 4), None, ZONE) == dt.datetime(2026, 3, 4, tzinfo=ZONE)


@pytest.mark.req("R16")
def test_the_casebook_is_due_after_the_end_also_when_its_form_was_not_begun() -> None:
    ended = {("MS", Group()): start_of(dt.date(2026, 3, 1), None, ZONE)}
    assert said(reached(END, [], known(5))) == ("not yet", False, None, 0)
    assert said(reached(END, [], known(5, starts=ended))) == ("due", False, dt.date(2026, 3, 11), 0)
    assert said(reached(END, [], known(12, starts=ended))) == ("overdue", False, dt.date(2026, 3, 11), 1)


@pytest.mark.req("R16")
def test_a_data_cut_asks_for_the_visits_before_it_only() -> None:
    form = Filled(SPOT, ready=True, since=DONE, dated=dt.date(2026, 3, 2))
    assert said(reached(CUT, [form], known(5))) == ("due", False, None, 0)
    cut = dt.date(2026, 3, 8)
    assert said(reached(CUT, [form], known(8, cut=cut))) == ("due", False, cut, 0)
    assert said(reached(CUT, [form], known(9, cut=cut))) == ("overdue", False, cut, 1)
    after = replace(form, dated=dt.date(2026, 3, 9))
    assert said(reached(CUT, [after], known(20, cut=cut))) == ("due", False, None, 0)


def test_a_study_without_milestones_asks_for_none() -> None:
    assert standing(small_book(), [Filled(SPOT, ready=True, since=DONE)], known(30)) == ()


@given(
    limit=st.integers(0, 400),
    since=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    waited=st.integers(0, 500),
    zone=st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "America/New_York", "UTC"]),
)
@pytest.mark.req("R16")
def test_a_signature_is_overdue_on_the_first_day_after_its_last_one(
    limit: int, since: dt.datetime, waited: int, zone: str
) -> None:
    local = since.astimezone(ZoneInfo(zone))
    now = dt.datetime.combine(local.date() + dt.timedelta(days=waited), dt.time(23, 59), ZoneInfo(zone))
    found = reached(VISIT, [Filled(SPOT, ready=True, since=since)], Known(now, limits={"n": limit}))
    assert (found.state == "overdue", found.late_days) == (waited > limit, max(waited - limit, 0))
    assert found.due_on == local.date() + dt.timedelta(days=limit)


@pytest.mark.req("R16")
def test_the_study_deals_every_form_to_one_milestone() -> None:
    book = draft_book()
    assert {(event.oid, ref.form) for event in book.version.events for ref in event.forms} == set(dealt(book))
    assert {
        (form, event): milestone_of(book, event, form)
        for event, form in [
            *(("SE_SCR", "F_IE"), ("SE_LOG", "F_SAE"), ("SE_TA", "F_RS"), ("SE_SCR", "F_TL")),
            *(("SE_EOS", "F_SIGN"), ("SE_CYC", "F_VS"), ("SE_LOG", "F_AE"), ("SE_EOT", "F_BOR")),
        ]
    } == {
        ("F_IE", "SE_SCR"): "MS_ELIG",
        ("F_SAE", "SE_LOG"): "MS_SAE",
        ("F_RS", "SE_TA"): "MS_RESP",
        ("F_TL", "SE_SCR"): "MS_RESP",
        ("F_SIGN", "SE_EOS"): "MS_CASE",
        ("F_VS", "SE_CYC"): "MS_CYCLE",
        ("F_AE", "SE_LOG"): "MS_REST",
        ("F_BOR", "SE_EOT"): "MS_RESP",
    }
    cycles = [("SE_C1D1", 1), ("SE_C1D22", 1), ("SE_C2D1", 1), ("SE_C2D15", 1), ("SE_CYC", 3), ("SE_CYC", 12)]
    assert [cycle_of(book, *visit) for visit in cycles] == [1, 1, 2, 2, 3, 12]
