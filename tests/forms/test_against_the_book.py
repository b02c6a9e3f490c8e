"""Nothing of the CRF book is lost or changed in forms/: counted, and compared item by item."""

from fractions import Fraction
from typing import Any

import pytest

from imt_ecrf.study.counts import counts
from imt_ecrf.study.definition import Item, Range, Rule, TranslatedText
from imt_ecrf.study.loader import draft_book
from tests.forms.source_book import book, forms

VERSION = draft_book().version


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, Any]]:
    return book()


def _both(text: TranslatedText | None) -> dict[str, str]:
    return {"en": text.en, "ru": text.ru} if text else {}


def _limits(limits: Range | None) -> dict[str, list[Fraction]]:
    pairs = {"hard": limits.hard, "soft": limits.soft} if limits else {}
    return {key: [Fraction(one) for one in pair] for key, pair in pairs.items() if pair}


def _given(limits: dict[str, list[float]] | None) -> dict[str, list[Fraction]]:
    return {key: [Fraction(str(one)) for one in pair] for key, pair in (limits or {}).items()}


def _text(rule: Rule | None) -> str | None:
    return rule.text if rule else None


def test_everything_is_counted_alike(files: dict[str, dict[str, Any]]) -> None:
    groups = [group for form in forms(files) for group in form["item_groups"]]
    items = [item for group in groups for item in group["items"]]
    rows = [row for form in forms(files) for rows in form.get("row_sets", {}).values() for row in rows]
    checks = files["edit_checks"]["checks"]
    expected = {
        "events": len(files["schedule"]["events"]),
        "forms": len(forms(files)),
        "groups": len(groups),
        "items": len(items),
        "derived_items": sum(item["required"] == "derived" for item in items),
        "critical_items": len(files["sdv_plan"]["critical_items"]),
        "rows": len(rows),
        "codelists": len(files["codelists"]["codelists"]),
        "codelist_values": sum(len(one["items"]) for one in files["codelists"]["codelists"]),
        "units": len(files["units"]["units"]),
        "conditions": len(files["conditions"]["conditions"]),
        "methods": len(files["methods"]["methods"]),
        "checks": len(checks),
        "hard_checks": sum(check["level"] == "hard" for check in checks),
        "roles": len(files["roles"]["roles"]),
        "texts_without_russian": 0,
    }
    found = counts(VERSION)
    assert {key: found[key] for key in expected} == expected


def _item(item: Item) -> dict[str, Any]:
    return {
        "oid": item.oid,
        "question": _both(item.question),
        "data_type": item.data_type,
        "required": item.required,
        "length": item.length,
        "significant_digits": item.decimals,
        "codelist": item.codelist,
        "multi": item.multi,
        "units": list(item.units),
        "units_by_row": item.units_by_row,
        "range": _limits(item.range),
        "show_if": _text(item.show_if),
        "method": item.method,
        "missing_reasons": item.missing_reasons,
        "carry_forward": "read_only" if item.carry_forward else None,
        "ref_form": item.ref_form,
        "sdv": "critical" if item.critical else None,
        "cdash": item.cdash,
        "sdtm": item.sdtm,
    }


def _source_item(item: dict[str, Any]) -> dict[str, Any]:
    blank = dict.fromkeys(_item(VERSION.forms[0].items()[0]))
    return blank | item | {
        "multi": item.get("multi", False),
        "units": item.get("units", []),
        "units_by_row": item.get("units_by_row", False),
        "range": _given(item.get("range")),
    }  # fmt: skip


def test_every_item_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    found = {
        (form.oid, group.oid): [_item(item) for item in group.items]
        for form in VERSION.forms
        for group in form.groups
    }
    assert found == {
        (form["oid"], group["oid"]): [_source_item(item) for item in group["items"]]
        for form in forms(files)
        for group in form["item_groups"]
    }


def test_every_form_and_group_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    found = {
        form.oid: {
            "about": (_both(form.name), form.version, form.repeating, form.domain, form.sdtm_domains),
            "groups": [
                (one.oid, _both(one.name), one.repeating, one.row_set, one.max_rows, one.lbcat)
                for one in form.groups
            ],
        }
        for form in VERSION.forms
    }
    keys = ("name", "version", "repeating", "cdash_domain", "sdtm_domains")
    parts = ("oid", "name", "repeating", "row_set", "max_rows", "lbcat")
    assert found == {
        form["oid"]: {
            "about": tuple(form[key] for key in keys),
            "groups": [tuple(group.get(part) for part in parts) for group in form["item_groups"]],
        }
        for form in forms(files)
    }


def test_every_fixed_row_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    found = {
        group.row_set: [
            (row.key, sorted(row.prefilled.values()), row.required, row.decimals, list(row.units),
             _limits(row.range), list(row.ctcae))
            for row in group.rows
        ]
        for form in VERSION.forms for group in form.groups if group.row_set
    }  # fmt: skip
    assert found == {
        name: [_source_row(row) for row in rows]
        for form in forms(files)
        for name, rows in form.get("row_sets", {}).items()
    }


def _source_row(row: dict[str, Any]) -> tuple[Any, ...]:
    if "test" not in row:
        cells = [str(cell) for cell in row.values()]
        return cells[0], sorted(cells), None, None, [], {}, []
    return (row["test"], [row["test"]], row["required"], row["decimals"], row["units"] or [],
            _given(row["range"]), row["ctcae"])  # fmt: skip


def test_every_code_says_what_the_book_says(files: dict[str, dict[str, Any]]) -> None:
    found = {
        one.oid: (one.name, one.data_type, one.cdisc, [
            (code.value, code.text.en, code.text.ru, code.nci_code, code.sponsor_extension, code.seen_in)
            for code in one.items
        ])
        for one in VERSION.codelists
    }  # fmt: skip
    keys = ("value", "en", "ru", "nci_code", "sponsor_extension", "seen_in")
    assert found == {
        one["oid"]: (one["name"], one["data_type"], one.get("cdisc"), [
            tuple(code.get(key) for key in keys) for code in one["items"]
        ])
        for one in files["codelists"]["codelists"]
    }  # fmt: skip


def test_every_condition_has_its_name_and_rule(files: dict[str, dict[str, Any]]) -> None:
    items = [item for form in VERSION.forms for item in form.items() if item.show_if]
    assert {(item.condition, item.oid, _text(item.show_if)) for item in items} == {
        (one["oid"], one["item"], one["show_if"]) for one in files["conditions"]["conditions"]
    }
