"""The words of the interface in the language of the page, with their types; knows no page."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from flask_babel import get_translations


def catalogue() -> Any:
    """Give the words of this page's language, looked up once a page: a page asks for hundreds."""
    if not has_app_context():
        return get_translations()
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def gettext(text: str, **values: Any) -> str:
    """Give a text in the language of the page."""
    found = str(catalogue().ugettext(text))
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Give a text with a number, in the form the number asks for (Russian has three)."""
    found = str(catalogue().ungettext(one, many, num))
    return found % {"num": num, **values}
