"""From a rule text to a compiled rule: parse, check, say what it reads and where it can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules.calls import call
from imt_ecrf.study.rules.check import AUTO, Checker, fits
from imt_ecrf.study.rules.errors import RuleError
from imt_ecrf.study.rules.functions import FUNCTIONS, LOOKING_BACK, SERVER_ONLY
from imt_ecrf.study.rules.rule import CompiledRule, Node, Use, is_written, parts
from imt_ecrf.study.rules.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.rules.dictionary import Dictionary

AGE_ANCHOR: Final = "age_anchor"
"""The fact that age_at() needs beside its date."""
_OF_ROW: Final = frozenset({"overlaps_treatment", "range_lo", "range_hi", "lab_standard", "ctcae_grade"})
"""Facts about the row or record that is being edited: never the same for the whole page."""
_PAIRS: Final = frozenset({"dup_row", "overlaps_other_row", "gap_before_row"})


def parse_and_check(
    text: str,
    dictionary: Dictionary,
    *,
    home: str,
    use: Use,
    into: str | None = None,
    oid: str = "",
    at: str | None = None,
    level: str | None = None,
    rows: str | None = AUTO,
) -> CompiledRule | list[RuleError]:
    """Compile a rule, or give every mistake found.

    `into` is the type a derived value needs (conditions are known by their use); `at` the item of the
    message, or the one shown or derived. `rows` AUTO: a check runs once a row when it names a column,
    other rules when `at` is a column.
    """
    source = parse(text)
    if isinstance(source, RuleError):
        return [source]
    checker = Checker(source, dictionary, home, _rows(rows, use, at, dictionary), call)
    tree = checker.node(source.tree)
    needed = into or ("boolean" if use in {"check", "show_if", "where"} else None)
    if needed and not checker.errors:
        misfit = fits(checker, tree, needed, at or "")
        checker.errors.extend([misfit] if misfit else [])
    if checker.errors:
        return checker.errors
    group = _pair_rows(tree, dictionary) if checker.rows == AUTO else checker.rows
    return CompiledRule(
        oid=oid,
        use=use,
        home=home,
        rows=group,
        at=at or _first_item(tree, dictionary, home),
        level=level,
        reads=tuple(dict.fromkeys(reads(tree, dictionary))),
        facts=_facts(tree),
        side="server" if _needs_server(tree, dictionary, home) else "client",
        tree=tree,
        text=text,
    )


def _rows(rows: str | None, use: Use, at: str | None, dictionary: Dictionary) -> str | None:
    if rows != AUTO or use == "check":
        return rows
    item = dictionary.items.get(at or "")
    return item.group if item else None


def _pair_rows(tree: Node, dictionary: Dictionary) -> str | None:
    """Find the group whose rows a pair check compares: it runs once a row although it names no column."""
    for node in parts(tree):
        if node["k"] == "call" and node["f"] in _PAIRS and node["a"][0]["v"] in dictionary.groups:
            return str(node["a"][0]["v"])
    return None


def _first_item(tree: Node, dictionary: Dictionary, home: str) -> str | None:
    """Give the first bare item of the home: it carries the message when nothing else is said."""
    named = (node["id"] for node in parts(tree) if node["k"] == "item")
    return next((oid for oid in named if dictionary.items[oid].form == home), None)


def reads(tree: Node, dictionary: Dictionary, *, looking_back: bool = True) -> Iterator[str]:
    """List what a tree reads: items, and the groups and forms whose rows it counts, from the left.

    Without `looking_back` the items that are read at earlier events only are left out (they close no circle).
    """
    for node in parts(tree):
        if node["k"] == "item":
            yield node["id"]
        elif node["k"] == "agg":
            yield node["rows"]
        elif node["k"] in {"call", "fact"}:
            if looking_back or node["f"] not in LOOKING_BACK:
                yield from _named(node, dictionary)
            yield from (oid for oid in FUNCTIONS[node["f"]].reads if oid in dictionary.items)


def _named(node: Node, dictionary: Dictionary) -> Iterator[str]:
    known = (dictionary.items, dictionary.groups, dictionary.forms)
    for argument in node["a"]:
        if argument["k"] == "name" and any(argument["v"] in names for names in known):
            yield argument["v"]
            group = dictionary.groups.get(argument["v"])
            yield from [group.key] if group else []


def _facts(tree: Node) -> tuple[str, ...]:
    """List the call texts of the facts with written arguments, and the age anchor."""
    found: list[str] = []
    for node in parts(tree):
        if node["k"] == "fact" and all(map(is_written, node["a"])):
            found.append(node["id"])
        elif node["k"] == "call" and node["f"] == "age_at":
            found.append(AGE_ANCHOR)
    return tuple(dict.fromkeys(found))


def _needs_server(tree: Node, dictionary: Dictionary, home: str) -> bool:
    """Tell whether a fact of the rule may change while its form is being edited (RULES 14)."""
    facts = [node for node in parts(tree) if node["k"] == "fact"]
    aged = any(node["k"] == "call" and node["f"] == "age_at" for node in parts(tree))
    anchor = FUNCTIONS["age_at"].reads if aged else ()
    return _in_form(anchor, dictionary, home) or any(_moves(fact, dictionary, home) for fact in facts)


def _moves(fact: Node, dictionary: Dictionary, home: str) -> bool:
    if fact["f"] in SERVER_ONLY | _OF_ROW or not all(map(is_written, fact["a"])):
        return True
    named = () if fact["f"] in LOOKING_BACK else _named(fact, dictionary)
    return _in_form((*FUNCTIONS[fact["f"]].reads, *named), dictionary, home)


def _in_form(names: Iterable[str], dictionary: Dictionary, form: str) -> bool:
    for name in names:
        owner = dictionary.items.get(name) or dictionary.groups.get(name)
        if (owner.form if owner else name) == form:
            return True
    return False
