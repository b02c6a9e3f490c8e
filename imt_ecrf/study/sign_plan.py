"""Milestones of signing: what is signed together, by when, and how far it is; knows no person."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from imt_ecrf.study.windows import STUDY_DAY_ANCHORS, formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Milestone

DATA_CUT: Final = "data cut"
FINISHED: Final = frozenset({"complete", "not done"})
HOUR: Final = 3600
_DEALT: Final[dict[str, Mapping[tuple[str, str], Milestone]]] = {}

State: TypeAlias = Literal["not yet", "due", "overdue", "signed"]


class Group(NamedTuple):
    """What is signed together, as far as it is named: a form at a visit, a visit, a cycle, or the subject."""

    event: str = ""
    repeat: int = 0
    form: str = ""
    form_repeat: int = 0
    cycle: int = 0


class Spot(NamedTuple):
    """Where a form stands within its subject."""

    event: str
    repeat: int
    form: str
    form_repeat: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form as signing asks of it: since when it stands so, when it was signed, whether that is void.

    `ready` tells whether it can be signed now, `dated` the day of its visit.
    """

    spot: Spot
    ready: bool
    since: dt.datetime
    signed_at: dt.datetime | None = None
    void: bool = False
    dated: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the time of a milestone is counted from; moments are aware, days are the site's.

    `starts` gives the moment read from the items of `since`, by milestone and group; `limits` the settings.
    """

    now: dt.datetime
    anchors: Mapping[str, dt.date] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    starts: Mapping[tuple[str, Group], dt.datetime] = field(default_factory=dict)
    cut: dt.date | None = None

    @property
    def today(self) -> dt.date:
        """Give the calendar date at the site: `now` carries its zone."""
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Reached:
    """One milestone of one subject: its state, its day (or its moment, where hours count), and its forms.

    `again` tells that a signature became void; `to_sign` are ready, `waiting` are begun and not ready.
    """

    milestone: str
    group: Group
    state: State
    again: bool = False
    due_on: dt.date | None = None
    due_at: dt.datetime | None = None
    late_days: int = 0
    late_hours: int = 0
    signed_at: dt.datetime | None = None
    to_sign: tuple[Filled, ...] = ()
    waiting: tuple[Filled, ...] = ()
    signed: int = 0


def dealt(book: Book) -> Mapping[tuple[str, str], Milestone]:
    """Give the milestone of each form at each event of the schedule; worked out once a version."""
    if book.fingerprint not in _DEALT:
        _DEALT[book.fingerprint] = dict(_deal(book))
    return _DEALT[book.fingerprint]


def _deal(book: Book) -> Iterator[tuple[tuple[str, str], Milestone]]:
    for event in book.version.events:
        for ref in event.forms:
            taker = next((one for one in book.version.milestones if _takes(one, event.oid, ref.form)), None)
            if taker is not None:
                yield (event.oid, ref.form), taker


def milestone_of(book: Book, event: str, form: str) -> str | None:
    """Name the milestone a form belongs to at an event."""
    found = dealt(book).get((event, form))
    return found.oid if found else None


def group_of(book: Book, one: Milestone, spot: Spot) -> Group:
    """Say with what a form is signed together."""
    match one.each:
        case "subject":
            return Group()
        case "visit":
            return Group(spot.event, spot.repeat)
        case "cycle":
            number = cycle_of(book, spot.event, spot.repeat)
            return Group(cycle=number) if number else Group(spot.event, spot.repeat)
    return Group(*spot)


def cycle_of(book: Book, event: str, repeat: int) -> int:
    """Count the cycle a visit lies in; 0 for a visit that is not planned by study day."""
    plan = book.events[event]
    if plan.anchor not in STUDY_DAY_ANCHORS or plan.day is None or not book.version.cycle_days:
        return 0
    return max((formula(plan.day, repeat) - 1) // book.version.cycle_days + 1, 0)


def standing(book: Book, filled: Iterable[Filled], known: Known) -> tuple[Reached, ...]:
    """Say how far each milestone of a subject is, in the order of the study and of the visits."""
    taken = dealt(book)
    forms: dict[tuple[str, Group], list[Filled]] = defaultdict(list)
    for one in filled:
        milestone = taken.get((one.spot.event, one.spot.form))
        if milestone is not None:
            forms[milestone.oid, group_of(book, milestone, one.spot)].append(one)
    found = []
    for milestone in book.version.milestones:
        groups = {group for oid, group in (*forms, *known.starts) if oid == milestone.oid}
        if milestone.each == "subject":
            groups.add(Group())
        found += [
            _reached(milestone, group, forms.get((milestone.oid, group), []), known)
            for group in sorted(groups, key=lambda group: _order(book, group))
        ]
    return tuple(found)


def by_hours(one: Milestone) -> bool:
    """Tell whether the time of a milestone is counted in hours."""
    return one.unit == "hours" and one.before is None


def start_of(day: dt.date, minutes: int | None, zone: dt.tzinfo) -> dt.datetime:
    """Give the moment at which a time begins: a missing time of day is the first minute of the day."""
    return dt.datetime.combine(day, dt.time(*divmod(minutes or 0, 60)), zone)


def _takes(one: Milestone, event: str, form: str) -> bool:
    return (not one.forms or form in one.forms) and (not one.events or event in one.events)


def _order(book: Book, group: Group) -> tuple[int, ...]:
    place = book.places_of.get(group.event, 0)
    return group.cycle, place, group.repeat, group.form_repeat


def _reached(one: Milestone, group: Group, forms: list[Filled], known: Known) -> Reached:
    to_sign = tuple(form for form in forms if form.ready and form.signed_at is None)
    waiting = tuple(form for form in forms if not form.ready)
    signed = [form.signed_at for form in forms if form.ready and form.signed_at is not None]
    again = any(form.void for form in (*to_sign, *waiting))
    bare = Reached(one.oid, group, "not yet", again, to_sign=to_sign, waiting=waiting, signed=len(signed))
    if signed and not to_sign and not waiting:
        return replace(bare, state="signed", signed_at=max(signed))
    asked = (*to_sign, *waiting) if forms else (None,)
    ends = [end for form in asked if (end := _end(one, group, form, known)) is not None]
    if not ends:
        return replace(bare, state="due") if to_sign or again else bare
    return _timed(one, bare, min(ends), known)


def _timed(one: Milestone, bare: Reached, end: dt.datetime, known: Known) -> Reached:
    if by_hours(one):
        late = known.now - end
        hours = max(int(late.total_seconds() // HOUR), 0)
        state: State = "overdue" if late > dt.timedelta() else "due"
        return replace(bare, state=state, due_at=end, late_hours=hours, late_days=hours // 24)
    days = max((known.today - end.date()).days, 0)
    state = "overdue" if days else "due"
    if one.before and not days and not bare.to_sign and not bare.again:
        state = "not yet"
    return replace(bare, state=state, due_on=end.date(), late_days=days)


def _end(one: Milestone, group: Group, form: Filled | None, known: Known) -> dt.datetime | None:
    """Give the moment (or the day, at its first minute) by which a form of a milestone is to be signed."""
    zone = known.now.tzinfo
    if one.before:
        day = _anchor(one, form, known)
        if day is None:
            return None
        end = dt.datetime.combine(day, dt.time(), zone)
        return max(end, _later(one, form.since, known)) if form and form.void and one.within else end
    start = known.starts.get((one.oid, group))
    if form is not None and (form.void or start is None):
        if not form.ready and not form.void and start is None:
            return None
        start = form.since
    return None if start is None else _later(one, start, known)


def _anchor(one: Milestone, form: Filled | None, known: Known) -> dt.date | None:
    if one.before != DATA_CUT:
        return known.anchors.get(str(one.before))
    beyond = known.cut and form and form.dated and form.dated > known.cut
    return None if form is None or beyond else known.cut


def _later(one: Milestone, start: dt.datetime, known: Known) -> dt.datetime:
    amount, zone = known.limits.get(str(one.within), 0), known.now.tzinfo
    if by_hours(one):
        return (start.astimezone(dt.UTC) + dt.timedelta(hours=amount)).astimezone(zone)
    day = start.astimezone(zone).date() + dt.timedelta(days=amount)
    return dt.datetime.combine(day, dt.time(), zone)
