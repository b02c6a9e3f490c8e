"""What a reader sees of somebody's words: a text of invisible signs says nothing; knows no page."""

from __future__ import annotations

import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
"""Kinds of signs that show nothing by themselves: format and control signs, lone marks, blanks."""
FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Signs that count as letters or symbols and are drawn empty (Hangul fillers, the empty Braille cell)."""


OPENERS: Final = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"),
    **dict.fromkeys("\u2066\u2067\u2068", "\u2069"),
}
"""Signs that turn the direction of what follows, each with the sign that ends it."""
ENDS: Final = frozenset(OPENERS.values())
ISOLATE_END: Final = "\u2069"


def balanced(text: str) -> str:
    """Give a text as it may stand among other text: what it turns it turns back, and nothing but its own."""
    if text.isascii():
        return text
    kept: list[str] = []
    due: list[str] = []
    for sign in text:
        if sign in OPENERS:
            due.append(OPENERS[sign])
        elif sign in ENDS and not _ends(due, sign):
            continue
        kept.append(sign)
    return "".join([*kept, *reversed(due)])


def _ends(due: list[str], sign: str) -> bool:
    """Take back what a sign ends; an isolate ends all that was opened in it, and nothing in it ends it."""
    if sign not in due or (sign != ISOLATE_END and due[-1] != sign):
        return False
    while due.pop() != sign:
        pass
    return True


def seen(text: str) -> str:
    """Give the signs of a text that show something."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "")
    return "".join(one for one in text if one not in FILLERS and unicodedata.category(one) not in UNSEEN)


def said(text: str) -> str:
    """Give words as they are kept, outer blanks cut; nothing where a reader would see nothing."""
    return text.strip() if seen(text) else ""
