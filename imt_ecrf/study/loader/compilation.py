"""The rules of a whole draft compiled into it, with file and line of every mistake; knows no file format."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imt_ecrf.study.definition import Rule
from imt_ecrf.study.rules import graph
from imt_ecrf.study.rules.environment import compile_wanted, dictionary_of, wanted_rules
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule

if TYPE_CHECKING:
    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.environment import Wanted
    from imt_ecrf.study.rules.errors import RuleError


def compile_rules(draft: Draft, version: StudyVersion) -> StudyVersion:
    """Put the compiled tree beside every rule text and sort the derivations; circles are refused."""
    dictionary = dictionary_of(version)
    written = {id(one.rule): one for one in draft.rules}
    # the checks an item brings along repeat what is wrong with its definition
    sound = not draft.mistakes.found
    compiled = []
    for wanted in wanted_rules(version):
        found = compile_wanted(wanted, dictionary)
        if isinstance(found, CompiledRule):
            compiled.append(found)
            if isinstance(wanted.rule, Rule):
                wanted.rule.compiled.update(found.to_json())
            continue
        site = written.get(id(wanted.rule))
        for error in found:
            if site:
                draft.mistakes.add(site.mark, f"{site.who}: {error.code} {error.message}")
            elif sound:
                _generated(draft, wanted, error)
    _suggestions(draft, dictionary)
    order = graph.order(compiled, dictionary)
    for error in order.errors:
        _circle(draft, error, dictionary)
    return replace(version, order=tuple(step.target for step in order.steps if step.kind == "value"))


def _generated(draft: Draft, wanted: Wanted, error: RuleError) -> None:
    """Note a mistake of a check that an item brings along: its definition does not fit together."""
    what = f"the check {wanted.oid} that comes with it: {error.code} {error.message}"
    draft.wrong("item", wanted.at or "", None, what)


def _suggestions(draft: Draft, dictionary: Dictionary) -> None:
    """Check the rules of methods that fill no item: a suggestion, or a value that exports work out."""
    for one in draft.rules:
        if one.use == "derive" and one.into is None:
            found = parse_and_check(one.rule.text, dictionary, home=one.home, use="value", oid=one.oid)
            if isinstance(found, CompiledRule):
                one.rule.compiled.update(found.to_json())
                continue
            for error in found:
                draft.mistakes.add(one.mark, f"{one.who}: {error.code} {error.message}")


def _circle(draft: Draft, error: RuleError, dictionary: Dictionary) -> None:
    """Note a circle, or an item derived and entered, at the first item its sentence names."""
    words = error.message.replace(".", " ").replace("→", " ").split()
    item = next((word for word in words if word in dictionary.items), "")
    section = draft.sections.get(("item", item))
    if section is not None:
        section.wrong("show_if" if section.has("show_if") else "method", f"{error.code} {error.message}")
