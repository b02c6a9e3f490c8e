"""Random typed trees on random records: Python and the browser's evaluator say the same."""

from __future__ import annotations

import os
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.cli.browser_rules import run_jobs
from imt_ecrf.study.rules import Run
from imt_ecrf.study.rules.cases import answer
from imt_ecrf.study.rules.handover import handover
from tests.study.rules_js.records import WORDS, random_run
from tests.study.rules_js.trees import Forest, seeded

if TYPE_CHECKING:
    from random import Random

Json = dict[str, Any]
TREES = int(os.environ.get("RANDOM_TREES", "2000"))
"""How many trees a seed gives: `RANDOM_TREES=50000` compares 100,000 with both seeds."""
ON_ONE_RECORD = 25
AT_ONCE = 5000
FIXED_SEED, FRESH_SEED = 20260310, SystemRandom().randrange(10**9)


def batch(random: Random, count: int) -> tuple[list[Json], list[Json], list[Json]]:
    """Make jobs for the browser's evaluator, the contexts they share, and what Python says."""
    jobs: list[Json] = []
    contexts: list[Json] = []
    wanted: list[Json] = []
    while len(jobs) < count:
        base, forest = random_run(random), Forest(random)
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
    """Compare both evaluators on so many trees and list tree, answer of Python, answer of JavaScript."""
    random, found = seeded(seed), []
    for start in range(0, count, AT_ONCE):
        jobs, contexts, wanted = batch(random, min(AT_ONCE, count - start))
        came = run_jobs(jobs, contexts=contexts)
        triples = zip(jobs, wanted, came, strict=True)
        found += [(job["rule"]["tree"], one, other) for job, one, other in triples if one != other]
    return found


@pytest.mark.req("R28")
@pytest.mark.parametrize("seed", [FIXED_SEED, FRESH_SEED], ids=["fixed seed", "fresh seed"])
def test_both_evaluators_say_the_same_of_random_trees(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    found = differences(seed, TREES)
    with capsys.disabled():
        print(f"\n{TREES} random trees of seed {seed}: {len(found)} differences")  # noqa: T201
    assert found[:3] == []


def test_random_trees_reach_every_kind_of_node_and_say_more_than_unknown() -> None:
    jobs, _, wanted = batch(seeded(FIXED_SEED), 4000)
    seen: set[str] = set()
    for job in jobs:
        _collect(job["rule"]["tree"], seen)
    kinds = {
        "num", "text", "bool", "none", "datelit", "timelit", "pattern", "name", "item",
        "and", "or", "not", "neg", "if", "arith", "cmp", "in", "has", "agg", "call", "fact",
    }  # fmt: skip
    assert kinds <= seen
    known = sum("value" in one for one in wanted)
    assert known > len(wanted) / 3


def _collect(node: dict[str, Any], seen: set[str]) -> None:
    seen.add(node["k"])
    for part in [*node.get("a", ()), node.get("value"), node.get("where")]:
        if isinstance(part, dict):
            _collect(part, seen)
