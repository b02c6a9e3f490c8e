"""Loaded lists of terms (drugs by effect, synonyms): is a term in a list, and what does a list say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from imt_ecrf.study.rules.facts import Context


def dict_has(context: Context, name: str, term: str) -> bool:
    """Tell whether a loaded list holds a term, whatever its case; False for a list that is not loaded."""
    return _key(term) in _list(context, name)


def lookup(context: Context, name: str, term: str) -> str | None:
    """Give what a loaded list says of a term, unknown when it has none."""
    found = _list(context, name).get(_key(term))
    return None if found in (None, "") else str(found)


def _key(term: str) -> str:
    return normal(term).casefold()


def _list(context: Context, name: str) -> dict[str, Any]:
    tables = context.book.version.tables.get("dictionaries", {}) if context.book else {}
    given: Any = tables.get(name, {})
    pairs = given.items() if isinstance(given, dict) else ((term, "") for term in given)
    return {_key(str(term)): text for term, text in pairs}
