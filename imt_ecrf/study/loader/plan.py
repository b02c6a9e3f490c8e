"""The study, its settings and its schedule read from their files; knows no form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from imt_ecrf.study.definition import EventKind, Expected, FormRef, Rule, Setting, StudyEvent
from imt_ecrf.study.loader.cases import read_cases
from imt_ecrf.study.loader.draft import Reference, WrittenRule
from imt_ecrf.study.loader.section import Section
from imt_ecrf.study.loader.source import Map, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft

TYPES: Final[dict[str, type]] = {"integer": int, "text": str, "boolean": bool, "groups": list}
EXPECTED: Final[dict[str, Expected]] = {"required": "R", "optional": "O"}
ANCHORS: Final = frozenset({"first dose", "last dose", "event", "-"})


def read_settings(draft: Draft, section: Section) -> Iterator[Setting]:
    """Read the settings of the study and of its sites; a key is the name of a setting."""
    settings = section.section("settings", "settings")
    for key in settings.source if settings else ():
        inner = settings.section(key, f"setting {key}") if settings else None
        if inner is not None:
            draft.sections["setting", key] = inner
            yield _setting(inner, key)


def _setting(section: Section, key: str) -> Setting:
    setting = Setting(
        key=key,
        type=section.word("type", tuple(TYPES), "text"),
        scope=cast("Literal['study', 'site']", section.word("scope", ("study", "site"), "study")),
        default=plain(section.raw("default", needed=True)),
        values=section.names("values"),
        question=section.translated("question"),
        asked=section.number("asked", 1),
    )
    for needed in ("type", "scope"):
        section.raw(needed, needed=True)
    section.done()
    # isinstance(True, int) holds, so the exact type is asked
    if setting.default is not None and type(setting.default) is not TYPES[setting.type]:
        section.wrong("default", f"default must be of type {setting.type}")
    elif setting.values and setting.default not in setting.values:
        section.wrong("default", f"default must be one of {', '.join(setting.values)}")
    return setting


def read_events(draft: Draft, section: Section) -> Iterator[StudyEvent]:
    """Read the schedule: the events and which form is expected at each."""
    for inner in section.sections("events", "event", needed=True):
        oid = draft.name("event", inner)
        anchor = inner.text("anchor")
        if anchor not in ANCHORS:
            draft.used.append(Reference("event", anchor, inner.mark("anchor"), inner.who))
        event = StudyEvent(
            oid=oid,
            name=inner.translated("name"),
            kind=cast("EventKind", inner.word("kind", get_args(EventKind), "scheduled")),
            anchor=anchor,
            day=inner.said("day"),
            window_before=inner.said("window_before"),
            window_after=inner.said("window_after"),
            repeats=inner.text("repeats"),
            forms=tuple(_refs(draft, inner)),
            note=inner.maybe("note") or "",
            in_order=inner.word("in_order", ("yes", "no"), "yes") == "yes",
        )
        inner.done()
        yield event


def _refs(draft: Draft, section: Section) -> Iterator[FormRef]:
    forms = section.section("forms", section.who)
    for form in forms.source if forms else ():
        if forms is not None:
            draft.used.append(Reference("form", form, forms.mark(form), section.who))
            yield _ref(draft, forms, form)


def _ref(draft: Draft, forms: Section, form: str) -> FormRef:
    value = forms.raw(form)
    if isinstance(value, str) and value in EXPECTED:
        return FormRef(form, EXPECTED[value])
    who = f"{forms.who}: form {form}"
    if not isinstance(value, Map):
        forms.mistakes.add(forms.mark(form), f"{who}: write required, optional or {{when: a rule}}")
        return FormRef(form, "O")
    inner = Section(forms.mistakes, value, who)
    rule = Rule(inner.text("when"), cases=read_cases(draft, inner, "expected"))
    inner.done()
    if rule.text:
        draft.rules.append(WrittenRule(rule, inner.mark("when"), who, "when", "EVENT", form))
    return FormRef(form, "C", rule)
