"""Runs a file of vectors and counts what comes out otherwise; knows which kind of vector goes where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from imt_ecrf.study.vectors import body, days, laboratory, recist
from imt_ecrf.study.vectors.bench import Bench, NotSupported, expected, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from imt_ecrf.study.book import Book

    Kind = Callable[[Mapping[str, Any], Bench], Iterable[tuple[str, Any, Any]]]

_FACTS: Final = {"consent": "consent_date()", "first_dose": "first_dose()", "today": "today()"}
_CHECK: Final = re.compile(r"C\d+")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A vector that came out otherwise, or that this version cannot answer."""

    vector: str
    what: str
    expected: str = ""
    came: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How a file of vectors went."""

    vectors: int
    wrong: tuple[Wrong, ...]
    unsupported: tuple[Wrong, ...]


def run(path: Path, book: Book) -> Counts:
    """Run every vector of a file against a version; a vector with one wrong answer is wrong."""
    data = _read(path)
    bench = Bench(book, data.get("settings"))
    wrong: list[Wrong] = []
    unsupported: list[Wrong] = []
    for place, vector in enumerate(data["vectors"], 1):
        name = f"{vector.get('id') or f'vector {place}'} {vector.get('method', '')}".strip()
        try:
            wrong.extend(_differences(name, vector, bench))
        except (NotSupported, ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as problem:
            unsupported.append(Wrong(name, f"{type(problem).__name__}: {problem}"))
    return Counts(len(data["vectors"]), tuple(wrong), tuple(unsupported))


def _read(path: Path) -> dict[str, Any]:
    """Read a file of vectors; ValueError when it is none."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from problem
    vectors = data.get("vectors") if isinstance(data, dict) else None
    if not isinstance(vectors, list) or not all(isinstance(one, dict) and "method" in one for one in vectors):
        raise ValueError("vectors: a list is needed, each with its method")
    found: dict[str, Any] = data
    return found


def _differences(name: str, vector: Mapping[str, Any], bench: Bench) -> Iterator[Wrong]:
    """Name the first answer that differs."""
    answers = list(_kind(str(vector["method"]))(vector, bench))
    if not answers:
        raise NotSupported("the vector expects nothing that can be compared")
    found = [Wrong(name, what, str(wanted), str(came)) for what, wanted, came in answers if wanted != came]
    yield from found[:1]


def _kind(method: str) -> Kind:
    found = next((kind for start, kind in _KINDS if method.startswith(start)), None)
    return found or (_check if _CHECK.fullmatch(method) else _method)


def _check(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Ask an edit check with answers by item; `consent` and calls such as `today()` are facts."""
    given, facts = _inputs(vector, bench)
    yield "fires", expected(vector)["fires"], bench.fires(vector["method"], given, facts)


def _method(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Ask any other derivation that is an expression, on answers by item."""
    if not bench.has(vector["method"]):
        raise NotSupported(f"no kind of vector {vector['method']}")
    given, facts = _inputs(vector, bench)
    came = bench.stored(vector["method"], given, facts)
    yield "value", stored(expected(vector)["value"]), stored(came)


def _inputs(vector: Mapping[str, Any], bench: Bench) -> tuple[dict[str, Any], dict[str, Any]]:
    given, facts = {}, {}
    for name, value in vector["inputs"].items():
        if name in bench.book.places:
            given[name] = value
        elif name in _FACTS or "(" in name:
            facts[_FACTS.get(name, name)] = value
        else:
            raise NotSupported(f"there is no item {name}")
    return given, facts


_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("M_BSA", body.surface_and_doses),
    ("M_RR", body.intervals),
    ("M_QTC", body.intervals),
    ("M_CACORR", laboratory.calcium),
    ("M_EGFR", laboratory.filtration),
    ("M_HYSLAW", laboratory.signal),
    ("M_LBTOXGR", laboratory.grades),
    ("M_TRGRESP series", recist.series),
    ("M_TRGRESP", recist.target),
    ("M_BOR", recist.best),
    ("RECIST history", recist.history),
    ("M_AGEAT", days.age),
    ("completed years", days.years),
    ("partial_lo", days.ends),
    ("partial date", days.readable),
    ("M_STUDYDAY", days.study_day),
    ("visit window", days.visit_window),
)
"""Beginning of a vector's method to what answers it: (vector, bench) gives (what, expected, came)."""
