"""What a save moves elsewhere: every value that follows from it, nothing else, and no form is left stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import entry, runtime, visits
from imt_ecrf.conduct.entry.reach import derived_changes
from imt_ecrf.conduct.findings import judge
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store import documents
from imt_ecrf.store.tables import ChangeSet, FormData
from imt_ecrf.store.tables import Subject as SubjectRow
from tests.children import cleared
from tests.factories import World, enrolled

if TYPE_CHECKING:
    from collections.abc import Mapping

CONSENT = ("SE_LOG", 1, "F_IC", 1)
CHILD = ("SE_SCR", 1, "F_DM", 1)
DOSE = ("SE_LOG", 1, "F_EX", 1)
REASON = {"*": "copied wrongly from the source"}
Place = tuple[str, int, str, int]


def vitals(day: str, weight: str, height: str | None = None) -> dict[str, Any]:
    size = {"VS_HEIGHT": Answer(height, "cm")} if height else {}
    return {"VSPERF": "Y", "VSDAT": day, "VS_WEIGHT": Answer(weight, "kg"), **size}


def blood(form: str, day: str, **results: tuple[str, str]) -> dict[str, Any]:
    prefix = form.removeprefix("F_")
    found: dict[str, Any] = {f"{prefix}PERF": "Y", f"{prefix}DAT": day}
    for test, (value, unit) in results.items():
        found |= {f"G_{prefix}.{test}.{prefix}ORRES": value, f"G_{prefix}.{test}.{prefix}ORRESU": unit}
    return found


def filled() -> dict[Place, dict[str, Any]]:
    """Give a child with a screening, a first dose and three further looks."""
    found: dict[Place, dict[str, Any]] = {
        CONSENT: {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2026-01-02"},
        CHILD: {"DMDAT": "2026-01-03", "BRTHYY": "2012", "AGEIC_Y": "13", "SEX": "M"},
        ("SE_SCR", 1, "F_VS", 1): vitals("2026-01-03", "41.5", "152.0"),
        ("SE_SCR", 1, "F_LBC", 1): blood("F_LBC", "2026-01-03", ALT=("95", "U/L"), CREAT=("55", "umol/L")),
        ("SE_SCR", 1, "F_LBH", 1): blood("F_LBH", "2026-01-03", HGB=("119", "g/L")),
        ("SE_SCR", 1, "F_CV", 1): {"CVPERF": "Y", "CVDAT": "2026-01-04", "CV_LVEF": "66"},
        DOSE: {"EXSTDAT": "2026-01-12", "EXDOSE": "250", "EXDOSFRQ": "BID", "EXENDAT": "2026-01-25"},
    }
    for number, day in enumerate(("2026-01-10", "2026-02-02", "2026-02-23"), 1):
        place = ("SE_UNS", number)
        found |= {
            (*place, "F_SV", 1): {"SVOCCUR": "Y", "SVSTDAT": day},
            (*place, "F_VS", 1): vitals(day, f"4{number}.0"),
            (*place, "F_PS", 1): {"PSPERF": "Y", "PSDAT": day, "PSSCALE": "LANSKY", "PSLANSKY": "90"},
            (*place, "F_LBC", 1): blood("F_LBC", day, ALT=(f"{60 * number}", "U/L"), CREAT=("60", "umol/L")),
            (*place, "F_LBH", 1): blood("F_LBH", day, HGB=("128", "g/L")),
            (*place, "F_CV", 1): {"CVPERF": "Y", "CVDAT": day, "CV_LVEF": f"{66 - 2 * number}"},
        }
    return found


class Course:
    """A child of the real study with its forms, and the coordinator who fills them."""

    def __init__(self, world: World) -> None:
        self.world, self.crc = world, world.user("CRC")
        self.code = enrolled(world, consented=False)
        self.save(CONSENT, filled()[CONSENT])
        cleared(world, self.code, "2026-01-05")
        for _ in range(3):
            with world.acting() as session:
                number = visits.add_unscheduled(session, self.crc, self.code)
            place = ("SE_UNS", number, "F_SV", 1)
            self.save(place, filled()[place])
        for place, answers in filled().items():
            self.save(place, answers)

    def save(self, place: Place, answers: Mapping[str, Any]) -> set[Place]:
        """Save answers and give the other forms that were written."""
        address = Address(self.code, *place)
        saved = self.world.save(self.crc, address, answers, REASON, confirmed_clear=True)
        return {one.within for one in saved.reached}

    def stale(self) -> dict[Place, list[Any]]:
        """Judge every form anew and give what is kept otherwise than the rules say."""
        found = {}
        with self.world.looking() as session:
            row = session.scalars(select(SubjectRow).where(SubjectRow.code == self.code)).one()
            running = runtime.study(session)
            subject = runtime.snapshot(session, self.crc, running, row)
            for form in documents.forms_of_subject(session.connection(), row.id):
                record = runtime.record_of(form, running.book, self.crc.now())
                judged = judge(running, subject, record)
                moved: list[Any] = list(derived_changes(running.book, form.document, judged))
                moved += sorted(judged.hidden ^ frozenset(form.items.get("hidden", ())))
                if moved and not form.struck:
                    found[form.address] = moved
        return found

    def text(self, place: Place, path: str) -> str | None:
        """Give a value as it is kept."""
        cell = self.world.open(self.crc, Address(self.code, *place)).cells.get(path, {})
        text: str | None = cell.get("v")
        return text


@pytest.fixture
def course(real: World) -> Course:
    """Give the child."""
    return Course(real)


CORRECTIONS: dict[str, tuple[Place, dict[str, Any]]] = {
    "sex": (CHILD, {"SEX": "F"}),
    "age": (CHILD, {"BRTHYY": "2022", "AGEIC_Y": "3"}),
    "consent": (CONSENT, {"ICDAT": "2025-12-20"}),
    "first dose later": (DOSE, {"EXSTDAT": "2026-01-20"}),
    "first dose before all": (DOSE, {"EXSTDAT": "2026-01-02"}),
    "end of dosing": (DOSE, {"EXENDAT": "2026-01-27"}),
    "height": (("SE_SCR", 1, "F_VS", 1), {"VS_HEIGHT": Answer("158.0", "cm")}),
    "day of the height": (("SE_SCR", 1, "F_VS", 1), {"VSDAT": "2025-10-01"}),
    "baseline result": (("SE_UNS", 1, "F_LBC", 1), {"G_LBC.ALT.LBCORRES": "20"}),
    "baseline day": (("SE_UNS", 1, "F_LBC", 1), {"LBCDAT": "2026-01-30"}),
    "later result": (("SE_UNS", 3, "F_LBC", 1), {"G_LBC.ALT.LBCORRES": "700"}),
    "haemoglobin": (("SE_SCR", 1, "F_LBH", 1), {"G_LBH.HGB.LBHORRES": "70"}),
    "baseline of the heart": (("SE_SCR", 1, "F_CV", 1), {"CV_LVEF": "71"}),
    "visit date": (("SE_UNS", 1, "F_SV", 1), {"SVSTDAT": "2026-01-15"}),
    "not performed": (("SE_UNS", 1, "F_LBC", 1), {"LBCPERF": "N"}),
}


@pytest.mark.parametrize("name", CORRECTIONS)
def test_a_correction_leaves_no_form_stale(course: Course, name: str) -> None:
    assert course.stale() == {}
    course.save(*CORRECTIONS[name])
    assert course.stale() == {}


def test_a_struck_dose_takes_its_consequences_along(course: Course) -> None:
    with course.world.acting() as session:
        entry.strike_line(session, course.crc, Address(course.code, *DOSE), "belongs to another child")
    assert course.stale() == {}
    assert course.text(("SE_UNS", 2, "F_CV", 1), "CV_DLVEF") is None


def test_limits_of_results_follow_the_sex_of_the_child(course: Course) -> None:
    place = ("SE_SCR", 1, "F_LBC", 1)
    before = course.text(place, "G_LBC.CREAT.LBCORNRHI"), course.text(place, "G_LBC.ALT.LBCORNRHI")
    reached = course.save(CHILD, {"SEX": "F"})
    assert (
        course.text(place, "G_LBC.CREAT.LBCORNRHI"),
        course.text(place, "G_LBC.ALT.LBCORNRHI"),
    ) != before
    assert place in reached


def test_a_result_after_the_first_dose_moves_no_other_panel(course: Course) -> None:
    assert course.save(("SE_UNS", 2, "F_LBC", 1), {"G_LBC.ALT.LBCORRES": "75"}) == set()


def test_an_answer_no_rule_reads_elsewhere_moves_nothing(course: Course) -> None:
    with course.world.looking() as session:
        before = {row.id: row.version for row in session.scalars(select(FormData))}
    assert course.save(("SE_UNS", 2, "F_VS", 1), {"VS_HR": "92"}) == set()
    with course.world.looking() as session:
        after = {row.id: row.version for row in session.scalars(select(FormData))}
        written = session.scalars(
            select(ChangeSet.form_data_id).order_by(ChangeSet.seq.desc()).limit(1)
        ).one()
    assert {one for one in after if after[one] != before[one]} == {written}
