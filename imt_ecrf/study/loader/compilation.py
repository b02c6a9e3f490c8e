"""The rules of a whole draft compiled, with file and line of every mistake; runs no case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imt_ecrf.study.loader.alerts import compile_alerts
from imt_ecrf.study.rules.environment import StudyRules, compile_wanted, dictionary_of, wanted_rules
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule

if TYPE_CHECKING:
    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.errors import RuleError


def compile_rules(draft: Draft, version: StudyVersion) -> StudyVersion:
    """Put the compiled tree beside every rule text and sort the derivations; circles are refused."""
    dictionary = dictionary_of(version)
    written = {id(one.rule): one for one in draft.rules}
    compiled = []
    # an empty rule is noted already
    for wanted in (one for one in wanted_rules(version) if one.rule.text):
        found = compile_wanted(wanted, dictionary)
        if isinstance(found, CompiledRule):
            compiled.append(found)
            wanted.rule.compiled.update(found.to_json())
            continue
        site = written[id(wanted.rule)]
        for error in found:
            draft.mistakes.add(site.mark, f"{site.who}: {error.code} {error.message}")
    _suggestions(draft, dictionary)
    compile_alerts(draft, version, dictionary)
    rules = StudyRules(dictionary, tuple(compiled))
    for error in rules.order.errors:
        _circle(draft, error, dictionary)
    steps = (step for step in rules.order.steps if step.kind == "value")
    return replace(version, order=tuple(step.target for step in steps))


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
