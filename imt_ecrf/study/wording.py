"""What a reader sees of somebody's words: a text of invisible signs says nothing; knows no page."""

from __future__ import annotations

import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
"""Kinds of signs that show nothing by themselves: format and control signs, lone marks, blanks."""
FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Signs that count as letters or symbols and are drawn empty (Hangul fillers, the empty Braille cell)."""


def seen(text: str) -> str:
    """Give the signs of a text that show something."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "")
    return "".join(one for one in text if one not in FILLERS and unicodedata.category(one) not in UNSEEN)


def said(text: str) -> str:
    """Give words as they are kept, outer blanks cut; nothing where a reader would see nothing."""
    return text.strip() if seen(text) else ""
