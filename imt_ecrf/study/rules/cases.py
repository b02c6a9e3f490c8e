"""Runs conformance cases (RULES 16): Python here, the work of the browser as JSON; knows the format only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.records import Event, Record, Row, Subject
from imt_ecrf.study.rules import graph, kinds
from imt_ecrf.study.rules.dictionary import Dictionary, FormType, GroupType, ItemType
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.forms import evaluate_form
from imt_ecrf.study.rules.handover import handover
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.run import Run
from imt_ecrf.study.values import Date, DateTime, exact, time_text, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from imt_ecrf.study.rules.errors import RuleError
    from imt_ecrf.study.rules.graph import Order
    from imt_ecrf.study.rules.rule import CompiledRule, Use

HOME: Final = "F_HOME"
Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """How a file of cases went: `wrong` gives id, what was expected and what came."""

    cases: int
    wrong: tuple[tuple[str, Any, Any], ...]


def load(path: Path) -> list[Case]:
    """Read a file of cases; ValueError when it is none."""
    data = json.loads(path.read_text(encoding="utf-8"))
    found = data.get("cases") if isinstance(data, dict) else None
    if not isinstance(found, list) or not all(
        isinstance(case, dict) and {"id", "expect"} <= case.keys() for case in found
    ):
        raise ValueError("cases: a list is needed, each with its id and what is expected")
    return found


def run(path: Path) -> Counts:
    """Run a file of cases and count."""
    cases = load(path)
    results = [(case["id"], case["expect"], outcome(case)) for case in cases]
    return Counts(len(cases), tuple(result for result in results if result[1] != result[2]))


def outcome(case: Case) -> dict[str, Any]:
    """Give what comes of a case in the form of its `expect`."""
    return _expression(case) if "expr" in case else _form(case)


def job_of(case: Case) -> dict[str, Any] | None:
    """Give what the browser's evaluator is handed for a case; None when only Python can run it."""
    dictionary = dictionary_of(case)
    run_ = run_of(case, dictionary)
    if "expr" in case:
        rule, target = _compiled(case, dictionary), _target(case)
        if isinstance(rule, list):
            return None
        into = {"t": target.type, "d": target.decimals} if target else None
        return {
            "rule": rule.to_json(),
            "context": handover([rule], run_),
            "type": rule.tree["t"],
            "into": into,
        }
    order = _ordered(case, dictionary)
    if isinstance(order, str):
        return None
    steps, checks = order[0].steps, order[1]
    rules = [*(step.rule for step in steps), *checks]
    if any(rule.side == "server" for rule in rules):
        return None
    return {
        "steps": [{"kind": step.kind, "target": step.target, "rule": step.rule.to_json()} for step in steps],
        "checks": [check.to_json() for check in checks],
        "context": handover(rules, run_),
    }


def browser_outcome(case: Case, came: dict[str, Any]) -> dict[str, Any]:
    """Give what the browser's evaluator answered in the form of the `expect` of a case."""
    if "expr" in case or "fault" in came:
        return came
    fires = [(oid, row) for oid, row, value in came["checks"] if value is True]
    return _judged(case, came["hidden"], came["derived"], fires)


def dictionary_of(case: Case) -> Dictionary:
    """Make the type environment a case describes."""
    items: dict[str, ItemType] = {}
    groups: dict[str, GroupType] = {}
    forms: dict[str, FormType] = {}
    home = case.get("home", HOME)
    own = {
        "kind": case.get("home_kind", "event"),
        "items": case.get("types", {}),
        "groups": case.get("groups", {}),
    }
    for oid, form in {**case.get("forms", {}), home: own}.items():
        for name, type_ in form["items"].items():
            items[name] = item_of(name, type_, oid, None, case)
        for group, rows in form.get("groups", {}).items():
            groups[group] = GroupType(group, oid, rows["key"], tuple(rows["items"]))
            for name, type_ in rows["items"].items():
                items[name] = item_of(name, type_, oid, group, case)
        forms[oid] = FormType(
            oid, form["kind"], tuple(form["items"]), tuple(form.get("groups", {})), form.get("date_item")
        )
    context = case.get("context", {})
    events = [one["event"] for one in context.get("events", ())] + case.get("event_names", [])
    return Dictionary(
        items=items,
        groups=groups,
        forms=forms,
        lists={name: tuple(codes) for name, codes in case.get("lists", {}).items()},
        settings={key: setting["type"] for key, setting in case.get("settings", {}).items()},
        tests=frozenset(case.get("tests", ())),
        events=tuple(events),
    )


def item_of(oid: str, type_: Any, form: str, group: str | None, case: Case) -> ItemType:
    """Make an item from `decimal(1)`, `code:CL_NY` or an object with units."""
    written = type_ if isinstance(type_, dict) else {"type": type_}
    name, _, digits = written["type"].partition("(")
    units = {unit: _factor(factor) for unit, factor in written.get("units", {}).items()}
    return ItemType(
        oid=oid,
        type=kinds.of_item(name),
        form=form,
        group=group,
        section=group or "",
        decimals=int(digits.rstrip(")")) if digits else None,
        unit=written.get("unit"),
        units=units,
        derived=oid in case.get("derive", {}),
    )


def _factor(written: Any) -> tuple[Fraction, Fraction]:
    factor, offset = written if isinstance(written, list) else (written, "0")
    return Fraction(factor), Fraction(offset)


def run_of(case: Case, dictionary: Dictionary) -> Run:
    """Make the record, the subject and the facts a case describes."""
    context = case.get("context", {})
    here = context.get("here", {})
    record = record_of(
        {**here, "form": case.get("home", HOME), "values": context.get("values"), "rows": context.get("rows")}
    )
    subject = subject_of(case, (record,))
    row = Row(here["group"], str(here["row"])) if "row" in here else None
    return Run(subject, dictionary, record, row, given=context.get("facts", {}))


def subject_of(
    case: Case, edited: tuple[Record, ...], fixed: Mapping[str, GroupType] | None = None
) -> Subject:
    """Make the subject of a case, with the record that is being edited."""
    context = case.get("context", {})
    events = tuple(
        Event(one["event"], one.get("repeat", 1), one.get("date"), order, one.get("in_order", True))
        for order, one in enumerate(context.get("events", ()))
    )
    records = [record_of(one, fixed) for one in context.get("records", ())]
    settings = {key: setting["value"] for key, setting in case.get("settings", {}).items()}

    def load_form(form: str) -> Iterable[Record]:
        return [record for record in records if record.form == form]

    return Subject("S1", "01", events, settings, load=load_form, edited=edited)


def record_of(written: Mapping[str, Any], fixed: Mapping[str, GroupType] | None = None) -> Record:
    """Make a record a case describes; rows are numbered from 1, those of `fixed` groups have their keys."""
    cells: dict[str, Any] = {}
    hidden: set[str] = set()
    values = dict(written.get("values") or {})
    for group, rows in (written.get("rows") or {}).items():
        for number, row in enumerate(rows, start=1):
            name = _row_key(row, number, (fixed or {}).get(group))
            cells.setdefault(f"{group}.{name}.@row", {})
            values |= {f"{group}.{name}.{item}": value for item, value in row.items()}
    for path, value in values.items():
        put_answer(cells, hidden, path, value)
    line = written.get("line")
    return Record(
        form=written["form"],
        event=written.get("event"),
        event_repeat=written.get("repeat", 1),
        repeat=line or 1,
        line=line,
        struck=written.get("struck", False),
        cells=cells,
        hidden=frozenset(hidden),
    )


def _row_key(row: Mapping[str, Any], number: int, group: GroupType | None) -> str:
    """Name a row: by its number, by its key, or as the next row of a panel."""
    if group is None or group.fixed is None:
        return str(number)
    return str(row.get(group.key) or list(group.fixed)[number - 1])


def put_answer(cells: dict[str, Any], hidden: set[str], path: str, value: Any) -> None:
    """Store one answer: text, condition, list, {missing}, {hidden, kept} or {value, unit}."""
    if isinstance(value, dict):
        if "missing" in value:
            cells[path] = {"m": value["missing"]}
        if value.get("hidden"):
            hidden.add(path)
        if "value" in value or "kept" in value:
            unit = {"u": value["unit"]} if "unit" in value else {}
            cells[path] = {"v": value.get("value", value.get("kept")), **unit}
    elif isinstance(value, bool):
        cells[path] = {"v": "true" if value else "false"}
    elif value is not None:
        cells[path] = {"v": value if isinstance(value, list) else str(value)}


def _compiled(case: Case, dictionary: Dictionary) -> CompiledRule | list[RuleError]:
    here = case.get("context", {}).get("here", {})
    target = _target(case)
    return parse_and_check(
        case["expr"],
        dictionary,
        home=case.get("home", HOME),
        use="value",
        into=target.type if target else None,
        oid=case["id"],
        rows=here.get("group"),
    )


def _target(case: Case) -> ItemType | None:
    return item_of("", case["into"], "", None, case) if "into" in case else None


def _expression(case: Case) -> dict[str, Any]:
    dictionary = dictionary_of(case)
    rule = _compiled(case, dictionary)
    if isinstance(rule, list):
        return {"error": rule[0].code}
    return answer(rule, run_of(case, dictionary), _target(case))


def answer(rule: CompiledRule, run_: Run, target: ItemType | None = None) -> dict[str, Any]:
    """Evaluate a rule and write what comes as the cases do; `target` is the item it is stored in."""
    value = evaluate(rule, run_)
    codes = sorted({report.code for report in run_.reports})
    if codes == ["X01"]:
        return {"error": "X01"}
    reports = {"reports": codes[0]} if codes else {}
    return {**_result(value, rule.tree["t"], target), **reports}


def _result(value: Any, type_: str, target: ItemType | None) -> dict[str, Any]:
    """Write a value as the cases do."""
    if value is None:
        return {"unknown": True}
    if target is not None:
        return {"value": write(value, target.type, target.decimals), "type": "stored"}
    name = _NAMES.get(type_.partition(":")[0], "text")
    return {"value": _written(value, name), "type": name}


_NAMES: Final = {
    "integer": "number",
    "decimal": "number",
    "ref": "number",
    "codes": "texts",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
}


def _written(value: Any, name: str) -> Any:
    if name == "time":
        return time_text(value)
    if isinstance(value, Date | DateTime):
        return value.text
    if name == "number":
        return exact(value)
    return list(value) if name == "texts" else value


def _form(case: Case) -> dict[str, Any]:
    dictionary = dictionary_of(case)
    order = _ordered(case, dictionary)
    if isinstance(order, str):
        return {"error": order}
    run_ = run_of(case, dictionary)
    assert run_.record is not None  # noqa: S101 - a case has a record
    sorted_, checks = order
    result = evaluate_form(sorted_.steps, checks, run_.subject, run_.record, dictionary, given=run_.given)
    fires = [(one.check.oid, one.row) for one in result.fires]
    return _judged(case, result.hidden, result.derived, fires)


def _judged(
    case: Case, hidden: Iterable[str], derived: Mapping[str, Any], fires: Iterable[tuple[str, str | None]]
) -> dict[str, Any]:
    came = {
        "hidden": sorted(map(_place, hidden)),
        "derived": _derived(derived),
        "fires": sorted(oid + (f"@{row}" if row else "") for oid, row in fires),
    }
    return {key: came[key] for key in came if key in case["expect"]}


def _ordered(case: Case, dictionary: Dictionary) -> tuple[Order, list[CompiledRule]] | str:
    """Compile the rules of a whole form: conditions and derivations in order, and checks; or the error."""
    rules: list[CompiledRule] = []
    for use, key in (("show_if", "show_if"), ("derive", "derive"), ("check", "checks")):
        for name, text in case.get(key, {}).items():
            found = _rule(use, name, text, dictionary, case)  # type: ignore[arg-type]
            if isinstance(found, list):
                return found[0].code
            rules.append(found)
    order = graph.order(rules, dictionary)
    return order.errors[0].code if order.errors else (order, [one for one in rules if one.use == "check"])


def _rule(
    use: Use, name: str, text: str, dictionary: Dictionary, case: Case
) -> CompiledRule | list[RuleError]:
    home = case.get("home", HOME)
    if use == "check":
        return parse_and_check(text, dictionary, home=home, use=use, oid=name)
    into = dictionary.items[name].type if use == "derive" else None
    return parse_and_check(text, dictionary, home=home, use=use, into=into, oid=name, at=name)


def _place(path: str) -> str:
    parts = path.split(".")
    return path if len(parts) == 1 else f"{parts[2]}@{parts[1]}"


def _derived(found: Mapping[str, Any]) -> dict[str, Any]:
    """Write derived values by item; those of rows as a list."""
    came: dict[str, Any] = {}
    for path, value in found.items():
        item, _, row = _place(path).partition("@")
        if row:
            came.setdefault(item, []).append(value)
        else:
            came[item] = value
    return came
