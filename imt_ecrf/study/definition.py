"""The published study as frozen definitions that read like ODM; knows no file, no database and no page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["en", "ru"]
DataType = Literal["text", "integer", "float", "date", "partial_date", "time", "datetime", "record_ref"]
Required = Literal["hard", "soft", "no", "derived", "prefilled"]
GroupKind = Literal["no", "fixed_rows", "log"]
FormKind = Literal["no", "per_event", "per_event_repeating", "log"]
EventKind = Literal["scheduled", "repeating", "triggered", "unscheduled", "common"]
Expected = Literal["R", "O", "C"]
SignedTogether = Literal["subject", "cycle", "visit", "form"]
TimeUnit = Literal["days", "hours"]


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """One text in the two languages of the study (ODM TranslatedText)."""

    en: str
    ru: str

    def in_(self, language: str) -> str:
        """Give the text in a language; Russian only when asked for."""
        return self.ru if language == "ru" and self.ru else self.en


@dataclass(frozen=True, slots=True)
class CodeListItem:
    """One choice; the NCI code is kept because the submission text may change between releases."""

    value: str
    text: TranslatedText
    nci_code: str | None = None
    sponsor_extension: bool = False
    seen_in: str | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """Choices of an item, tied to CDISC terminology where one exists."""

    oid: str
    name: str
    data_type: str
    items: tuple[CodeListItem, ...]
    cdisc: dict[str, Any] | None = None

    def text(self, value: str, language: str) -> str:
        """Decode a value; an unknown value (old data) is shown as recorded."""
        return next((item.text.in_(language) for item in self.items if item.value == value), value)


@dataclass(frozen=True, slots=True)
class Unit:
    """A measurement unit; canonical value = value * factor + offset, both exact fractions as text.

    `by_analyte`: only tables["analyte_conversions"], by laboratory test, lead to a canonical unit.
    """

    oid: str
    dimension: str
    ucum: str
    symbol: TranslatedText
    canonical: str
    factor: str = "1"
    offset: str = "0"
    nci_code: str | None = None
    by_analyte: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Limits in the canonical unit, inclusive; texts of decimals, either pair may be absent."""

    hard: tuple[str, str] | None = None
    soft: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as written, and as compiled at publication (JSON tree of the rule language, version 1).

    `cases` are the worked cases of a condition; those of a check and of a method stand there.
    """

    text: str
    compiled: dict[str, Any] = field(default_factory=dict)
    cases: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a form (ODM ItemDef); `decimals` counts digits after the point.

    `constant` is what a prefilled item outside fixed rows says (the name of the study drug).
    """

    oid: str
    question: TranslatedText
    data_type: DataType
    required: Required
    length: int | None = None
    decimals: int | None = None
    codelist: str | None = None
    multi: bool = False
    units: tuple[str, ...] = ()
    units_by_row: bool = False
    range: Range | None = None
    show_if: Rule | None = None
    condition: str | None = None
    method: str | None = None
    missing_reasons: str | None = None
    carry_forward: bool = False
    ref_form: str | None = None
    critical: bool = False
    show_last: bool = False
    originator: tuple[str, ...] = ()
    constant: str | None = None
    cdash: str = ""
    sdtm: str = ""
    help: TranslatedText | None = None

    @property
    def derived(self) -> bool:
        """Worked out by the program, never entered."""
        return self.required == "derived"


@dataclass(frozen=True, slots=True)
class RowDef:
    """A fixed row of a panel: its key, its prefilled cells, and what a laboratory row knows of its test."""

    key: str
    prefilled: dict[str, str]
    required: Required | None = None
    decimals: int | None = None
    units: tuple[str, ...] = ()
    range: Range | None = None
    ctcae: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """A section of a form (ODM ItemGroupDef): plain, fixed rows of a panel, or rows added one by one."""

    oid: str
    name: TranslatedText
    repeating: GroupKind
    items: tuple[Item, ...]
    rows: tuple[RowDef, ...] = ()
    row_set: str | None = None
    max_rows: int | None = None
    lbcat: str | None = None

    @property
    def key_item(self) -> str | None:
        """The first column, which names a row, of a group with rows."""
        return None if self.repeating == "no" else self.items[0].oid


@dataclass(frozen=True, slots=True)
class Form:
    """A case report form (ODM FormDef)."""

    oid: str
    name: TranslatedText
    version: str
    repeating: FormKind
    groups: tuple[ItemGroup, ...]
    domain: str = ""
    sdtm_domains: str = ""
    date_item: str | None = None
    done_item: str | None = None

    def items(self) -> tuple[Item, ...]:
        """List every item of the form in the order of the paper."""
        return tuple(item for group in self.groups for item in group.items)


@dataclass(frozen=True, slots=True)
class FormRef:
    """A form at an event: required, optional, or expected while its condition is true."""

    form: str
    expected: Expected
    condition: Rule | None = None


@dataclass(frozen=True, slots=True)
class StudyEvent:
    """A planned visit (ODM StudyEventDef); day and windows as written in the schedule (numbers, formulas)."""

    oid: str
    name: TranslatedText
    kind: EventKind
    anchor: str
    day: str | None
    window_before: str | None
    window_after: str | None
    repeats: str
    forms: tuple[FormRef, ...]
    note: str = ""
    in_order: bool = True


@dataclass(frozen=True, slots=True)
class Method:
    """A derivation (ODM MethodDef): rules by item, a named function, or a process outside the rules.

    A function stands in `rules` too, as its call without values. The item "" belongs to a method that fills
    none (a suggestion on the page, or a value that only exports work out).
    """

    oid: str
    name: str
    kind: Literal["expression", "function", "process"]
    inputs: tuple[str, ...] = ()
    rules: dict[str, Rule] = field(default_factory=dict)
    function: str | None = None
    process: str | None = None
    algorithm: str = ""
    note: str = ""
    cases: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """An edit check with its worked cases; a check fires only when its rule is true.

    `shown_to` names the only roles that read its message (everybody who sees the form when empty).
    """

    oid: str
    level: Literal["hard", "soft"]
    scope: str
    condition: str
    home: str
    at: str | None
    rule: Rule
    message: TranslatedText
    items: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    shown_to: tuple[str, ...] = ()
    cases: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A named study or site setting; `asked` numbers the sponsor's open question that its default answers."""

    key: str
    type: str
    scope: Literal["study", "site"]
    default: Any = None
    values: tuple[str, ...] = ()
    question: TranslatedText | None = None
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point by which forms are signed: which ones, what is signed together (`each`), and by when.

    `forms` and `events` say what belongs to it (an empty one: every); the first that takes a form has it.
    `before` is an anchor of the schedule or "data cut". `within` names the setting that holds the time, in
    `unit`, from `since` (a date and a time of day, items of one form) or, without it, from the completion of
    each form; beside `before` it is the time to sign again what was changed later.
    """

    oid: str
    name: TranslatedText
    each: SignedTogether
    forms: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    within: str | None = None
    unit: TimeUnit = "days"
    since: tuple[str, ...] = ()
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """News that goes out at once to some roles when a filled form comes to meet a condition.

    `within` names the setting that holds the time to report in, in `unit`, counted from the save.
    """

    oid: str
    name: TranslatedText
    form: str
    when: Rule
    to: tuple[str, ...]
    within: str | None = None
    unit: TimeUnit = "hours"


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the delegation log (OID as in roles.yaml: CRC, PI, CRA ...)."""

    oid: str
    name: TranslatedText
    can: str = ""


@dataclass(frozen=True, slots=True)
class FormRights:
    """Who enters, verifies and signs a form; `item_enter` names items written by another role only."""

    form: str
    enter: tuple[str, ...]
    verify: tuple[str, ...]
    sign: tuple[str, ...]
    hidden_from: tuple[str, ...] = ()
    item_enter: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StudyVersion:
    """Everything a published version holds (ODM MetaDataVersion).

    `tables` is plain data as in forms/, decimals as text: analyte_conversions, recist, ctcae, doses, bands,
    growth, dictionaries, sdv, and notes (the prose of each file). `order` lists the derived items in the
    order in which they are worked out. `built_by` names who wrote it: none of them may publish it.

    `translation_reviewed_by` names who confirmed the Russian texts of the checks; until then they are drafts.
    """

    study_oid: str
    name: TranslatedText
    version: str
    cycle_days: int
    events: tuple[StudyEvent, ...]
    forms: tuple[Form, ...]
    codelists: tuple[CodeList, ...]
    units: tuple[Unit, ...]
    methods: tuple[Method, ...]
    checks: tuple[Check, ...]
    settings: tuple[Setting, ...]
    roles: tuple[Role, ...]
    rights: tuple[FormRights, ...]
    tables: dict[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    built_by: tuple[str, ...] = ()
    translation_reviewed_by: str = ""
    milestones: tuple[Milestone, ...] = ()
    alerts: tuple[Alert, ...] = ()
