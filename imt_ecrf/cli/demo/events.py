"""The adverse events of a child: told ones from the script, laboratory ones from the values themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from imt_ecrf.cli.demo.cast import Child, Trouble
    from imt_ecrf.cli.demo.laboratory import Sample


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is given for an event: drug, dose, unit, how often, by which way."""

    drug: str
    dose: str
    unit: str
    often: str
    way: str = "ORAL"


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of event: as the investigator writes it, its CTCAE term, cause, special interest, remedy."""

    term: str
    ctcae: str
    related: str
    other_cause: str = ""
    special: str = "NONE"
    remedy: Remedy | None = None
    serious: bool = False
    story: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of one child: line of the log, dates, highest grade, action; `grades`: when it changed."""

    line: int
    kind: str
    nature: Nature
    start: dt.date
    end: dt.date | None
    grade: int
    action: str = "DOSE NOT CHANGED"
    grades: tuple[tuple[dt.date, int], ...] = ()


PARACETAMOL: Final = Remedy("Paracetamol", "15", "mg/kg", "PRN")

# fmt: off
_RINSE: Final = Remedy("Chlorhexidine rinse", "10", "mL", "TID", "TOPICAL")
_CREAM: Final = Remedy("Emollient cream", "", "", "BID", "TOPICAL")
_AMOXICILLIN: Final = Remedy("Amoxicillin", "45", "mg/kg", "BID")
_RACECADOTRIL: Final = Remedy("Racecadotril", "1.5", "mg/kg", "TID")
_LACTULOSE: Final = Remedy("Lactulose", "10", "mL", "QD")
_ILL: Final = "INTERCURRENT ILLNESS"
_LONG_QT: Final = "Electrocardiogram QT corrected interval prolonged"

NATURES: Final[dict[str, Nature]] = {
    "visual": Nature("Flashes of light when going from dark to bright", "Flashing lights", "PROBABLE"),
    "nausea": Nature("Nausea", "Nausea", "PROBABLE", remedy=Remedy("Ondansetron", "4", "mg", "PRN")),
    "vomiting": Nature("Vomiting after the dose", "Vomiting", "PROBABLE"),
    "diarrhoea": Nature("Loose stools", "Diarrhea", "PROBABLE", remedy=_RACECADOTRIL),
    "constipation": Nature("Constipation", "Constipation", "POSSIBLE", remedy=_LACTULOSE),
    "oedema": Nature("Swelling of both lower legs", "Edema limbs", "PROBABLE"),
    "fatigue": Nature("Tiredness", "Fatigue", "POSSIBLE"),
    "dysgeusia": Nature("Food tastes metallic", "Dysgeusia", "PROBABLE"),
    "dizziness": Nature("Dizziness on standing up", "Dizziness", "POSSIBLE"),
    "stomatitis": Nature("Sore mouth", "Mucositis oral", "POSSIBLE", remedy=_RINSE),
    "rash": Nature("Rash of the trunk", "Rash maculo-papular", "POSSIBLE", remedy=_CREAM),
    "cold": Nature("Common cold", "Upper respiratory infection", "NOT RELATED", _ILL),
    "otitis": Nature("Otitis media, right", "Otitis media", "NOT RELATED", _ILL, remedy=_AMOXICILLIN),
    "fever": Nature("Fever without focus", "Fever", "UNLIKELY", _ILL, remedy=PARACETAMOL),
    "pain": Nature("Abdominal pain", "Abdominal pain", "NOT RELATED", "STUDY DISEASE", remedy=PARACETAMOL),
    "bradycardia": Nature(
        "Slow heart rate without symptoms", "Sinus bradycardia", "PROBABLE", special="BRADYCARDIA"
    ),
    "qt": Nature("QT interval prolonged on ECG", _LONG_QT, "PROBABLE", special="QTC PROLONGATION"),
    "pneumonitis": Nature(
        "Pneumonitis", "Pneumonitis", "PROBABLE", special="ILD/PNEUMONITIS", serious=True,
        remedy=Remedy("Prednisolone", "1", "mg/kg", "QD"),
        story="Cough for two days, then shortness of breath at rest and oxygen saturation of 90 %. Chest CT "
        "shows ground-glass opacities of both lungs. Blood culture, viral swab: negative. Crizotinib stopped "
        "for good, prednisolone given; better from the fourth day on.",
    ),
    "obstruction": Nature(
        "Bowel obstruction by the growing tumour", "Small intestinal obstruction", "NOT RELATED",
        "STUDY DISEASE", serious=True,
        story="Vomiting, swollen abdomen for one day. Ultrasound, CT: tumour presses on the small bowel. "
        "Admitted, gastric tube, infusions; the passage came back without an operation after eight days.",
    ),
    "alt": Nature(
        "ALT increased", "Alanine aminotransferase increased", "PROBABLE", special="HEPATOTOXICITY"
    ),
    "ast": Nature("AST increased", "Aspartate aminotransferase increased", "PROBABLE"),
    "neutropenia": Nature("Neutrophils decreased", "Neutrophil count decreased", "PROBABLE"),
}
# fmt: on

LABORATORY: Final = {"ALT": "alt", "AST": "ast", "NEUT": "neutropenia"}
INTERRUPTED: Final = "DRUG INTERRUPTED"
WITHDRAWN: Final = "DRUG WITHDRAWN"
SPECIAL_FROM: Final = 2
WEARS_OFF: Final = 7


def told(child: Child, first_dose: dt.date, until: dt.date, last_dose: dt.date | None) -> Iterable[Happening]:
    """Give the events the family or the examination tells of, without line numbers yet.

    What the drug does for good wears off in the week after the last dose.
    """
    after = last_dose and last_dose.fromordinal(last_dose.toordinal() + WEARS_OFF)
    for trouble in child.troubles:
        if trouble.kind in LABORATORY.values() or _day(first_dose, trouble.start) > until:
            continue
        nature = NATURES[trouble.kind]
        end = after if trouble.end is None else _day(first_dose, trouble.end)
        action = WITHDRAWN if _stopped_for(child, trouble) else "DOSE NOT CHANGED"
        start = _day(first_dose, trouble.start)
        if last_dose is not None and start > last_dose:
            action = "NOT APPLICABLE"
        yield Happening(
            0, trouble.kind, nature, start, end if end and end <= until else None, trouble.grade, action
        )


def from_values(samples: Sequence[tuple[dt.date, Sample]], held_for: frozenset[str]) -> Iterable[Happening]:
    """Give the laboratory events: from the first graded sample to the first one graded 0 again.

    `samples` begin after the baseline; the grade is the highest one reached, so it follows the values.
    """
    for test, kind in LABORATORY.items():
        running: list[tuple[dt.date, int]] = []
        for day, sample in samples:
            grade = sample[test].grade or 0 if test in sample else None
            if grade is None or (not grade and not running):
                continue
            if grade:
                running.append((day, grade))
                continue
            yield _episode(kind, running, day, held_for)
            running = []
        if running:
            yield _episode(kind, running, None, held_for)


def numbered(found: Iterable[Happening]) -> tuple[Happening, ...]:
    """Give line numbers in the order in which the site hears of the events."""
    ordered = sorted(found, key=lambda one: (one.start, one.kind))
    return tuple(replace(one, line=line) for line, one in enumerate(ordered, 1))


def special(one: Happening) -> str:
    """Name the special interest of an event; liver values count from grade 2."""
    if one.nature.special == "HEPATOTOXICITY" and one.grade < SPECIAL_FROM:
        return "NONE"
    return one.nature.special


def _episode(
    kind: str, running: list[tuple[dt.date, int]], end: dt.date | None, held_for: frozenset[str]
) -> Happening:
    highest = max(grade for _, grade in running)
    action = INTERRUPTED if kind in held_for and highest >= 3 else "DOSE NOT CHANGED"  # noqa: PLR2004 - severe
    changes = [running[0]]
    for day, grade in running[1:]:
        if grade != changes[-1][1]:
            changes.append((day, grade))
    return Happening(0, kind, NATURES[kind], running[0][0], end, highest, action, tuple(changes))


def _stopped_for(child: Child, trouble: Trouble) -> bool:
    return child.stop is not None and child.stop.reason == "ADVERSE EVENT" and NATURES[trouble.kind].serious


def _day(first_dose: dt.date, study_day: int) -> dt.date:
    return first_dose.fromordinal(first_dose.toordinal() + study_day - 1)
