"""The rules of the study in forms/: all compile, and each check does as its cases say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.study import loader
from imt_ecrf.study.rules import CompiledRule, facts
from imt_ecrf.study.rules.environment import StudyRules, study_rules
from imt_ecrf.study.rules.functions import FACT, FUNCTIONS
from imt_ecrf.study.rules.worked import wrong_cases

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book


@pytest.fixture(scope="module")
def book() -> Book:
    return loader.draft_book()


@pytest.fixture(scope="module")
def rules(book: Book) -> StudyRules:
    return study_rules(book.version)


def test_every_rule_of_the_study_compiles_and_none_runs_in_a_circle(rules: StudyRules) -> None:
    assert rules.problems == ()
    assert len(rules.rules) > 400


def test_every_check_fires_where_its_worked_cases_say(book: Book, rules: StudyRules) -> None:
    assert list(wrong_cases(book.version.checks, rules, book)) == []


def test_every_check_has_a_case_that_fires_and_one_that_does_not(book: Book) -> None:
    one_sided = [
        check.oid for check in book.version.checks if {case["fires"] for case in check.cases} != {True, False}
    ]
    assert one_sided == []


def test_every_fact_function_of_the_language_has_a_python_function() -> None:
    assert facts.missing() == ()
    named = {name for name, function in FUNCTIONS.items() if function.side == FACT}
    assert named - facts.MODULE_OF.keys() == set()


def test_the_functions_read_items_that_the_study_has(rules: StudyRules) -> None:
    read = {item for function in FUNCTIONS.values() for item in function.reads}
    assert read - rules.dictionary.items.keys() == set()


def test_the_trees_of_the_published_version_are_those_of_the_texts(book: Book, rules: StudyRules) -> None:
    trees = {check.oid: CompiledRule.from_json(check.rule.compiled) for check in book.version.checks}
    assert trees == {rule.oid: rule for rule in rules.rules if rule.use == "check"}
