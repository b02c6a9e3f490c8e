"""Free text that may name a person: number patterns that identify, and words that look like names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imt_ecrf.study.rules.facts import Context

# SNILS, OMS policy, Russian passport, telephone, e-mail, full birth date after "born" and its Russian forms.
NUMBERS = re.compile(
    r"\b\d{3}-\d{3}-\d{3}[ -]\d{2}\b|\b\d{16}\b|\b\d{2} ?\d{2} \d{6}\b"
    r"|(?:\+7|\b8)[ (-]*\d{3}[ )-]*\d{3}[ -]?\d{2}[ -]?\d{2}\b"
    r"|[\w.+-]+@[\w-]+\.\w{2,}"
    r"|(?i:\b(?:born|dob|д\.? ?р\.?|родил[а-я]*)\W{0,3}\d{1,2}[./]\d{1,2}[./]\d{4})"
)
NAME = re.compile(
    r"\b[А-ЯЁ][а-яё]{2,} [А-ЯЁ][а-яё]{2,}(?: [А-ЯЁ][а-яё]+(?:ович|евич|овна|евна|ична))?\b"
    r"|\b[А-ЯЁ][а-яё]{2,} [А-ЯЁ]\. ?[А-ЯЁ]\."
    r"|\b(?:Mr|Mrs|Ms|Dr)\.? [A-Z][a-z]+\b"
    r"|\b[A-Z][a-z]{2,} [A-Z][a-z]{3,}\b"
)
EPONYMS = frozenset(
    [
        "lansky",
        "karnofsky",
        "gilbert",
        "hodgkin",
        "ewing",
        "fridericia",
        "bazett",
        "schwartz",
        "mosteller",
        "tanner",
        "horner",
        "raynaud",
        "лански",
        "карновский",
        "жильбер",
        "ходжкин",
        "юинг",
    ]
)


def looks_identifying(context: Context, text: str) -> bool:
    """Tell whether a text holds a number pattern or address that identifies a person (C164)."""
    del context
    return NUMBERS.search(text) is not None


def looks_like_name(context: Context, text: str) -> bool:
    """Tell whether a text holds words that look like a person's name; eponyms are left out (C171)."""
    del context
    return any(not EPONYMS & set(found.casefold().split()) for found in NAME.findall(text))
