"""Calls of every F function for random trees: written as publication writes them, with values to be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.rules.functions import FACT, FUNCTIONS

if TYPE_CHECKING:
    from random import Random

Node = dict[str, Any]

_COMPUTED = """at at_rows prev prev_in_schedule base ever ever_before latest last_done last_done_before
    min_date max_date event cycle in_event any_data_in_event any_date_in_event"""
COMPUTED = frozenset(_COMPUTED.split())
"""These need nothing but the records, so Python works them out in every second record."""
ABOUT_SEARCHED = frozenset({"overlaps_treatment", "changed_since_last_visit", "covers_lab_term"})
"""Inside an aggregate these speak of the record it is at: of another form than the home's."""
TEXTS = {
    "status": ["ENROLLED"],
    "event": ["SE_B"],
    "any_text": ["Сыпь 😀", "rash"],
    "lookup": ["Paracetamol", "Парацетамол"],
}
VALUES: dict[str, list[Any]] = {
    "decimal": ["12.5", "-3", "0.0", "1/3", "40", None],
    "integer": ["0", "3", "-1", None],
    "boolean": [True, False, None],
    "date": ["2026-03-10", "2026-02", "2026-02-01", None],
    "code:CL": ["Y", "N", None],
    "text": ["rash", None],
}
_WRITTEN = {"item": "N1", "dateitem": "D1", "rows": "G", "event": "SE_A", "form": "F_O", "test": "ALT"}
_NAMED = {"named": "decimal", "setting": "decimal"}
_ITEM_OF_CODE = frozenset({"ever", "ever_before"})


@dataclass(frozen=True)
class Call:
    """One call of an F function: its name, its type, its arguments and its text."""

    name: str
    type: str
    arguments: tuple[Node, ...]

    @property
    def text(self) -> str:
        """Give the text that names the fact."""
        return f"{self.name}({', '.join(map(_text, self.arguments))})"

    @property
    def node(self) -> Node:
        """Give the part of a tree."""
        return {"k": "fact", "f": self.name, "t": self.type, "a": list(self.arguments), "id": self.text}


def _text(argument: Node) -> str:
    return (
        f"'{argument['v']}'"
        if argument["k"] in {"name", "text"}
        else str(argument.get("id", argument.get("v")))
    )


def _item(oid: str, type_: str) -> Node:
    return {"k": "item", "id": oid, "scope": "form", "t": type_}


_BARE = {
    "date": _item("D2", "date"),
    "text": _item("T1", "text"),
    "code": _item("C1", "code:CL"),
    "number": _item("N2", "decimal"),
    "value": {"k": "text", "v": "Y", "t": "text"},
    "integer": {"k": "num", "v": "30", "t": "integer"},
}


def _argument(name: str, kind: str) -> Node:
    if kind in _BARE:
        return _BARE[kind]
    written = "C1" if name in _ITEM_OF_CODE else _WRITTEN.get(kind.strip("'"), "x")
    return {"k": "name", "v": written, "t": "text"}


def _call(name: str) -> Call:
    function = FUNCTIONS[name]
    result = "code:CL" if function.result.startswith("as:") else _NAMED.get(function.result, function.result)
    kinds = [function.kind(place) for place in range(len(function.arguments))]
    return Call(name, result, tuple(_argument(name, kind) for kind in kinds))


CALLS = tuple(_call(name) for name, function in FUNCTIONS.items() if function.side == FACT)
ANCHORS = [
    {"birth": "2010-02-28"},
    {"birth": "2012-02-29"},
    {"consent": "2024-02-29", "years": "3", "months": "41"},
    {"consent": "2025-08-31", "years": "15"},
    {},
]


def given(random: Random) -> dict[str, Any]:
    """Choose a value for each call, or leave those out that Python can work out from the records."""
    left = COMPUTED if random.randint(0, 1) else frozenset()
    found = {
        call.text: random.choice(TEXTS.get(call.name, VALUES[call.type]))
        for call in CALLS
        if call.name not in left
    }
    return {**found, "age_anchor": random.choice(ANCHORS)}
