"""What is written at a visit: examination, measurements, laboratory, eyes, dose, kits; knows no tumour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo import body, dosing
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.cli.demo.laboratory import NAMES, PANELS
from imt_ecrf.cli.demo.saying import Answers, measured, missing, row, rows, say, yes

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course
    from imt_ecrf.cli.demo.dosing import Prescription
    from imt_ecrf.cli.demo.laboratory import Result

SYSTEMS: Final = (
    "GENERAL",
    "SKIN",
    "HEENT",
    "LYMPH",
    "CARDIO",
    "RESP",
    "ABDOMEN",
    "MSK",
    "NEURO",
    "GENITOUR",
)
_SEEN: Final = {
    "ABDOMEN": {"OMENTUM", "MESENTERY", "LIVER", "RETROPERITONEUM", "COLON", "SPLEEN", "STOMACH", "KIDNEY",
                "ABDOMINAL CAVITY", "ABDOMINAL WALL", "PELVIS"},
    "RESP": {"LUNG", "MEDIASTINUM", "TRACHEA", "LARYNX"},
    "MSK": {"CHEST WALL"},
    "GENITOUR": {"BLADDER", "UTERUS"},
    "HEENT": {"NECK"},
}  # fmt: skip
_FOUND: Final = {
    "ABDOMEN": "Firm mass felt on palpation",
    "RESP": "Breath sounds weaker over the tumour",
    "MSK": "Firm swelling of the chest wall",
    "GENITOUR": "Mass felt above the pubic bone",
    "HEENT": "Firm swelling of the neck",
}
STILL_FELT: Final = 0.5
TANNER_FROM: Final = 6
MENARCHE_ASKED_FROM: Final = 8
LANSKY_BELOW: Final = 16
SUPINE_BELOW: Final = 2
SPARE: Final = 12
MANY_DOSES: Final = 30


def visit(course: Course, at: Visit, news: frozenset[str]) -> Answers:
    """Answer F_SV; `news` names the logs in which something was written at this visit."""
    if at.missed:
        return say(SVOCCUR="N", SVREASOC=at.missed)
    last = course.sampled(at)
    return say(
        SVOCCUR="Y",
        SVCNTMOD="TELEPHONE CALL" if at.event == "SE_SURV" else "IN PERSON",
        SVSTDAT=at.day,
        SVENDAT=last if last != at.day else None,
        SVUPDES="Blood count and decision on the dose" if at.event == "SE_UNS" else None,
        AEYN=yes("F_AE" in news),
        CMYN=yes("F_CM" in news),
        PRYN=yes("F_PR" in news),
        DVYN=yes("F_DV" in news),
    )


def examination(course: Course, at: Visit) -> Answers:
    """Answer F_PE: the tumour is felt until it has shrunk to half."""
    found = say(PEPERF="Y", PEDAT=at.day)
    for system in SYSTEMS:
        felt = course.child.tumour in _SEEN.get(system, ()) and course.burden(at.day) > STILL_FELT
        swollen = system == "SKIN" and body.running(course.child, "oedema", at.study_day)
        note = _FOUND[system] if felt else "Swelling of both lower legs" if swollen else ""
        found |= row(
            "G_PE",
            system,
            PERES="ABNORMAL" if note else "NORMAL",
            PEDESC=note,
            PECLSIG=yes(felt) if note else None,
        )
    return found


def vital_signs(course: Course, at: Visit) -> Answers:
    """Answer F_VS."""
    size, age = course.size(at.day), course.age(at.day)
    signs = body.vitals(course.child, course.seed, age, at.study_day)
    skipped = course.child.number % 3 == 0 and at.event == "SE_C1D15"
    return say(
        VSPERF="Y",
        VSDAT=at.day,
        VS_WEIGHT=measured(size.weight, "kg"),
        VS_HEIGHT=measured(size.height, "cm"),
        VS_HTPOS="SUPINE" if age < SUPINE_BELOW else "STANDING",
        VS_SYSBP=signs.systolic,
        VS_DIABP=signs.diastolic,
        VS_HR=signs.heart_rate,
        VS_RESP=missing("ND") if skipped else signs.breaths,
        VS_TEMP=measured(signs.temperature, "C"),
        VS_SPO2=signs.saturation,
    )


def performance(course: Course, at: Visit) -> Answers:
    """Answer F_PS: Lansky below 16 years, Karnofsky from then on."""
    score = body.performance(course.child, at.study_day, course.burden(at.day))
    lansky = course.age_years + (at.day - course.calendar.consent).days // 366 < LANSKY_BELOW
    scale = say(PSSCALE="LANSKY", PSLANSKY=score) if lansky else say(PSSCALE="KARNOFSKY", PSKARNOF=score)
    return say(PSPERF="Y", PSDAT=at.day) | scale


def ecg(course: Course, at: Visit) -> Answers:
    """Answer F_EG with three tracings."""
    day = course.sampled(at)
    study_day = course.calendar.study_day(day)
    found = say(EGPERF="Y", EGDAT=day)
    for number, one in enumerate(body.tracings(course.child, course.seed, course.age(day), study_day), 1):
        found |= row(
            "G_EG", number, EGTIM=one.time, EG_HR=one.heart_rate, EG_PR=one.pr, EG_QRS=one.qrs, EG_QT=one.qt
        )
    slow = body.running(course.child, "bradycardia", study_day)
    long = body.running(course.child, "qt", study_day)
    words = "QT interval prolonged" if long else "Sinus bradycardia for age" if slow else ""
    return found | say(EG_INTP="ABNORMAL CS" if long else "ABNORMAL NCS" if slow else "NORMAL", EG_ABN=words)


def echo(course: Course, at: Visit) -> Answers:
    """Answer F_CV."""
    day = course.sampled(at)
    fraction = body.ejection_fraction(course.child, course.seed, course.calendar.study_day(day))
    return say(CVPERF="Y", CVDAT=day, CVMETHOD="ECHOCARDIOGRAM", CV_LVEF=fraction, CV_LVEFM="SIMPSON")


def eyes(course: Course, at: Visit) -> Answers:
    """Answer F_OE; a small child cannot say what it sees."""
    day = course.sampled(at)
    age = course.age(day)
    way, value = body.acuity(course.seed, course.child.number, age)
    flashes = body.running(course.child, "visual", at.study_day)
    symptom = "CANNOT SAY" if age < 4 else "FLASHES" if flashes else "NONE"  # noqa: PLR2004 - old enough to tell
    found = say(OEPERF="Y", OEDAT=day, OESYMP=(symptom,))
    for eye in ("RIGHT", "LEFT"):
        found |= row("G_OE", eye, OEVATYPE=way, OEVA=value, OESLIT="NORMAL", OEFUND="NORMAL")
    return found


def growth(course: Course, at: Visit) -> Answers:
    """Answer F_GRW; stages are asked from 6 years, menarche from 8."""
    day = course.sampled(at)
    age, child = course.age(day), course.child
    counted = course.age_years + (day - course.calendar.consent).days / 366
    stage = body.tanner(child.sex, age) if counted >= TANNER_FROM else None
    refused = missing("REF") if child.number % 4 == 1 and stage and at.event != "SE_SCR" else stage
    asked = child.sex == "F" and counted >= MENARCHE_ASKED_FROM
    return say(
        GRPERF="Y",
        GRDAT=day,
        GRTANB=refused,
        GRTANP=refused,
        GRMENAR=yes(body.menarche(child.sex, child.age)) if asked else None,
    )


def pregnancy_test(course: Course, at: Visit) -> Answers:
    """Answer F_PGT."""
    return say(PGPERF="Y", PGDAT=course.sampled(at), PGSPEC="URINE", PGRES="NEGATIVE", PGCONTR="Y")


def panel(course: Course, at: Visit, form: str) -> Answers:
    """Answer a blood panel: results, units, and whether a flagged one matters."""
    day = course.sampled(at)
    prefix, sample = form.removeprefix("F_"), course.samples[at.key][form]
    number = f"L{course.child.number:02}{day:%y%m%d}"
    found = say(**{
        f"{prefix}PERF": "Y",
        f"{prefix}DAT": day,
        f"{prefix}NAM": NAMES[course.child.site],
        f"{prefix}REFID": number,
    })  # fmt: skip
    for test, one in sample.items():
        answers = {f"{prefix}ORRES": one.text, f"{prefix}ORRESU": one.unit}
        if one.asked:
            answers[f"{prefix}CLSIG"] = yes(_matters(course, one, day))
        found |= row(PANELS[form], test, **answers)
    return found


def urine(course: Course, at: Visit) -> Answers:
    """Answer F_LBU."""
    day, chance = course.sampled(at), dice(course.seed, course.child.number, "urine", at.study_day)
    found = say(LBUPERF="Y", LBUDAT=day, LBUNAM=NAMES[course.child.site])
    found |= row("G_LBU", "SPGRAV", LBUORRES=f"{chance.randint(1006, 1024) / 1000:.3f}")
    found |= row("G_LBU", "PH", LBUORRES=f"{chance.choice((5.5, 6.0, 6.5, 7.0)):.1f}")
    for test in ("PROT", "GLUC", "KETONES", "OCCBLD", "LEUKASE"):
        blood = test == "OCCBLD" and course.child.tumour == "BLADDER" and course.burden(day) > STILL_FELT
        found |= row("G_LBU", test, LBUORRESC="1+" if blood else "NEGATIVE")
    return found


def prescription(course: Course, at: Visit) -> Answers:
    """Answer F_DOSE: the dose of the table for the surface of the day."""
    one: Prescription = course.doses[1][at.key]
    cause = course.line_of(one.cause, at.day) if one.cause else None
    held = one.level == dosing.HOLD
    return say(
        DODAT=at.day,
        DOLEVEL=one.level,
        DOFORM=None if held else one.form,
        DOPRES=None if held else one.mg,
        DOFREQ=None if held else "BID",
        DOREAS="ADVERSE EVENT" if one.level != "L0" else None,
        DOAENO=cause if one.level != "L0" else None,
    )


def kits(course: Course, at: Visit) -> Answers:
    """Answer F_DA: the kits given at the dispensing before, counted when they come back."""
    given = [one for one in course.calendar.held() if one.key in course.doses[1] and one.day < at.day]
    dispensed = [one for one in given if one.event != "SE_UNS"][-1].day
    chance = dice(course.seed, course.child.number, "kits", at.study_day)
    taken = _units_taken(course, dispensed, at.day, missed=chance.choice((0, 0, 0, 1, 2, 3)))
    listed = [
        {
            "DAKIT": f"K{course.child.number:02}-{at.study_day:03}-{strength}",
            "DASTRG": strength,
            "DADISPD": dispensed,
            "DADISP": (count + SPARE - 1) // SPARE * SPARE + SPARE,
            "DARETD": at.day,
            "DARET": (count + SPARE - 1) // SPARE * SPARE + SPARE - count,
        }
        for strength, count in sorted(taken.items())
    ]
    return say(DADIARY="Y") | rows("G_DA", listed)


def _units_taken(course: Course, begin: dt.date, before: dt.date, *, missed: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for (mg, form), doses in dosing.doses_in(course.log, begin, before).items():
        for strength, count in dosing.units(mg, form).items():
            forgotten = missed if doses >= MANY_DOSES else 0
            found[strength] = found.get(strength, 0) + count * (doses - forgotten)
    return found


def _matters(course: Course, one: Result, day: dt.date) -> bool:
    """Say that a result matters when an event stands for it, or when it keeps the child out of the trial."""
    kinds = {"ALT": "alt", "AST": "ast", "NEUT": "neutropenia"}
    if course.child.failure == "LIVER" and one.test in kinds:
        return True
    return any(
        event.kind == kinds.get(one.test)
        and event.start <= day <= (event.end or day)
        and (one.grade or 0) > 1
        for event in course.happenings
    )
