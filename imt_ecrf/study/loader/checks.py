"""Edit checks with their cases, read from a form or subject_checks.yaml; knows no rule language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, cast

from imt_ecrf.study.definition import Check, Rule
from imt_ecrf.study.loader.cases import read_cases
from imt_ecrf.study.loader.draft import WrittenRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

SCOPES: Final = ("univariate", "within_form", "cross_form", "cross_visit", "cross_subject")
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
        cases=read_cases(draft, section, "fires"),
    )
    section.raw("level", needed=True)
    section.done()
    draft.rules.append(WrittenRule(check.rule, section.mark("rule"), section.who, "check", place, oid))
    return check


def words(text: str, items: frozenset[str]) -> tuple[str, ...]:
    """List the items that a rule names, in quotes or not, by name."""
    return tuple(sorted(items.intersection(_WORD.findall(text))))
