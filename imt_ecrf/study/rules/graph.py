"""The order of derivations and skip conditions, and who reads what (R01-R03); knows no value."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from imt_ecrf.study.rules.errors import RuleError, error
from imt_ecrf.study.rules.publish import reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.rule import CompiledRule

Kind: TypeAlias = Literal["visible", "value"]
Node: TypeAlias = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule in its turn: whether `target` (item or group) is shown, or what its value is."""

    kind: Kind
    target: str
    rule: CompiledRule


@dataclass(frozen=True)
class Order:
    """All derivations and skip conditions in the order of need; `readers`: name to the rules that read it."""

    steps: tuple[Step, ...] = ()
    readers: Mapping[str, tuple[CompiledRule, ...]] = field(default_factory=dict)
    errors: tuple[RuleError, ...] = ()

    def of_form(self, form: str, dictionary: Dictionary) -> tuple[Step, ...]:
        """List the steps whose target stands in a form, in order."""
        return tuple(step for step in self.steps if _form(step.target, dictionary) == form)

    def reached(self, changed: Iterable[str]) -> tuple[CompiledRule, ...]:
        """List the rules that a change of items reaches, through derivations and conditions, in order."""
        todo, found = list(changed), dict[int, "CompiledRule"]()
        while todo:
            for rule in self.readers.get(todo.pop(), ()):
                if id(rule) not in found:
                    found[id(rule)] = rule
                    todo.extend([rule.at] if rule.at and rule.use in {"derive", "show_if"} else [])
        steps = [step.rule for step in self.steps if id(step.rule) in found]
        return (*steps, *(rule for rule in found.values() if rule.use not in {"derive", "show_if"}))


def order(rules: Iterable[CompiledRule], dictionary: Dictionary) -> Order:
    """Sort the rules of a whole study; circles and items derived twice are refused."""
    rules = tuple(rules)
    steps: dict[Node, Step] = {}
    errors: list[RuleError] = []
    for rule in rules:
        if rule.use not in {"derive", "show_if"} or rule.at is None:
            continue
        node: Node = ("value" if rule.use == "derive" else "visible", rule.at)
        wrong = _twice(rule, steps.get(node), dictionary)
        if wrong:
            errors.append(wrong)
        steps[node] = Step(node[0], rule.at, rule)
    needs = {node: _needs(step, steps, dictionary) for node, step in steps.items()}
    sorted_, left = _sorted(needs, dictionary)
    errors.extend(_circles(left, needs))
    return Order(tuple(steps[node] for node in sorted_), _readers(rules), tuple(errors))


def _form(target: str, dictionary: Dictionary) -> str | None:
    owner = dictionary.items.get(target) or dictionary.groups.get(target)
    return owner.form if owner else dictionary.sections.get(target)


def _twice(rule: CompiledRule, other: Step | None, dictionary: Dictionary) -> RuleError | None:
    if rule.use != "derive" or rule.at is None:
        return None
    if other is not None:
        return error("R02", name=rule.at, other=f"derived by {other.rule.oid}")
    item = dictionary.items.get(rule.at)
    return None if item is None or item.derived else error("R02", name=rule.at, other="entered")


def _needs(step: Step, steps: Mapping[Node, Step], dictionary: Dictionary) -> set[Node]:
    """Find the steps a step waits for; a hidden item gives no value and is not derived."""
    found: set[Node] = set()
    for name in reads(step.rule.tree, dictionary, looking_back=False):
        found.update(_about(name, steps, dictionary))
    if step.kind == "value":
        found.update(node for node in _about(step.target, steps, dictionary) if node[0] == "visible")
    return found


def _about(name: str, steps: Mapping[Node, Step], dictionary: Dictionary) -> Iterator[Node]:
    item = dictionary.items.get(name)
    nodes: list[Node] = [("value", name), ("visible", name)]
    if item is not None:
        nodes.append(("visible", item.section))
    yield from (node for node in nodes if node in steps)


def _sorted(needs: Mapping[Node, set[Node]], dictionary: Dictionary) -> tuple[list[Node], set[Node]]:
    """Sort by need, ties in form order; what waits in circles is left over."""
    ranks = {name: rank for rank, name in enumerate((*dictionary.sections, *dictionary.items))}
    waiting = {node: len(need) for node, need in needs.items()}
    followers: dict[Node, list[Node]] = defaultdict(list)
    for node, need in needs.items():
        for one in need:
            followers[one].append(node)
    ready = [(ranks.get(node[1], 0), node) for node, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    found: list[Node] = []
    while ready:
        _, node = heapq.heappop(ready)
        found.append(node)
        for follower in followers[node]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, (ranks.get(follower[1], 0), follower))
    return found, set(needs) - set(found)


def _circles(left: set[Node], needs: Mapping[Node, set[Node]]) -> Iterator[RuleError]:
    """Name each circle once."""
    left = set(left)
    while left:
        path: list[Node] = []
        node: Node | None = min(left)
        while node is not None and node not in path:
            path.append(node)
            node = min((one for one in needs[node] if one in left), default=None)
        if node is not None:
            circle = path[path.index(node) :]
            code = "R03" if any(kind == "visible" for kind, _ in circle) else "R01"
            yield error(code, circle=" → ".join(name for _, name in [*circle, node]))
        left -= set(path)


def _readers(rules: Iterable[CompiledRule]) -> dict[str, tuple[CompiledRule, ...]]:
    found: dict[str, list[CompiledRule]] = defaultdict(list)
    for rule in rules:
        for name in rule.reads:
            found[name].append(rule)
    return {name: tuple(readers) for name, readers in found.items()}
