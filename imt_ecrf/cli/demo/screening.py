"""What is written at screening: the child, its disease, tissue, eligibility; knows no later visit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo import body
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.cli.demo.saying import Answers, missing, row, say, yes

if TYPE_CHECKING:
    from imt_ecrf.cli.demo.course import Course

PROTOCOL: Final = "2.0"
UNLISTED: Final = "OTHER"
_WHY: Final = {
    "LOCALISED": "Complete removal would mean the loss of the organ or of its function",
    "MULTIFOCAL": "Several foci that cannot be removed in one operation",
}
FAILURES: Final = {
    "ALK": ("IN12", "EX04", "No rearrangement of ALK or ROS1 found by the central laboratory"),
    "LIVER": ("IN09", "", "Liver tests above the normal range for age, repeated twice"),
    "CONSENT": ("IN13", "EX02", "The parents took back their consent during screening"),
}
MET: Final = ("IN01", "IN02", "IN04", "IN05", "IN06", "IN07", "IN08", "IN09", "IN10", "IN11", "IN12", "IN13")
# what nobody found out before the family took its consent back
UNKNOWN: Final = ("IN02", "IN08", "IN09", "IN10", "IN11", "IN12")
EXCLUDED: Final = ("EX01", "EX02", "EX03", "EX04", "EX05")


def demographics(course: Course) -> Answers:
    """Answer F_DM; the year of birth only, as the sites' settings ask."""
    child, consent = course.child, course.calendar.consent
    potential = yes(body.menarche(child.sex, child.age)) if child.sex == "F" else None
    return say(
        DMDAT=consent,
        BRTHYY=course.birth_year,
        AGEIC_Y=course.age_years,
        AGEIC_M=course.age_months,
        SEX=child.sex,
        CHILDPOT=potential,
        SCREENDT=consent,
    )


def eligibility(course: Course, decided: dt.date) -> Answers:
    """Answer F_IE: every criterion, and the decision."""
    child = course.child
    unmet, excluded, why = FAILURES.get(child.failure, ("", "", ""))
    found = say(IEPVERS=PROTOCOL, IEENROL=yes(not child.failure), IEDAT=decided, SFREAS=why or None)
    relapsed = child.reason in {"PROGRESSIVE", "RECURRENT"}
    if child.failure == "CONSENT":
        unknown: Answers = row("G_IEROW", "EX04", IERESP=missing("ND"))
        for code in UNKNOWN:
            unknown |= row("G_IEROW", code, IERESP=missing("ND"))
    else:
        unknown = {}
    for code in MET:
        holds = code != unmet and (code != "IN06" or relapsed)
        note = why if code == unmet else "" if holds else "First diagnosis, not resectable"
        found |= row("G_IEROW", code, IERESP=yes(holds), IECOMM=note)
    for code in EXCLUDED:
        found |= row("G_IEROW", code, IERESP=yes(code == excluded), IECOMM=why if code == excluded else "")
    return found | unknown


def disease(course: Course) -> Answers:
    """Answer F_DH."""
    child = course.child
    relapsed = child.reason in {"PROGRESSIVE", "RECURRENT"}
    spread = tuple(
        dict.fromkeys(one.place for one in (*child.targets[1:], *child.others) if one.place != child.tumour)
    )
    symptoms = ("FEVER", "PAIN") if child.inflamed > 0.6 else ("PAIN",)  # noqa: PLR2004 - much inflammation
    metastatic = child.extent == "METASTATIC"
    return say(
        DHDXDAT=diagnosed(course).isoformat()[:7] if child.prior else diagnosed(course),
        DHSITE=child.tumour,
        DHEXT=child.extent,
        DHREASON=child.reason,
        DHUNRES=_WHY.get(child.extent),
        DHRELDT=f"{course.calendar.consent - dt.timedelta(days=35):%Y-%m}" if relapsed else None,
        DHMETLOC=spread or ("LUNG",) if metastatic else None,
        DHSYMP=symptoms,
        PTSURG=yes("surgery" in child.prior),
        PTSYST=yes("chemotherapy" in child.prior),
        PTRT="N",
        PTALKI="N",
        PTSTER="N",
    )


def diagnosed(course: Course) -> dt.date:
    """Give the day of the first diagnosis: years back for a child treated before."""
    back = dice(course.seed, course.child.number, "diagnosis").randint(20, 60)
    before = {"chemotherapy": 420, "surgery": 300}
    back += max((before.get(one, 0) for one in course.child.prior), default=0)
    return course.calendar.consent - dt.timedelta(days=back)


def specimen(course: Course, number: int) -> str:
    """Give the pseudonymous number of a specimen."""
    return f"S-{course.child.site}{course.child.number:02}-{number}"


def local_pathology(course: Course) -> Answers:
    """Answer F_PATH of the site's own pathologist."""
    day = diagnosed(course)
    return _tissue(course, "LOCAL", min(day + dt.timedelta(days=8), course.calendar.consent))


def central_pathology(course: Course, day: dt.date) -> Answers:
    """Answer F_PATH of the central pathologist."""
    child = course.child
    positive = child.gene == "ALK" and child.failure != "ALK"
    pattern = "NUCLEAR MEMBRANE" if child.partner == "RANBP2" else "CYTOPLASMIC"
    return _tissue(course, "CENTRAL", day) | say(
        MITUMPC=dice(course.seed, child.number, "cells").randrange(40, 80, 5),
        MISMA="POSITIVE",
        MIALKIHC="POSITIVE" if positive else "NEGATIVE",
        MIALKCLN="D5F3, polymer detection",
        MIALKPAT=pattern if positive else None,
        MIROSIHC="POSITIVE" if child.gene == "ROS1" else "NEGATIVE",
    )


def local_test(course: Course) -> Answers:
    """Answer F_GF of the site: FISH."""
    child, chance = course.child, dice(course.seed, course.child.number, "fish")
    positive = child.failure != "ALK"
    return say(
        GFGENE=child.gene,
        GFMETHOD="FISH",
        GFASSAY=f"{child.gene} break-apart probe",
        GFLAB="LOCAL",
        GFREFID=specimen(course, 1),
        GFDAT=course.calendar.consent,
        GFRES="POSITIVE" if positive else "FAILED",
        GFPCT=chance.randint(28, 74) if positive else 0,
        GFCELLS=100 if positive else 20,
    )


def central_test(course: Course, day: dt.date) -> Answers:
    """Answer F_GF of the central laboratory: sequencing with the partner gene."""
    child = course.child
    positive = child.failure != "ALK"
    listed = course.book.codelists[course.book.item("GFPART").codelist or ""]
    partner = child.partner if any(one.value == child.partner for one in listed.items) else UNLISTED
    return say(
        GFGENE=child.gene,
        GFMETHOD="NEXT GENERATION SEQUENCING",
        GFASSAY="RNA fusion panel, 2.1",
        GFLAB="CENTRAL",
        GFREFID=specimen(course, 2),
        GFDAT=day,
        GFRES="POSITIVE" if positive else "NEGATIVE",
        GFPART=partner if positive else None,
        GFPARTOT=child.partner if positive and partner == UNLISTED else None,
    )


def _tissue(course: Course, review: str, reported: dt.date) -> Answers:
    return say(
        MIREFID=specimen(course, 1 if review == "LOCAL" else 2),
        MISPDAT=diagnosed(course),
        MILOC=course.child.tumour,
        SHIPDAT=course.calendar.consent,
        MIREVIEW=review,
        MIDX=course.child.histology,
        MIRDAT=reported,
        MIALKIHC="NOT DONE" if review == "LOCAL" else None,
    )
