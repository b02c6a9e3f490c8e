"""A form as it stands on the page: each answer with its words, marks and messages; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from imt_ecrf.conduct.findings import OWED, key
from imt_ecrf.study.wording import balanced
from imt_ecrf.web.entry.boxes import DATES, box_text, date_words, figure
from imt_ecrf.web.entry.panel_words import blanks, remarks, unscored
from imt_ecrf.web.entry.rules_page import comment_words, draft_texts
from imt_ecrf.web.entry.sheet import RowSheet
from imt_ecrf.web.pieces import MARK, Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imt_ecrf.conduct.views import Answer, Cell, Document, Finding, FormRecord, Problem
    from imt_ecrf.web.entry.asked import Asked
    from imt_ecrf.web.entry.sheet import Control, FormSheet, GroupSheet

STRUCK: Final = "@struck"
MOST_PLAIN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """What stands under a question: a stop, a question to confirm, or a note."""

    level: str
    text: str
    check: str = ""
    confirmed: bool = False
    draft: bool = False
    said: str = ""


class Field(NamedTuple):
    """One answer on the page."""

    path: str
    control: Control
    value: str = ""
    values: tuple[str, ...] = ()
    text: str = ""
    unit: str = ""
    missing: str = ""
    units: tuple[tuple[str, str], ...] = ()
    last: str = ""
    hidden: bool = False
    kept: bool = False
    saved: bool = False
    editable: bool = True
    carried: bool = False
    messages: tuple[Message, ...] = ()
    queries: tuple[Asked, ...] = ()
    was: str = ""
    plain: tuple[object, ...] = ()
    """Of an answer with nothing to say beside it: all that it shows; it is drawn alike for every subject."""

    @property
    def stopped(self) -> bool:
        """Tell whether a message forbids completion or saving."""
        return any(one.level == "stop" for one in self.messages)


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row on the page: fixed, written, or offered."""

    key: str
    label: str
    fields: dict[str, Field]
    prefilled: dict[str, str] = field(default_factory=dict)
    struck: str = ""
    offered: bool = False
    fifth: bool = False


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A section of the page."""

    sheet: GroupSheet
    fields: tuple[Field, ...] = ()
    rows: tuple[RowShown, ...] = ()
    columns: tuple[Control, ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class Drawing:
    """Everything that is needed to draw the answers of one form."""

    record: FormRecord
    sheet: FormSheet
    language: str
    typed: Mapping[str, Answer] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    refs: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[Asked, ...]] = field(default_factory=dict)

    def groups(self) -> tuple[GroupShown, ...]:
        """Draw every section."""
        notes = self._messages()
        return tuple(self._group(group, notes) for group in self.sheet.groups)

    def loose(self) -> tuple[Message, ...]:
        """Give the messages that stand at no question."""
        notes = self._messages()
        known = self._paths() if notes else set()
        return tuple(one for path, some in notes.items() if path not in known for one in some)

    def loose_queries(self) -> tuple[Asked, ...]:
        """Give the queries that are about no question of the page."""
        known = self._paths() if self.asked else set()
        return tuple(one for path, some in self.asked.items() if path not in known for one in some)

    def _paths(self) -> set[str]:
        found = set()
        for group in self.sheet.groups:
            for control in group.controls:
                keys = [row.key for row in self._rows(group)] if group.layout != "items" else [""]
                found |= {f"{group.oid}.{key}.{control.oid}" if key else control.oid for key in keys}
                found |= {f"{group.oid}.{key}" for key in keys if key}
        return found

    def _messages(self) -> dict[str, list[Message]]:
        found: dict[str, list[Message]] = {}
        for problem in self.problems:
            found.setdefault(problem.path, []).append(Message("stop", problem.text(self.language)))
        drafts = draft_texts(self.record.book, self.language)
        for finding in self.record.warnings:
            if not finding.check.startswith(OWED):
                said = _message(finding, self.language, draft=finding.check in drafts)
                found.setdefault(finding.path or "", []).append(said)
        return found

    def _group(self, group: GroupSheet, notes: Mapping[str, list[Message]]) -> GroupShown:
        hidden = group.oid in self.record.hidden
        if group.layout == "items":
            fields = tuple(self._alone(control, notes) for control in group.controls)
            return GroupShown(group, fields, hidden=hidden)
        rows = tuple(self._row(group, row, place, notes) for place, row in enumerate(self._rows(group), 1))
        return GroupShown(group, (), rows, self._columns(group), hidden)

    @staticmethod
    def _columns(group: GroupSheet) -> tuple[Control, ...]:
        prefilled = {oid for row in group.rows for oid in row.prefilled}
        first = {group.key} if group.fixed else set()
        return tuple(one for one in group.controls if one.oid not in prefilled | first)

    def _rows(self, group: GroupSheet) -> tuple[RowSheet, ...]:
        if group.fixed:
            return group.rows
        cells = {**self.record.carried, **self.record.cells} if self._carries(group) else self.record.cells
        keys = {path.split(".")[1] for path in (*cells, *self.typed) if path.startswith(f"{group.oid}.")}
        ordered = sorted(keys, key=lambda key: (len(key), key))
        room = group.max_rows is None or len(ordered) < group.max_rows
        if room and self.record.may_enter and not self._carries(group):
            last = max((int(key) for key in ordered if key.isdigit()), default=0)
            ordered.append(str(last + 1))
        return tuple(RowSheet(key, key) for key in ordered)

    def _carries(self, group: GroupSheet) -> bool:
        """Tell whether rows keep their identity from the first visit (lesions)."""
        return any(path.startswith(f"{group.oid}.") for path in self.record.carried)

    def _row(
        self, group: GroupSheet, row: RowSheet, place: int, notes: Mapping[str, list[Message]]
    ) -> RowShown:
        fields = {
            control.oid: self._field(control, f"{group.oid}.{row.key}.{control.oid}", notes, row)
            for control in group.controls
            if control.oid not in row.prefilled and not (group.fixed and control.oid == group.key)
        }
        if group.layout == "panel" and self._why_blank:
            fields |= self._blanks(fields)
        if whole := self.asked.get(f"{group.oid}.{row.key}"):
            oid = self._spoken_at(group, fields)
            fields[oid] = fields[oid]._replace(queries=(*whole, *fields[oid].queries))
        struck = str(self.record.cells.get(f"{group.oid}.{row.key}.{STRUCK}", {}).get("v", ""))
        start = f"{group.oid}.{row.key}."
        offered = not group.fixed and not any(path.startswith(start) for path in self.record.cells)
        return RowShown(row.key, row.label, fields, row.prefilled, struck, offered, place % 5 == 0)

    @staticmethod
    def _spoken_at(group: GroupSheet, fields: Mapping[str, Field]) -> str:
        """Name the question under which a row as a whole is spoken of: its result, else its first one."""
        result = f"{group.prefix}ORRES"
        return result if result in fields else next(iter(fields))

    def _blanks(self, fields: dict[str, Field]) -> dict[str, Field]:
        """Give blank limits and grades the words that say why; they show no last visit."""
        return {
            oid: one._replace(last=self._why_blank[one.path])
            for oid, one in fields.items()
            if not one.text and one.path in self._why_blank
        }

    @cached_property
    def _why_blank(self) -> dict[str, str]:
        return blanks(self.record)

    @cached_property
    def _remarks(self) -> dict[str, str]:
        return remarks(self.record)

    @cached_property
    def _unscored(self) -> dict[str, str]:
        return unscored(self.record)

    @cached_property
    def _mute(self) -> bool:
        """Tell whether nothing was typed, refused or taken over."""
        return not (self.typed or self.problems or self.record.carried)

    @cached_property
    def _whose(self) -> tuple[str, str, str]:
        return self.record.book.fingerprint, self.record.form.oid, self.language

    def _alone(self, control: Control, notes: Mapping[str, list[Message]]) -> Field:
        """Show a question outside rows; one with nothing to say beside it is kept for all subjects."""
        record, path = self.record, control.oid
        speaks = path in notes or path in self.asked or path in self._remarks or path in self._unscored
        if speaks or not self._mute or control.kind == "ref" or (control.show_last and record.earlier):
            return self._field(control, path, notes)
        cell: Cell = record.cells.get(path) or {}
        value: Any = cell.get("v")
        key = (
            self._whose, path, tuple(value) if isinstance(value, list) else value,
            cell.get("u"), cell.get("m"),
            path in record.hidden or "@form" in record.hidden, record.may_enter and path in record.may_items,
        )  # fmt: skip
        return _plain.get(key, lambda: _keyed(self._field(control, path, notes), key))

    def _field(
        self,
        control: Control,
        path: str,
        notes: Mapping[str, list[Message]],
        row: RowSheet | None = None,
    ) -> Field:
        record = self.record
        stored: Cell = record.cells.get(path) or {}
        carried = record.carried.get(path) if record.carried else None
        may_enter = control.oid in record.may_items
        is_key = row is not None and carried is not None and may_enter
        if control.carries and record.carried and not stored and not may_enter:
            return Field(path, control, text=self.words(control, carried or {}), editable=False, carried=True)
        cell = carried if is_key and carried is not None and not stored else stored
        typed = self.typed.get(path)
        value, values, unit, missing = _typed(typed) if typed is not None else self._boxed(control, cell)
        hidden = path in record.hidden or "@form" in record.hidden
        units = row.units if row is not None and control.kind == "unit" else control.units
        text = self.words(control, cell, units) or self._unscored.get(path, "")
        text += f" ({self._remarks[path]})" if text and path in self._remarks else ""
        return Field(
            path, control, value, values, text, unit, missing, units,
            last=self._last(control, path), hidden=hidden, kept=hidden and bool(stored),
            saved=bool(stored), editable=record.may_enter and may_enter,
            carried=is_key, messages=tuple(notes.get(path, ())), queries=self.asked.get(path, ()),
            was=self.words(control, stored, units) if typed is not None and stored else "",
        )  # fmt: skip

    def _boxed(self, control: Control, cell: Document | Cell) -> tuple[str, tuple[str, ...], str, str]:
        """Give what stands in the boxes: days and figures as this reader writes them."""
        if not cell:
            return "", (), "", ""
        value, values, unit, missing = _stored(cell)
        return box_text(control.kind, value, self.language), values, unit, missing

    def _last(self, control: Control, path: str) -> str:
        earlier = self.record.earlier
        if earlier is None or not control.show_last:
            return ""
        return self.words(control, earlier.cells.get(path) or {})

    def words(self, control: Control, cell: Cell, units: tuple[tuple[str, str], ...] = ()) -> str:
        """Write a cell as a person reads it."""
        if not cell:
            return ""
        if cell.get("m"):
            return f"{cell['m']} {dict(control.missing).get(cell['m'], '')}".strip()
        value: Any = cell.get("v")
        if value in (None, "", []):
            return ""
        unit = dict(control.units).get(cell["u"], "") if "u" in cell else ""
        if not unit and len(control.units) == 1:
            unit = control.units[0][1]
        text = self._value(control, value, units)
        return f"{text} {unit}".strip()

    def _value(self, control: Control, value: Any, units: tuple[tuple[str, str], ...]) -> str:
        if isinstance(value, list):
            return "; ".join(str(control.codes.get(one, one)) for one in value)
        text = str(value)
        if control.codes:
            return control.codes.get(text, text)
        if control.kind == "unit":
            return dict(units).get(text, text)
        if control.kind in DATES:
            return date_words(text, self.language)
        if control.kind == "ref":
            return dict(self.refs.get(control.ref_form or "", ())).get(text, text)
        return figure(text, self.language) if control.kind in {"number", "derived"} else balanced(text)


_plain: Final[Kept[Field]] = Kept(MOST_PLAIN)


def _keyed(one: Field, key: tuple[object, ...]) -> Field:
    """Name what a question shows; one whose answer is kept though it is not asked has a word beside it."""
    return one if one.kept or MARK in one.text else one._replace(plain=key)


def _message(finding: Finding, language: str, *, draft: bool) -> Message:
    level = "stop" if finding.level == "hard" else "ask"
    said = comment_words(finding, language)
    return Message(level, finding.text(language), key(finding), finding.confirmed, draft, said)


def _typed(answer: Answer) -> tuple[str, tuple[str, ...], str, str]:
    if isinstance(answer.value, tuple):
        return "", answer.value, answer.unit or "", answer.missing or ""
    return answer.value, (answer.value,), answer.unit or "", answer.missing or ""


def _stored(cell: Document | Cell) -> tuple[str, tuple[str, ...], str, str]:
    value: Any = cell.get("v", "")
    unit, missing = str(cell.get("u", "")), str(cell.get("m", ""))
    if isinstance(value, list):
        return "", tuple(value), unit, missing
    return str(value), (str(value),) if value else (), unit, missing


def answered(groups: Iterable[GroupShown]) -> tuple[int, int]:
    """Count answered and asked questions outside rows and in fixed rows."""
    fields = [one for group in groups if not group.hidden for one in _all(group)]
    asked = [one for one in fields if not one.hidden and not one.control.derived]
    return sum(bool(one.saved) for one in asked), len(asked)


def _all(group: GroupShown) -> list[Field]:
    return [*group.fields, *(one for row in group.rows if not row.offered for one in row.fields.values())]
