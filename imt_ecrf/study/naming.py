"""The name of a visit with its number: `Cycle 5 day 1`, `Tumour assessment 2`; knows no schedule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imt_ecrf.study.definition import StudyEvent

EXPLAINED: Final = re.compile(r"\s*\(n\s*=[^)]*\)")
COUNTER: Final = re.compile(r"\bn\b")
COUNTED: Final = frozenset({"repeating", "unscheduled"})


def event_name(event: StudyEvent, repeat: int, language: str) -> str:
    """Put the number of a repeating visit in the place its name keeps for it (n), else behind the name."""
    name = event.name.in_(language)
    if event.kind not in COUNTED:
        return name
    plain = EXPLAINED.sub("", name)
    return COUNTER.sub(str(repeat), plain) if COUNTER.search(plain) else f"{plain} {repeat}"
