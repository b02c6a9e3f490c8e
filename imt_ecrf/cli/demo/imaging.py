"""What is written of the tumour: scans, lesions, response, central reading; knows no dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.cli.demo import lesions
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.cli.demo.saying import Answers, measured, rows, say, yes

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course
    from imt_ecrf.cli.demo.lesions import Measured, TimePoint

SEDATED_BELOW = 5
SLICES = {"CT SCAN": "1.5", "MRI": "3.0"}


def scans(course: Course, at: Visit) -> Answers:
    """Answer F_TUI: one scan for each region and method the lesions need."""
    point = _point(course, at)
    reason = "BASELINE" if point.number == 0 else "EOT" if at.event == "SE_EOT" else "SCHEDULED"
    wanted = dict.fromkeys((lesions.method(one.lesion), lesions.region(one.lesion)) for one in point.targets)
    sedated = yes(course.age(point.scanned) < SEDATED_BELOW)
    listed = [
        {
            "TUSDAT": point.scanned,
            "TUSMETH": method,
            "TUSREG": region,
            "TUSCONT": "Y",
            "TUSLICE": SLICES[method],
            "TUSREF": f"IMG-{course.child.number:02}-{point.number}{number}",
            "TUSSED": sedated,
        }
        for number, (method, region) in enumerate(wanted, 1)
    ]
    return say(TUPERF="Y", TUREAS=reason) | rows("G_TUS", listed)


def targets(course: Course, at: Visit) -> Answers:
    """Answer F_TL; what was told at baseline is not told again."""
    point = _point(course, at)
    head = say(TLYN="Y") if point.number == 0 else {}
    return head | rows("G_TL", [_target(one, n, point.number) for n, one in enumerate(point.targets, 1)])


def others(course: Course, at: Visit) -> Answers:
    """Answer F_NTL."""
    point, child = _point(course, at), course.child
    listed: list[dict[str, object]] = []
    for number, (lesion, state) in enumerate(zip(child.others, point.others, strict=True), 1):
        known = {"NTLLOC": lesion.place, "NTLDTL": lesion.detail, "NTLMULT": "N"} if point.number == 0 else {}
        listed.append(
            {"NTLID": f"NT{number:02}", **known, "NTLMETH": lesions.method(lesion), "NTLSTATE": state}
        )
    head = say(NTLYN=yes(child.others)) if point.number == 0 else {}
    return head | rows("G_NTL", listed)


def new(course: Course, at: Visit) -> Answers:
    """Answer F_NL."""
    point = _point(course, at)
    if point.new is None:
        return say(NLYN="N")
    seen = {
        "NLID": "NEW01",
        "NLLOC": point.new,
        "NLDTL": "round focus, 14 mm, not there before",
        "NLDAT": point.scanned,
        "NLMETH": "CT SCAN",
        "NLCERT": "UNEQUIVOCAL",
    }
    return say(NLYN="Y") | rows("G_NL", [seen])


def response(course: Course, at: Visit) -> Answers:
    """Answer F_RS of the investigator."""
    point = _point(course, at)
    return say(
        RSDAT=at.day,
        RSTRG=point.target,
        RSNTRG=point.non_target,
        RSOVR=point.overall,
        RSDIFF=point.why,
        RSSYMPD="N",
        RSCONT="N" if point.overall == "PD" else None,
    )


def best(course: Course) -> Answers:
    """Answer F_BOR: the investigator says what follows from the assessments."""
    return say(BORINV=course.best)


def central(course: Course, at: Visit, day: dt.date) -> Answers:
    """Answer F_ICR of the central reader, who measures a little differently."""
    point = _point(course, at)
    chance = dice(course.seed, course.child.number, "central", point.number)
    total = float(point.total) * (1 + chance.uniform(-0.03, 0.03))
    none = point.number == 0
    return say(
        ICREADER="RADIOLOGIST 1",
        ICDATE=day,
        ICQUAL="OPTIMAL" if chance.random() > 0.3 else "ACCEPTABLE",  # noqa: PLR2004 - most scans are good
        ICSUM=f"{total:.1f}",
        ICTRG="NA" if none else point.target,
        ICNTRG="NA" if none else point.non_target,
        ICNEW=yes(point.new),
        ICOVR="NE" if none else point.overall,
        ICADJ="N",
    )


def _target(one: Measured, number: int, when: int) -> dict[str, object]:
    known: dict[str, object] = {}
    if when == 0:
        lesion = one.lesion
        known = {"TLLOC": lesion.place, "TLDTL": lesion.detail, "TLNODE": yes(lesion.node), "TLIRR": "N"}
    size = measured(one.mm, "mm") if one.mm is not None else None
    method = lesions.method(one.lesion)
    return {"TLID": f"T{number:02}", **known, "TLMETH": method, "TLSTATE": one.state, "TLDIAM": size}


def _point(course: Course, at: Visit) -> TimePoint:
    point = course.time_point(at)
    if point is None:
        raise LookupError(f"no assessment at {at.key}")
    return point
