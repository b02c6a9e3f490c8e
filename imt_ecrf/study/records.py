"""The snapshot of one subject that rules read: its events and filled forms; knows no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from imt_ecrf.study.values import normal

Cell: TypeAlias = Mapping[str, Any]
"""{"v": text or list of texts, "u": unit OID, "m": missing reason}: only the keys that are present."""

VISIT_FORM: Final = "F_SV"
VISIT_DATE: Final = "SVSTDAT"
NOT_DONE: Final = "@not_done"
STRUCK: Final = "@struck"
ROW_PATH_PARTS: Final = 3
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
        for path in self.cells:
            parts = path.split(".")
            if len(parts) == ROW_PATH_PARTS and parts[0] == group:
                found[parts[1]] = found.get(parts[1], False) or parts[2] == STRUCK
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


Loader: TypeAlias = Callable[[str], Iterable[Record]]


def no_records(form: str) -> tuple[Record, ...]:
    """Load nothing: the subject has no record of the form."""
    del form
    return ()


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
    _loaded: dict[str, tuple[Record, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _known: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def records(self, form: str) -> tuple[Record, ...]:
        """List the records of a form by line, else by event and repeat; struck-out ones are included."""
        found = self._loaded.get(form)
        if found is None:
            edits = {record.key: record for record in self.edited if record.form == form}
            stored = [edits.pop(record.key, record) for record in self.load(form)]
            found = tuple(sorted([*stored, *edits.values()], key=self._place))
            self._loaded[form] = found
        return found

    def valid_records(self, form: str) -> tuple[Record, ...]:
        """List the records of a form that were not struck out."""
        return tuple(record for record in self.records(form) if not record.struck)

    def record(self, form: str, event: str | None, event_repeat: int = 1, repeat: int = 1) -> Record | None:
        """Find one record, None when it has not been started or was struck out."""
        wanted = (form, event, event_repeat, repeat)
        return next((r for r in self.valid_records(form) if r.key == wanted), None)

    def event(self, oid: str, repeat: int = 1) -> Event | None:
        """Find an event of this subject."""
        return next((event for event in self.events if event.key == (oid, repeat)), None)

    def fact(self, name: str, default: object = None) -> Any:
        """Give what the database or the clock knows under a name; a function is called once."""
        if name not in self._known:
            given = self.facts.get(name, default)
            self._known[name] = given() if callable(given) else given
        return self._known[name]

    def with_record(self, record: Record) -> Subject:
        """Give the same subject with one record as it is being edited (its unsaved values take part).

        Records already loaded are kept; the visit form also moves the date of its event.
        """
        events = self.events
        if record.form == VISIT_FORM:
            date = None if record.struck else record.text(VISIT_DATE)
            place = (record.event, record.event_repeat)
            events = tuple(replace(e, date=date) if e.key == place else e for e in events)
        others = tuple(one for one in self.edited if one.key != record.key)
        new = replace(self, events=events, edited=(*others, record))
        new._loaded.update({form: rows for form, rows in self._loaded.items() if form != record.form})  # noqa: SLF001
        new._known.update(self._known)  # noqa: SLF001
        return new

    def _place(self, record: Record) -> tuple[int, int, int]:
        if record.line is not None:
            return 0, 0, record.line
        event = self.event(record.event or "", record.event_repeat)
        return (event.order if event else -1), record.event_repeat, record.repeat
