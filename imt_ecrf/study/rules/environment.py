"""The rules of a published study, compiled against its own names; knows definitions, no value."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules import graph, kinds
from imt_ecrf.study.rules.check import AUTO
from imt_ecrf.study.rules.dictionary import EVENT, Dictionary, FormType, GroupType, ItemType, Kind
from imt_ecrf.study.rules.generated import generated_checks
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.study.definition import Form, Item, ItemGroup, Rule, StudyVersion
    from imt_ecrf.study.rules.errors import RuleError

KINDS: Final[dict[str, Kind]] = {
    "no": "once",
    "per_event": "event",
    "per_event_repeating": "many",
    "log": "log",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a rule of the study, and which rule it is."""

    use: Use
    oid: str
    home: str
    at: str | None
    error: RuleError


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule of the study before it is compiled: `at` is its item; `level` and sentences are of checks."""

    use: Use
    oid: str
    home: str
    at: str | None
    rule: Rule | str
    level: str | None = None
    message: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class StudyRules:
    """All rules of a version ready to run, in the order of need."""

    dictionary: Dictionary
    rules: tuple[CompiledRule, ...] = ()
    problems: tuple[Problem, ...] = ()
    messages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """OID of a check to its sentence in English and Russian."""

    @cached_property
    def order(self) -> graph.Order:
        """Give the order of derivations and skip conditions over all forms."""
        return graph.order(self.rules, self.dictionary)

    @cached_property
    def conditions(self) -> dict[str, CompiledRule]:
        """Give the conditions of the schedule by `event/form`."""
        return {rule.oid: rule for rule in self.rules if rule.use == "where"}

    @cached_property
    def _checks(self) -> dict[str, tuple[CompiledRule, ...]]:
        found: dict[str, list[CompiledRule]] = defaultdict(list)
        for rule in self.rules:
            if rule.use == "check":
                found[rule.home].append(rule)
        return {home: tuple(rules) for home, rules in found.items()}

    @cached_property
    def _steps(self) -> dict[str, tuple[graph.Step, ...]]:
        return {form: self.order.of_form(form, self.dictionary) for form in self.dictionary.forms}

    def checks(self, home: str) -> tuple[CompiledRule, ...]:
        """List the checks of a form, of SUBJECT or of ANY."""
        return self._checks.get(home, ())

    def steps(self, form: str) -> tuple[graph.Step, ...]:
        """List the derivations and skip conditions of a form in their order."""
        return self._steps.get(form, ())


def study_rules(version: StudyVersion) -> StudyRules:
    """Compile every rule of a version, generated checks included; every mistake is noted."""
    dictionary = dictionary_of(version)
    rules: list[CompiledRule] = []
    problems: list[Problem] = []
    messages: dict[str, tuple[str, str]] = {}
    for wanted in wanted_rules(version):
        found = compile_wanted(wanted, dictionary)
        if isinstance(found, list):
            problems.extend(Problem(wanted.use, wanted.oid, wanted.home, wanted.at, one) for one in found)
            continue
        rules.append(found)
        if wanted.use == "check":
            messages[wanted.oid] = wanted.message
    compiled = StudyRules(dictionary, tuple(rules), messages=messages)
    circles = (Problem("derive", "", "", None, one) for one in compiled.order.errors)
    return StudyRules(dictionary, tuple(rules), (*problems, *circles), messages)


def compile_wanted(wanted: Wanted, dictionary: Dictionary) -> CompiledRule | list[RuleError]:
    """Read the tree a published rule carries, or compile its text."""
    if not isinstance(wanted.rule, str) and wanted.rule.compiled:
        return CompiledRule.from_json(wanted.rule.compiled)
    item = dictionary.items.get(wanted.at or "") if wanted.use == "derive" else None
    return parse_and_check(
        wanted.rule if isinstance(wanted.rule, str) else wanted.rule.text,
        dictionary,
        home=wanted.home,
        use=wanted.use,
        into=item.type if item else None,
        oid=wanted.oid,
        at=wanted.at,
        level=wanted.level,
        rows=AUTO,
    )


def wanted_rules(version: StudyVersion) -> Iterator[Wanted]:
    """List the rules of a version: skip conditions, derivations, schedule, checks, generated checks."""
    homes = {item.oid: form.oid for form in version.forms for item in form.items()}
    for form in version.forms:
        for item in form.items():
            if item.show_if:
                yield Wanted(
                    "show_if", item.condition or f"show({item.oid})", form.oid, item.oid, item.show_if
                )
    for method in version.methods:
        for oid, rule in method.rules.items():
            if oid in homes:
                yield Wanted("derive", method.oid, homes[oid], oid, rule)
    for event in version.events:
        for ref in event.forms:
            if ref.condition:
                yield Wanted("where", f"{event.oid}/{ref.form}", EVENT, None, ref.condition)
    yield from _checks(version)


def _checks(version: StudyVersion) -> Iterator[Wanted]:
    for check in version.checks:
        message = (check.message.en, check.message.ru)
        yield Wanted("check", check.oid, check.home, check.at, check.rule, check.level, message)
    for made in generated_checks(version):
        yield Wanted("check", made.oid, made.home, made.at, made.text, made.level, (made.en, made.ru))


def dictionary_of(version: StudyVersion) -> Dictionary:
    """Give the names and types of a version."""
    pairs = [(form, group) for form in version.forms for group in form.groups]
    items = [_item(version, form, group, item) for form, group in pairs for item in group.items]
    return Dictionary(
        items={item.oid: item for item in items},
        groups={group.oid: _group(form, group) for form, group in pairs if group.repeating != "no"},
        forms={form.oid: _form(version, form) for form in version.forms},
        sections={group.oid: form.oid for form, group in pairs},
        lists={one.oid: tuple(code.value for code in one.items) for one in version.codelists},
        settings={setting.key: setting.type for setting in version.settings},
        tests=frozenset(row.key for _, group in pairs if group.lbcat for row in group.rows),
        events=tuple(event.oid for event in version.events),
    )


def _item(version: StudyVersion, form: Form, group: ItemGroup, item: Item) -> ItemType:
    codelist = item.codelist if item.data_type == "text" else None
    whole = 0 if item.data_type == "integer" else None
    return ItemType(
        oid=item.oid,
        type=kinds.of_item(item.data_type, codelist, multi=item.multi, ref=item.ref_form),
        form=form.oid,
        group=None if group.repeating == "no" else group.oid,
        section=group.oid,
        decimals=item.decimals if item.decimals is not None else whole,
        unit=item.units[0] if item.units else None,
        units=_factors(version, item.units),
        carried=item.carry_forward,
        derived=item.derived,
    )


def _factors(version: StudyVersion, units: tuple[str, ...]) -> dict[str, tuple[Fraction, Fraction]]:
    """Give factor and offset of each unit to the first listed one, exactly."""
    known = {unit.oid: (Fraction(unit.factor), Fraction(unit.offset)) for unit in version.units}
    if not units or any(unit not in known for unit in units):
        return {}
    factor, offset = known[units[0]]
    return {unit: (known[unit][0] / factor, (known[unit][1] - offset) / factor) for unit in units}


def _group(form: Form, group: ItemGroup) -> GroupType:
    fixed = {row.key: row.prefilled for row in group.rows} if group.repeating == "fixed_rows" else None
    columns = tuple(item.oid for item in group.items)
    return GroupType(group.oid, form.oid, group.items[0].oid, columns, fixed)


def _form(version: StudyVersion, form: Form) -> FormType:
    plain = tuple(item.oid for group in form.groups if group.repeating == "no" for item in group.items)
    groups = tuple(group.oid for group in form.groups if group.repeating != "no")
    first = next((e.oid for e in version.events if any(ref.form == form.oid for ref in e.forms)), None)
    return FormType(form.oid, KINDS[form.repeating], plain, groups, form.date_item, first)
