"""What must fit together in a whole draft, file by file already read; knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.study.loader.alerts import check_alerts
from imt_ecrf.study.loader.gates import check_gates
from imt_ecrf.study.loader.milestones import check_milestones
from imt_ecrf.study.loader.mistakes import near

if TYPE_CHECKING:
    from imt_ecrf.study.definition import Check, Form, Item, ItemGroup, Method, StudyVersion
    from imt_ecrf.study.loader.draft import Draft

NUMBERS: Final = frozenset({"integer", "float"})
OWED: Final = frozenset({"hard", "soft"})
NEVER: Final = frozenset({"False", "None", "not True"})
MANY: Final = frozenset({"log", "per_event_repeating"})


def check_whole(draft: Draft, version: StudyVersion) -> None:
    """Note what is wrong between the files: kinds, fixed rows, schedule, rights, checks."""
    for form in version.forms:
        _form(draft, form, version)
        for group in form.groups:
            for item in group.items:
                _item(draft, item, group)
                _references(draft, item, group, version)
            _rows(draft, group, version)
    _schedule(draft, version)
    _rights(draft, version)
    check_milestones(draft, version)
    check_alerts(draft, version)
    for check in version.checks:
        _check(draft, check, version)
    for method in version.methods:
        _method(draft, method, version)
    check_gates(draft, version)


def _form(draft: Draft, form: Form, version: StudyVersion) -> None:
    own = {item.oid for item in form.items()}
    for key in ("date_item", "done_item"):
        name = getattr(form, key)
        if name and name not in own and ("item", name) in draft.sections:
            draft.wrong("form", form.oid, key, f"{key} {name} is not an item of this form")
    scheduled = {ref.form for event in version.events for ref in event.forms}
    if form.oid not in scheduled:
        draft.wrong("form", form.oid, "oid", "the form is not in the schedule")
    if form.oid not in {right.form for right in version.rights}:
        draft.wrong("form", form.oid, "oid", "nobody has a right on the form (roles.yaml)")


def _item(draft: Draft, item: Item, group: ItemGroup) -> None:
    rows = group.repeating == "fixed_rows"
    prefilled = item.required == "prefilled"
    number = item.data_type in NUMBERS
    faults = (
        (item.derived != bool(item.method), "required", "a derived item, and no other, has a method"),
        (bool(item.codelist) and item.data_type != "text", "codelist", "a code list needs data_type: text"),
        (item.multi and not item.codelist, "multi", "several answers need a code list"),
        (
            item.decimals is not None and item.data_type != "float",
            "decimals",
            "decimals need data_type: float",
        ),
        (bool(item.units or item.range) and not number, "data_type", "units and ranges belong to numbers"),
        (bool(item.units) and item.units_by_row, "units_by_row", "units stand at the item or at the rows"),
        (
            (item.data_type == "record_ref") != bool(item.ref_form),
            "data_type",
            "data_type: record_ref and ref_form go together",
        ),
        (item.units_by_row and not rows, "units_by_row", "the group has no fixed rows"),
        (
            prefilled and rows == bool(item.constant),
            "required",
            "a prefilled item is filled by every fixed row, elsewhere by its constant",
        ),
        (bool(item.constant) and not prefilled, "constant", "a constant belongs to required: prefilled"),
        (
            item.show_if is not None and item.required in OWED and item.show_if.text.strip() in NEVER,
            "show_if",
            "a required item would stay hidden for ever",
        ),
    )
    for wrong, key, what in faults:
        if wrong:
            draft.wrong("item", item.oid, key, what)


def _references(draft: Draft, item: Item, group: ItemGroup, version: StudyVersion) -> None:
    if item.ref_form:
        target = next((form for form in version.forms if form.oid == item.ref_form), None)
        if target and target.repeating not in MANY:
            draft.wrong("item", item.oid, "ref_form", f"{target.oid} has no lines to refer to")
    apart = "cannot be converted into each other"
    if not _convertible(item.units, version):
        draft.wrong("item", item.oid, "units", f"{', '.join(item.units)} {apart}")
    for row in group.rows if item.units_by_row else ():
        if not _convertible(row.units, version, row.key):
            draft.wrong("row", f"{group.oid}.{row.key}", "units", f"{', '.join(row.units)} {apart}")


def _convertible(units: tuple[str, ...], version: StudyVersion, test: str = "") -> bool:
    canonical = {unit.canonical for unit in version.units if unit.oid in units}
    ways = {row["test"]: {row["canonical"], *row["factors"]} for row in version.tables["analyte_conversions"]}
    return len(canonical) <= 1 or set(units) <= ways.get(test, set())


def _rows(draft: Draft, group: ItemGroup, version: StudyVersion) -> None:
    terms = _terms(version)
    lists = {codelist.oid: [code.value for code in codelist.items] for codelist in version.codelists}
    for row in group.rows:
        place = f"{group.oid}.{row.key}"
        for item in group.items:
            codes, cell = lists.get(item.codelist or ""), row.prefilled.get(item.oid)
            if codes and cell and cell not in codes:
                what = f"{cell} is not a code of {item.codelist}{near(cell, codes)}"
                draft.wrong("row", place, item.oid, what)
        for term in row.ctcae:
            if term not in terms:
                draft.wrong("row", place, "ctcae", f"the grade table has no term {term}{near(term, terms)}")


def _terms(version: StudyVersion) -> list[str]:
    """List the terms of the grade table; what is no table was noted when it was read."""
    rows = version.tables["ctcae"].get("rows")
    return [str(row.get("term")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _schedule(draft: Draft, version: StudyVersion) -> None:
    logs = {event.oid for event in version.events if event.kind == "common"}
    for form in version.forms:
        events = {event.oid for event in version.events for ref in event.forms if ref.form == form.oid}
        if events and (form.repeating == "log") != (events <= logs):
            draft.wrong(
                "form", form.oid, "repeating", "logs, and only logs, stand in the event of kind common"
            )


def _rights(draft: Draft, version: StudyVersion) -> None:
    forms = {form.oid: {item.oid for item in form.items()} for form in version.forms}
    for right in version.rights:
        for item in right.item_enter:
            if right.form in forms and item not in forms[right.form] and ("item", item) in draft.sections:
                draft.wrong("right", right.form, "items", f"item {item} stands in another form")


def _check(draft: Draft, check: Check, version: StudyVersion) -> None:
    home = next((form for form in version.forms if form.oid == check.home), None)
    own = {item.oid for item in home.items()} if home else set()
    if check.at and check.at not in own and ("item", check.at) in draft.sections:
        draft.wrong("check", check.oid, "at", f"at: {check.at} is not an item of {check.home}")


def _method(draft: Draft, method: Method, version: StudyVersion) -> None:
    """Note what a case gives and the method does not fill; one that fills nothing is named itself."""
    methods = {one.oid for one in version.methods}
    of = {item.oid: item.method for form in version.forms for item in form.items()}
    names = {oid for oid, named in of.items() if named == method.oid} or {method.oid}
    # an item whose own method is wrong is said already
    names |= {oid for oid, named in of.items() if named not in methods}
    section = draft.sections.get(("method", method.oid))
    source = section.source.get("cases") if section else None
    for number, case in enumerate(method.cases):
        given = case.get("gives")
        for name in given if isinstance(given, dict) else ():
            if name not in names and section is not None and source is not None:
                what = f"{section.who}: case: the method does not fill {name}"
                draft.mistakes.add(source.marks[number], what)
