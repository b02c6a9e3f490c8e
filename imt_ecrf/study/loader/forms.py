"""Forms, groups, items and fixed rows read from the files of forms/crf; knows no rule language."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from imt_ecrf.study.definition import (
    DataType,
    Form,
    FormKind,
    GroupKind,
    Item,
    ItemGroup,
    Range,
    Required,
    RowDef,
    Rule,
)
from imt_ecrf.study.loader.cases import read_cases
from imt_ecrf.study.loader.draft import WrittenRule
from imt_ecrf.study.loader.source import Seq

if TYPE_CHECKING:
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

CARRY: Final = "read_only"


def read_form(draft: Draft, section: Section) -> Form:
    """Read a form; its checks are read by `checks.read_checks`."""
    oid = draft.name("form", section)
    return Form(
        oid=oid,
        name=section.translated("name"),
        version=section.text("version"),
        repeating=cast("FormKind", section.word("repeating", get_args(FormKind), "no")),
        groups=tuple(_group(draft, inner, oid) for inner in section.sections("groups", "group", needed=True)),
        domain=section.text("domain"),
        sdtm_domains=section.text("sdtm_domains"),
        date_item=draft.use("item", section, "date_item"),
        done_item=draft.use("item", section, "done_item"),
    )


def _group(draft: Draft, section: Section, form: str) -> ItemGroup:
    oid = draft.name("group", section)
    group = ItemGroup(
        oid=oid,
        name=section.translated("name"),
        repeating=cast("GroupKind", section.word("repeating", get_args(GroupKind), "no")),
        items=tuple(_item(draft, inner, form) for inner in section.sections("items", "item", needed=True)),
        row_set=section.maybe("row_set"),
        max_rows=section.number("max_rows", 1),
        lbcat=section.maybe("lbcat"),
    )
    rows = _rows(draft, section, group)
    section.done()
    return ItemGroup(
        oid=group.oid,
        name=group.name,
        repeating=group.repeating,
        items=group.items,
        rows=rows,
        row_set=group.row_set,
        max_rows=group.max_rows,
        lbcat=group.lbcat,
    )


def _item(draft: Draft, section: Section, form: str) -> Item:
    oid = draft.name("item", section)
    show_if = section.maybe("show_if")
    cases = read_cases(draft, section, "shown")
    rule = Rule(show_if, cases=cases) if show_if else None
    if cases and not show_if:
        section.wrong("cases", "cases of an item belong to its show_if")
    if rule:
        mark = section.mark("show_if")
        draft.rules.append(WrittenRule(rule, mark, f"{section.who}: show_if", "show_if", form, oid))
    item = Item(
        oid=oid,
        question=section.translated("question"),
        help=section.both("help", needed=False),
        data_type=cast("DataType", section.word("data_type", get_args(DataType), "text")),
        required=cast("Required", section.word("required", get_args(Required), "no")),
        length=section.number("length", 1),
        decimals=section.number("decimals"),
        codelist=draft.use("code list", section, "codelist"),
        multi=section.flag("multi"),
        units=draft.use_all("unit", section, "units"),
        units_by_row=section.flag("units_by_row"),
        range=_range(section),
        show_if=rule,
        condition=f"CD_{oid}" if rule else None,
        method=draft.use("method", section, "method"),
        missing_reasons=draft.use("code list", section, "missing_reasons"),
        carry_forward=section.word("carry_forward", (CARRY,), "") == CARRY,
        ref_form=draft.use("form", section, "ref_form"),
        critical=section.flag("critical"),
        show_last=section.flag("show_last"),
        originator=draft.originators.get(oid, ()),
        constant=section.maybe("constant"),
        cdash=section.text("cdash"),
        sdtm=section.text("sdtm"),
    )
    for key in ("data_type", "required"):
        section.raw(key, needed=True)
    section.done()
    return item


def _range(section: Section) -> Range | None:
    inner = section.section("range", f"{section.who}: range")
    if inner is None:
        return None
    found = Range(hard=_limits(inner, "hard"), soft=_limits(inner, "soft"))
    inner.done()
    if found.hard and found.soft:
        hard, soft = [[Decimal(limit) for limit in pair] for pair in (found.hard, found.soft)]
        if soft[0] < hard[0] or soft[1] > hard[1]:
            inner.wrong("soft", "soft must lie inside hard")
    return found


def _limits(section: Section, key: str) -> tuple[str, str] | None:
    value = section.raw(key)
    if value is None:
        return None
    pair = 2
    if not isinstance(value, Seq) or len(value) != pair or not all(_is_number(limit) for limit in value):
        section.wrong(key, f"{key} must be two numbers: [low, high]")
        return None
    if value[0] >= value[1]:
        section.wrong(key, f"{key}: the low limit {value[0]} is not below the high limit {value[1]}")
    return str(value[0]), str(value[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _rows(draft: Draft, section: Section, group: ItemGroup) -> tuple[RowDef, ...]:
    if group.repeating != "fixed_rows":
        if section.has("rows"):
            section.raw("rows")
            section.wrong("rows", "rows belong to a group with repeating: fixed_rows")
        return ()
    columns = [item.oid for item in group.items if item.required == "prefilled"]
    if not group.items or group.items[0].required != "prefilled":
        section.wrong("items", "the first item of fixed rows names the row: required: prefilled")
        columns.insert(0, group.items[0].oid if group.items else "")
    found: dict[str, RowDef] = {}
    for inner in section.sections("rows", "row", needed=True):
        row = _row(draft, inner, columns)
        if row.key in found:
            inner.wrong(columns[0], "the row stands twice")
        found.setdefault(row.key, row)
        draft.sections.setdefault(("row", f"{group.oid}.{row.key}"), inner)
    return tuple(found.values())


def _row(draft: Draft, section: Section, columns: list[str]) -> RowDef:
    section.who = f"row {section.source.get(columns[0])}"
    cells = {column: section.said(column) for column in columns}
    for column, cell in cells.items():
        if not cell:
            section.wrong(None, f"the prefilled item {column} says nothing in this row")
    row = RowDef(
        key=cells[columns[0]] or "",
        prefilled={column: cell for column, cell in cells.items() if cell},
        required=cast("Required | None", section.word("required", ("hard", "soft", "no"), "") or None),
        decimals=section.number("decimals"),
        units=draft.use_all("unit", section, "units"),
        range=_range(section),
        ctcae=section.names("ctcae"),
    )
    section.done()
    return row
