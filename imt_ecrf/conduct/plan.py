"""Which visits a subject has or may have now, from schedule and course; pure, knows no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.consents import stops
from imt_ecrf.study.gates import gates
from imt_ecrf.study.windows import Window, formula, window

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from imt_ecrf.conduct.views import Address
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.consents import Given, Taken
    from imt_ecrf.study.definition import StudyEvent

MOST_REPEATS: Final = 400
LAST_DOSE: Final = "last dose"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the plan needs of a subject's course: dates by anchor, and when things began and ended.

    `consents` is None for facts kept before consents were counted; `birth` bounds the day of birth.
    """

    anchors: Mapping[str, dt.date] = field(default_factory=dict)
    enrolled: bool = False
    dosed: bool = False
    stopped_on: dt.date | None = None
    progressed_on: dt.date | None = None
    ended: bool = False
    consents: tuple[Given, ...] | None = None
    withdrawals: tuple[Taken, ...] = ()
    birth: tuple[dt.date, dt.date] | None = None

    def plain(self) -> dict[str, Any]:
        """Give the facts as JSON keeps them."""
        return {
            "anchors": {name: day.isoformat() for name, day in self.anchors.items()},
            "enrolled": self.enrolled,
            "dosed": self.dosed,
            "stopped_on": self.stopped_on and self.stopped_on.isoformat(),
            "progressed_on": self.progressed_on and self.progressed_on.isoformat(),
            "ended": self.ended,
            **self._of_consent(),
        }

    def _of_consent(self) -> dict[str, Any]:
        if self.consents is None:
            return {}
        found: dict[str, Any] = {"consents": [[kind, day.isoformat()] for kind, day in self.consents]}
        if self.withdrawals:
            found["withdrawals"] = [[scope, day and day.isoformat()] for scope, day in self.withdrawals]
        if self.birth:
            found["birth"] = [day.isoformat() for day in self.birth]
        return found

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Facts:
        """Read the facts as JSON keeps them; nothing known gives a subject in screening."""
        return cls(
            {name: dt.date.fromisoformat(day) for name, day in plain.get("anchors", {}).items()},
            bool(plain.get("enrolled")),
            bool(plain.get("dosed")),
            _day(plain.get("stopped_on")),
            _day(plain.get("progressed_on")),
            bool(plain.get("ended")),
            _consents(plain),
            tuple((scope, _day(day)) for scope, day in plain.get("withdrawals", ())),
            _birth(plain),
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A visit that is held or may be opened, with its window where one is known."""

    event: StudyEvent
    repeat: int
    window: Window | None


Held = tuple[str, int]


def plan(
    book: Book, facts: Facts, held: Collection[Held], today: dt.date, only: Collection[str] | None = None
) -> tuple[Planned, ...]:
    """List the visits held and those that may be opened now or next, in the order of the schedule.

    `only` names the events that are asked for, by their OID.
    """
    asked = (one for one in book.version.events if only is None or one.oid in only)
    return tuple(one for event in asked for one in _of_event(book, event, facts, held, today))


def may_open(book: Book, facts: Facts, held: Collection[Held], today: dt.date, visit: Held) -> bool:
    """Tell whether a visit that is not held yet may be opened now."""
    event = book.events.get(visit[0])
    if event is None or event.kind == "unscheduled":
        return False
    return any(one.repeat == visit[1] for one in _of_event(book, event, facts, held, today))


def state_of(stored: str | None, expected: Window | None, today: dt.date) -> str:
    """Work out the state of a visit: what was stored, else what the calendar says."""
    if stored not in (None, "planned"):
        return str(stored)
    if expected is None:
        return "planned" if stored is None else "due"
    if today < expected.first:
        return "planned"
    return "due" if today <= expected.last else "overdue"


def target(book: Book, facts: Facts, place: Address) -> dt.date | None:
    """Give the day a visit is planned for; None when it is not counted from anything known."""
    expected = window(book.events[place.event], place.event_repeat, facts.anchors)
    return expected.target if expected else None


def first_repeat(book: Book, event: StudyEvent) -> int:
    """Give the first number of a repeating visit: cycles begin after the last visit planned one by one."""
    if event.kind != "repeating" or event.day is None:
        return 1
    before = [
        formula(one.day, 1)
        for one in book.version.events
        if one.kind == "scheduled" and one.anchor == event.anchor and one.day is not None
    ]
    latest = max(before, default=0)
    return next(number for number in range(1, MOST_REPEATS) if formula(event.day, number) > latest)


def _of_event(
    book: Book, event: StudyEvent, facts: Facts, held: Collection[Held], today: dt.date
) -> Iterator[Planned]:
    """List the visits of an event; after a withdrawal only those held before, or still open to safety."""
    for one in _scheduled(book, event, facts, held, today):
        first = one.window.first if one.window else today
        if (event.oid, one.repeat) in held or not _withdrawn(book, event, facts, first):
            yield one


def _withdrawn(book: Book, event: StudyEvent, facts: Facts, day: dt.date) -> bool:
    if not facts.withdrawals or event.kind == "common":
        return False
    found = stops(gates(book), facts.consents or (), facts.withdrawals)
    return any(one.holds_back(day) and not one.keeps.event(event) for one in found)


def _scheduled(
    book: Book, event: StudyEvent, facts: Facts, held: Collection[Held], today: dt.date
) -> Iterator[Planned]:
    if event.kind == "repeating":
        yield from _repeats(book, event, facts, held, today)
        return
    if event.kind == "unscheduled":
        numbers = sorted(repeat for oid, repeat in held if oid == event.oid)
        yield from (Planned(event, number, None) for number in numbers)
        return
    expected = window(event, 1, facts.anchors)
    if (event.oid, 1) in held or _offered(book, event, facts, expected):
        yield Planned(event, 1, expected)


def _offered(book: Book, event: StudyEvent, facts: Facts, expected: Window | None) -> bool:
    if event.kind == "common":
        return True
    if event.kind == "triggered":
        if event.anchor != LAST_DOSE:
            return not facts.ended
        return not facts.ended and (facts.stopped_on is not None or (event.day == "0" and facts.dosed))
    if event == next(one for one in book.version.events if one.kind == "scheduled"):
        return True
    if not facts.enrolled or facts.ended or (expected is None and event.anchor in book.events):
        return False
    return expected is None or not _after_treatment(event, facts, expected)


def _repeats(
    book: Book, event: StudyEvent, facts: Facts, held: Collection[Held], today: dt.date
) -> Iterator[Planned]:
    number = first = first_repeat(book, event)
    highest = max((repeat for oid, repeat in held if oid == event.oid), default=first - 1)
    while number < MOST_REPEATS:
        expected = window(event, number, facts.anchors)
        is_held = (event.oid, number) in held
        if not is_held and (expected is None or _over(event, facts, expected)):
            if number > highest:
                return
        else:
            yield Planned(event, number, expected)
            follows = number > first and (event.oid, number - 1) in held
            if number > highest and expected is not None and expected.first > today and not follows:
                return
            if number > highest + 1 and expected is not None and expected.first > today:
                return
        number += 1


def _over(event: StudyEvent, facts: Facts, expected: Window) -> bool:
    if facts.ended:
        return True
    if "treatment" in event.repeats:
        return _after_treatment(event, facts, expected)
    limit = facts.progressed_on if "progression" in event.repeats else None
    return limit is not None and expected.target > limit


def _after_treatment(event: StudyEvent, facts: Facts, expected: Window) -> bool:
    """Tell whether a visit under treatment is planned for the day treatment ended, or later.

    The visit of the first dose took place, even when that dose was the last.
    """
    if facts.stopped_on is None or expected.target == facts.anchors.get(event.anchor):
        return False
    return expected.target >= facts.anchors.get(LAST_DOSE, facts.stopped_on)


def _consents(plain: Mapping[str, Any]) -> tuple[Given, ...] | None:
    if "consents" not in plain:
        return None
    return tuple((kind, dt.date.fromisoformat(day)) for kind, day in plain["consents"])


def _birth(plain: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    if "birth" not in plain:
        return None
    first, last = map(dt.date.fromisoformat, plain["birth"])
    return first, last


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
