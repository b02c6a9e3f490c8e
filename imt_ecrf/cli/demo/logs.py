"""The lines of the running logs: when each is written and what it says; knows no visit form."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo import body, events
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.cli.demo.saying import Answers, measured, missing, row, say, yes
from imt_ecrf.cli.demo.screening import diagnosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.cli.demo.course import Course
    from imt_ecrf.cli.demo.dosing import Interval
    from imt_ecrf.cli.demo.events import Happening

ASSENT_FROM: Final = 10
ANAEMIC: Final = 0.6
HISTORY: Final = (
    ("GENERAL", "Adenoids removed"),
    ("ALLERGY", "Allergy to penicillin, rash"),
    ("BIRTH", "Born at 35 weeks"),
    ("PULMONARY", "Bronchial asthma, mild"),
    ("OCULAR", "Short-sightedness, glasses"),
    ("GENERAL", "Eczema in the first years"),
    ("GENERAL", "Hernia repaired"),
)
STORIES: Final = {
    "late": ("DATA", "Forms of two visits entered more than two weeks late"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log: number, the day from which the site knows it, its answers, whether it is finished."""

    form: str
    number: int
    known: dt.date
    answers: Answers
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Later:
    """A later change of a line: new information that becomes known on a day."""

    form: str
    number: int
    known: dt.date
    answers: Answers
    finished: bool = True


def consents(course: Course) -> Iterator[Line | Later]:
    """List F_IC: parents, the child from 10 years on, tissue; taken back by one family."""
    child, day = course.child, course.calendar.consent
    signer = dice(course.seed, child.number, "signer").choice(("MOTHER", "MOTHER", "FATHER"))
    told: list[tuple[str, str]] = [("PARENT CONSENT", signer), ("TISSUE", signer)]
    if child.age >= ASSENT_FROM:
        told.insert(1, ("CHILD ASSENT", "PATIENT"))
    for number, (kind, who) in enumerate(told, 1):
        signed = say(
            ICTYPE=kind,
            ICVERS="2.0",
            ICVERDT=day - dt.timedelta(days=200),
            ICDAT=day,
            ICSIGNER=who,
            ICWITH="N",
        )
        yield Line("F_IC", number, day, signed)
    back = course.calendar.ended
    if child.failure == "CONSENT" and back is not None:
        yield Later("F_IC", 1, back, say(ICWITH="Y", ICWITHSC="ALL", ICWITHDT=back))


def history(course: Course) -> Iterator[Line]:
    """List F_MH: two conditions of childhood, and the anaemia an inflamed tumour brings."""
    child, day = course.child, course.calendar.consent
    chance = dice(course.seed, child.number, "history")
    number = 0
    for category, term in chance.sample(HISTORY, 2):
        number += 1
        over = f"{day - dt.timedelta(days=40):%Y-%m}"
        ongoing = category in {"ALLERGY", "PULMONARY", "OCULAR"}
        start = course.birth_year + chance.randint(0, max(0, course.age_years - 1))
        yield Line("F_MH", number, day, say(
            MHCAT=category, MHTERM=term, MHSTDAT=start, MHONGO=yes(ongoing),
            MHENDAT=None if ongoing else str(start + 1) if start < day.year else over,
            MHTOXGR=1 if ongoing else None,
        ))  # fmt: skip
    if child.inflamed > ANAEMIC:
        begun = f"{diagnosed(course):%Y-%m}"
        answers = say(MHCAT="GENERAL", MHTERM="Anaemia of inflammation", MHSTDAT=begun, MHONGO="Y", MHTOXGR=1)
        yield Line("F_MH", number + 1, day, answers)


def before(course: Course) -> Iterator[Line]:
    """List F_PT and the operations of F_PR before the trial."""
    child, first = course.child, diagnosed(course)
    end = course.calendar.consent - dt.timedelta(days=45)
    if "chemotherapy" in child.prior:
        yield Line("F_PT", 1, course.calendar.consent, say(
            PTTRT="Methotrexate with vinblastine, weekly", PTLINE=1, PTINTENT="CURATIVE",
            PTSTDAT=f"{first + dt.timedelta(days=30):%Y-%m}", PTENDAT=f"{end:%Y-%m}", PTBOR="PD",
            PTSTOP="PROGRESSIVE DISEASE",
        ))  # fmt: skip
    surgery = "surgery" in child.prior
    yield Line("F_PR", 1, course.calendar.consent, say(
        PRCAT="SURGERY" if surgery else "BIOPSY",
        PRTRT="Partial resection of the tumour" if surgery else "Core needle biopsy of the tumour",
        PRLOC=child.tumour, PRINDC="Diagnosis", PRINDCAT="STUDY DISEASE", PRSTDAT=first, PRENDAT=first,
        PRRESM="R2" if surgery else None, PRTARG="N" if surgery else None,
    ))  # fmt: skip


def operation(course: Course) -> Line | None:
    """Give the operation that ends treatment, in F_PR."""
    calendar, child = course.calendar, course.child
    if child.stop is None or not child.stop.surgery or calendar.last_dose is None:
        return None
    day = calendar.last_dose + dt.timedelta(days=6)
    if day > course.until:
        return None
    return Line("F_PR", 2, day, say(
        PRCAT="SURGERY", PRTRT="Removal of the remaining tumour", PRLOC=child.tumour,
        PRINDC="Tumour resectable",
        PRINDCAT="STUDY DISEASE", PRSTDAT=day, PRENDAT=day, PRRESM="R0", PRTARG="Y",
    ))  # fmt: skip


def doses(course: Course) -> Iterator[Line | Later]:
    """List F_EX: a line for each interval, closed when the next begins."""
    for one in course.log:
        yield Line("F_EX", one.line, one.start, _interval(course, one), finished=False)
        if one.end is not None:
            closed = course.calendar.stopped if one is course.log[-1] else None
            known = closed or one.end + dt.timedelta(days=1)
            yield Later("F_EX", one.line, known, say(EXENDAT=one.end, EXMISS=_forgotten(course, one)))


def adverse(course: Course) -> Iterator[Line | Later]:
    """List F_AE with the resolution of each event."""
    for one in course.happenings:
        yield Line("F_AE", one.line, one.start, _event(one))
        highest = one.grades[0][1] if one.grades else one.grade
        for number, (day, grade) in enumerate(one.grades[1:], 2):
            worse = say(AETOXGR=grade, AEACN=one.action) if grade > highest else {}
            highest = max(grade, highest)
            yield Later("F_AE", one.line, day, worse | row("G_AEG", number, AEGDAT=day, AEGTOX=grade))
        if one.end is not None:
            yield Later(
                "F_AE", one.line, one.end, say(AEONGO="N", AEENDAT=one.end, AEOUT="RECOVERED/RESOLVED")
            )


def details(course: Course) -> Iterator[Line]:
    """List F_AESI of events of special interest."""
    special = [one for one in course.happenings if events.special(one) != "NONE"]
    for number, one in enumerate(special, 1):
        kind = events.special(one)
        worst = round(body.corrected_qt(course.child, course.seed, course.calendar.study_day(one.start)))
        rate = body.tracings(course.child, course.seed, course.age(one.start), 60)[0].heart_rate
        heart = kind in {"QTC PROLONGATION", "BRADYCARDIA"}
        yield Line("F_AESI", number, one.start, say(
            ASAENO=one.line, ASTYPE=kind,
            ASHVIR="NEGATIVE" if kind == "HEPATOTOXICITY" else None,
            ASHOBST="Y" if kind == "HEPATOTOXICITY" else None,
            ASICT="ABNORMAL" if kind == "ILD/PNEUMONITIS" else None,
            ASIINF="Y" if kind == "ILD/PNEUMONITIS" else None,
            ASCQTC=worst if heart else None, ASCHR=rate if kind == "BRADYCARDIA" else None,
            ASCELEC="Y" if kind == "QTC PROLONGATION" else None,
        ))  # fmt: skip


def medication(course: Course) -> Iterator[Line | Later]:
    """List F_CM: vitamin D, iron for anaemia, what was given for events."""
    consent = course.calendar.consent
    plain = say(CMTRT="Colecalciferol", CMINDCAT="PROPHYLAXIS", CMINDC="Bone health", CMDSTXT="1000",
                CMDOSU="IU", CMDOSFRQ="QD", CMROUTE="ORAL", CMSTDAT=consent.year - 1, CMONGO="Y")  # fmt: skip
    yield Line("F_CM", 1, consent, plain)
    number = 1
    if course.child.inflamed > ANAEMIC:
        number += 1
        yield Line("F_CM", number, consent, say(
            CMTRT="Iron polymaltose", CMINDCAT="MH", CMINDC="Anaemia", CMMHNO=3, CMDSTXT="5", CMDOSU="mg/kg",
            CMDOSFRQ="QD", CMROUTE="ORAL", CMSTDAT=f"{consent - dt.timedelta(days=20):%Y-%m}", CMONGO="Y",
        ))  # fmt: skip
    for one in course.happenings:
        remedy = one.nature.remedy
        if remedy is None:
            continue
        number += 1
        start = one.start + dt.timedelta(days=1)
        yield Line("F_CM", number, start, say(
            CMTRT=remedy.drug, CMINDCAT="AE", CMINDC=one.nature.term, CMAENO=one.line,
            CMDSTXT=remedy.dose or missing("NA"), CMDOSU=remedy.unit if remedy.dose else None,
            CMDOSFRQ=remedy.often, CMROUTE=remedy.way, CMSTDAT=start, CMONGO="Y",
        ))  # fmt: skip
        if one.end is not None:
            yield Later("F_CM", number, one.end, say(CMONGO="N", CMENDAT=one.end))


def deviations(course: Course) -> Iterator[Line]:
    """List F_DV as the site finds it itself: late entry."""
    first = course.calendar.first_dose
    told = [STORIES[slip] for slip in sorted(course.child.slips & STORIES.keys())]
    for number, (category, words) in enumerate(told, 1):
        day = (first or course.calendar.consent) + dt.timedelta(days=60)
        action = "Coordinator trained again"
        yield Line(
            "F_DV", number, day, say(DVCAT=category, DVTERM=words, DVSTDAT=day, DVCLASS="MINOR", DVACT=action)
        )


def next_therapy(course: Course) -> Line | None:
    """Give the therapy after progression, in F_STX."""
    day = course.calendar.stopped
    if course.child.ending not in {"survival", "died"} or day is None:
        return None
    start = day + dt.timedelta(days=36)
    answers = say(STXTRT="Lorlatinib", STXTYPE="TARGETED", STXSTDAT=start)
    return Line("F_STX", 1, start, answers) if start <= course.until else None


def _interval(course: Course, one: Interval) -> Answers:
    cause = course.line_of(one.cause, one.start) if one.cause else None
    return say(
        EXSTDAT=one.start,
        EXDOSE=measured(one.mg, "mg"),
        EXDOSFRQ="BID" if one.mg else None,
        EXDOSFRM=one.form if one.mg else None,
        EXLOT=f"CZ{course.child.number:02}{one.start:%m%y}" if one.mg else None,
        EXCHG=one.change,
        EXADJ=one.why or None,
        EXAENO=cause if one.why == "ADVERSE EVENT" else None,
    )


def _forgotten(course: Course, one: Interval) -> int | None:
    chance = dice(course.seed, course.child.number, "forgotten", one.line)
    return chance.choice((0, 0, 1, 2)) if one.mg else None


def _event(one: Happening) -> Answers:
    nature, serious = one.nature, one.nature.serious
    unrelated = nature.related in {"UNLIKELY", "NOT RELATED"}
    medicine = nature.remedy is not None
    first = one.grades[0][1] if one.grades else one.grade
    found = say(
        AETERM=nature.term,
        AECTCAE=nature.ctcae,
        AESTDAT=one.start,
        AEONGO="Y",
        AETOXGR=first,
        AEREL=nature.related,
        AERELOTH=(nature.other_cause,) if unrelated else None,
        AEACN=one.action if first == one.grade else "DOSE NOT CHANGED",
        AEACNOTH=("MEDICATION",) if medicine else ("HOSPITALISATION",) if serious else ("NONE",),
        AECONTRT=yes(medicine),
        AEOUT="NOT RECOVERED/NOT RESOLVED",
        AESER=yes(serious),
        AESI=events.special(one),
    )
    if serious:
        found |= say(AESDTH="N", AESLIFE="N", AESHOSP="Y", AESDISAB="N", AESCONG="N", AESMIE="N")
    if one.grades:
        found |= row("G_AEG", 1, AEGDAT=one.grades[0][0], AEGTOX=first)
    return found


def serious(course: Course) -> Iterator[tuple[Line, Answers]]:
    """List F_SAE: the report of the site, and what the sponsor's safety physician adds."""
    told = [one for one in course.happenings if one.nature.serious]
    for number, one in enumerate(told, 1):
        drug = one.nature.related not in {"UNLIKELY", "NOT RELATED"}
        report = say(
            SAENO=one.line, SAECAT="ORIGINAL", SAEVERS=1, SAEAWDT=one.start, SAEAWTM="08:40",
            SAENARR=one.nature.story, SAEHADT=one.start,
            SAEDECH="POSITIVE DECHALLENGE" if drug else "NOT APPLICABLE DECHALLENGE",
            SAERECH="NOT APPLICABLE RECHALLENGE", SAELDOS=one.start - dt.timedelta(days=1),
            SAEPIREL=one.nature.related,
        )  # fmt: skip
        yield Line("F_SAE", number, one.start, report), say(SAEEXP="Y", SAESPREL=one.nature.related)


def discharges(course: Course) -> Iterator[Later]:
    """List the discharges from hospital after serious events."""
    told = [one for one in course.happenings if one.nature.serious]
    for number, one in enumerate(told, 1):
        if one.end is not None:
            yield Later("F_SAE", number, one.end, say(SAEHDDT=one.end - dt.timedelta(days=2)))
