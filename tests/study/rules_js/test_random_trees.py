"""Random typed trees on random records: Python and the browser's evaluator say the same."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.cli.browser_rules import run_jobs
from imt_ecrf.study.rules import Run
from imt_ecrf.study.rules.cases import answer
from imt_ecrf.study.rules.functions import AGGREGATES, FUNCTIONS
from imt_ecrf.study.rules.handover import handover
from imt_ecrf.study.rules.rule import parts
from tests.study.rules_js.facts import COMPUTED
from tests.study.rules_js.records import WORDS, random_run
from tests.study.rules_js.trees import Forest, seeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

Json = dict[str, Any]
TREES = int(os.environ.get("RANDOM_TREES", "50000"))
"""How many trees a seed gives, so that both give 100,000; `RANDOM_TREES` asks for another number."""
ON_ONE_RECORD = 25
AT_ONCE = 5000
LOOKING_ELSEWHERE = COMPUTED | {"prev_row", "base_row", "missing_rows_from", "extra_rows_vs"}
SEEN_OFTEN = 40
KNOWN_OFTEN = 12
FIXED_SEED = 20260310
FRESH_SEED = int(os.environ.get("RANDOM_SEED") or SystemRandom().randrange(10**9))
"""`RANDOM_SEED` makes the trees of a failure again."""


def batch(random: Random, count: int) -> tuple[list[Json], list[Json], list[Json]]:
    """Make jobs for the browser's evaluator, the contexts they share, and what Python says."""
    jobs: list[Json] = []
    contexts: list[Json] = []
    wanted: list[Json] = []
    while len(jobs) < count:
        base = random_run(random)
        assert base.record is not None
        forest = Forest(random, base.record.form)
        rules = [forest.rule() for _ in range(ON_ONE_RECORD)]
        for rule in rules:
            place = {"rule": rule.to_json(), "type": rule.tree["t"], "into": None, "context": len(contexts)}
            jobs.append(place)
            wanted.append(answer(rule, _again(base)))
        contexts.append(handover(rules, _again(base)))
    return jobs, contexts, wanted


def _again(run: Run) -> Run:
    """Give the same sight without what was read before, so that every rule reports for itself."""
    return Run(run.subject, WORDS, run.record, run.row, given=run.given)


def differences(seed: int, count: int) -> list[tuple[Any, Any, Any]]:
    """Compare both evaluators on so many trees and list tree, answer of Python, answer of JavaScript.

    While node runs one batch the next one is made.
    """
    random, found = seeded(seed), []
    with ThreadPoolExecutor(max_workers=1) as browser:
        running = []
        for start in range(0, count, AT_ONCE):
            jobs, contexts, wanted = batch(random, min(AT_ONCE, count - start))
            running.append((jobs, wanted, browser.submit(run_jobs, jobs, contexts=contexts)))
            found += [one for done in running[:-1] for one in _compared(*done)]
            del running[:-1]
        found += [one for done in running for one in _compared(*done)]
    return found


def _compared(jobs: list[Json], wanted: list[Json], came: Any) -> Iterator[tuple[Any, Any, Any]]:
    triples = zip(jobs, wanted, came.result(), strict=True)
    return ((job["rule"]["tree"], one, other) for job, one, other in triples if not _alike(job, one, other))


def _alike(job: Json, one: Json, other: Json) -> bool:
    """Compare two answers; only the side that works a fact out tells of what is unreadable there."""
    if one == other:
        return True
    asked = {node["f"] for node in parts(job["rule"]["tree"]) if node["k"] in {"fact", "call"}}
    if asked.isdisjoint(LOOKING_ELSEWHERE) or "X02" not in {one.get("reports"), other.get("reports")}:
        return False
    return {**one, "reports": ""} == {**other, "reports": ""}


@pytest.mark.req("R28")
@pytest.mark.parametrize("seed", [FIXED_SEED, FRESH_SEED], ids=["fixed seed", "fresh seed"])
def test_both_evaluators_say_the_same_of_random_trees(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    found = differences(seed, TREES)
    with capsys.disabled():
        print(f"\n{TREES} random trees of seed {seed}: {len(found)} differences")  # noqa: T201
    assert found[:3] == [], f"seed {seed}: {len(found)} of {TREES} trees; RANDOM_SEED={seed} makes them again"


KINDS = (
    "num text bool none datelit timelit pattern name item and or not neg if arith cmp in has agg call fact"
)
SIGNS = {
    *(("arith", sign) for sign in "+-*/%"),
    *(("cmp", sign) for sign in ("==", "!=", "<", "<=", ">", ">=")),
    *((kind, negated) for kind in ("in", "has") for negated in (False, True)),
}


def test_random_trees_reach_all_kinds_of_nodes_all_signs_and_all_functions_and_say_more_than_unknown() -> (
    None
):
    jobs, _, wanted = batch(seeded(FIXED_SEED), 40_000)
    seen: Counter[Any] = Counter()
    known: Counter[str] = Counter()
    for job, came in zip(jobs, wanted, strict=True):
        nodes = parts(job["rule"]["tree"])
        seen.update(_marks(nodes))
        known.update({node["f"] for node in nodes if "f" in node} if "value" in came else ())
    expected = {*KINDS.split(), *SIGNS, *FUNCTIONS, *AGGREGATES}
    assert {mark: seen[mark] for mark in expected if seen[mark] < SEEN_OFTEN} == {}
    functions = {*FUNCTIONS, *AGGREGATES}
    assert {name: known[name] for name in functions if known[name] < KNOWN_OFTEN} == {}
    assert sum("value" in one for one in wanted) > len(wanted) / 3


def _marks(nodes: list[Json]) -> Iterator[Any]:
    for node in nodes:
        yield node["k"]
        if "f" in node:
            yield node["f"]
        if "op" in node or "neg" in node:
            yield node["k"], node.get("op", node.get("neg"))
