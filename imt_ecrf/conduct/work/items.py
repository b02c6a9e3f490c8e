"""The kinds of work in the order of harm, and one thing that waits; knows no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.conduct.views import Address

KINDS: Final = (
    *(
        "overdue",
        "due signature",
        "consent again",
        "query",
        "signature void",
        "verify again",
        "typed",
        "in progress",
        "due",
        "central",
    ),
    *("own items", "to sign", "answered", "to verify", "to review", "to review medically"),
)
"""Kinds of work in the order of harm."""
GROUPED: Final = frozenset(
    {"signature void", "to sign", "verify again", "to verify", "to review", "to review medically"},
)
"""Kinds listed by subject or visit, not form by form."""
BY_DAY: Final = {"due signature": "signature", "consent again": "consent"}
"""Kinds that are due by a day no visit plans, and how they are called where they are kept."""
CENTRAL: Final = "central"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that waits for this person: its kind, where, since when, until when.

    `count`: answers to settle, items to verify; `forms`: how many forms stand behind a row of a group;
    `ref`: the query, or the form consent is recorded in. Of work due by a day `name` is the milestone or the
    age, `left` the days that are left at the site, `at` the moment where hours count; `overdue`: too late.
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
    name: str = ""
    left: int = 0
    at: dt.datetime | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One kind of work of a person: how many rows its list has, for how many forms, and some of the rows.

    `overdue` counts, of work due by a day, the rows that are too late.
    """

    kind: str
    total: int
    forms: int
    items: tuple[WorkItem, ...] = ()
    overdue: int = 0
