"""What acts take and give: addresses, answers, frozen pictures of what is kept; knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.records import Record, Subject
    from imt_ecrf.study.windows import Window

Cell: TypeAlias = Mapping[str, Any]
Document: TypeAlias = Mapping[str, Cell]


class Address(NamedTuple):
    """Where a filled form stands: `01-001/SE_SCR.1/F_VS.1`."""

    subject: str
    event: str
    event_repeat: int
    form: str
    form_repeat: int = 1

    def __str__(self) -> str:
        """Write the address as it stands in the address line of the browser."""
        return f"{self.subject}/{self.event}.{self.event_repeat}/{self.form}.{self.form_repeat}"

    @property
    def within(self) -> tuple[str, int, str, int]:
        """Give the place within the subject: event, event repeat, form, form repeat."""
        return self.event, self.event_repeat, self.form, self.form_repeat

    @classmethod
    def read(cls, text: str) -> Address:
        """Read an address as written by `str`."""
        subject, event, form = text.split("/")
        event, event_repeat = event.rsplit(".", 1)
        form, form_repeat = form.rsplit(".", 1)
        return cls(subject, event, int(event_repeat), form, int(form_repeat))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as typed: a text or several choices, its unit, or the reason why there is none."""

    value: str | tuple[str, ...] = ""
    unit: str | None = None
    missing: str | None = None

    @property
    def blank(self) -> bool:
        """Tell whether nothing was answered, not even a missing reason."""
        return not self.value and not self.missing


Answers: TypeAlias = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer cannot be kept: the path, a code for programs, the sentence for the person."""

    path: str
    code: str
    en: str
    ru: str

    def text(self, language: str = "en") -> str:
        """Give the sentence in a language."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that fires on the form as saved: its level, where it stands, the sentence.

    `said`: the comment it was confirmed with, by whom, when (the store's stamp); empty without one.
    """

    check: str
    level: str
    path: str | None
    row: str | None
    en: str
    ru: str
    confirmed: bool = False
    figures: str = ""
    words: tuple[str, str] = ("", "")
    said: tuple[str, str, str] = ("", "", "")

    def text(self, language: str = "en") -> str:
        """Give the sentence in a language."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True, slots=True)
class SignatureView:
    """A signature as shown: printed name, role, meaning, time; `voided` says when, by whom, which items."""

    id: str
    name: str
    username: str
    role: str
    meaning: str
    meaning_en: str
    meaning_ru: str
    at: dt.datetime
    version: int
    content_sha256: str
    open_queries: int
    state: str
    voided_at: dt.datetime | None = None
    voided_by: str | None = None
    voided_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One changed item of one save: old and new cell, by whom, when, why, from where."""

    seq: int
    at: dt.datetime
    name: str
    username: str
    role: str
    organisation: str
    path: str
    old: Cell | None
    new: Cell | None
    reason: str | None
    version: int
    origin: str
    cause: str | None = None
    method: str | None = None
    program_version: str = ""
    late_days: int | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The answers of the same form at the visit before."""

    event: str
    event_repeat: int
    date: str | None
    cells: Document


@dataclass(frozen=True, slots=True)
class SubjectView:
    """A participant in a list: code, site, state (None for who is blinded to the course)."""

    code: str
    site: str
    state: str | None
    created_at: dt.datetime
    id: str = ""


@dataclass(frozen=True)
class FormRecord:
    """One form as a person may see it; version 0 means that nothing has been saved.

    `waits` says in English and Russian why it cannot be begun now.
    """

    address: Address
    book: Book = field(repr=False, compare=False)
    form: Form = field(repr=False, compare=False)
    subject: SubjectView
    id: str | None
    version: int
    state: str
    cells: Document
    hidden: frozenset[str]
    warnings: tuple[Finding, ...]
    may_enter: bool
    may_finish: bool
    may_items: frozenset[str]
    may_sign: bool
    carried: Document = field(default_factory=dict)
    earlier: Earlier | None = None
    signature: SignatureView | None = None
    signatures: tuple[SignatureView, ...] = ()
    struck: str | None = None
    frozen: bool = False
    locked: bool = False
    first_saved_at: dt.datetime | None = None
    saved_at: dt.datetime | None = None
    saved_by: str | None = None
    late_days: int | None = None
    open_queries: int = 0
    missing: int = 0
    expected: bool = True
    reports: tuple[str, ...] = ()
    answered_queries: int = 0
    waits: tuple[tuple[str, str], ...] = ()
    sight: Sight | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules looked at when a form was opened: the version at work, the child, the record."""

    engine: Engine
    subject: Subject
    record: Record


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: the version now, the paths changed by the person, by the program, forms reached."""

    id: str | None
    version: int
    state: str
    changed: tuple[str, ...]
    derived: tuple[str, ...] = ()
    reached: tuple[Address, ...] = ()
    warnings: tuple[Finding, ...] = ()
    voided: tuple[str, ...] = ()
    at: dt.datetime | None = None

    @property
    def unchanged(self) -> bool:
        """Tell whether nothing was written."""
        return not self.changed


class FormCell(NamedTuple):
    """A form in the list of an event: its state and marks, and whether the schedule expects it now."""

    form: str
    repeat: int
    id: str | None
    state: str
    expected: str
    signature: str | None = None
    open_queries: int = 0
    missing: int = 0
    struck: bool = False
    frozen: bool = False
    locked: bool = False
    saved_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class EventView:
    """A visit of one subject: its state, window, date and forms; `id` is None while it is only planned."""

    oid: str
    repeat: int
    name_en: str
    name_ru: str
    state: str
    window: Window | None
    date: str | None
    forms: tuple[FormCell, ...]
    id: str | None = None
    reason: str | None = None

    def name(self, language: str = "en") -> str:
        """Give the name of the visit in a language."""
        return self.name_ru if language == "ru" else self.name_en

    @property
    def owed(self) -> tuple[FormCell, ...]:
        """List the forms that count: the expected ones and those begun, without struck lines."""
        return tuple(cell for cell in self.forms if not cell.struck and (cell.expected == "R" or cell.id))

    @property
    def finished(self) -> int:
        """Count those of them that are complete or recorded as not done."""
        return sum(cell.state in {"complete", "not done"} for cell in self.owed)
