"""How many of everything a version holds; knows no file and no database."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.definition import TranslatedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import StudyVersion


def counts(version: StudyVersion) -> dict[str, int]:
    """Count what a version holds, by the names of the study's own words."""
    groups = [group for form in version.forms for group in form.groups]
    items = [item for group in groups for item in group.items]
    return {
        "events": len(version.events),
        "forms": len(version.forms),
        "groups": len(groups),
        "items": len(items),
        "derived_items": sum(item.derived for item in items),
        "critical_items": sum(item.critical for item in items),
        "rows": sum(len(group.rows) for group in groups),
        "codelists": len(version.codelists),
        "codelist_values": sum(len(codelist.items) for codelist in version.codelists),
        "units": len(version.units),
        "conditions": sum(item.show_if is not None for item in items),
        "form_conditions": sum(ref.condition is not None for event in version.events for ref in event.forms),
        "methods": len(version.methods),
        "checks": len(version.checks),
        "hard_checks": sum(check.level == "hard" for check in version.checks),
        "cases": sum(len(check.cases) for check in version.checks),
        "settings": len(version.settings),
        "roles": len(version.roles),
        "texts": sum(1 for _ in texts(version)),
        "texts_without_russian": sum(not text.ru for text in texts(version)),
    }


def texts(part: Any) -> Iterator[TranslatedText]:
    """Give every text that users see in a definition and in all its parts."""
    if isinstance(part, TranslatedText):
        yield part
    elif isinstance(part, tuple):
        for member in part:
            yield from texts(member)
    elif is_dataclass(part):
        for field in fields(part):
            yield from texts(getattr(part, field.name))
