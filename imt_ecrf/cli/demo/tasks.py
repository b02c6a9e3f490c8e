"""What people of the demo do, as plain data: one work of one person at one moment, task by task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.cli.demo.saying import Answers


@dataclass(frozen=True, slots=True)
class Place:
    """A form of a child: event, its number, form, its number."""

    event: str
    repeat: int
    form: str
    number: int = 1


@dataclass(frozen=True, slots=True)
class Screen:
    """Give the child its code."""


@dataclass(frozen=True, slots=True)
class Enrol:
    """Enrol the child."""


@dataclass(frozen=True, slots=True)
class OpenUnscheduled:
    """Open the next unscheduled visit."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Save answers in a form, and complete it unless it is left for later; `reason` when values change."""

    place: Place
    answers: Answers
    complete: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Miss:
    """Write down that a visit did not take place."""

    event: str
    repeat: int
    reason: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Mark a whole form as not done."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Strike:
    """Strike out a line of a log."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign every form of the child that waits for this person, or one form only."""

    meaning: str = "reviewed"
    only: str = ""
    apart_from: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Raise a query on an item; `name` finds it again."""

    name: str
    place: Place
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a query, or (close) settle it."""

    name: str
    text: str
    close: bool = False


@dataclass(frozen=True, slots=True)
class Propose:
    """Propose a protocol deviation in a monitor's words."""

    kind: str
    day: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Accept a proposed deviation into the log in these words, or decline it with this reason."""

    cause: str
    text: str
    accept: bool = True


Task = (
    Screen | Enrol | OpenUnscheduled | Fill | Miss | NotDone | Strike | Sign | Ask | Reply | Propose | Decide
)


@dataclass(frozen=True, slots=True)
class Work:
    """What one person does for one child in one sitting, beginning at a moment in UTC."""

    at: dt.datetime
    child: int
    site: str
    role: str
    tasks: tuple[Task, ...] = field(default=())
