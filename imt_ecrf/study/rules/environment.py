"""The rules of a published study, compiled against its own names; knows definitions, no value."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules import graph, kinds
from imt_ecrf.study.rules.dictionary import EVENT, Dictionary, FormType, GroupType, ItemType, Kind
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import Form, Item, ItemGroup, Rule, StudyEvent, StudyVersion
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
    """A rule of the study before it is compiled: `at` is its item; `level` is that of a check."""

    use: Use
    oid: str
    home: str
    at: str | None
    rule: Rule
    level: str | None = None


@dataclass(frozen=True)
class StudyRules:
    """All rules of a version against its own names; with problems it cannot be published."""

    dictionary: Dictionary
    rules: tuple[CompiledRule, ...] = ()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def order(self) -> graph.Order:
        """Give the order of derivations and skip conditions over all forms."""
        return graph.order(self.rules, self.dictionary)


def study_rules(version: StudyVersion) -> StudyRules:
    """Compile every written rule of a version; every mistake is noted, circles last."""
    dictionary = dictionary_of(version)
    rules: list[CompiledRule] = []
    problems: list[Problem] = []
    for wanted in wanted_rules(version):
        found = compile_wanted(wanted, dictionary)
        if isinstance(found, list):
            problems.extend(Problem(wanted.use, wanted.oid, wanted.home, wanted.at, one) for one in found)
        else:
            rules.append(found)
    circles = graph.order(rules, dictionary).errors
    problems.extend(Problem("derive", "", "", None, one) for one in circles)
    return StudyRules(dictionary, tuple(rules), tuple(problems))


def compile_wanted(wanted: Wanted, dictionary: Dictionary) -> CompiledRule | list[RuleError]:
    """Read the tree a published rule carries, or compile its text."""
    if wanted.rule.compiled:
        return CompiledRule.from_json(wanted.rule.compiled)
    item = dictionary.items.get(wanted.at or "") if wanted.use == "derive" else None
    return parse_and_check(
        wanted.rule.text,
        dictionary,
        home=wanted.home,
        use=wanted.use,
        into=item.type if item else None,
        oid=wanted.oid,
        at=wanted.at,
        level=wanted.level,
    )


def show_oid(item: Item) -> str:
    """Name the skip condition of an item."""
    return item.condition or f"show {item.oid}"


def wanted_rules(version: StudyVersion) -> Iterator[Wanted]:
    """List the written rules of a version: skip conditions, derivations, schedule, checks."""
    homes = {item.oid: form.oid for form in version.forms for item in form.items()}
    for form in version.forms:
        for item in form.items():
            if item.show_if:
                yield Wanted("show_if", show_oid(item), form.oid, item.oid, item.show_if)
    for method in version.methods:
        for oid in sorted(method.rules.keys() & homes.keys()):
            yield Wanted("derive", method.oid, homes[oid], oid, method.rules[oid])
    for event in version.events:
        yield from _conditions(event)
    for check in version.checks:
        yield Wanted("check", check.oid, check.home, check.at, check.rule, check.level)


def _conditions(event: StudyEvent) -> Iterator[Wanted]:
    for ref in event.forms:
        if ref.condition:
            yield Wanted("where", f"{event.oid}/{ref.form}", EVENT, None, ref.condition)


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
