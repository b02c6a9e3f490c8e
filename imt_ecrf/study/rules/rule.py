"""A compiled rule, as it stands in the published version (RULES 15); knows its tree, not how it is walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

VERSION: Final = 1

Node: TypeAlias = dict[str, Any]
Use: TypeAlias = Literal["check", "show_if", "derive", "where", "value"]
_PLAIN: Final = frozenset({"num", "text", "bool", "none", "datelit", "timelit", "name", "pattern"})


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """One rule ready to run: `at` is the item of the message, or the item that is shown or derived.

    `reads` lists items, and groups and forms whose rows are counted; `facts` the call texts of the facts a
    page must be given; `rows` the group the rule runs once a row of.
    """

    oid: str
    use: Use
    home: str
    rows: str | None
    at: str | None
    level: str | None
    reads: tuple[str, ...]
    facts: tuple[str, ...]
    side: Literal["client", "server"]
    tree: Node
    text: str = ""
    rules: int = VERSION

    def to_json(self) -> dict[str, Any]:
        """Give the rule as the plain JSON of RULES 15."""
        return {
            "rules": self.rules,
            "oid": self.oid,
            "use": self.use,
            "home": self.home,
            "rows": self.rows,
            "at": self.at,
            "level": self.level,
            "reads": list(self.reads),
            "facts": list(self.facts),
            "side": self.side,
            "text": self.text,
            "tree": self.tree,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CompiledRule:
        """Read a rule back; another version of the tree is refused."""
        if data.get("rules") != VERSION:
            raise ValueError(f"rule tree of version {data.get('rules')}, not {VERSION}")
        plain: dict[str, Any] = {key: data.get(key) for key in cls.__dataclass_fields__}
        plain |= {"reads": tuple(data["reads"]), "facts": tuple(data["facts"])}
        return cls(**plain)

    def __eq__(self, other: object) -> bool:
        """Compare as published."""
        return isinstance(other, CompiledRule) and self.to_json() == other.to_json()

    __hash__ = object.__hash__


def parts(tree: Node) -> list[Node]:
    """List a node and all below it, from the left."""
    found, todo = [], [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        todo.extend(reversed(below(node)))
    return found


def below(node: Node) -> list[Node]:
    """List the nodes directly below one."""
    if node["k"] == "agg":
        return [part for part in (node["value"], node["where"]) if part]
    return list(node.get("a", ()))


def is_written(node: Node) -> bool:
    """Tell whether a node is a constant."""
    return node["k"] in _PLAIN or (node["k"] == "neg" and is_written(node["a"][0]))
