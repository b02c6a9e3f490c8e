"""lower() and contains_word() by written tables, the same in the browser; knows no locale."""

from __future__ import annotations

from typing import Final


def _lower_table() -> dict[int, int]:
    spans = [(0x41, 0x5A, 32), (0xC0, 0xDE, 32), (0x410, 0x42F, 32), (0x400, 0x40F, 80)]
    table = {code: code + step for lo, hi, step in spans for code in range(lo, hi + 1)}
    del table[0xD7]
    return table


_LOWER: Final = _lower_table()
_WORD: Final = ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x370, 0x52F))
_NO_WORD: Final = frozenset({0xD7, 0xF7})


def lower(text: str) -> str:
    """Give the text in small letters (Latin and Cyrillic)."""
    return text.translate(_LOWER)


def is_word_sign(sign: str) -> bool:
    """Tell whether a sign is part of a word: 0-9, Latin, Greek, Cyrillic letters."""
    code = ord(sign)
    return code not in _NO_WORD and any(lo <= code <= hi for lo, hi in _WORD)


def contains_word(text: str, *words: str) -> bool:
    """Tell whether one of the words stands in the text on its own; case does not count."""
    small = lower(text)
    return any(_contains(small, lower(word)) for word in words)


def _contains(text: str, word: str) -> bool:
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        before = place > 0 and is_word_sign(word[0]) and is_word_sign(text[place - 1])
        after = end < len(text) and is_word_sign(word[-1]) and is_word_sign(text[end])
        if not before and not after:
            return True
        place = text.find(word, place + 1)
    return False
