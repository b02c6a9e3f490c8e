"""What the browser is handed to run rules (RULES 14): names, answers, rows, facts; knows no page."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from imt_ecrf.study import references
from imt_ecrf.study.records import Record, Subject
from imt_ecrf.study.rules.dictionary import FormType, GroupType
from imt_ecrf.study.rules.evaluate import compile_tree
from imt_ecrf.study.rules.publish import AGE_ANCHOR
from imt_ecrf.study.rules.rule import parts
from imt_ecrf.study.rules.run import Run
from imt_ecrf.study.values import Date, DateTime, exact, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imt_ecrf.study.rules.dictionary import Dictionary, ItemType
    from imt_ecrf.study.rules.rule import CompiledRule, Node
    from imt_ecrf.study.rules.run import Frame

_FOLLOWING: Final = frozenset({"prev_row", "base_row"})
_COMPARING: Final = frozenset({"missing_rows_from", "extra_rows_vs"})
_ABOUT_SEARCHED: Final = frozenset({"overlaps_treatment", "changed_since_last_visit", "covers_lab_term"})

Json = dict[str, Any]
Fact: TypeAlias = "tuple[Callable[[Run], Any], str] | None"
"""How a fact is worked out, with its type; None stands for the age anchor."""


def handover(rules: Sequence[CompiledRule], run: Run) -> Json:
    """Give the context of `static/rules/evaluate.js` for rules on the record (and row) a run stands on.

    Facts are computed for this row; a page hands over client rules only, whose facts are the same for all.
    """
    found = Handover(rules, run.dictionary)
    context = found.context(run)
    if run.record is not None:
        context["views"] = {**found.fixed(run.record.form), **context["views"]}
    return {**found.words, **context}


class Handover:
    """What some rules need to be told, worked out once: `context` gives the part that differs by record.

    Together: values {path: {v, u, m}}, hidden [path, group or "@form"], row (key of the row of rule.rows),
    items {OID: {t type, s section, g group, d decimals, c codes, u {unit: ["n/d" factor, "n/d" offset]}}},
    groups {OID: {key, fixed}}, views {path: value shown instead of an answer}, form and line of this record,
    facts {call text: value}, forms {OID: {values, hidden, views}}, tables {rows: [{values, hidden, views,
    key, line, of (its record), facts}, or {here: true} for the record being edited]}.
    """

    def __init__(self, rules: Sequence[CompiledRule], dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        nodes = [node for rule in rules for node in parts(rule.tree)]
        aggregates = [node for node in nodes if node["k"] == "agg"]
        targets = [rule.at for rule in rules if rule.at in dictionary.items]
        self.names = tuple(dict.fromkeys([*_names(nodes, dictionary), *map(str, targets)]))
        moving = _moving(aggregates)
        self._within = {id(fact) for facts in moving.values() for fact in facts}
        self._moving = {
            rows: [fact for node in aggregates if node["rows"] == rows for fact in moving.get(id(node), ())]
            for rows in {node["rows"] for node in aggregates}
        }
        self._searching = tuple(_searching(nodes))
        self._forms = sorted(_forms(nodes))
        self._facts = dict(_facts(nodes, self._within))
        self._fixed: dict[str, Json] = {}
        self.words: Json = {
            "items": {name: _item(dictionary.items[name], dictionary) for name in self.names},
            "groups": dict(_groups(nodes, self.names, dictionary)),
        }

    def context(self, run: Run, most_rows: int | None = None) -> Json:
        """Give answers, tables and facts of a run; a table of more than `most_rows` is None.

        The prefilled cells of panels are not among them: they are the same for every record (`fixed`).
        """
        record = run.record
        return {
            "form": record.form if record else None,
            "line": (record.line or record.repeat) if record else None,
            "row": run.row.key if run.row else None,
            **(_form(run.form, self._carried(record.form), run) if record else {}),
            "forms": {
                form: _form(run.other(form), self._of_form(form), run)
                for form in self._forms
                if run.other(form).record
            },
            "tables": dict(self._tables(run, most_rows)),
            "facts": {name: _given(fact, run) for name, fact in self._facts.items()},
        }

    def fixed(self, form: str) -> Json:
        """Give the prefilled cells of the panels of a form: they are shown, and never an answer."""
        if form not in self._fixed:
            run = Run(Subject(), self.dictionary, Record(form))
            self._fixed[form] = dict(_views(run.form, self._of_form(form), run))
        return self._fixed[form]

    def _of_form(self, form: str) -> tuple[str, ...]:
        return tuple(name for name in self.names if self.dictionary.items[name].form == form)

    def _carried(self, form: str) -> tuple[str, ...]:
        return tuple(name for name in self._of_form(form) if self.dictionary.items[name].carried)

    def _tables(self, run: Run, most_rows: int | None) -> Iterator[tuple[str, list[Json] | None]]:
        moved = {rows for rows, facts in self._moving.items() if facts}
        for key, (rows, frames) in _tables(self._searching, run, moved):
            if most_rows is not None and len(frames) > most_rows:
                yield key, None
                continue
            yield key, [_entry(frame, self.names, run, self._moving.get(rows, ())) for frame in frames]


def encoded(value: Any, type_: str) -> Any:
    """Write a value as JSON holds it: numbers exactly as text, dates and times as they are stored."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Fraction):
        return time_text(int(value)) if type_ == "time" else exact(value)
    if isinstance(value, Date | DateTime):
        return value.text
    return list(value) if isinstance(value, tuple) else value


def _names(nodes: Iterable[Node], dictionary: Dictionary) -> tuple[str, ...]:
    """List the items that rules name, bare or quoted, and the keys of the groups they search."""
    found: dict[str, None] = {}
    for node in nodes:
        name = node.get("id") if node["k"] == "item" else node.get("v") if node["k"] == "name" else None
        name = node["rows"] if node["k"] == "agg" else name
        if name in dictionary.items:
            found[str(name)] = None
        if name in dictionary.groups:
            found[dictionary.groups[str(name)].key] = None
    return tuple(found)


def _forms(nodes: Iterable[Node]) -> set[str]:
    scopes = {str(node["scope"]) for node in nodes if node["k"] == "item"}
    return {scope.removeprefix("form:") for scope in scopes if scope.startswith("form:")}


def _item(item: ItemType, dictionary: Dictionary) -> Json:
    codes = dictionary.codes(item.type)
    units = {unit: [_share(factor), _share(offset)] for unit, (factor, offset) in item.units.items()}
    found = {"t": item.type, "s": item.section, "g": item.group, "d": item.decimals, "c": codes, "u": units}
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _share(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def _groups(
    nodes: Iterable[Node], names: Iterable[str], dictionary: Dictionary
) -> Iterator[tuple[str, Json]]:
    used = {dictionary.items[name].group or "" for name in names}
    used |= {node["rows"] for node in nodes if node["k"] == "agg"}
    for oid in sorted(name for name in used if name in dictionary.groups):
        group = dictionary.groups[oid]
        yield oid, {"key": group.key, "fixed": None if group.fixed is None else list(group.fixed)}


def _form(frame: Frame, names: Iterable[str], run: Run) -> Json:
    """Give the answers of a record: all of them for the home, those that rules name for another form."""
    record = frame.record
    assert record is not None  # noqa: S101 - asked by the caller
    own = record is run.record
    cells = {path: cell for path, cell in record.cells.items() if own or path in names}
    return {"values": cells, "hidden": sorted(record.hidden), "views": dict(_views(frame, names, run))}


def _views(frame: Frame, names: Iterable[str], run: Run) -> Iterator[tuple[str, Any]]:
    record = frame.record
    for name in names:
        item = run.dictionary.items[name]
        if record is None or item.form != record.form:
            continue
        for row in run.rows(record, item.group) if item.group else (None,):
            one = run.frame(record, row)
            if run.is_view(one, name):
                yield row.path(name) if row else name, encoded(one[name], item.type)


def _tables(
    nodes: Iterable[Node], run: Run, moving: set[str]
) -> Iterator[tuple[str, tuple[str, list[Frame]]]]:
    """List the tables that rules search; rows of the home stand among its answers, but for facts."""
    for node in nodes:
        if node["k"] == "agg":
            name = node["rows"]
            rows = run.dictionary.rows_of(name)
            if rows and (name in moving or not _at_home(rows, run)):
                yield name, (name, _searched(rows, run))
        elif node["k"] == "call":
            yield from _of_call(node, run)


def _of_call(node: Node, run: Run) -> Iterator[tuple[str, tuple[str, list[Frame]]]]:
    named = [part["v"] for part in node["a"] if part["k"] == "name"]
    if node["f"] in _FOLLOWING:
        pairs = references.rows_before(run, node["f"], named[0])
        yield f"{node['f']} {named[0]}", (named[0], [run.frame(*pair) for pair in pairs])
    elif node["f"] in _COMPARING:
        pairs = references.rows_at(run, named[0], named[1])
        yield f"{named[0]} {named[1]}", (named[1], [run.frame(*pair) for pair in pairs])
    for name in named:
        rows = run.dictionary.rows_of(name)
        known = name in run.dictionary.groups or name in run.dictionary.forms
        if rows and known and node["f"] != "line" and not _at_home(rows, run):
            yield name, (name, _searched(rows, run))


def _at_home(rows: GroupType | FormType, run: Run) -> bool:
    return isinstance(rows, GroupType) and run.record is not None and rows.form == run.record.form


def _searched(rows: GroupType | FormType, run: Run) -> list[Frame]:
    if isinstance(rows, FormType):
        return [run.frame(record) for record in run.subject.valid_records(rows.oid)]
    record = run.form.record if _at_home(rows, run) else run.other(rows.form).record
    return [run.frame(record, row) for row in run.rows(record, rows.oid)] if record else []


def _entry(frame: Frame, names: Iterable[str], run: Run, facts: Iterable[Node]) -> Json:
    """Give one row of a table with the columns that rules name; the record being edited is named only."""
    record, row = frame.record, frame.row
    assert record is not None  # noqa: S101 - rows belong to records
    given = {fact["id"]: encoded(_about(frame, fact, run), fact["t"]) for fact in facts}
    if record is run.record and row is None and not given:
        return {"here": True}
    group, items = (row.group if row else None), run.dictionary.items
    columns = [n for n in names if items[n].form == record.form and items[n].group == group]
    paths = {name: row.path(name) if row else name for name in columns}
    views = {name: encoded(frame[name], items[name].type) for name in columns if run.is_view(frame, name)}
    hidden = [n for n in columns if run.is_hidden(record, items[n], paths[n])]
    return {
        "line": record.line or record.repeat,
        "values": {name: record.cell(path) for name, path in paths.items() if path in record.cells},
        **({"hidden": hidden} if hidden else {}),
        **({"views": views} if views else {}),
        **({"key": row.key, "of": f"{record.event}.{record.event_repeat}.{record.repeat}"} if row else {}),
        **({"facts": given} if given else {}),
    }


def _about(frame: Frame, fact: Node, run: Run) -> Any:
    run.agg, run.searched = frame, frame.record
    try:
        return compile_tree(fact)(run)
    finally:
        run.leave_rows()


def _moving(aggregates: Iterable[Node]) -> dict[int, list[Node]]:
    """Find the facts inside an aggregate that differ from row to row."""
    found = {}
    for node in aggregates:
        facts = [part for part in parts(node) if part["k"] == "fact" and _differs(part)]
        if facts:
            found[id(node)] = facts
    return found


def _differs(fact: Node) -> bool:
    return fact["f"] in _ABOUT_SEARCHED or any(part.get("scope") == "agg" for part in parts(fact))


def _searching(nodes: Iterable[Node]) -> Iterator[Node]:
    """List the nodes that search tables, those that search alike once."""
    seen = set()
    for node in nodes:
        named = tuple(part["v"] for part in node.get("a", ()) if part["k"] == "name")
        key = (node["rows"],) if node["k"] == "agg" else (node.get("f"), *named)
        if (node["k"] == "agg" or (node["k"] == "call" and named)) and key not in seen:
            seen.add(key)
            yield node


def _facts(nodes: Iterable[Node], within: set[int]) -> Iterator[tuple[str, Fact]]:
    for node in nodes:
        if node["k"] == "fact" and id(node) not in within:
            yield node["id"], (compile_tree(node), node["t"])
        elif node["k"] == "call" and node["f"] == "age_at":
            yield AGE_ANCHOR, None


def _given(fact: Fact, run: Run) -> Any:
    return _anchor(run) if fact is None else encoded(fact[0](run), fact[1])


def _anchor(run: Run) -> Json:
    known = run.age_anchor()
    if known is None:
        return {}
    dates = {"birth": known.birth, "consent": known.consent}
    numbers = {"years": known.years, "months": known.months}
    return {
        **{key: day.isoformat() for key, day in dates.items() if day},
        **{key: str(number) for key, number in numbers.items() if number is not None},
    }
