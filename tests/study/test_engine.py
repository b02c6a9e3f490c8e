"""The rules of the whole book judge a form: derived values, hidden questions, limits and generated checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imt_ecrf import rooms
from imt_ecrf.study import loader, publication
from imt_ecrf.study.engine import Engine, Outcome
from imt_ecrf.study.records import Event, Record, Subject
from imt_ecrf.study.rules import facts

Cells = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Give the rules of the study that ships with the program."""
    version, mistakes = loader.load(rooms.forms())
    assert mistakes == []
    return Engine(publication.read(publication.publish(version)))


def answers(**given: str) -> Cells:
    """Make cells of plain answers; `__` in a name stands for a point."""
    return {name.replace("__", "."): {"v": value} for name, value in given.items()}


BOY = Record("F_DM", "SE_SCR", cells=answers(BRTHYY="2016", AGEIC_Y="9", SEX="M"))
CONSENT = Record("F_IC", "SE_LOG", line=1, cells=answers(ICDAT="2026-01-05"))
FIRST_DOSE = Record(
    "F_EX", "SE_LOG", line=1, cells=answers(EXSTDAT="2026-01-12", EXDOSE="300", EXDOSFRQ="BID")
)
VISITS = (Event("SE_SCR", 1, "2026-01-05", 0), Event("SE_C1D1", 1, "2026-01-12", 1))


def child(*records: Record, events: tuple[Event, ...] = VISITS, today: str = "2026-06-01") -> Subject:
    """Give a boy of nine with these records."""
    kept = [BOY, CONSENT, *records]
    return Subject(
        code="01-001", site="01", events=events, facts={"today": today},
        load=lambda form: [one for one in kept if one.form == form],
    )  # fmt: skip


def judge(engine: Engine, record: Record, *others: Record, **given: Any) -> Outcome:
    """Judge a record of the boy."""
    return engine.outcome(child(record, *others, **given), record)


def texts(outcome: Outcome) -> dict[str, str]:
    """Give the derived values."""
    return {path: cell["v"] for path, cell in outcome.derived.items() if cell}


def names(outcome: Outcome) -> set[str]:
    """Name what fires."""
    return {f"{one.check} {one.row or ''}".strip() for one in outcome.fires}


VITALS = answers(VSPERF="Y", VSDAT="2026-01-12", VS_WEIGHT="28.4", VS_HEIGHT="131.5")


def test_every_function_of_the_language_has_a_python_function_behind_it() -> None:
    assert facts.missing() == ()


def test_body_surface_follows_weight_and_height(engine: Engine) -> None:
    assert texts(judge(engine, Record("F_VS", "SE_C1D1", cells=VITALS))) == {
        "VS_BSA": "1.02",
        "VS_BMI": "16.4",
    }


def test_grams_are_kilograms_before_any_rule_sees_them(engine: Engine) -> None:
    grams = VITALS | {"VS_WEIGHT": {"v": "28400", "u": "g"}}
    assert texts(judge(engine, Record("F_VS", "SE_C1D1", cells=grams)))["VS_BSA"] == "1.02"


def test_a_missing_weight_leaves_no_old_surface_behind(engine: Engine) -> None:
    cells = VITALS | {"VS_WEIGHT": {"m": "ND"}, "VS_BSA": {"v": "1.02"}}
    assert judge(engine, Record("F_VS", "SE_C1D1", cells=cells)).derived["VS_BSA"] is None


def test_an_examination_not_done_hides_its_questions_and_owes_nothing(engine: Engine) -> None:
    outcome = judge(engine, Record("F_VS", "SE_C1D1", cells=answers(VSPERF="N")))
    assert {"VSDAT", "VS_WEIGHT", "VS_TEMP"} <= outcome.hidden
    assert names(outcome) == set()


def test_an_answer_left_in_a_hidden_question_is_marked_not_cleared(engine: Engine) -> None:
    outcome = judge(engine, Record("F_VS", "SE_C1D1", cells=answers(VSPERF="N", VS_TEMP="36.6")))
    assert names(outcome) == {"kept(VS_TEMP)"}


def test_owed_answers_are_named_until_given_or_missing_with_a_reason(engine: Engine) -> None:
    some = VITALS | answers(VS_SYSBP="100", VS_DIABP="60", VS_HR="90", VS_RESP="20", VS_TEMP="36.6")
    assert names(judge(engine, Record("F_VS", "SE_C1D1", cells=some))) == {"required(VS_SPO2)"}
    done = some | {"VS_SPO2": {"m": "ND"}}
    assert names(judge(engine, Record("F_VS", "SE_C1D1", cells=done))) == set()


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("1.9", {("range(VS_WEIGHT)", "hard")}),
        ("5.9", {("range(VS_WEIGHT)", "soft")}),
        ("6", set()),
        ("120", set()),
    ],
)
def test_limits_are_inclusive_and_hard_ones_go_first(
    engine: Engine, weight: str, expected: set[tuple[str, str]]
) -> None:
    record = Record("F_VS", "SE_C1D1", cells=VITALS | answers(VS_WEIGHT=weight))
    fires = judge(engine, record).fires
    found = {(one.check, one.level) for one in fires if one.check == "range(VS_WEIGHT)"}
    assert found == expected


@pytest.mark.req("R29")
def test_a_date_after_today_at_the_site_is_a_hard_finding(engine: Engine) -> None:
    record = Record("F_VS", "SE_C1D1", cells=VITALS)
    assert "future(VSDAT)" in names(judge(engine, record, today="2026-01-11"))
    assert "future(VSDAT)" not in names(judge(engine, record, today="2026-01-12"))


CHEMISTRY = answers(
    LBCPERF="Y", LBCDAT="2026-01-12", G_LBC__CREAT__LBCORRES="0.9", G_LBC__CREAT__LBCORRESU="mg/dL",
    G_LBC__ALT__LBCORRES="168",
)  # fmt: skip


def test_a_result_is_converted_flagged_and_given_its_limits(engine: Engine) -> None:
    height = Record("F_VS", "SE_C1D1", cells=VITALS)
    found = texts(judge(engine, Record("F_LBC", "SE_C1D1", cells=CHEMISTRY), height))
    assert {path: text for path, text in found.items() if ".CREAT." in path} == {
        "G_LBC.CREAT.LBCSTRESN": "79.578",
        "G_LBC.CREAT.LBCNRIND": "HIGH",
        "G_LBC.CREAT.LBCTOXGR": "1",
        "G_LBC.CREAT.LBCORNRLO": "25",
        "G_LBC.CREAT.LBCORNRHI": "58",
    }
    assert found["LBC_EGFR"] == "60.3"


def test_a_result_without_unit_has_no_standard_value(engine: Engine) -> None:
    assert "G_LBC.ALT.LBCSTRESN" not in texts(judge(engine, Record("F_LBC", "SE_C1D1", cells=CHEMISTRY)))


def test_an_optional_analyte_is_never_owed(engine: Engine) -> None:
    found = names(judge(engine, Record("F_LBC", "SE_C1D1", cells=CHEMISTRY)))
    assert "required(LBCORRES) AST" in found
    assert "required(LBCORRES) CRP" not in found


@pytest.mark.req("R55")
def test_qtc_is_worked_out_for_each_tracing(engine: Engine) -> None:
    cells = answers(EGPERF="Y", EGDAT="2026-01-12", G_EG__1__EG_HR="100", G_EG__1__EG_QT="320")
    found = texts(judge(engine, Record("F_EG", "SE_C1D1", cells=cells)))
    assert {"G_EG.1.EG_RR": "600", "G_EG.1.EG_QTCF": "379", "EG_QTCFM": "379"}.items() <= found.items()


def dose(bsa_cells: Cells, **given: str) -> tuple[Record, Record]:
    """Give a prescription and the measurements it rests on."""
    wanted = {"DODAT": "2026-01-12", "DOLEVEL": "L0", "DOFORM": "PELLET", "DOPRES": "300"} | given
    return Record("F_DOSE", "SE_C1D1", cells=answers(**wanted)), Record("F_VS", "SE_C1D1", cells=bsa_cells)


def test_the_dose_comes_from_the_table_by_the_rounded_surface(engine: Engine) -> None:
    record, vitals = dose(VITALS)
    found = texts(judge(engine, record, vitals))
    assert {"DOBSA": "1.02", "DOTABLE": "300"}.items() <= found.items()


def lesion(line: int, state: str, mm: str | None = None, **more: str) -> Cells:
    """Give one target lesion of a time point."""
    cells = answers(**{f"G_TL__{line}__TLID": f"T0{line}", f"G_TL__{line}__TLSTATE": state})
    for item, value in {"TLDIAM": mm, **more}.items():
        if value is not None:
            cells[f"G_TL.{line}.{item}"] = {"v": value} | ({"u": "mm"} if item == "TLDIAM" else {})
    return cells


def scan(event: str, repeat: int, day: str) -> Record:
    """Give the imaging of a time point."""
    return Record("F_TUI", event, repeat, cells=answers(TUPERF="Y", G_TUS__1__TUSDAT=day))


def test_sums_and_response_follow_the_lesions(engine: Engine) -> None:
    base = Record("F_TL", "SE_SCR", cells=answers(TLYN="Y") | lesion(1, "MEASURED", "60", TLNODE="N")
                  | lesion(2, "MEASURED", "30", TLNODE="Y"))  # fmt: skip
    later = Record("F_TL", "SE_TA", 1, cells=lesion(1, "MEASURED", "35") | lesion(2, "MEASURED", "9"))
    scans = [scan("SE_SCR", 1, "2026-01-06"), scan("SE_TA", 1, "2026-03-09")]
    numbered = [replace(one, cells={**one.cells, **answers(TUTPNO=str(n))}) for n, one in enumerate(scans)]
    events = (*VISITS, Event("SE_TA", 1, "2026-03-09", 8))
    stored = replace(base, cells={**base.cells, **answers(TLSUM="90.0")})
    found = texts(judge(engine, later, stored, *numbered, FIRST_DOSE, events=events))
    assert {
        "TLSUM": "44.0",
        "TLBASE": "90.0",
        "TLNADIR": "90.0",
        "TLPCBL": "-51.1",
        "TLRESPD": "PR",
    }.items() <= (found.items())


def test_a_time_point_is_numbered_by_its_scan(engine: Engine) -> None:
    later, base = scan("SE_TA", 1, "2026-03-09"), scan("SE_SCR", 1, "2026-01-06")
    events = (*VISITS, Event("SE_TA", 1, "2026-03-09", 8))
    assert texts(judge(engine, later, base, events=events)) == {"TUTPNO": "1"}


def test_a_conditional_form_is_expected_only_while_its_rule_is_true(engine: Engine) -> None:
    third, fourth = Event("SE_CYC", 3, "2026-03-09", 7), Event("SE_CYC", 4, "2026-04-06", 7)
    heart = [
        any(ref.form == "F_CV" for ref in engine.expected(child(events=(*VISITS, third, fourth)), event))
        for event in (third, fourth)
    ]
    assert heart == [True, False]


def test_a_form_no_longer_expected_is_hidden_as_a_whole(engine: Engine) -> None:
    record = Record("F_PGT", "SE_SCR", cells=answers(PGPERF="Y"))
    outcome = judge(engine, record)
    assert "@form" in outcome.hidden
    assert outcome.fires == ()


def test_a_struck_or_not_done_form_has_no_derived_value_and_no_finding(engine: Engine) -> None:
    cells = VITALS | answers(VS_BSA="1.02") | {"@not_done": {"v": "ND"}}
    outcome = judge(engine, Record("F_VS", "SE_C1D1", cells=cells))
    assert (outcome.derived, outcome.fires) == ({"VS_BSA": None}, ())


def test_a_change_names_the_forms_that_read_it(engine: Engine) -> None:
    assert {"F_VS", "F_DOSE", "F_LBC"} <= set(engine.reached_by("F_VS", {"VS_HEIGHT"}))
    assert "F_AE" not in engine.reached_by("F_VS", {"VS_HEIGHT"})
