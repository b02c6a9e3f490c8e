"""The snapshot of one subject that rules read: its events and filled forms; knows no database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

from imt_ecrf.study.values import normal, read_date

Cell: TypeAlias = Mapping[str, Any]
"""{"v": text or list of texts, "u": unit OID, "m": missing reason}: only the keys that are present."""

VISIT_FORM: Final = "F_SV"
VISIT_DATE: Final = "SVSTDAT"
NOT_DONE: Final = "@not_done"
STRUCK: Final = "@struck"
Place: TypeAlias = tuple[int, int, int]
EMPTY: Final[Cell] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a group in one record: its key (a line number as text, or the key of a fixed row)."""

    group: str
    key: str
    struck: bool = False

    @property
    def line(self) -> int | None:
        """Give the line number of a row added one by one."""
        return int(self.key) if self.key.isascii() and self.key.isdigit() else None

    def path(self, item: str) -> str:
        """Give the path of a column in this row."""
        return f"{self.group}.{self.key}.{item}"


@dataclass(frozen=True, slots=True)
class Record:
    """One filled form as stored (flat paths) with the paths that skip logic hides.

    `hidden` holds item paths, group OIDs, or "@form" when the schedule does not expect the form.
    `line` is set for logs and equals the repeat; `saved_at` is UTC in ISO form.
    """

    form: str
    event: str | None = None
    event_repeat: int = 1
    repeat: int = 1
    line: int | None = None
    struck: bool = False
    cells: Mapping[str, Cell] = field(default_factory=dict)
    hidden: AbstractSet[str] = frozenset()
    entry_state: str = "in progress"
    saved_at: str | None = None
    first_saved_at: str | None = None
    changed_at: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str | None, int, int]:
        """Name the record within its subject: form, event, event repeat, form repeat."""
        return self.form, self.event, self.event_repeat, self.repeat

    @property
    def not_done(self) -> bool:
        """Tell whether the whole form was marked as not done."""
        return NOT_DONE in self.cells

    def cell(self, path: str) -> Cell:
        """Give the cell at a path, empty when nothing is stored."""
        return self.cells.get(path, EMPTY)

    def text(self, path: str) -> str | None:
        """Give the stored text that counts; None when blank, hidden, missing or several answers."""
        value = self.cells.get(path, EMPTY).get("v")
        if not isinstance(value, str) or path in self.hidden or "@form" in self.hidden:
            return None
        return normal(value) or None

    def lines(self, group: str, *, struck: bool = False) -> tuple[Row, ...]:
        """List the rows that have been written in a group, by line number, then by key."""
        found: dict[str, bool] = {}
        start = f"{group}."
        for path in self.cells:
            if path.startswith(start):
                key, dot, item = path[len(start) :].partition(".")
                if dot and "." not in item:
                    found[key] = found.get(key, False) or item == STRUCK
        rows = (Row(group, key, gone) for key, gone in found.items() if struck or not gone)
        return tuple(sorted(rows, key=lambda row: (row.line is None, row.line or 0, row.key)))


@dataclass(frozen=True, slots=True)
class Event:
    """A visit that was planned or held: `date` is the visit date as stored, `order` its place in the plan."""

    oid: str
    repeat: int = 1
    date: str | None = None
    order: int = 0
    in_order: bool = True
    held: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """Name the event within its subject."""
        return self.oid, self.repeat


def place_of(event: Event) -> Place | None:
    """Give the place of a visit in time: its date, then the plan, then its repeat number."""
    day = read_date(event.date) if event.date else None
    return None if day is None else (day.lo, event.order, event.repeat)


Key: TypeAlias = tuple[str, str | None, int, int]
Loader: TypeAlias = Callable[[str], Iterable[Record]]


def no_records(form: str) -> tuple[Record, ...]:
    """Load nothing: the subject has no record of the form."""
    del form
    return ()


class _Kept:
    """What is found out once for a subject and all edits of it: facts, stored records, notes on records."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.stored: dict[str, _Held] = {}
        self.notes: dict[tuple[Any, ...], Any] = {}


@dataclass(frozen=True)
class Subject:
    """One participant as rules see it: records are loaded form by form, only when a rule asks.

    `facts` is what only the database or the clock knows, by name (`today`, `status`, ...): a value,
    or a function without arguments that is called once, at the first question.
    """

    code: str = ""
    site: str = ""
    events: tuple[Event, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    load: Loader = no_records
    edited: tuple[Record, ...] = ()
    _kept: _Kept = field(default_factory=_Kept, init=False, compare=False, repr=False)
    _held: dict[str, _Held] = field(default_factory=dict, init=False, compare=False, repr=False)

    def records(self, form: str) -> tuple[Record, ...]:
        """List the records of a form by line, else by event and repeat; struck-out ones are included."""
        return self._records(form).all

    def valid_records(self, form: str) -> tuple[Record, ...]:
        """List the records of a form that were not struck out."""
        return self._records(form).valid

    def record(self, form: str, event: str | None, event_repeat: int = 1, repeat: int = 1) -> Record | None:
        """Find one record, None when it has not been started or was struck out."""
        return self._records(form).by_key.get((form, event, event_repeat, repeat))

    def records_at(self, form: str, event: str, repeat: int) -> tuple[Record, ...]:
        """List the records of a form at one visit that were not struck out."""
        return self._records(form).by_visit.get((event, repeat), ())

    def event(self, oid: str, repeat: int = 1) -> Event | None:
        """Find an event of this subject."""
        return self._events.get((oid, repeat))

    @cached_property
    def dated(self) -> tuple[tuple[Place, Event], ...]:
        """List the visits that have a date in the order of time, ties by plan, then by repeat number."""
        places = ((place_of(one), one) for one in self.events)
        return tuple(sorted(((place, one) for place, one in places if place), key=lambda pair: pair[0]))

    def fact(self, name: str, default: object = None) -> Any:
        """Give what the database or the clock knows under a name; a function is called once."""
        known = self._kept.facts
        if name not in known:
            given = self.facts.get(name, default)
            known[name] = given() if callable(given) else given
        return known[name]

    def ask_again(self, *names: str) -> None:
        """Forget facts that an act has changed meanwhile; a function is called anew."""
        for name in names:
            self._kept.facts.pop(name, None)

    def note(self, name: Hashable, forms: Iterable[str], work: Callable[[], Any]) -> Any:
        """Work something out once that rests on the records of these forms and on nothing else.

        It serves every edit of the same subject in which those records are the same.
        """
        place = (name, *map(self._records, forms))
        notes = self._kept.notes
        if place not in notes:
            notes[place] = work()
        return notes[place]

    def with_record(self, record: Record) -> Subject:
        """Give the same subject with one record as it is being edited (its unsaved values take part).

        What was loaded already is kept; the visit form also moves the date of its event.
        """
        if self._has(record):
            return self
        events = self.events
        if record.form == VISIT_FORM:
            date = None if record.struck else record.text(VISIT_DATE)
            place = (record.event, record.event_repeat)
            events = tuple(replace(e, date=date) if e.key == place else e for e in events)
        new = self._like(events, {**self._edits, record.key: record})
        new.__dict__["_kept"] = self._kept
        new._held.update(self._held)  # noqa: SLF001
        held = new._held.pop(record.form, None)  # noqa: SLF001
        if held is not None:
            new._held[record.form] = held.with_record(record, self._place)  # noqa: SLF001
        if events is self.events:
            new.__dict__.update(_events=self._events, dated=self.dated)
        return new

    def _has(self, record: Record) -> bool:
        """Tell whether a record stands here as it is; the visit form may have another date than its event."""
        held = self._held.get(record.form)
        place = held.places.get(record.key) if held else None
        return (
            held is not None and place is not None and held.all[place] is record and record.form != VISIT_FORM
        )

    def with_event(self, event: Event) -> Subject:
        """Give the same subject with one visit as it is now."""
        known = self.event(*event.key)
        if known == event:
            return self
        others = (one for one in self.events if one.key != event.key)
        new = self._like((*others, event), self._edits)
        if known is not None and known.order == event.order:  # else records may stand in another order
            new.__dict__["_kept"] = self._kept
            new._held.update(self._held)  # noqa: SLF001
        else:
            new._kept.facts.update(self._kept.facts)  # noqa: SLF001
        return new

    def _like(self, events: tuple[Event, ...], edits: dict[Key, Record]) -> Subject:
        edited = tuple(edits.values())
        new = Subject(self.code, self.site, events, self.settings, self.facts, self.load, edited)
        new.__dict__["_edits"] = edits
        return new

    @cached_property
    def _events(self) -> dict[tuple[str, int], Event]:
        return {event.key: event for event in reversed(self.events)}

    @cached_property
    def _edits(self) -> dict[Key, Record]:
        return {record.key: record for record in self.edited}

    def _records(self, form: str) -> _Held:
        found = self._held.get(form)
        if found is None:
            found = self._stored(form)
            for record in self._edits.values():
                if record.form == form:
                    found = found.with_record(record, self._place)
            self._held[form] = found
        return found

    def _stored(self, form: str) -> _Held:
        stored = self._kept.stored
        if form not in stored:
            stored[form] = _Held(tuple(sorted(self.load(form), key=self._place)))
        return stored[form]

    def _place(self, record: Record) -> tuple[int, int, int]:
        if record.line is not None:
            return 0, 0, record.line
        event = self.event(record.event or "", record.event_repeat)
        return (event.order if event else -1), record.event_repeat, record.repeat


class _Held:
    """The records of one form in order, and where each stands; what is asked of them is listed once."""

    def __init__(self, records: tuple[Record, ...], places: dict[Key, int] | None = None) -> None:
        self.all = records
        self.places = {one.key: n for n, one in enumerate(records)} if places is None else places

    @cached_property
    def valid(self) -> tuple[Record, ...]:
        return tuple(record for record in self.all if not record.struck)

    @cached_property
    def by_visit(self) -> dict[tuple[str | None, int], tuple[Record, ...]]:
        found: dict[tuple[str | None, int], list[Record]] = {}
        for record in self.valid:
            found.setdefault((record.event, record.event_repeat), []).append(record)
        return {visit: tuple(records) for visit, records in found.items()}

    @cached_property
    def by_key(self) -> dict[Key, Record]:
        return {record.key: record for record in reversed(self.valid)}

    def with_record(self, record: Record, order: Callable[[Record], Any]) -> _Held:
        """Put another state of a record in the place of the one before, or a new one in its order."""
        place = self.places.get(record.key)
        if place is None:
            return _Held(tuple(sorted((*self.all, record), key=order)))
        return _Held((*self.all[:place], record, *self.all[place + 1 :]), self.places)
