"""The names and types that rules may use, frozen; knows neither how they were published nor any value."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind: TypeAlias = Literal["once", "event", "many", "log"]

SUBJECT: Final = "SUBJECT"
"""Home of a rule that runs once a subject."""
ANY: Final = "ANY"
"""Home of a rule that runs for every form with free text."""
EVENT: Final = "EVENT"
"""Home of a schedule condition: an event, before its form exists."""

ONE: Final = (Fraction(1), Fraction(0))
NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class ItemType:
    """An item as rules see it: `group` is set for a column of rows, `section` is its group in any case.

    `units` gives factor and offset to the canonical unit for each unit the item may be entered in.
    `carried` items show at later events the value of the baseline (carry_forward: read_only).
    """

    oid: str
    type: str
    form: str
    group: str | None = None
    section: str = ""
    decimals: int | None = None
    unit: str | None = None
    units: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    carried: bool = False
    derived: bool = False


@dataclass(frozen=True, slots=True)
class GroupType:
    """A group with rows: `fixed` lists the keys and prefilled cells of a panel, else rows are added."""

    oid: str
    form: str
    key: str
    items: tuple[str, ...]
    fixed: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class FormType:
    """A form: `items` stand outside rows; `date_item` None means the visit date."""

    oid: str
    kind: Kind
    items: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    date_item: str | None = None
    first_event: str | None = None


@dataclass(frozen=True)
class Dictionary:
    """Everything a rule may name, in the order of forms; `sections` gives the form of every group.

    Codes of a list stand in the order of the list.
    """

    items: Mapping[str, ItemType] = field(default_factory=dict)
    groups: Mapping[str, GroupType] = field(default_factory=dict)
    forms: Mapping[str, FormType] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    events: tuple[str, ...] = ()
    baseline: str = "SE_C1D1"
    _prefilled: dict[tuple[str, str], Mapping[str, str]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    typed: dict[tuple[str, str, str | None], Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Short answers as they were read before, by item, text and unit: the same ones come again and again."""
    _sets: dict[str, frozenset[str] | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def codes(self, type_: str) -> tuple[str, ...] | None:
        """List the codes of a code or codes type; None for other types and unknown lists."""
        base, _, name = type_.partition(":")
        return self.lists.get(name) if base in {"code", "codes"} else None

    def code_set(self, type_: str) -> frozenset[str] | None:
        """Give the codes of a type for quick look-up; None when every code fits."""
        if type_ not in self._sets:
            codes = self.codes(type_)
            self._sets[type_] = None if codes is None else frozenset(codes)
        return self._sets[type_]

    def prefilled(self, group: str, row: str) -> Mapping[str, str]:
        """Give what is written in a fixed row beforehand, its key included; nothing for other rows."""
        known = self.groups.get(group)
        if known is None or known.fixed is None:
            return NOTHING
        place = group, row
        if place not in self._prefilled:
            self._prefilled[place] = {**known.fixed.get(row, {}), known.key: row}
        return self._prefilled[place]

    def kind(self, form: str) -> Kind | None:
        """Say how often a form exists; None for SUBJECT, ANY and unknown forms."""
        if form == EVENT:
            return "event"
        found = self.forms.get(form)
        return found.kind if found else None

    def rows_of(self, name: str) -> GroupType | FormType | None:
        """Resolve a rows argument: a group, the only group with rows of a form, or all records of a form.

        A log or a form that may be added more than once stands for its records even when it has a group;
        a form of every visit stands for its records when it has none.
        """
        if name in self.groups:
            return self.groups[name]
        form = self.forms.get(name)
        if form is None:
            return None
        if form.kind in {"log", "many"} or (form.kind == "event" and not form.groups):
            return form
        return self.groups[form.groups[0]] if len(form.groups) == 1 else None
