"""What is written when treatment, follow-up and the trial end; knows no earlier visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.saying import Answers, say, yes

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course

END_REASONS: Final = {
    "completed": "COMPLETED",
    "died": "DEATH",
    "lost": "LOST TO FOLLOW-UP",
    "withdrawn": "WITHDRAWAL BY PARENT/GUARDIAN",
    "screen failure": "SCREEN FAILURE",
}


def end_of_treatment(course: Course) -> Answers:
    """Answer F_EOT."""
    stop, calendar = course.child.stop, course.calendar
    if stop is None or calendar.last_dose is None:
        raise LookupError("treatment goes on")
    cause = next((one.line for one in course.happenings if one.action == "DRUG WITHDRAWN"), None)
    return say(
        EOTDAT=calendar.stopped,
        EOTLDOS=calendar.last_dose,
        EOTREAS=stop.reason,
        EOTOTH=stop.words or None,
        EOTAENO=cause if stop.reason == "ADVERSE EVENT" else None,
        EOTSURG=yes(stop.surgery),
    )


def contact(course: Course, at: Visit) -> Answers:
    """Answer F_SS of a contact by telephone."""
    treated = course.child.ending == "survival"
    return say(
        SSDAT=at.day,
        SSSTAT="ALIVE",
        SSLALV=at.day,
        SSPD="N",
        SSNEWTX=yes(treated),
        SSSRC="PHONE",
    )


def end_of_study(course: Course, day: dt.date) -> Answers:
    """Answer F_EOS."""
    reason = END_REASONS[course.child.ending]
    held = [one.day for one in course.calendar.held()]
    alive = max(held) if reason == "LOST TO FOLLOW-UP" else day
    return say(EOSDAT=day, EOSREAS=reason, EOSLALV=alive if reason != "DEATH" else None)


def death(course: Course, day: dt.date) -> Answers:
    """Answer F_DD."""
    del course
    return say(DTHDAT=day, DDCAUSE="STUDY DISEASE", DDAUT="N")


def statement(day: dt.date) -> Answers:
    """Answer F_SIGN."""
    return say(SGREV="Y", SGCUT=day)
