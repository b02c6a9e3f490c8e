"""The figures a check fired on, as text: each thing its rule names and what that was; knows no check."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.rules.evaluate import compile_tree
from imt_ecrf.study.rules.functions import BOTH, FUNCTIONS
from imt_ecrf.study.rules.rule import below, is_written
from imt_ecrf.study.values import Date, DateTime, exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.rules.rule import Node
    from imt_ecrf.study.rules.run import Run

WHOLE: Final = frozenset({"age_at", "any_text"})
"""Computed from what a page need not repeat: only the result is a figure."""
UNSAID: Final = "any_text()"
"""What may identify a child is told apart, not repeated."""
LONGEST: Final = 400


def named_values(tree: Node, run: Run) -> list[tuple[Node, Any]]:
    """List what a rule named, each thing once, and what it was: an answer as its cell, else the value."""
    found: dict[str, tuple[Node, Any]] = {}
    for node in _named(tree):
        try:
            found[written(node)] = node, _value(node, run)
        except Exception:  # noqa: BLE001 - a figure that cannot be told must not cost the save
            found[written(node)] = node, "?"
    return list(found.values())


def as_rules_write(found: Iterable[tuple[Node, Any]]) -> str:
    """Write figures as a rule does, such as `VS_WEIGHT = 14.2; prev('VS_WEIGHT') = 20`.

    Confirmations and closings are compared by this text.
    """
    pairs = ((written(node), value) for node, value in found)
    text = "; ".join(
        f"{name} = {_mark(str(value)) if name == UNSAID else _said(value)}" for name, value in pairs
    )
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def written(node: Node) -> str:
    """Write a node as it stands in the rule."""
    kind = node["k"]
    if kind == "item":
        return str(node["id"])
    if kind == "fact" and node.get("id"):
        return str(node["id"])
    if kind == "agg":
        return f"{node['f']}('{node['rows']}')"
    if kind == "name":
        return f"'{node['v']}'"
    if kind in {"call", "fact"}:
        return f"{node['f']}({', '.join(map(written, node['a']))})"
    return str(node["v"]) if "v" in node else "…"


def _named(node: Node) -> Iterator[Node]:
    kind = node["k"]
    if kind in {"item", "agg"} or (kind in {"call", "fact"} and (node["f"] in WHOLE or _looks_further(node))):
        yield node
    else:
        for part in below(node):
            yield from _named(part)


def _looks_further(node: Node) -> bool:
    function = FUNCTIONS.get(node["f"])
    if function is None or function.side == BOTH:
        return False
    return not (node["a"] and not all(map(is_written, node["a"])) and function.name.startswith("looks_"))


def _value(node: Node, run: Run) -> Any:
    if node["k"] == "item" and node["scope"] in {"form", "row"} and run.record is not None:
        row = run.row if node["scope"] == "row" else None
        cell = run.record.cell(row.path(node["id"]) if row else node["id"])
        if "v" in cell:
            return cell
    return compile_tree(node)(run)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Date | DateTime):
        return value.text
    if isinstance(value, Mapping):
        return f"{value['v']} {value['u']}" if "u" in value else _said(value["v"])
    if isinstance(value, tuple | list):
        return ", ".join(map(_said, value))
    return value if isinstance(value, str) else exact(value)
