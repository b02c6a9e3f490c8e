"""Worked cases, read from beside a check, a condition or a method; knows no rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.loader.source import Map, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

DESCRIBED: Final = frozenset(
    {"given", "here", "events", "records", "rows", "facts", "settings", "tables", "why"}
)


def read_cases(draft: Draft, section: Section, verdict: str) -> tuple[dict[str, Any], ...]:
    """Read the cases of a section; `verdict` is the key of what must come: fires, shown, expected, gives."""
    return tuple(_cases(draft, section, verdict))


def _cases(draft: Draft, section: Section, verdict: str) -> Iterator[dict[str, Any]]:
    for inner in section.sections("cases", f"{section.who}: case"):
        inner.asked |= DESCRIBED | {verdict}
        inner.done()
        _verdict(inner, verdict)
        if not isinstance(inner.raw("given"), Map) and (verdict == "fires" or inner.has("given")):
            inner.wrong("given", "given must hold items and their answers; {} when there are none")
        _names(draft, inner)
        yield plain(inner.source)


def _verdict(case: Section, verdict: str) -> None:
    said = case.raw(verdict)
    if verdict != "gives":
        if not isinstance(said, bool):
            case.wrong(verdict, f"{verdict} must be true or false")
        return
    if not isinstance(said, Map) or not said:
        case.wrong(verdict, "gives must hold items and the values that come out; null for none")
        return
    for key, value in said.items():
        if value is not None and not isinstance(value, str):
            case.mistakes.add(said.marks[key], f"{case.who}: write what {key} is stored as, in quotes")


def _names(draft: Draft, case: Section) -> None:
    """Note the items, forms, groups, events and settings that a case names."""
    draft.use_keys("item", case.section("given", case.who))
    draft.use_keys("setting", case.section("settings", case.who))
    for key in ("facts", "tables"):
        case.section(key, case.who)
    here = case.section("here", case.who)
    if here:
        _place(draft, here, ("row", "group", "sent", "timezone"))
    for event in case.sections("events", case.who):
        event.text("event")
        _place(draft, event, ("date", "in_order"))
    for record in case.sections("records", case.who):
        record.text("form")
        draft.use("form", record, "form")
        draft.use_keys("item", record.section("values", case.who))
        _rows(draft, record)
        _place(draft, record, ("struck",))
    _rows(draft, case)


def _place(draft: Draft, section: Section, others: tuple[str, ...]) -> None:
    draft.use("event", section, "event")
    for key in ("repeat", "line"):
        section.number(key, 1)
    for key in others:
        section.raw(key)
    section.done()


def _rows(draft: Draft, section: Section) -> None:
    rows = section.section("rows", section.who)
    for group in draft.use_keys("group", rows):
        for row in rows.sections(group, section.who) if rows else ():
            draft.use_keys("item", row)
