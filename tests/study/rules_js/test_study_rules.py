"""Worked cases of the checks and conformance cases through the browser's evaluator, and its mutants."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from imt_ecrf.cli.browser_rules import MODULES, run_jobs
from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.onpage import plain
from imt_ecrf.study.rules import cases
from imt_ecrf.study.rules.cases import browser_outcome, job_of
from imt_ecrf.study.rules.environment import study_rules
from imt_ecrf.study.rules.handover import handover
from imt_ecrf.study.rules.worked import run_of
from tests.study.rules_js.more import CASES, FILES, MORE
from tests.study.rules_js.test_random_trees import batch
from tests.study.rules_js.trees import seeded

MUTANTS = [
    ("numbers.js", "(2n * size(a.n) * scale + a.d)", "(2n * size(a.n) * scale)"),
    ("numbers.js", "(a.n % a.d < 0n ? 1n : 0n)", "0n"),
    ("numbers.js", "CUT = 10n ** 12n", "CUT = 10n ** 11n"),
    ("numbers.js", "BIG = 10n ** 199n", "BIG = 10n ** 299n"),
    ("dates.js", "a.lo >= b.hi ? false", "a.lo > b.hi ? false"),
    ("dates.js", "- (dd < d)", ""),
    ("dates.js", "isFull(a) && isFull(b) ? true : null", "alike(a, b) ? true : null"),
    ("dates.js", "found[1] > 2199", "found[1] > 2999"),
    ("texts.js", "[[48, 57], ", "["),
    ("texts.js", "code !== 0xf7 && ", ""),
    ("texts.js", "+(within(code, spans) !== negated)", "+within(code, spans)"),
    ("texts.js", "found.charCodeAt(j)", "0"),
    ("texts.js", "? 80 :", "? 32 :"),
    ("records.js", "if (codes && texts.some((text) => !codes.includes(text))) return BAD;", ""),
    ("records.js", 'this.hides(frame, oid)) return "hidden"', 'false) return "hidden"'),
    ("records.js", 'path[2] === "@struck"', "false"),
    ("functions.js", "one === null) return null;", "one === null) continue;"),
    ("functions.js", "u = null } = cell(frame, oid)", "u = 0 } = { v: cell(frame, oid).v }"),
    ("functions.js", "< last && begin(here).hi < until(row)", "<= last && begin(here).hi <= until(row)"),
    ("evaluate.js", "if (value === null) found = null;", ""),
    ("evaluate.js", "found === null ? null : walk(found ? yes : no, sight)", "walk(found ? yes : no, sight)"),
    ("evaluate.js", "codes.includes(code) !== neg", "codes.includes(code)"),
    (
        "evaluate.js",
        "if (value !== null) return value;\n    }\n    return null;",
        "return value;\n    }\n    return null;",
    ),
    ("evaluate.js", "if (run(rule, row) !== true) hidden", "if (run(rule, row) === false) hidden"),
    ("evaluate.js", "delete values[path];", ""),
]
"""Small mistakes in the evaluator: module, what stands there, what is put in its place."""


@cache
def _work() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    found = [(case, job) for case in CASES if (job := job_of(case))]
    return [case for case, _ in found], [job for _, job in found]


def _wrong(modules: Path) -> list[str]:
    known, jobs = _work()
    came = run_jobs(jobs, modules)
    pairs = zip(known, came, strict=True)
    return [case["id"] for case, answer in pairs if _outcome(case, answer) != case["expect"]]


def test_python_gives_the_cases_of_this_room_the_same_answers() -> None:
    assert [cases.outcome(case) for case in MORE] == [case["expect"] for case in MORE]


def _outcome(case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return browser_outcome(case, answer)


def test_every_conformance_case_that_a_browser_can_run_comes_out_as_expected() -> None:
    known = {case["id"] for case in _work()[0]}
    counts = {name: len(known & {case["id"] for case in found}) for name, found in FILES.items()}
    assert counts == {"rule": 425, "worked": 760}
    assert _wrong(MODULES) == []


def test_only_expected_errors_of_publication_are_left_to_python() -> None:
    left = [case["expect"].get("error", "none")[0] for case in CASES if job_of(case) is None]
    assert set(left) <= {"S", "T", "R"}


def test_every_worked_case_of_the_checks_fires_in_the_browser_where_its_author_says() -> None:
    """As published, and as a page is given them: without the types that only publication looks at."""
    book = draft_book()
    rules = study_rules(book.version)
    compiled = {rule.oid: rule for rule in rules.rules if rule.use == "check"}
    jobs, wanted = [], []
    for check in book.version.checks:
        for number, case in enumerate(check.cases, start=1):
            rule = compiled[check.oid]
            context = handover([rule], run_of(rule, case, rules.dictionary, book))
            jobs.append({"rule": rule.to_json(), "context": context, "type": "boolean"})
            jobs.append({"rule": plain(rule), "context": context, "type": "boolean"})
            wanted += [(check.oid, number, case["fires"])] * 2
    came = [answer.get("value") is True for answer in run_jobs(jobs)]
    assert [one for one, fires in zip(wanted, came, strict=True) if one[2] is not fires] == []


def _mutant(folder: Path, file: str, old: str, new: str) -> Path:
    modules = Path(shutil.copytree(MODULES, folder / "rules"))
    text = (modules / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (modules / file).write_text(text.replace(old, new), encoding="utf-8")
    return modules


@pytest.mark.parametrize(("file", "old", "new"), MUTANTS, ids=[f"{one[0]} {one[1][:40]}" for one in MUTANTS])
def test_a_small_mistake_in_the_evaluator_is_caught(file: str, old: str, new: str, tmp_path: Path) -> None:
    modules = _mutant(tmp_path, file, old, new)
    caught = _wrong(modules) or _tree_that_differs(modules)
    assert caught


def _tree_that_differs(modules: Path) -> bool:
    jobs, contexts, wanted = batch(seeded(20260310), 3000)
    return run_jobs(jobs, modules, contexts) != wanted
