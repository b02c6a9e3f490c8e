"""The words of the interface in the language of the page, with their types; knows no page."""

from __future__ import annotations

from typing import Any

import flask_babel


def gettext(text: str, **values: Any) -> str:
    """Give a text in the language of the page."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Give a text with a number, in the form the number asks for (Russian has three)."""
    return str(flask_babel.ngettext(one, many, num, **values))
