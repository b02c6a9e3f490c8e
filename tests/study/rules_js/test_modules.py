"""The ES modules of the evaluator: small, without eval, and refusing what they do not know."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from imt_ecrf.cli.browser_rules import MODULES, run_jobs

KILOBYTE = 1024
FILES = sorted(MODULES.glob("*.js"))
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in FILES}
CODE = {name: re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL) for name, text in TEXTS.items()}
NUMBER = {"k": "num", "v": "1", "t": "integer"}


def _rule(tree: dict[str, Any], version: int = 1) -> dict[str, Any]:
    return {"rules": version, "oid": "R", "rows": None, "tree": tree}


def _fault(rule: dict[str, Any], context: dict[str, Any] | None = None) -> str:
    came = run_jobs([{"rule": rule, "context": context or {"facts": {}, "items": {}}, "type": "integer"}])
    return str(came[0].get("fault"))


def test_nothing_is_ever_run_that_was_text_and_no_clock_is_read() -> None:
    forbidden = r"\beval\b|\bFunction\b|\bRegExp\b|\bimport\(|setTimeout|Date\.now|new Date\(\)|innerHTML"
    found = {name: re.findall(forbidden, code) for name, code in CODE.items()}
    assert found == {name: [] for name in CODE}


def test_patterns_are_walked_without_regular_expressions() -> None:
    assert re.search(r"\.(match|matchAll|search|replace|test|exec)\(", CODE["texts.js"]) is None


def test_the_modules_are_small() -> None:
    sizes = {name: len(text.encode()) for name, text in TEXTS.items()}
    assert max(sizes.values()) <= 10 * KILOBYTE, sizes
    sent = {name: len(gzip.compress(text.encode(), 9)) for name, text in TEXTS.items()}
    assert sum(sent.values()) <= 10 * KILOBYTE, sent


def test_modules_import_one_another_only() -> None:
    imported = {name for code in CODE.values() for name in re.findall(r'from "([^"]+)"', code)}
    assert imported <= {f"./{file.name}" for file in FILES}


def test_a_tree_of_another_version_is_refused() -> None:
    assert _fault(_rule(NUMBER, version=2)) == "Error: rule tree of version 2"


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"k": "lambda", "t": "integer"}, "unknown kind of node lambda"),
        ({"k": "constructor", "t": "integer"}, "unknown kind of node constructor"),
        ({"k": "call", "f": "fetch", "t": "integer", "a": []}, "unknown function fetch"),
        ({"k": "call", "f": "toString", "t": "integer", "a": []}, "unknown function toString"),
        (
            {"k": "agg", "f": "all_of", "rows": "G", "value": None, "where": None, "t": "integer"},
            "unknown function all_of",
        ),
        (
            {"k": "fact", "f": "today", "id": "today()", "t": "date", "a": []},
            "fact today() was not handed over",
        ),
    ],
)
def test_what_is_not_known_is_refused(tree: dict[str, Any], said: str) -> None:
    assert _fault(_rule(tree)) == f"Error: {said}"


def _over_rows(rows: int, parts: int) -> dict[str, Any]:
    """Count rows of a table by a condition of so many parts."""
    where: dict[str, Any] = {
        "k": "or",
        "t": "boolean",
        "a": [{"k": "bool", "v": True, "t": "boolean"}] * (parts - 1),
    }
    tree = {"k": "agg", "f": "count", "rows": "F_L", "value": None, "where": where, "t": "integer"}
    context = {"items": {}, "facts": {}, "tables": {"F_L": [{"values": {}, "line": 1}] * rows}}
    return run_jobs([{"rule": _rule(tree), "context": context, "type": "integer"}])[0]


@pytest.mark.parametrize(
    ("rows", "parts", "expected"),
    [
        (2000, 50, {"value": "2000", "type": "number"}),
        (2000, 51, {"error": "X01"}),
        (2001, 2, {"error": "X01"}),
    ],
)
def test_too_many_rows_or_steps_stop_a_rule(rows: int, parts: int, expected: dict[str, Any]) -> None:
    assert _over_rows(rows, parts) == expected
