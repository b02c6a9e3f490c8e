"""The gates of the schedule read from its file: consent, dose, withdrawal, re-consent, deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

KEEPS = ("forms", "events", "without")
OF_DEVIATION = ("visit", "consent")


def read_gates(draft: Draft, schedule: Section) -> dict[str, Any]:
    """Read the gates as plain data; a schedule without them has none."""
    section = schedule.section("gates", "gates")
    if section is None:
        return {}
    readers = {
        "consent": _consent, "enrolment": _enrolment, "dose": _dose, "withdrawal": _withdrawal,
        "reconsent": _reconsent, "deviation": _deviation,
    }  # fmt: skip
    found = {}
    for key, reader in readers.items():
        inner = section.section(key, f"gates: {key}")
        if inner is not None:
            found[key] = reader(draft, inner)
            inner.done()
    section.done()
    if "consent" not in found:
        for key in ("withdrawal", "reconsent"):
            if key in found:
                section.wrong(key, f"{key} needs the gate of consent")
    return found


def check_gates(draft: Draft, version: StudyVersion) -> None:
    """Note codes that the lists of the items do not have, and ages that are no setting."""
    table = version.tables.get("gates", {})
    consent, kinds = (
        table.get("consent", {}),
        [("consent", "kind", table.get("consent", {}).get("counts", ()))],
    )
    ages = table.get("reconsent", {}).get("ages", ())
    kinds += [("reconsent", "", one["kinds"]) for one in ages]
    scopes = table.get("withdrawal", {})
    kinds.append(("withdrawal", "scope", scopes.get("keeps", {})))
    deviation = table.get("deviation", {})
    kinds.append(("deviation", "kind", [deviation[key] for key in OF_DEVIATION if key in deviation]))
    for key, item, codes in kinds:
        name = table.get(key, {}).get(item) if item else consent.get("kind")
        known = _codes(version, name)
        for code in codes:
            if known is not None and code not in known:
                draft.wrong("gate", key, None, f"{code} is not a code of {name}")
    numbers = {one.key for one in version.settings if one.type == "integer"}
    for one in ages:
        if isinstance(one["age"], str) and one["age"] not in numbers:
            draft.wrong("gate", "reconsent", None, f"{one['age']} is no whole-number setting of study.yaml")
    if scopes and scopes["unstated"] not in scopes["keeps"]:
        draft.wrong("gate", "withdrawal", "unstated", f"keeps says nothing of {scopes['unstated']}")


def _codes(version: StudyVersion, item: str | None) -> set[str] | None:
    lists = {one.oid: {code.value for code in one.items} for one in version.codelists}
    found = (one for form in version.forms for one in form.items() if one.oid == item)
    return next((lists.get(one.codelist or "") for one in found), None)


def _consent(draft: Draft, section: Section) -> dict[str, Any]:
    draft.sections["gate", "consent"] = section
    return {
        "form": _name(draft, "form", section, "form"),
        "kind": _name(draft, "item", section, "kind"),
        "date": _name(draft, "item", section, "date"),
        "counts": list(section.names("counts")),
        "free": list(draft.use_all("form", section, "free")),
    }


def _enrolment(draft: Draft, section: Section) -> dict[str, Any]:
    return {key: list(draft.use_all("check", section, key)) for key in ("against", "judged")}


def _dose(draft: Draft, section: Section) -> dict[str, Any]:
    after = _name(draft, "form", section, "after")
    return {"after": after, "forms": list(draft.use_all("form", section, "forms"))}


def _withdrawal(draft: Draft, section: Section) -> dict[str, Any]:
    draft.sections["gate", "withdrawal"] = section
    keeps = section.section("keeps", f"{section.who}: keeps")
    left = {}
    for scope in keeps.source if keeps else ():
        inner = keeps.section(scope, f"{section.who}: {scope}") if keeps else None
        if inner is not None:
            kinds = dict(zip(KEEPS, ("form", "event", "form"), strict=True))
            left[scope] = {
                key: list(draft.use_all(kind, inner, key))  # type: ignore[arg-type]
                for key, kind in kinds.items()
                if inner.has(key)
            }
            inner.done()
    named = {key: _name(draft, "item", section, key) for key in ("said", "date", "scope")}
    return {**named, "unstated": section.text("unstated"), "keeps": left}


def _reconsent(draft: Draft, section: Section) -> dict[str, Any]:
    draft.sections["gate", "reconsent"] = section
    ages = []
    for inner in section.sections("ages", "age", needed=True):
        age = inner.raw("age", needed=True)
        if isinstance(age, bool) or not isinstance(age, int | str):
            inner.wrong("age", "age must be whole years or the name of a setting")
            age = 0
        ages.append({"age": age, "kinds": list(inner.names("kinds"))})
        inner.done()
    days = {key: section.number(key) or 0 for key in ("ahead", "within")}
    return {**days, "ages": ages}


def _deviation(draft: Draft, section: Section) -> dict[str, Any]:
    draft.sections["gate", "deviation"] = section
    items = {key: _name(draft, "item", section, key) for key in ("kind", "text", "date")}
    words = {key: section.text(key) for key in OF_DEVIATION}
    return {"form": _name(draft, "form", section, "form"), **items, **words}


def _name(draft: Draft, kind: Any, section: Section, key: str) -> str:
    section.raw(key, needed=True)
    return draft.use(kind, section, key) or ""
