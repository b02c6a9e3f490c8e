"""Checks, methods, units, schedule, roles and tables of forms/ say what the CRF book says."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from imt_ecrf.study.definition import Method, Unit
from imt_ecrf.study.loader import draft_book
from tests.forms.source_book import book

VERSION = draft_book().version
RULE_PAGE = "(RULES.md section 8)"


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, Any]]:
    return book()


def _texts(value: Any) -> Any:
    """Write decimals as the published version does."""
    if isinstance(value, dict):
        return {str(key): _texts(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_texts(member) for member in value]
    if isinstance(value, float):
        return _number(value)
    return value


def _number(value: float) -> str | int:
    whole = Decimal(str(value))
    return int(whole) if whole == whole.to_integral_value() else str(whole)


def test_every_check_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    # cases of forms/ that follow those of the book leave the operand of a `not` blank
    written = {one["oid"]: len(one["cases"]) for one in files["edit_checks"]["checks"]}
    found = {
        one.oid: (one.level, one.scope, one.condition, one.home, one.at, one.rule.text,
                  {"en": one.message.en, "ru": one.message.ru}, list(one.items),
                  list(one.cases[:written[one.oid]]))
        for one in VERSION.checks
    }  # fmt: skip
    keys = ("level", "scope", "condition", "home", "at", "expression", "message", "items")
    assert found == {
        one["oid"]: (*(one[key] for key in keys), _texts(one["cases"]))
        for one in files["edit_checks"]["checks"]
    }


def test_the_comparison_of_central_and_site_is_read_by_the_data_manager_only() -> None:
    assert {one.oid: one.shown_to for one in VERSION.checks if one.shown_to} == {"C126": ("DM",)}


def _rules(method: Method) -> str | dict[str, str] | None:
    texts = {item: rule.text for item, rule in method.rules.items()}
    return texts if len(set(texts.values())) > 1 else next(iter(texts.values()), None)


def test_every_method_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    found = {
        one.oid: (one.name, list(one.inputs), _rules(one) if one.kind == "expression" else None,
                  one.function, one.process, one.algorithm, one.note)
        for one in VERSION.methods
    }  # fmt: skip
    assert found == {
        one["oid"]: (
            one["name"], [name.strip() for name in one["inputs"].split(",") if name], one.get("expression"),
            one.get("function"), one.get("process"), one.get("algorithm", ""),
            one["note"].replace(RULE_PAGE, "(rule language, section 8)"),
        )
        for one in files["methods"]["methods"]
    }  # fmt: skip


def _unit(unit: Unit) -> tuple[Any, ...]:
    factor = None if unit.by_analyte else Fraction(unit.factor)
    names = {"en": unit.symbol.en, "ru": unit.symbol.ru}
    return (unit.dimension, unit.ucum, names, unit.nci_code, factor, Fraction(unit.offset))


def test_every_unit_and_conversion_is_exact(files: dict[str, dict[str, Any]]) -> None:
    source = files["units"]
    # the book writes these two in capitals; on screen and paper they stand as words
    for one in source["units"]:
        if one["symbol"]["en"] in {"YEARS", "RATIO"}:
            one["symbol"]["en"] = one["symbol"]["en"].lower()
    assert {unit.oid: _unit(unit) for unit in VERSION.units} == {
        one["oid"]: (
            one["dimension"], one["ucum"], one["symbol"], one["nci_code"],
            None if one["to_canonical"]["factor"] is None else Fraction(one["to_canonical"]["factor"]),
            Fraction(one["to_canonical"]["offset"]),
        )
        for one in source["units"]
    }  # fmt: skip
    assert VERSION.tables["analyte_conversions"] == [
        one | {"factors": {unit: str(factor) for unit, factor in one["factors"].items()}}
        for one in source["analyte_conversions"]
    ]


def test_the_schedule_is_the_one_of_the_book(files: dict[str, dict[str, Any]]) -> None:
    found = {
        one.oid: (
            {"en": one.name.en, "ru": one.name.ru}, one.kind, one.anchor, one.day, one.window_before,
            one.window_after, one.repeats, one.note,
            [(ref.form, f"C:{ref.condition.text}" if ref.condition else ref.expected) for ref in one.forms],
        )
        for one in VERSION.events
    }  # fmt: skip
    keys = ("day", "window_before", "window_after")
    assert found == {
        one["oid"]: (
            one["name"], one["type"], one["anchor"],
            *(None if one[key] is None else str(one[key]) for key in keys), one["repeats"], one["note"],
            [(ref["form"], ref["rule"]) for ref in one["forms"]],
        )
        for one in files["schedule"]["events"]
    }  # fmt: skip
    assert VERSION.cycle_days == files["schedule"]["cycle_days"]


def test_rights_and_roles_are_those_of_the_book(files: dict[str, dict[str, Any]]) -> None:
    assert [(one.oid, one.name.en, one.name.ru, one.can) for one in VERSION.roles] == [
        (one["oid"], one["name"]["en"], one["name"]["ru"], one["can"]) for one in files["roles"]["roles"]
    ]
    assert {one.form: (one.enter, one.verify, one.sign) for one in VERSION.rights} == {
        one["form"]: tuple(_roles(one[key]) for key in ("enter", "verify", "sign"))
        for one in files["roles"]["forms"]
    }


def _roles(text: str) -> tuple[str, ...]:
    named = (role.strip() for role in text.partition("(")[0].split(","))
    return tuple(role for role in named if role not in {"", "-"})


def test_the_tables_of_medicine_are_those_of_the_book(files: dict[str, dict[str, Any]]) -> None:
    tables = VERSION.tables
    assert tables["recist"] == {
        "response": files["methods"]["recist_response_table"],
        "confirmation": files["methods"]["confirmation_table"],
    }
    for name, file in (("doses", "dose_tables"), ("bands", "reference_bands"), ("ctcae", "ctcae_lab_grades")):
        source = {key: part for key, part in files[file].items() if key not in {"kind", "revision"}}
        assert _without_nothing(tables[name]) == _without_nothing(_texts(source)), name


def _without_nothing(value: Any) -> Any:
    """Leave out the column of grades after an abnormal baseline where the book has none."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key != "grades_if_baseline_abnormal" or part}
        return {key: _without_nothing(part) for key, part in kept.items()}
    return [_without_nothing(part) for part in value] if isinstance(value, list) else value


def test_the_verification_plan_is_the_one_of_the_book(files: dict[str, dict[str, Any]]) -> None:
    source = files["sdv_plan"]
    critical = {item.oid for form in VERSION.forms for item in form.items() if item.critical}
    assert critical == set(source["critical_items"])
    table = {key: value for key, value in VERSION.tables["sdv"].items() if key != "figures"}
    assert table == {"tiers": source["rules"], "triggers": source["triggers"], "reset": source["reset"]}
    prose = " ".join([*(f"{one['what']} {one['rate']}" for one in source["rules"]), *source["triggers"]])
    figures = VERSION.tables["sdv"]["figures"]
    assert f"{figures['sample']} % random sample" in prose
    assert f"first {figures['first_subjects']} patients" in prose
    assert f"over {figures['raise_over']} % at a site: raise to {figures['raise_to']} %" in prose
    assert f"over {figures['all_over']} %: 100 % for the next {figures['all_next']} patients" in prose


def test_the_figures_of_the_verification_plan_name_what_the_study_has() -> None:
    figures = VERSION.tables["sdv"]["figures"]
    forms = {form.oid: {item.oid for item in form.items()} for form in VERSION.forms}
    form, *items = figures["deviation"]
    assert set(items[:2]) <= forms[form]
    assert {one for watched in figures["watched"].values() for one in watched} <= set(forms)
    assert set(figures["first_cycle"]) <= {event.oid for event in VERSION.events}


def test_the_settings_of_the_book_have_their_type_and_scope(files: dict[str, dict[str, Any]]) -> None:
    settings = {one.key: one for one in VERSION.settings}
    for key, source in files["edit_checks"]["settings"].items():
        one = settings[key]
        assert (one.type, one.scope, list(one.values)) == (
            source["type"], source["scope"], source.get("values", [])
        )  # fmt: skip
    defaults = {key: settings[key].default for key in files["methods"]["settings"]}
    assert defaults == files["methods"]["settings"]
