"""The kinds of work in the order of harm, and one thing that waits; knows no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.conduct.views import Address

KINDS: Final = (
    *("overdue", "query", "signature void", "verify again", "typed", "in progress", "due", "central"),
    *("own items", "to sign", "answered", "to verify", "to review", "to review medically"),
)
"""Kinds of work in the order of harm."""
GROUPED: Final = frozenset(
    {"signature void", "to sign", "verify again", "to verify", "to review", "to review medically"},
)
"""Kinds listed by subject or visit, not form by form."""
CENTRAL: Final = "central"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that waits for this person: its kind, where, since when, until when.

    `count`: answers to settle, items to verify; `forms`: how many forms stand behind a row of a group.
    """

    kind: str
    site: str
    subject: str
    event: str = ""
    repeat: int = 1
    address: Address | None = None
    path: str = ""
    since: dt.datetime | None = None
    until: dt.date | None = None
    count: int = 0
    ref: str = ""
    forms: int = 1


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One kind of work of a person: how many rows its list has, for how many forms, and some of the rows."""

    kind: str
    total: int
    forms: int
    items: tuple[WorkItem, ...] = ()
