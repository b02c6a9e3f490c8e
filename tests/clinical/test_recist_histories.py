"""RECIST 1.1 by hand: the whole response table, and whole patients whose sums were worked out on paper.

Rules are cited by section of the paper (Eisenhauer et al., Eur J Cancer 2009; 45: 228-247). A visit is its
study day, the readings, then what the paper gives: sum, % from baseline, % from nadir, responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast, get_args

import pytest

from imt_ecrf.clinical.exact import round_half_away
from imt_ecrf.clinical.recist import (
    Certainty,
    NewLesion,
    NonTargetLesion,
    NonTargetResponse,
    NonTargetState,
    RecistSettings,
    Response,
    TargetResponse,
    TimePoint,
    recist_overall,
)
from imt_ecrf.clinical.recist_course import (
    History,
    assess,
    recist_best,
    recist_first_response,
    recist_progression,
)
from tests.clinical.courses import BASELINE_SCAN, FIRST_DOSE, day, lesion, study_day

NON_TARGET_COLUMNS = ("CR", "NON-CR/NON-PD", "PD", "NE", "NA")
NO_NEW_LESION = {
    "CR": ("CR", "PR", "PD", "PR", "CR"),
    "PR": ("PR", "PR", "PD", "PR", "PR"),
    "SD": ("SD", "SD", "PD", "SD", "SD"),
    "PD": ("PD", "PD", "PD", "PD", "PD"),
    "NE": ("NE", "NE", "PD", "NE", "NE"),
    "NA": ("CR", "NON-CR/NON-PD", "PD", "NE", "NE"),
}
"""Tables 1 and 2 of the paper, by target response and the columns above; a new lesion is always PD."""
TABLE = [
    (target, non_target, new, "PD" if new else row[place])
    for target, row in NO_NEW_LESION.items()
    for place, non_target in enumerate(NON_TARGET_COLUMNS)
    for new in (False, True)
]
GONE, SMALL, UNSEEN = "DISAPPEARED", "TOO SMALL", "NOT EVALUABLE"
THERE, ABSENT, WORSE = "PRESENT", "ABSENT", "UNEQUIVOCAL PROGRESSION"


def test_the_response_table_is_that_of_the_paper_in_all_60_cells() -> None:
    asked = {
        (target, non_target, new): recist_overall(
            cast("TargetResponse", target), cast("NonTargetResponse", non_target), new=new
        )
        for target, non_target, new, _ in TABLE
    }
    assert len(asked) == 60
    assert asked == {(target, non_target, new): overall for target, non_target, new, overall in TABLE}


@dataclass(frozen=True)
class Visit:
    """A time point: what was read, and what the paper makes of it."""

    day: int
    targets: tuple[object, ...]
    total: float | None
    from_baseline: float | None
    from_nadir: float | None
    responses: str
    """Target, non-target, overall."""
    non_targets: tuple[str, ...] = ()
    new: tuple[str, int] | None = None


@dataclass(frozen=True)
class Patient:
    """A whole history with its best response, with and without confirmation, and its two dates."""

    name: str
    baseline: tuple[float, ...]
    visits: tuple[Visit, ...]
    confirmed: Response
    unconfirmed: Response
    first_response: int | None = None
    progression: int | None = None
    nodes: tuple[int, ...] = ()
    non_targets: int = 0

    def history(self) -> History:
        """Make the history."""
        targets = tuple(
            lesion(f"T{place:02}", mm, node=place in self.nodes) for place, mm in enumerate(self.baseline, 1)
        )
        others = tuple(NonTargetLesion(f"NT{place}", "PRESENT") for place in range(self.non_targets))
        points = tuple(_point(number, visit) for number, visit in enumerate(self.visits, 1))
        return History(TimePoint(0, BASELINE_SCAN, BASELINE_SCAN, targets, others), points, FIRST_DOSE)


def _point(number: int, visit: Visit) -> TimePoint:
    scan = day(visit.day)
    found = []
    if visit.new is not None:
        certainty, seen = visit.new
        found.append(NewLesion("N01", cast("Certainty", certainty), day(seen)))
    states = (cast("NonTargetState", state) for state in visit.non_targets)
    return TimePoint(
        number,
        scan,
        scan,
        tuple(lesion(f"T{place:02}", reading) for place, reading in enumerate(visit.targets, 1)),
        tuple(NonTargetLesion(f"NT{place}", state) for place, state in enumerate(states)),
        tuple(found),
    )


PATIENTS = [
    # 4.3.1: 30 % below baseline is PR; 20 % and 5 mm above the nadir (66: 79.2 and 71) is PD
    Patient(
        "partial response, confirmed, kept until progression from the nadir",
        (60, 40),
        (
            Visit(57, (40, 28), 68, -32.0, -32.0, "PR NA PR"),
            Visit(113, (36, 30), 66, -34.0, -2.9, "PR NA PR"),
            Visit(169, (45, 34), 79, -21.0, 19.7, "PR NA PR"),
            Visit(225, (46, 34), 80, -20.0, 21.2, "PD NA PD"),
        ),
        "PR", "PR", 57, 225,
    ),
    # 4.6, table 3: PR then PD is SD when the minimum time for SD is met (day 57: 56 days)
    Patient(
        "partial response that progression follows",
        (50,),
        (
            Visit(57, (34,), 34, -32.0, -32.0, "PR NA PR"),
            Visit(113, (41,), 41, -18.0, 20.6, "PD NA PD"),
        ),
        "SD", "PR", None, 113,
    ),
    # 4.3.2 and appendix I: a node below 10 mm is normal, so CR has a sum above 0; 10 mm after it is PD
    Patient(
        "complete response with a node in the sum",
        (30, 18),
        (
            Visit(57, (GONE, 9), 9, -81.3, -81.3, "CR NA CR"),
            Visit(113, (GONE, 9.9), 9.9, -79.4, 10.0, "CR NA CR"),
            Visit(169, (GONE, 10), 10, -79.2, 11.1, "PD NA PD"),
        ),
        "CR", "CR", 57, 169, nodes=(2,),
    ),
    # 4.3.2: too small to measure counts 5 mm; table 3, footnote: disease after a CR is PD
    Patient(
        "too small to measure, gone, and back",
        (12, 10),
        (
            Visit(57, (SMALL, GONE), 5, -77.3, -77.3, "PR NA PR"),
            Visit(113, (GONE, GONE), 0, -100.0, -100.0, "CR NA CR"),
            Visit(169, (SMALL, GONE), 5, -77.3, None, "PD NA PD"),
        ),
        "PR", "CR", 57, 169,
    ),
    # 4.3.1: 40 % above the nadir of 10 is 4 mm only, no progression; 5 mm is one
    Patient(
        "growth by 20 % that is below 5 mm",
        (12,),
        (
            Visit(57, (10,), 10, -16.7, -16.7, "SD NA SD"),
            Visit(113, (14,), 14, 16.7, 40.0, "SD NA SD"),
            Visit(169, (15,), 15, 25.0, 50.0, "PD NA PD"),
        ),
        "SD", "SD", None, 169,
    ),
    # table 2: non-target disease only
    Patient(
        "non-measurable disease only, gone in the end",
        (),
        (
            Visit(57, (), None, None, None, "NA NON-CR/NON-PD NON-CR/NON-PD", (THERE, ABSENT)),
            Visit(113, (), None, None, None, "NA NE NE", (ABSENT, UNSEEN)),
            Visit(169, (), None, None, None, "NA CR CR", (ABSENT, ABSENT)),
            Visit(225, (), None, None, None, "NA CR CR", (ABSENT, ABSENT)),
        ),
        "CR", "CR", 169, None, non_targets=2,
    ),
    # 4.3.4: unequivocal progression of non-target disease
    Patient(
        "non-measurable disease only, unequivocally worse",
        (),
        (
            Visit(57, (), None, None, None, "NA NON-CR/NON-PD NON-CR/NON-PD", (THERE,)),
            Visit(113, (), None, None, None, "NA PD PD", (WORSE,)),
        ),
        "NON-CR/NON-PD", "NON-CR/NON-PD", None, 113, non_targets=1,
    ),
    # table 1: target CR with a non-target lesion left, or not seen, is PR
    Patient(
        "target lesions gone before the others",
        (25,),
        (
            Visit(57, (GONE,), 0, -100.0, -100.0, "CR NON-CR/NON-PD PR", (THERE,)),
            Visit(113, (GONE,), 0, -100.0, None, "CR NE PR", (UNSEEN,)),
            Visit(169, (GONE,), 0, -100.0, None, "CR CR CR", (ABSENT,)),
            Visit(225, (GONE,), 0, -100.0, None, "CR CR CR", (ABSENT,)),
        ),
        "CR", "CR", 57, None, non_targets=1,
    ),
    # 4.3.5: an equivocal lesion that becomes certain dates the progression back to its first appearance
    Patient(
        "new lesion, equivocal at first",
        (40,),
        (
            Visit(57, (28,), 28, -30.0, -30.0, "PR NA PR", new=("EQUIVOCAL", 57)),
            Visit(113, (26,), 26, -35.0, -7.1, "PR NA PD", new=("UNEQUIVOCAL", 57)),
        ),
        "PD", "PD", None, 57,
    ),
    # 4.4.1: a lesion not evaluated makes NE; the response after it is confirmed over one NE (study setting)
    Patient(
        "lesions not evaluated between two responses",
        (40, 30),
        (
            Visit(57, (20, UNSEEN), None, None, None, "NE NA NE"),
            Visit(113, (24, 18), 42, -40.0, -40.0, "PR NA PR"),
            Visit(169, (UNSEEN, UNSEEN), None, None, None, "NE NA NE"),
            Visit(225, (25, 18), 43, -38.6, 2.4, "PR NA PR"),
        ),
        "PR", "PR", 113, None,
    ),
    # 4.4.1: what was measured alone shows progression, 70 against a nadir of 50
    Patient(
        "progression although a lesion was not evaluated",
        (40, 10),
        (Visit(57, (70, UNSEEN), None, None, None, "PD NA PD"),),
        "PD", "PD", None, 57,
    ),
    # 4.6: stable disease before its minimum time does not count; progression follows
    Patient(
        "stable too early",
        (30,),
        (
            Visit(29, (28,), 28, -6.7, -6.7, "SD NA SD"),
            Visit(57, (36,), 36, 20.0, 28.6, "PD NA PD"),
        ),
        "PD", "PD", None, 57,
    ),
    # 4.3.2: lesions that run together are measured as one; a lesion that splits counts its parts (15 + 14)
    Patient(
        "lesions run together and split",
        (40, 20),
        (
            Visit(57, (45, "COALESCED"), 45, -25.0, -25.0, "SD NA SD"),
            Visit(113, ({"SPLIT": 29}, GONE), 29, -51.7, -35.6, "PR NA PR"),
            Visit(169, ({"SPLIT": 29}, GONE), 29, -51.7, 0.0, "PR NA PR"),
        ),
        "PR", "PR", 113, None,
    ),
]  # fmt: skip
patients = pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)


def _written(visit: Visit) -> tuple[Any, ...]:
    return visit.total, visit.from_baseline, visit.from_nadir, *visit.responses.split(" ")


def _shown(value: object, decimals: int = 1) -> float | None:
    return None if value is None else float(round_half_away(value, decimals))  # type: ignore[arg-type]


@patients
def test_every_visit_of_a_patient_is_that_worked_by_hand(patient: Patient) -> None:
    got = [
        (
            _shown(one.figures.total, 2),
            _shown(one.figures.from_baseline),
            _shown(one.figures.from_nadir),
            *(one.target, one.non_target, one.derived),
        )
        for one in assess(patient.history())
    ]
    assert got == [_written(visit) for visit in patient.visits]


@patients
def test_best_response_and_dates_of_a_patient_are_those_worked_by_hand(patient: Patient) -> None:
    history = patient.history()
    got = (
        recist_best(history),
        recist_best(history, confirmed=False),
        study_day(recist_first_response(history)),
        study_day(recist_progression(history)),
    )
    assert got == (patient.confirmed, patient.unconfirmed, patient.first_response, patient.progression)


def test_settings_of_the_study_change_what_they_name() -> None:
    kept, *_ = PATIENTS
    off = assess(kept.history(), RecistSettings(keep_pr_until_pd="off"))
    assert [one.derived for one in off] == ["PR", "PR", "SD", "PD"]
    gap = next(one for one in PATIENTS if one.name.startswith("lesions not evaluated"))
    assert recist_best(gap.history(), RecistSettings(max_ne_between=0)) == "SD"
    early = next(one for one in PATIENTS if one.name == "stable too early")
    assert recist_best(early.history(), RecistSettings(sd_min_days=28)) == "SD"
    # 56 days lie between the first two responses
    assert [recist_best(kept.history(), RecistSettings(confirm_days=days)) for days in (56, 57)] == [
        "PR",
        "SD",
    ]


def test_every_response_of_the_paper_is_somebodys_best() -> None:
    assert {one.confirmed for one in PATIENTS} | {"NE"} == set(get_args(Response))
