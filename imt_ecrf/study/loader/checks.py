"""Edit checks with their cases, read from a form or subject_checks.yaml; knows no rule language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from imt_ecrf.study.definition import Check, Rule
from imt_ecrf.study.loader.draft import WrittenRule
from imt_ecrf.study.loader.source import Map, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

SCOPES: Final = ("univariate", "within_form", "cross_form", "cross_visit", "cross_subject")
CASE_FIELDS: Final = frozenset(
    {"given", "here", "events", "records", "rows", "facts", "settings", "fires", "why"}
)
HOMES: Final = ("SUBJECT", "ANY")
_WORD: Final = re.compile(r"[A-Z][A-Z0-9_]+")


def read_checks(draft: Draft, section: Section, home: str | None = None) -> Iterator[Check]:
    """Read the checks of a form; without a home each check names its own: SUBJECT or ANY."""
    for inner in section.sections("checks", "check"):
        yield _check(draft, inner, home)


def _check(draft: Draft, section: Section, home: str | None) -> Check:
    oid = draft.name("check", section)
    place = home or section.word("home", HOMES, HOMES[0])
    check = Check(
        oid=oid,
        level=cast("Literal['hard', 'soft']", section.word("level", ("hard", "soft"), "soft")),
        scope=section.word("scope", SCOPES, ""),
        condition=section.text("condition"),
        home=place,
        at=draft.use("item", section, "at"),
        rule=Rule(section.text("rule")),
        message=section.translated("message"),
        triggers=draft.use_all("item", section, "triggers"),
        shown_to=draft.use_all("role", section, "shown_to"),
        cases=tuple(_cases(draft, section)),
    )
    section.raw("level", needed=True)
    section.done()
    draft.rules.append(WrittenRule(check.rule, section.mark("rule"), section.who, "check", place, oid))
    return check


def _cases(draft: Draft, section: Section) -> Iterator[dict[str, Any]]:
    verdicts = set()
    for inner in section.sections("cases", f"{section.who}: case"):
        inner.asked |= CASE_FIELDS
        inner.done()
        fires = inner.raw("fires")
        if not isinstance(fires, bool):
            inner.wrong("fires", "fires must be true or false")
        if not isinstance(inner.raw("given"), Map):
            inner.wrong("given", "given must hold items and their answers; {} when there are none")
        verdicts.add(fires)
        _names(draft, inner)
        yield plain(inner.source)
    for verdict, does in ((True, "fires"), (False, "does not fire")):
        if verdict not in verdicts:
            section.wrong("cases", f"there is no case that {does}")


def _names(draft: Draft, case: Section) -> None:
    """Note the items, forms, groups, events and settings that a case names."""
    draft.use_keys("item", case.section("given", case.who))
    draft.use_keys("setting", case.section("settings", case.who))
    case.section("facts", case.who)
    here = case.section("here", case.who)
    if here:
        _place(draft, here, ("row", "group"))
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


def words(text: str, items: frozenset[str]) -> tuple[str, ...]:
    """List the items that a rule names, in quotes or not, by name."""
    return tuple(sorted(items.intersection(_WORD.findall(text))))
