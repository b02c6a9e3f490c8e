"""What does not run straight at a site: corrections, queries, struck lines, reviews, signatures; no visit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo import body, ending, imaging
from imt_ecrf.cli.demo.saying import Answers, measured, say
from imt_ecrf.cli.demo.tasks import Ask, Decide, Fill, Place, Propose, Reply, Sign, Strike, Task, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course

    Moment = Callable[[dt.date, str], dt.datetime]

SIGNING_DAYS: Final = {"signed": (36, 120), "casebook signed": (40, 130), "late": (75,)}
REVIEW_AFTER: Final = 9
QUESTIONS: Final = (
    ("F_VS", "VS_WEIGHT", "The weight differs from the one in the chart. Please check."),
    ("F_LBC", "G_LBC.ALT.LBCORRES", "The laboratory sheet in the file shows another ALT. Please check."),
    ("F_PE", "PEDAT", "The date in the ward book is one day earlier. Please check."),
)
REPLIES: Final = (
    "Checked against the chart: the value in the form is right, the chart was corrected and initialled.",
    "Checked with the laboratory: the value in the form is right; the other sheet is a repeat sample.",
    "Checked: the date in the form is right.",
)


def works(course: Course, moment: Moment) -> tuple[Work, ...]:
    """Give the works of a child that follow from its slips, and the investigator's signatures."""
    child = course.child

    def work(day: dt.date, role: str, *tasks: Task) -> Work:
        return Work(moment(day, role), child.number, child.site, role, tasks)

    found = [work(day, role, *tasks) for day, role, tasks in _all(course)]
    return tuple(found)


def _all(course: Course) -> Iterator[tuple[dt.date, str, tuple[Task, ...]]]:
    slips = course.child.slips
    if course.calendar.first_dose is None:
        return
    if "corrected" in slips:
        yield _correction(course)
    if "voided" in slips:
        yield _voiding(course)
    if "struck" in slips:
        yield _struck(course)
    yield from _query(course)
    yield from _proposals(course)
    if "central review" in slips:
        yield from _reviews(course)
    yield from _signatures(course)


def _day(course: Course, study_day: int) -> dt.date:
    first = course.calendar.first_dose or course.calendar.consent
    day = first + dt.timedelta(days=study_day - 1)
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)  # noqa: PLR2004 - Saturday, Sunday


def _week_one(course: Course) -> Visit:
    visit = course.calendar.visit("SE_C1D8")
    if visit is None:
        raise LookupError("SE_C1D8")
    return visit


def _correction(course: Course) -> tuple[dt.date, str, tuple[Task, ...]]:
    """Correct a blood pressure that was typed wrongly."""
    visit = _week_one(course)
    signs = body.vitals(course.child, course.seed, course.age(visit.day), visit.study_day)
    answers = say(VS_SYSBP=signs.systolic + 4)
    return _day(course, 19), "CRC", (Fill(Place("SE_C1D8", 1, "F_VS"), answers, reason="SOURCE"),)


def _voiding(course: Course) -> tuple[dt.date, str, tuple[Task, ...]]:
    """Correct a weight after the investigator signed: the signature lapses."""
    visit = _week_one(course)
    weight = f"{float(course.size(visit.day).weight) + 0.05:.2f}"
    answers: Answers = {"VS_WEIGHT": measured(weight, "kg")}
    return _day(course, 50), "CRC", (Fill(Place(visit.event, 1, "F_VS"), answers, reason="TYPING"),)


def _struck(course: Course) -> tuple[dt.date, str, tuple[Task, ...]]:
    """Strike out a deviation that was entered for the wrong child."""
    answers = say(
        DVCAT="DOSING",
        DVTERM="Two evening doses forgotten",
        DVSTDAT=_day(course, 70),
        DVCLASS="MINOR",
        DVACT="Family reminded",
    )
    place = Place("SE_LOG", 1, "F_DV", 1)
    return _day(course, 92), "CRC", (Fill(place, answers), Strike(place, "WRONG PLACE"))


def _query(course: Course) -> Iterator[tuple[dt.date, str, tuple[Task, ...]]]:
    slips, number = course.child.slips, course.child.number
    if not any(slip.startswith("query") for slip in slips):
        return
    form, path, text = QUESTIONS[number % len(QUESTIONS)]
    name, asked = f"Q{number}", _day(course, 37)
    yield asked, "CRA", (Ask(name, Place("SE_C2D1", 1, form), path, text),)
    if "query open" in slips:
        return
    yield asked + dt.timedelta(days=6), "CRC", (Reply(name, REPLIES[number % len(REPLIES)]),)
    if "query closed" in slips:
        yield asked + dt.timedelta(days=13), "CRA", (Reply(name, "Agreed, thank you.", close=True),)


def _proposals(course: Course) -> Iterator[tuple[dt.date, str, tuple[Task, ...]]]:
    """Propose deviations, and let the site accept the missed visit and decline what is none."""
    slips, place = course.child.slips, Place("SE_LOG", 1, "F_DV", 1)
    if "missed" in slips:
        words = "Visit of cycle 1 day 15 missed because of an infection at home"
        rest = say(DVCLASS="MINOR", DVACT="Family called, next visit confirmed")
        yield _day(course, 26), "CRC", (Decide("missed", words), Fill(place, rest))
    if "deviation asked" in slips:
        day, words = _day(course, 52), "Two evening doses in the diary are not in the dosing log"
        yield day, "CRA", (Propose("DOSING", day - dt.timedelta(days=3), words),)
    if "deviation declined" in slips:
        day, words = _day(course, 45), "ECG was recorded after the dose, not before"
        yield day, "CRA", (Propose("ASSESSMENT", day - dt.timedelta(days=2), words),)
        reason = "The tracing itself shows 08:10, the dose was given at 08:40; shown to the monitor"
        yield day + dt.timedelta(days=5), "CRC", (Decide("person", reason, accept=False),)


def _reviews(course: Course) -> Iterator[tuple[dt.date, str, tuple[Task, ...]]]:
    for visit in course.assessed:
        day = visit.day + dt.timedelta(days=REVIEW_AFTER)
        read = Fill(Place(visit.event, visit.repeat, "F_ICR"), imaging.central(course, visit, day))
        yield day, "CREAD", (read, Sign("central review"))


def _signatures(course: Course) -> Iterator[tuple[dt.date, str, tuple[Task, ...]]]:
    child, calendar = course.child, course.calendar
    days = {day for slip, listed in SIGNING_DAYS.items() if slip in child.slips for day in listed}
    if not days and child.number % 2 == 0:
        days = {38}
    for day in sorted(days):
        yield _day(course, day), "PI", (Sign(),)
    if "casebook signed" in child.slips and calendar.ended:
        last = calendar.ended + dt.timedelta(days=2)
        statement = Fill(Place("SE_EOS", 1, "F_SIGN"), ending.statement(last))
        yield last, "PI", (Sign(), statement, Sign("casebook", only="F_SIGN"))
