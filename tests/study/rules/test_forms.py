"""Whole forms: skip logic, derivations, checks once a row; the order over all forms."""

from __future__ import annotations

from typing import Any

from imt_ecrf.study.records import Event, Record, Row, Subject
from imt_ecrf.study.rules import (
    CompiledRule,
    Dictionary,
    FormResult,
    FormType,
    GroupType,
    ItemType,
    Run,
    evaluate,
    evaluate_form,
    graph,
    parse_and_check,
)

ITEMS = [
    ItemType("TLYN", "code:CL_NY", "F_TL", section="G_H", carried=True),
    ItemType("TLID", "text", "F_TL", "G_TL", "G_TL"),
    ItemType("TLLOC", "text", "F_TL", "G_TL", "G_TL", carried=True),
    ItemType("TLSTATE", "text", "F_TL", "G_TL", "G_TL"),
    ItemType("TLDIAM", "decimal", "F_TL", "G_TL", "G_TL", decimals=1),
    ItemType("TLVALUE", "decimal", "F_TL", "G_TL", "G_TL", decimals=1, derived=True),
    ItemType("TLSUM", "decimal", "F_TL", section="G_S", decimals=1, derived=True),
    ItemType("RSSUM", "decimal", "F_RS", section="G_RS", decimals=0, derived=True),
    ItemType("LBTEST", "code:CL_TEST", "F_LB", "G_LB", "G_LB"),
    ItemType("LBRES", "decimal", "F_LB", "G_LB", "G_LB"),
]
WORDS = Dictionary(
    items={item.oid: item for item in ITEMS},
    groups={
        "G_TL": GroupType("G_TL", "F_TL", "TLID", ("TLID", "TLLOC", "TLSTATE", "TLDIAM", "TLVALUE")),
        "G_LB": GroupType("G_LB", "F_LB", "LBTEST", ("LBTEST", "LBRES"), {"ALT": {}, "AST": {}}),
    },
    forms={
        "F_TL": FormType("F_TL", "event", ("TLYN", "TLSUM"), ("G_TL",), first_event="SE_SCR"),
        "F_RS": FormType("F_RS", "event", ("RSSUM",), first_event="SE_TA"),
        "F_LB": FormType("F_LB", "event", (), ("G_LB",), first_event="SE_SCR"),
    },
    sections={"G_H": "F_TL", "G_TL": "F_TL", "G_S": "F_TL", "G_RS": "F_RS", "G_LB": "F_LB"},
    lists={"CL_NY": ("N", "Y"), "CL_TEST": ("ALT", "AST")},
    events=("SE_SCR", "SE_TA"),
)
RULES = [
    ("show_if", "G_TL", "TLYN == 'Y'"),
    ("show_if", "TLDIAM", "TLSTATE == 'MEASURED'"),
    ("derive", "TLVALUE", "TLDIAM if TLSTATE == 'MEASURED' else 5 if TLSTATE == 'TOO SMALL' else None"),
    ("derive", "TLSUM", "sum_of('G_TL', TLVALUE)"),
    ("derive", "RSSUM", "round(TLSUM)"),
    ("check", "BIG", "TLDIAM > 10"),
    ("check", "LEFT", "kept(TLDIAM)"),
]
EVENTS = (Event("SE_SCR", 1, "2026-01-05", 0), Event("SE_TA", 1, "2026-03-01", 1))


def rule(use: Any, name: str, text: str) -> CompiledRule:
    item = WORDS.items.get(name)
    home = item.form if item else "F_TL"
    into = item.type if item and use == "derive" else None
    at = None if use == "check" else name
    found = parse_and_check(text, WORDS, home=home, use=use, into=into, oid=name, at=at)
    assert isinstance(found, CompiledRule), found
    return found


COMPILED = [rule(*one) for one in RULES]
ORDER = graph.order(COMPILED, WORDS)
CHECKS = [one for one in COMPILED if one.use == "check"]


def judged(answers: dict[str, str], *, event: str = "SE_SCR", others: tuple[Record, ...] = ()) -> FormResult:
    record = Record("F_TL", event, cells={path: {"v": value} for path, value in answers.items()})
    subject = Subject(events=EVENTS, load=lambda form: [one for one in others if one.form == form])
    return evaluate_form(ORDER.of_form("F_TL", WORDS), CHECKS, subject, record, WORDS)


def test_rows_are_shown_derived_summed_and_checked_each_on_its_own() -> None:
    found = judged(
        {
            "TLYN": "Y",
            "G_TL.1.TLSTATE": "MEASURED",
            "G_TL.1.TLDIAM": "12.25",
            "G_TL.2.TLSTATE": "TOO SMALL",
            "G_TL.2.TLDIAM": "8",
        }
    )
    assert found.hidden == {"G_TL.2.TLDIAM"}
    assert found.derived == {"G_TL.1.TLVALUE": "12.3", "G_TL.2.TLVALUE": "5.0", "TLSUM": "17.3"}
    assert [(one.check.oid, one.row) for one in found.fires] == [("BIG", "1"), ("LEFT", "2")]


def test_a_hidden_group_hides_its_columns_and_derives_nothing() -> None:
    found = judged(
        {"TLYN": "N", "G_TL.1.TLSTATE": "MEASURED", "G_TL.1.TLDIAM": "12", "G_TL.1.TLVALUE": "12.0"}
    )
    assert found.hidden >= {"G_TL"}
    assert found.derived == {"G_TL.1.TLVALUE": None, "TLSUM": None}
    assert [one.check.oid for one in found.fires] == ["LEFT"]


def test_the_record_of_the_result_holds_the_derived_values() -> None:
    found = judged({"TLYN": "Y", "G_TL.1.TLSTATE": "TOO SMALL"})
    assert found.record is not None
    assert found.record.cell("TLSUM") == {"v": "5.0"}
    assert "TLSUM" not in Record("F_TL").cells


def test_checks_tell_false_from_unknown() -> None:
    found = judged({"TLYN": "Y", "G_TL.1.TLSTATE": "MEASURED"})
    assert [(one.check.oid, one.row, one.value) for one in found.outcomes] == [
        ("BIG", "1", None),
        ("LEFT", "1", False),
    ]


def test_the_order_runs_through_forms_and_knows_what_a_change_reaches() -> None:
    assert [(step.kind, step.target) for step in ORDER.steps] == [
        ("visible", "G_TL"),
        ("visible", "TLDIAM"),
        ("value", "TLVALUE"),
        ("value", "TLSUM"),
        ("value", "RSSUM"),
    ]
    reached = ORDER.reached(["TLSTATE"])
    assert [one.oid for one in reached] == ["TLDIAM", "TLVALUE", "TLSUM", "RSSUM", "BIG", "LEFT"]


def test_an_item_derived_twice_and_one_that_is_entered_are_refused() -> None:
    twice = graph.order([COMPILED[3], rule("derive", "TLSUM", "1")], WORDS)
    assert [one.code for one in twice.errors] == ["R02"]
    entered = graph.order([rule("derive", "TLSTATE", "'MEASURED'")], WORDS)
    assert [one.message for one in entered.errors] == ["TLSTATE is derived and also entered."]


def test_a_circle_is_named_and_one_that_looks_back_is_none() -> None:
    circle = graph.order(
        [rule("derive", "TLSUM", "sum_of('G_TL', TLVALUE)"), rule("derive", "TLVALUE", "TLSUM / 2")], WORDS
    )
    assert [(one.code, one.message) for one in circle.errors] == [
        ("R01", "These derivations wait for each other: TLSUM → TLVALUE → TLSUM.")
    ]
    assert graph.order([rule("derive", "TLSUM", "coalesce(prev('TLSUM'), 0) + 1")], WORDS).errors == ()


def test_lesion_identity_is_a_view_of_the_first_event_later_on() -> None:
    first = Record(
        "F_TL",
        "SE_SCR",
        cells={"TLYN": {"v": "Y"}, "G_TL.1.TLID": {"v": "T01"}, "G_TL.1.TLLOC": {"v": "LUNG"}},
    )
    now = Record("F_TL", "SE_TA", cells={"G_TL.4.TLID": {"v": "T01"}, "G_TL.5.TLID": {"v": "T09"}})
    subject = Subject(events=EVENTS, load=lambda _: [first, now])
    run = Run(subject, WORDS, now)
    known, new = (run.frame(now, Row("G_TL", key)) for key in ("4", "5"))
    assert (run.form["TLYN"], known["TLLOC"], new["TLLOC"]) == ("Y", "LUNG", None)
    assert (run.state(known, "TLLOC"), run.state(new, "TLLOC")) == ("filled", "hidden")


def test_a_panel_has_all_its_rows_and_their_keys_without_stored_cells() -> None:
    record = Record("F_LB", "SE_SCR", cells={"G_LB.AST.LBRES": {"v": "31"}})
    run = Run(Subject(events=EVENTS), WORDS, record)
    asked = [
        "count('G_LB')",
        "count('G_LB', filled(LBRES))",
        "row('G_LB', 'AST', 'LBRES')",
        "row('G_LB', 'ALT', 'LBRES')",
    ]
    found = [parse_and_check(text, WORDS, home="F_LB", use="value") for text in asked]
    assert [evaluate(one, run) for one in found if isinstance(one, CompiledRule)] == [2, 1, 31, None]


def test_a_value_that_does_not_fit_is_reported_once_with_its_place() -> None:
    record = Record("F_LB", "SE_SCR", cells={"G_LB.AST.LBRES": {"v": "31,5"}})
    run = Run(Subject(events=EVENTS), WORDS, record, Row("G_LB", "AST"))
    check = parse_and_check("LBRES > 1 or LBRES < 1", WORDS, home="F_LB", use="check", oid="C9")
    assert isinstance(check, CompiledRule)
    assert [evaluate(check, run), evaluate(check, run)] == [None, None]
    assert [(one.code, one.rule, one.path) for one in run.reports] == [("X02", "C9", "G_LB.AST.LBRES")]
