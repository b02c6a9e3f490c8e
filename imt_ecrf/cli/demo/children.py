"""The 24 children of the demo, in every state of the trial; all invented."""

from __future__ import annotations

from typing import Final

from imt_ecrf.cli.demo.cast import Child, Lesion, Stop, Trouble


def _slips(*names: str) -> frozenset[str]:
    return frozenset(names)


VISUAL: Final = Trouble("visual", 6)

CHILDREN: Final = (
    Child(
        *(1, "01", "F", 6.4, "LUNG", 322, "treatment", "TPM3"),
        extent="METASTATIC",
        reason="METASTATIC",
        prior=("biopsy",),
        targets=(
            Lesion("LUNG", "right lower lobe, mass at the hilum", 62.0),
            Lesion("PLEURA", "right costal pleura, lateral", 24.0),
        ),
        others=(Lesion("LUNG", "small nodules of the left lung"),),
        response=(0.62, 0.44, 0.36, 0.31, 0.30),
        troubles=(
            VISUAL,
            Trouble("nausea", 2, 26),
            Trouble("vomiting", 3, 9),
            Trouble("alt", 20, 71, top=43, peak=2.2),
            Trouble("cold", 96, 103),
            Trouble("otitis", 148, 156, grade=2),
            Trouble("fever", 232, 235),
            Trouble("oedema", 180),
        ),
        inflamed=0.7,
        slips=_slips("late", "corrected", "query answered", "central review"),
    ),
    Child(
        *(2, "01", "M", 8.7, "OMENTUM", 262, "died", "RANBP2"),
        histology="EIMS",
        extent="METASTATIC",
        reason="PROGRESSIVE",
        prior=("surgery", "chemotherapy"),
        targets=(
            Lesion("OMENTUM", "omental cake, left flank", 88.0),
            Lesion("PELVIS", "mass behind the bladder", 41.0),
        ),
        others=(Lesion("PERITONEUM", "nodules of the peritoneum"),),
        response=(0.64, 0.98),
        new_at=2,
        stop=Stop(0, "PROGRESSIVE DISEASE"),
        ended_on=176,
        troubles=(
            VISUAL,
            Trouble("diarrhoea", 4, 20, grade=2),
            Trouble("fatigue", 12),
            Trouble("obstruction", 108, 121, grade=3),
        ),
        inflamed=1.0,
        slips=_slips("query closed"),
    ),
    Child(
        *(3, "01", "M", 13.6, "BLADDER", 402, "completed", "FN1"),
        reason="RECURRENT",
        prior=("surgery",),
        targets=(Lesion("BLADDER", "posterior wall, growing into the lumen", 47.0),),
        response=(0.66, 0.45, 0.38),
        stop=Stop(168, "PHYSICIAN DECISION", "Tumour became resectable, operation planned", surgery=True),
        ended_on=380,
        troubles=(
            VISUAL,
            Trouble("nausea", 2, 15),
            Trouble("constipation", 30, 60),
            Trouble("cold", 130, 137),
        ),
        slips=_slips("casebook signed", "corrected", "query closed"),
    ),
    Child(
        *(4, "01", "F", 3.2, "MESENTERY", 240, "treatment", "CLTC"),
        extent="MULTIFOCAL",
        targets=(
            Lesion("MESENTERY", "root of the mesentery", 54.0),
            Lesion("RETROPERITONEUM", "left, beside the kidney", 22.0),
        ),
        others=(Lesion("MESENTERY", "enlarged node of the mesentery"),),
        response=(0.40, 0.0, 0.0, 0.0),
        troubles=(
            Trouble("vomiting", 2, 12),
            Trouble("diarrhoea", 33, 47),
            Trouble("neutropenia", 100, 155, top=113, peak=1.25),
            Trouble("cold", 61, 68),
        ),
        inflamed=0.8,
        slips=_slips("signed", "voided", "central review"),
    ),
    Child(
        *(5, "01", "F", 16.8, "UTERUS", 150, "treatment", "THBS1"),
        prior=("biopsy",),
        targets=(Lesion("UTERUS", "anterior wall", 71.0),),
        response=(0.88, 0.82),
        troubles=(
            VISUAL,
            Trouble("nausea", 1, 40, grade=2),
            Trouble("oedema", 66),
            Trouble("dysgeusia", 10, 90),
        ),
        slips=_slips("struck"),
    ),
    Child(
        *(6, "01", "M", 11.3, "LUNG", 64, "screen failure"),
        failure="ALK",
        targets=(Lesion("LUNG", "left upper lobe", 38.0),),
    ),
    Child(
        *(7, "01", "F", 8.1, "LIVER", 5, "screening", "RRBP1"),
        targets=(Lesion("LIVER", "segments 5 to 7", 59.0),),
    ),
    Child(
        *(8, "01", "M", 5.5, "LIVER", 66, "treatment", "EML4"),
        targets=(Lesion("LIVER", "segment 4", 66.0),),
        response=(0.71,),
        troubles=(
            VISUAL,
            Trouble("vomiting", 2, 8),
            Trouble("alt", 18, 96, top=43, peak=9.4),
        ),
        slips=_slips("query open", "deviation asked"),
    ),
    Child(
        *(9, "02", "F", 12.2, "LUNG", 128, "treatment", "TFG", "ROS1"),
        reason="PROGRESSIVE",
        prior=("surgery",),
        targets=(Lesion("LUNG", "left lower lobe", 51.0), Lesion("MEDIASTINUM", "below the carina", 33.0)),
        response=(0.63, 0.52),
        troubles=(VISUAL, Trouble("dizziness", 8, 30), Trouble("constipation", 15, 48)),
        slips=_slips("not done"),
    ),
    Child(
        *(10, "02", "M", 15.4, "RETROPERITONEUM", 71, "off treatment", "CARS1"),
        extent="METASTATIC",
        reason="METASTATIC",
        prior=("surgery", "chemotherapy"),
        targets=(
            Lesion("RETROPERITONEUM", "in front of the left psoas", 83.0),
            Lesion("LIVER", "segment 8", 26.0),
        ),
        others=(Lesion("LUNG", "nodules of both lungs"),),
        response=(1.28,),
        new_at=1,
        stop=Stop(0, "PROGRESSIVE DISEASE"),
        troubles=(VISUAL, Trouble("nausea", 2, 20), Trouble("pain", 40, grade=2)),
        inflamed=0.9,
        slips=_slips("query open", "voided", "deviation declined"),
    ),
    Child(
        *(11, "02", "M", 7.3, "MEDIASTINUM", 163, "treatment", "TPM4"),
        targets=(Lesion("MEDIASTINUM", "anterior, beside the thymus", 58.0),),
        others=(Lesion("PLEURA", "pleural thickening, left"),),
        response=(0.77, 0.69),
        troubles=(
            VISUAL,
            Trouble("neutropenia", 12, 50, top=22, peak=0.41),
            Trouble("stomatitis", 24, 34),
            Trouble("cold", 88, 95),
        ),
        slips=_slips("signed", "unscheduled"),
    ),
    Child(
        *(12, "02", "F", 4.6, "ABDOMINAL CAVITY", 204, "screen failure", "ATIC"),
        failure="LIVER",
        targets=(Lesion("ABDOMINAL CAVITY", "below the liver", 49.0),),
    ),
    Child(
        *(13, "02", "F", 13.1, "CHEST WALL", 156, "off treatment", "TPM3"),
        prior=("biopsy",),
        targets=(Lesion("CHEST WALL", "left, between ribs 6 and 8", 64.0),),
        response=(0.58, 0.41),
        stop=Stop(138, "PHYSICIAN DECISION", "Tumour became resectable, operation planned", surgery=True),
        troubles=(VISUAL, Trouble("nausea", 3, 19), Trouble("fatigue", 20, 70)),
        slips=_slips("late"),
    ),
    Child(
        *(14, "02", "M", 10.5, "PELVIS", 151, "safety", "CLTC"),
        reason="RECURRENT",
        prior=("surgery",),
        targets=(Lesion("PELVIS", "left, beside the rectum", 45.0),),
        response=(0.69,),
        stop=Stop(103, "ADVERSE EVENT"),
        troubles=(VISUAL, Trouble("cold", 60, 66), Trouble("pneumonitis", 102, 126, grade=3)),
    ),
    Child(
        *(15, "02", "F", 10.2, "STOMACH", 17, "enrolled", "TPM4"),
        targets=(Lesion("STOMACH", "greater curvature", 52.0),),
    ),
    Child(
        *(16, "02", "M", 2.3, "NECK", 36, "treatment", "TPM3"),
        targets=(Lesion("NECK", "left, beside the carotid artery", 36.0),),
        troubles=(Trouble("vomiting", 2, 6), Trouble("diarrhoea", 16, 22)),
        slips=_slips("missed"),
    ),
    Child(
        *(17, "02", "F", 9.4, "COLON", 312, "survival", "RANBP2"),
        extent="MULTIFOCAL",
        reason="PROGRESSIVE",
        prior=("chemotherapy",),
        targets=(Lesion("COLON", "transverse colon", 57.0), Lesion("OMENTUM", "right upper quadrant", 31.0)),
        response=(0.60, 0.55, 0.86),
        new_at=3,
        stop=Stop(0, "PROGRESSIVE DISEASE"),
        troubles=(VISUAL, Trouble("diarrhoea", 9, 30), Trouble("alt", 50, 110, top=85, peak=2.6)),
    ),
    Child(
        *(18, "03", "M", 12.7, "LARYNX", 112, "withdrawn", "TIMP3"),
        targets=(Lesion("LARYNX", "below the glottis, right", 19.0),),
        response=(0.84,),
        stop=Stop(72, "WITHDRAWAL BY PARENT/GUARDIAN"),
        ended_on=78,
        troubles=(VISUAL, Trouble("nausea", 2, 70, grade=2)),
    ),
    Child(
        *(19, "03", "F", 7.8, "SPLEEN", 233, "lost", "SEC31A"),
        targets=(Lesion("SPLEEN", "lower pole", 48.0),),
        response=(0.81,),
        stop=Stop(112, "LOST TO FOLLOW-UP"),
        ended_on=190,
        troubles=(Trouble("vomiting", 4, 11),),
    ),
    Child(
        *(20, "03", "M", 1.4, "TRACHEA", 101, "treatment", "TPM4"),
        targets=(Lesion("TRACHEA", "lower third, at the bifurcation", 24.0),),
        response=(0.59,),
        troubles=(Trouble("diarrhoea", 5, 17), Trouble("cold", 44, 52), Trouble("rash", 70, 84)),
        slips=_slips("differs", "query answered"),
    ),
    Child(
        *(21, "03", "F", 16.2, "LUNG", 92, "treatment", "CLTC"),
        targets=(
            Lesion("LUNG", "middle lobe", 56.0),
            Lesion("MEDIASTINAL LYMPH NODE", "hilar, right", 19.0, node=True),
        ),
        response=(0.74,),
        troubles=(VISUAL, Trouble("neutropenia", 66, top=82, peak=0.38), Trouble("fatigue", 30)),
        slips=_slips("not done"),
    ),
    Child(
        *(22, "03", "M", 11.9, "KIDNEY", 103, "screen failure", "TPM3"),
        failure="CONSENT",
        targets=(Lesion("KIDNEY", "right, upper pole", 44.0),),
    ),
    Child(
        *(23, "03", "F", 14.3, "RETROPERITONEUM", 181, "treatment", "PPFIBP1"),
        targets=(Lesion("RETROPERITONEUM", "right, behind the duodenum", 69.0),),
        others=(Lesion("RETROPERITONEAL LYMPH NODE", "beside the aorta"),),
        response=(0.86, 0.79, 0.77),
        troubles=(
            VISUAL,
            Trouble("bradycardia", 29),
            Trouble("qt", 57, 113, grade=2, peak=486.0),
            Trouble("nausea", 1, 24),
        ),
        slips=_slips("signed"),
    ),
    Child(
        *(24, "03", "M", 8.2, "ABDOMINAL WALL", 10, "treatment", "THBS1"),
        targets=(Lesion("ABDOMINAL WALL", "right, below the rib cage", 53.0),),
        troubles=(VISUAL,),
    ),
)

FIRST_FOR_TESTS: Final = (10, 6, 24, 12, 20)
"""The children of a small demo: a short whole course, a screen failure, a child just begun."""


def chosen(children: int) -> tuple[Child, ...]:
    """Give so many of the children, those of a small demo first, in the order of their numbers."""
    rest = [child.number for child in CHILDREN if child.number not in FIRST_FOR_TESTS]
    wanted = {*(*FIRST_FOR_TESTS, *rest)[:children]}
    return tuple(child for child in CHILDREN if child.number in wanted)
