"""What a rule sees while it runs: typed values of records and rows, rows to search, facts; knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.clinical.age import AgeAnchor
from imt_ecrf.study.records import EMPTY, Event, Record, Row, Subject
from imt_ecrf.study.rules import facts
from imt_ecrf.study.rules.arithmetic import RuleStopped
from imt_ecrf.study.rules.dictionary import NOTHING, ONE, Dictionary, FormType, GroupType, ItemType
from imt_ecrf.study.rules.functions import FUNCTIONS
from imt_ecrf.study.rules.kinds import NUMBERS
from imt_ecrf.study.values import UNREADABLE, Date, DateTime, State, Value, exact, plain, read, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imt_ecrf.study.book import Book

MAX_ROWS: Final = 2000
MAX_STEPS: Final = 100_000
SHORT: Final = 40
MOST_TYPED: Final = 50_000

FAILED: Final = frozenset({"X01", "X03"})
"""Codes of reports on a rule that came to no result."""

BLANK: Final = "blank"
FILLED: Final = "filled"
MISSING: Final = "missing"
HIDDEN: Final = "hidden"


@dataclass(frozen=True, slots=True)
class Report:
    """What went wrong while a rule ran: X01, X03 (no value) or X02 (the item counts as blank).

    X03 is a fault of the program; `reason` says which.
    """

    code: str
    rule: str
    path: str = ""
    record: tuple[str, str | None, int, int] | None = None
    reason: str = ""


class Frame(dict[str, Any]):
    """Values of one record, or of one row of it, by item: each is read at the first question."""

    __slots__ = ("prefilled", "record", "row", "run")

    def __init__(self, run: Run, record: Record | None, row: Row | None) -> None:
        super().__init__()
        self.run, self.record, self.row = run, record, row
        self.prefilled = run.dictionary.prefilled(row.group, row.key) if row else NOTHING

    def __missing__(self, oid: str) -> Value | None:
        """Read an item when it is asked for first."""
        value = self[oid] = self.run.read(self, oid)
        return value


class Run:
    """The sight of one record (or event, or subject) that rules run on; one Run serves many rules.

    `given` facts, by call text, take precedence over functions. `move` turns to a row; `changed` must be told
    when the record is a working one whose cells or hidden paths were changed.
    """

    def __init__(
        self,
        subject: Subject,
        dictionary: Dictionary,
        record: Record | None = None,
        row: Row | None = None,
        *,
        book: Book | None = None,
        given: Mapping[str, Any] | None = None,
        place: tuple[str, int] | None = None,
        scratch: dict[Any, Any] | None = None,
    ) -> None:
        self.subject, self.dictionary, self.book = subject, dictionary, book
        self.record, self.place = (
            record,
            place or ((record.event or "", record.event_repeat) if record else None),
        )
        self.given: Mapping[str, Any] = given or {}
        self.reports: list[Report] = []
        self.rule = ""
        self.steps = 0
        self._frames: dict[tuple[Any, ...], Frame] = {}
        self._memo: dict[tuple[Any, ...], Any] = {}
        self.scratch: dict[Any, Any] = {} if scratch is None else scratch
        self._others: dict[str, Frame] = {}
        self._searches: dict[str, tuple[Frame, ...]] = {}
        self._rows: dict[tuple[int | None, str], tuple[Record, tuple[Row, ...]]] = {}
        self.nothing = Frame(self, None, None)
        self.form = self.frame(record)
        self.row: Row | None = None
        self.rows_frame: Frame = self.nothing
        self.searched: Record | None = None
        self.agg: Frame = self.nothing
        if row:
            self.move(row)

    def move(self, row: Row | None) -> None:
        """Turn to a row of the record (None: to none)."""
        self.row = row
        self.rows_frame = self.frame(self.record, row) if row else self.nothing

    def changed(self, path: str | None = None) -> None:
        """Forget what was read: of one path of the working record, or of everything."""
        self._memo.clear()
        self._forget(path)
        if path is None or self.record is None:
            self._frames.clear()
            self._others.clear()
            self._searches.clear()
            self.form = self.frame(self.record)
            self.move(self.row)
            return
        group, _, rest = path.partition(".")
        key, _, item = rest.partition(".")
        frame = self.frame(self.record, Row(group, key)) if rest else self.form
        frame.pop(item or path, None)

    def _forget(self, path: str | None) -> None:
        """Empty the notes of functions unless only a derived value changed: they rest on entered answers."""
        item = self.dictionary.items.get(path.rpartition(".")[2]) if path else None
        if item is None or not item.derived:
            self.scratch.clear()

    def frame(self, record: Record | None, row: Row | None = None) -> Frame:
        """Give the values of a record, or of one of its rows."""
        if record is None:
            return self.nothing
        key: tuple[Any, ...] = (record.form, record.event, record.event_repeat, record.repeat)
        if row is not None:
            key = (*key, row.group, row.key)
        found = self._frames.get(key)
        if found is None:
            found = self._frames[key] = Frame(self, record, row)
        return found

    def other(self, form: str) -> Frame:
        """Give the values of the record of another form: the one of the subject, or of the same event."""
        found = self._others.get(form)
        if found is None:
            found = self._others[form] = self.frame(self._other_record(form))
        return found

    def _other_record(self, form: str) -> Record | None:
        if self.record is not None and self.record.form == form:
            return self.record
        if self.dictionary.kind(form) == "once":
            return next(iter(self.subject.valid_records(form)), None)
        return self.subject.record(form, *self.place) if self.place else None

    @property
    def event(self) -> Event | None:
        """Give the event of the record (of the schedule condition); without date when it is not known yet."""
        if self.place is None or not self.place[0]:
            return None
        return self.subject.event(*self.place) or Event(*self.place)

    def read(self, frame: Frame, oid: str) -> Value | None:
        """Read an item as rules see it: None unless it is filled and shown."""
        item, record, row = self.dictionary.items[oid], frame.record, frame.row
        if record is None:
            return None
        if oid in frame.prefilled and (fixed := self._prefilled(frame, item)) is not None:
            return fixed
        if item.carried and self._is_carried(item, record):
            return self._baseline(item, record, row)
        path = oid if row is None else row.path(oid)
        cell = record.cells.get(path, EMPTY)
        stored = cell.get("v")
        if stored is None or "m" in cell or self.is_hidden(record, item, path):
            return None
        value = self._typed(item, stored, cell.get("u"))
        if value is UNREADABLE:
            self.report("X02", path, record)
            return None
        return value

    def _typed(self, item: ItemType, stored: Any, unit: str | None) -> Value | State | None:
        if not isinstance(stored, str) or len(stored) > SHORT:
            return self._read(item, stored, unit)
        known, place = self.dictionary.typed, (item.oid, stored, unit)
        try:
            return known[place]  # type: ignore[no-any-return]
        except KeyError:
            if len(known) >= MOST_TYPED:
                known.clear()
            found = known[place] = self._read(item, stored, unit)
            return found

    def _read(self, item: ItemType, stored: Any, unit: str | None) -> Value | State | None:
        value = read(stored, item.type, self.dictionary.code_set(item.type))
        if item.units and value is not None and value is not UNREADABLE:
            return self._canonical(item, value, unit)
        return value

    @staticmethod
    def _canonical(item: ItemType, value: Any, unit: str | None) -> Value | State:
        factor, offset = item.units.get(unit, (None, None)) if unit else ONE
        if factor is None or offset is None:
            return UNREADABLE
        return plain(value * factor + offset)

    def _prefilled(self, frame: Frame, item: ItemType) -> Value | None:
        written = frame.prefilled.get(item.oid)
        found = None if written is None else self._typed(item, written, None)
        return None if found is UNREADABLE else found

    def is_view(self, frame: Frame, oid: str) -> bool:
        """Tell whether an item is no answer of its record: prefilled, or carried on from the baseline."""
        item, record = self.dictionary.items[oid], frame.record
        if record is None:
            return False
        return self._prefilled(frame, item) is not None or self._is_carried(item, record)

    def _is_carried(self, item: ItemType, record: Record) -> bool:
        if not item.carried:
            return False
        form = self.dictionary.forms[item.form]
        return form.first_event is not None and record.event not in {None, form.first_event}

    def _baseline(self, item: ItemType, record: Record, row: Row | None) -> Value | None:
        """Give the value of the first event, of the row with the same key: a view, not an answer."""
        first = self.subject.record(item.form, self.dictionary.forms[item.form].first_event)
        if first is None or row is None or item.group is None:
            return self.value(first, item.oid) if first else None
        key = self.dictionary.groups[item.group].key
        wanted = self.value(record, key, row)
        rows = self.rows(first, item.group) if wanted is not None else ()
        same = (one for one in rows if self.value(first, key, one) == wanted)
        return next((self.value(first, item.oid, one) for one in same), None)

    @staticmethod
    def is_hidden(record: Record, item: ItemType, path: str) -> bool:
        """Tell whether skip logic hides an item, its group or its form."""
        hidden = record.hidden
        return bool(hidden) and (path in hidden or item.section in hidden or "@form" in hidden)

    def state(self, frame: Frame, oid: str) -> str:
        """Give the one state an item is in: filled, blank, missing or hidden."""
        if frame[oid] is not None:
            return FILLED
        item, record = self.dictionary.items[oid], frame.record
        if record is None:
            return BLANK
        path = frame.row.path(oid) if frame.row else oid
        if self._is_carried(item, record) or self.is_hidden(record, item, path):
            return HIDDEN
        return MISSING if "m" in record.cell(path) else BLANK

    def kept(self, frame: Frame, oid: str) -> bool:
        """Tell whether a value is stored although the item is hidden."""
        if frame.record is None or self.state(frame, oid) != HIDDEN:
            return False
        stored = frame.record.cell(frame.row.path(oid) if frame.row else oid).get("v")
        return read(stored, self.dictionary.items[oid].type) is not None if stored is not None else False

    def reason(self, frame: Frame, oid: str) -> str | None:
        """Give the missing reason of an item that has one."""
        if frame.record is None or self.state(frame, oid) != MISSING:
            return None
        found = frame.record.cell(frame.row.path(oid) if frame.row else oid)["m"]
        return str(found)

    def value(self, record: Record, item: str, row: Row | None = None) -> Value | None:
        """Give the value of an item of any record as rules see it."""
        if record is not self.record or (row is not None and row is not self.row):
            frame = self.frame(record, row)
        else:
            frame = self.form if row is None else self.rows_frame
        found: Value | None = frame[item]
        return found

    def rows(self, record: Record, group: str) -> tuple[Row, ...]:
        """List the rows of a group in order; fixed rows whether filled or not, struck-out rows left out."""
        fixed = self.dictionary.groups[group].fixed
        if fixed is None and record is self.record:
            return record.lines(group)  # rows of the record at hand come and go
        place = None if fixed is not None else id(record), group
        if place not in self._rows:
            found = record.lines(group) if fixed is None else tuple(Row(group, key) for key in fixed)
            self._rows[place] = record, found
        return self._rows[place][1]

    def search(self, rows: GroupType | FormType) -> Sequence[Frame]:
        """List the records or rows that an aggregate looks at, in order."""
        found = self._searches.get(rows.oid)
        if found is None:
            found = self._searches[rows.oid] = tuple(self._frames_of(rows))
        if len(found) > MAX_ROWS:
            raise RuleStopped
        return found

    def _frames_of(self, rows: GroupType | FormType) -> Iterator[Frame]:
        if isinstance(rows, FormType):
            yield from (self.frame(record) for record in self.subject.valid_records(rows.oid))
            return
        record = self._other_record(rows.form)
        if record is not None:
            yield from (self.frame(record, row) for row in self.rows(record, rows.oid))

    def spend(self, steps: int) -> None:
        """Count steps; a rule of more than 100,000 stops."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise RuleStopped

    def leave_rows(self) -> None:
        """Stop looking at the rows of an aggregate."""
        self.agg, self.searched = self.nothing, None

    def report(self, code: str, path: str = "", record: Record | None = None, reason: str = "") -> None:
        """Note what went wrong, once."""
        found = Report(code, self.rule, path, record.key if record else None, reason)
        if found not in self.reports:
            self.reports.append(found)

    def call(self, name: str, *args: Any) -> Any:
        """Ask an F function, or the fact given under its call text."""
        return self.fact(name, f"{name}({', '.join(map(_written, args))})", FUNCTIONS[name].result, *args)

    def fact(self, name: str, text: str, type_: str, *args: Any) -> Any:
        """Give a fact by its call text: as given, as found before for this record and row, or computed."""
        if text in self.given:
            return _given(self.given[text], type_)
        forms = facts.OF_FORMS.get(name)
        if forms is not None:
            return self.noted(name, forms, lambda: facts.function(name)(self))
        if self.searched is not None:
            return facts.function(name)(self, *args)
        return self.computed(name, args, id(self.rows_frame))

    def computed(self, name: str, args: tuple[Any, ...], row: int = 0) -> Any:
        """Ask a Python function once for the same arguments (and the values of the row it speaks of)."""
        place = (name, args, row)
        found = self._memo.get(place, place)
        if found is place:
            found = self._memo[place] = facts.function(name)(self, *args)
        return found

    def noted(self, name: str, forms: tuple[str, ...], work: Callable[[], Any]) -> Any:
        """Work something out once that rests on the records of these forms and on nothing else.

        It is kept with the subject; while one of these forms is edited itself, with this run only.
        """
        record = self.record
        # a working record (its hidden paths are a set) changes while its rules run
        moving = record is not None and record.form in forms and isinstance(record.hidden, set)
        if not self.given and not moving:
            return self.subject.note((name, id(self.dictionary)), forms, work)
        if name not in self.scratch:
            self.scratch[name] = work()
        return self.scratch[name]

    def age_anchor(self) -> AgeAnchor | None:
        """Give what ages are counted from."""
        given = self.given.get("age_anchor")
        if given is None:
            found = self.fact("age_anchor", "age_anchor()", "")
            return found if isinstance(found, AgeAnchor) else None
        birth, consent = (read_date(given[key]) if given.get(key) else None for key in ("birth", "consent"))
        return AgeAnchor(
            birth.first if birth else None,
            consent.first if consent else None,
            *(int(given[key]) if given.get(key) else None for key in ("years", "months")),
        )


def _given(stored: Any, type_: str) -> Any:
    """Read a fact as it is handed over (a number also as `1/3`); one that does not fit is unknown."""
    if not isinstance(stored, str):
        return stored
    if "/" in stored and type_ in NUMBERS:
        return plain(Fraction(stored))
    found = read(stored, type_)
    return None if found is UNREADABLE else found


def _written(value: Any) -> str:
    """Write an argument as in a call text."""
    if isinstance(value, str):
        return f"'{value}'"
    return value.text if isinstance(value, Date | DateTime) else exact(value)
