"""Whether cases ever leave blank what stands under a `not`, where checks misfire; knows no check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.study.rules.rule import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.rules.rule import CompiledRule, Node
    from imt_ecrf.study.rules.run import Frame, Run


def unrefuted(rule: CompiledRule, runs: Iterable[Run]) -> list[str]:
    """Name the items under each `not` (and `not in`) of a rule that no run leaves blank."""
    negated = [operand for node in parts(rule.tree) for operand in _operand(node)]
    if not negated:
        return []
    cases = list(runs)
    found = []
    for operand in negated:
        nodes = [part for part in parts(operand) if _is_item(part, cases)]
        if nodes and not any(_is_blank(part, run) for run in cases for part in nodes):
            found.append(" or ".join(sorted({str(part.get("id") or part["v"]) for part in nodes})))
    return found


def _operand(node: Node) -> Iterator[Node]:
    if node["k"] == "not" or (node["k"] in {"in", "has"} and node.get("neg")):
        yield node["a"][0]


def _is_item(node: Node, cases: list[Run]) -> bool:
    """Tell whether a node names an item that can be blank: the key of a fixed row never is."""
    name = node.get("id") if node["k"] == "item" else node.get("v") if node["k"] == "name" else None
    for run in cases[:1]:
        item = run.dictionary.items.get(str(name))
        group = run.dictionary.groups.get(item.group or "") if item else None
        return item is not None and not (group is not None and group.fixed is not None and group.key == name)
    return False


def _is_blank(node: Node, run: Run) -> bool:
    name = str(node.get("id") or node["v"])
    frames = list(_frames(name, run))
    if node.get("scope") == "agg":
        return any(frame[name] is None for frame in frames)
    own = run.rows_frame if name in _columns(run) else run.form
    item = run.dictionary.items[name]
    if run.record is not None and run.record.form == item.form:
        return own[name] is None
    return all(frame[name] is None for frame in frames)


def _columns(run: Run) -> tuple[str, ...]:
    return run.dictionary.groups[run.row.group].items if run.row else ()


def _frames(name: str, run: Run) -> Iterator[Frame]:
    """Give the records, or rows, of the subject that could hold an item."""
    item = run.dictionary.items[name]
    for record in run.subject.valid_records(item.form):
        for row in run.rows(record, item.group) if item.group else (None,):
            yield run.frame(record, row)
