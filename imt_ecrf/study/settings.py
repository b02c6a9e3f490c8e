"""Study and site settings as rules ask them: the site's value, else the study's default."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Value


def site_cfg(context: Context, key: str) -> Value | None:
    """Give a setting in its type; unknown while neither site nor study has set it."""
    given = context.subject.settings.get(key)
    if given is None and context.book is not None:
        found = next((one for one in context.book.version.settings if one.key == key), None)
        given = found.default if found else None
    return typed(given, context.dictionary.settings.get(key, "text"))


def typed(given: object, kind: str) -> Value | None:
    """Turn a setting as kept (JSON or text) into a value of its type."""
    if given is None:
        return None
    text = str(given)
    match kind.partition("(")[0]:
        case "boolean":
            return text.lower() == "true"
        case "integer":
            return int(text)
        case "decimal" | "float":
            return Fraction(text)
    return text
