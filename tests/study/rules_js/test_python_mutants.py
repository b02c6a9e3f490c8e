"""Small mistakes put into a copy of the Python evaluator: cases and random trees find every one."""

from __future__ import annotations

import importlib
import itertools
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf import study
from tests.study.rules_js.more import CASES
from tests.study.rules_js.test_random_trees import FIXED_SEED, batch
from tests.study.rules_js.trees import seeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

STUDY = Path(study.__file__).parent
HERE = Path(__file__).parent
TREES = 3000
NUMBERS = itertools.count(1)
MUTANTS = [
    ("values.py", "(2 * over + under)", "(2 * over)"),
    ("values.py", "return -whole if value < 0 else whole", "return whole"),
    ("values.py", "LAST_YEAR: Final = 2199", "LAST_YEAR: Final = 2999"),
    ("values.py", "\\u205f\\u3000\\ufeff", "\\u205f\\u3000"),
    ("values.py", 'unicodedata.normalize("NFC", text)', "text"),
    ("values.py", "day.hi * DAY_MINUTES + DAY_MINUTES - 1", "day.hi * DAY_MINUTES"),
    ("rules/arithmetic.py", "_CUT: Final = 10**12", "_CUT: Final = 10**11"),
    ("rules/arithmetic.py", "TOO_BIG: Final = 10**199", "TOO_BIG: Final = 10**299"),
    ("rules/arithmetic.py", "bounded(a % b)", "bounded(a - b * int(a / b))"),
    ("rules/dates.py", "False if a.lo >= b.hi else None", "False if a.lo > b.hi else None"),
    ("rules/dates.py", "a.lo == a.hi == b.lo == b.hi", "(a.lo, a.hi) == (b.lo, b.hi)"),
    ("rules/dates.py", "return least if least == most else None", "return least"),
    ("rules/dates.py", "b.lo - a.lo if a.full and b.full else None", "b.lo - a.lo"),
    ("rules/words.py", "del table[0xD7]", ""),
    ("rules/words.py", "_WORD: Final = ((0x30, 0x39), ", "_WORD: Final = ("),
    ("rules/patterns.py", "if inside != negated", "if inside"),
    ("rules/evaluate.py", "            if value is None:\n                found = None", ""),
    ("rules/evaluate.py", "None if found is None else yes(run)", "yes(run)"),
    ("rules/evaluate.py", "return None if value is None else not value", "return not value"),
    ("rules/evaluate.py", '_negated(inside, negated=node["neg"])', "inside"),
    ("rules/evaluate.py", "run.spend(len(frames) * size)", ""),
    ("rules/evaluate_calls.py", "if value is not None:\n                return value", "return value"),
    ("rules/evaluate_calls.py", '== "Y" for walk in walks) is wanted', '== "Y" for walk in walks)'),
    (
        "rules/aggregates.py",
        "if one is None:\n            return None\n",
        "if one is None:\n            continue\n",
    ),
    ("rules/aggregates.py", "        if one is None:\n            found = None\n", ""),
    ("rules/aggregates.py", "tuple(reversed(frames))", "frames"),
    ("rules/row_functions.py", ".hi < hi and lo < ", ".hi <= hi and lo <= "),
    ("rules/row_functions.py", "begins.lo - latest - 1", "begins.lo - latest"),
    ("rules/row_functions.py", "not in {None, OTHER}", "is not None"),
    ("rules/row_functions.py", 'value, cell.get("u"))', "value, None)"),
    ("rules/run.py", 'return MISSING if "m" in record.cell(path) else BLANK', "return BLANK"),
    ("rules/run.py", 'item.section in hidden or "@form" in hidden', '"@form" in hidden'),
    ("rules/run.py", "value * factor + offset", "value * factor"),
    ("rules/forms.py", "self.cells.pop(path, None)", "pass"),
    ("records.py", "if struck or not gone", "if True"),
    ("references.py", "if place < here", "if place <= here"),
]
"""Module of `study/`, what stands there, what is put in its place."""


@cache
def _answers() -> list[dict[str, Any]]:
    return batch(seeded(FIXED_SEED), TREES)[2]


def _copied(source: Path, target: Path, names: dict[str, str]) -> None:
    for file in source.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for old, new in names.items():
            text = text.replace(old, new)
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Path]:
    """Copy `study` and the random trees under another name; forget the copy afterwards."""
    name = f"mutant{next(NUMBERS)}"
    folder = tmp_path / name
    names = {"imt_ecrf.study": f"{name}.study", "tests.study.rules_js": f"{name}.trees"}
    _copied(STUDY, folder / "study", names)
    _copied(HERE, folder / "trees", names)
    sys.path.insert(0, str(tmp_path))
    yield folder
    sys.path.remove(str(tmp_path))
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


def _module(world: Path, name: str) -> ModuleType:
    return importlib.import_module(f"{world.name}.{name}")


def _outcome(act: Any, case: dict[str, Any]) -> Any:
    try:
        return act(case)
    except Exception as problem:  # noqa: BLE001 - a mutant that breaks down is caught too
        return repr(problem)


def _is_caught(world: Path) -> bool:
    outcome = _module(world, "study.rules.cases").outcome
    if any(_outcome(outcome, case) != case["expect"] for case in CASES):
        return True
    try:
        found: Any = _module(world, "trees.test_random_trees").batch(seeded(FIXED_SEED), TREES)[2]
    except Exception:  # noqa: BLE001
        return True
    return bool(found != _answers())


def test_an_unchanged_copy_is_not_caught(world: Path) -> None:
    assert not _is_caught(world)


@pytest.mark.parametrize(("file", "old", "new"), MUTANTS, ids=[f"{one[0]} {one[1][:40]}" for one in MUTANTS])
def test_a_small_mistake_in_the_python_evaluator_is_caught(
    file: str, old: str, new: str, world: Path
) -> None:
    place = world / "study" / file
    text = place.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    place.write_text(text.replace(old, new), encoding="utf-8")
    assert _is_caught(world)
