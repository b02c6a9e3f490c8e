"""The name of a visit with its number: `Cycle 5 day 1`, `Tumour assessment 2`; knows no schedule."""

from __future__ import annotations

import re
from typing import Final

EXPLAINED: Final = re.compile(r"\s*\(n\s*=[^)]*\)")
COUNTER: Final = re.compile(r"\bn\b")


def numbered(name: str, repeat: int) -> str:
    """Put the number of a repeating visit in the place its name keeps for it, else behind the name."""
    plain = EXPLAINED.sub("", name)
    if COUNTER.search(plain):
        return COUNTER.sub(str(repeat), plain)
    return f"{plain} {repeat}" if repeat > 1 else plain
