"""What is told at once, and to which roles, read from alerts.yaml; knows no person and no filled form."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from imt_ecrf.study.definition import Alert, Rule, TimeUnit
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section
    from imt_ecrf.study.rules.dictionary import Dictionary


def read_alerts(draft: Draft, section: Section) -> Iterator[Alert]:
    """Read what is told at once."""
    for inner in section.sections("alerts", "alert", needed=True):
        oid = draft.name("alert", inner)
        form = draft.use("form", inner, "form")
        inner.raw("form", needed=True)
        yield Alert(
            oid=oid,
            name=inner.translated("name"),
            form=form or "",
            when=Rule(inner.text("when")),
            to=draft.use_all("role", inner, "to"),
            within=draft.use("setting", inner, "within"),
            unit=cast("TimeUnit", inner.word("unit", get_args(TimeUnit), "hours")),
        )
        inner.done()


def check_alerts(draft: Draft, version: StudyVersion) -> None:
    """Note alerts that nobody would get, that would break the blinding, or whose time cannot be counted."""
    whole = {one.key for one in version.settings if one.type == "integer"}
    hidden = {right.form: set(right.hidden_from) for right in version.rights}
    for one in version.alerts:
        if not one.to:
            draft.wrong("alert", one.oid, None, "to is missing: it names the roles that are told")
        for role in one.to:
            if role in hidden.get(one.form, ()):
                draft.wrong("alert", one.oid, "to", f"{role} stands in to but may not see {one.form}")
        if one.within and ("setting", one.within) in draft.sections and one.within not in whole:
            draft.wrong("alert", one.oid, "within", f"{one.within} must be a setting of type integer")


def compile_alerts(draft: Draft, version: StudyVersion, dictionary: Dictionary) -> None:
    """Put the compiled tree beside the condition of every alert; it may read its own form only.

    It is asked when its form is written: what another form moved would go unnoticed.
    """
    for one in version.alerts:
        if not one.when.text or one.form not in dictionary.forms:
            continue  # noted already
        found = parse_and_check(one.when.text, dictionary, home=one.form, use="show_if", oid=one.oid)
        if not isinstance(found, CompiledRule):
            for error in found:
                draft.wrong("alert", one.oid, "when", f"{error.code} {error.message}")
            continue
        one.when.compiled.update(found.to_json())
        for name in found.reads:
            owner = dictionary.items.get(name) or dictionary.groups.get(name)
            if owner is None or owner.form != one.form:
                draft.wrong("alert", one.oid, "when", f"when may read {one.form} only, not {name}")
