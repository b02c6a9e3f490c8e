"""The milestones of signing read from signing.yaml; knows no person and no form that was filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast, get_args

from imt_ecrf.study.definition import Milestone, SignedTogether, TimeUnit
from imt_ecrf.study.loader.draft import Reference
from imt_ecrf.study.loader.plan import ANCHORS
from imt_ecrf.study.sign_plan import DATA_CUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

DATE_AND_TIME: Final = ("date", "time")
COUNTED: Final = frozenset({"first dose", "last dose"})


def read_milestones(draft: Draft, section: Section) -> Iterator[Milestone]:
    """Read what is signed together and by when, in the order in which forms are dealt out."""
    for inner in section.sections("milestones", "milestone", needed=True):
        oid = draft.name("milestone", inner)
        yield Milestone(
            oid=oid,
            name=inner.translated("name"),
            each=cast("SignedTogether", inner.word("each", get_args(SignedTogether), "form")),
            forms=draft.use_all("form", inner, "forms"),
            events=draft.use_all("event", inner, "events"),
            within=draft.use("setting", inner, "within"),
            unit=cast("TimeUnit", inner.word("unit", get_args(TimeUnit), "days")),
            since=draft.use_all("item", inner, "since"),
            before=_before(draft, inner),
        )
        inner.raw("each", needed=True)
        inner.done()


def check_milestones(draft: Draft, version: StudyVersion) -> None:
    """Note milestones whose time cannot be counted."""
    whole = {one.key for one in version.settings if one.type == "integer"}
    homes = {item.oid: (form.oid, item.data_type) for form in version.forms for item in form.items()}
    for one in version.milestones:
        if not one.within and not one.before:
            draft.wrong("milestone", one.oid, None, "write within or before: a milestone has a time")
        if one.within and ("setting", one.within) in draft.sections and one.within not in whole:
            draft.wrong("milestone", one.oid, "within", f"{one.within} must be a setting of type integer")
        if one.since:
            _since(draft, one, [homes[item] for item in one.since if item in homes])


def _since(draft: Draft, one: Milestone, homes: list[tuple[str, str]]) -> None:
    kinds = tuple(kind.removeprefix("partial_") for _form, kind in homes)
    forms = {form for form, _kind in homes}
    if not one.within or one.before:
        draft.wrong("milestone", one.oid, "since", "since is where within begins; it has no meaning without")
    elif len(homes) == len(one.since) and (kinds != DATE_AND_TIME[: len(kinds)] or len(forms) > 1):
        draft.wrong("milestone", one.oid, "since", "since is a date, or a date and a time, of one form")
    elif one.each in {"form", "cycle"} and forms and not forms <= set(one.forms):
        draft.wrong(
            "milestone", one.oid, "since", f"since must stand in one of its forms when each is {one.each}"
        )


def _before(draft: Draft, section: Section) -> str | None:
    name = section.maybe("before")
    if name and name != DATA_CUT and name not in COUNTED:
        if name in ANCHORS:
            section.wrong("before", f"before must be {', '.join(sorted(COUNTED))}, {DATA_CUT} or an event")
        else:
            draft.used.append(Reference("event", name, section.mark("before"), section.who))
    return name
