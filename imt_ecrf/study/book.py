"""A published version with everything findable by its OID; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imt_ecrf.study.definition import (
        CodeList,
        Form,
        FormRef,
        FormRights,
        Item,
        ItemGroup,
        Method,
        Role,
        RowDef,
        StudyEvent,
        StudyVersion,
        Unit,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: its form, its group and itself."""

    form: Form
    group: ItemGroup
    item: Item


@dataclass(frozen=True, slots=True)
class Path:
    """An item path taken apart: `VS_WEIGHT`, or group, row key and item of `G_LBC.ALT.LBCORRES`."""

    item: str
    group: str | None = None
    row: str | None = None

    def __str__(self) -> str:
        """Write the path as it stands in documents and on controls."""
        return self.item if self.group is None else f"{self.group}.{self.row}.{self.item}"


def is_row(text: str) -> bool:
    """Tell whether a path names a row as a whole: its section and its key, no question."""
    return text.count(".") == 1 and "@" not in text


def path(text: str) -> Path:
    """Take a path apart; a path has one or three parts."""
    parts = text.split(".")
    if len(parts) == 1:
        return Path(text)
    group, row, item = parts
    return Path(item, group, row)


@dataclass(frozen=True)
class Book:
    """A StudyVersion, its fingerprint (SHA-256 of its canonical JSON) and its indexes."""

    version: StudyVersion
    fingerprint: str
    forms: dict[str, Form] = field(init=False)
    events: dict[str, StudyEvent] = field(init=False)
    codelists: dict[str, CodeList] = field(init=False)
    units: dict[str, Unit] = field(init=False)
    methods: dict[str, Method] = field(init=False)
    roles: dict[str, Role] = field(init=False)
    rights: dict[str, FormRights] = field(init=False)
    places: dict[str, Place] = field(init=False)
    groups: dict[str, tuple[Form, ItemGroup]] = field(init=False)
    rows: dict[tuple[str, str], RowDef] = field(init=False)
    places_of: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Build the indexes once; definitions never change afterwards."""
        version = self.version
        put = object.__setattr__
        put(self, "forms", {form.oid: form for form in version.forms})
        put(self, "events", {event.oid: event for event in version.events})
        put(self, "places_of", {event.oid: place for place, event in enumerate(version.events)})
        put(self, "codelists", {codelist.oid: codelist for codelist in version.codelists})
        put(self, "units", {unit.oid: unit for unit in version.units})
        put(self, "methods", {method.oid: method for method in version.methods})
        put(self, "roles", {role.oid: role for role in version.roles})
        put(self, "rights", {right.form: right for right in version.rights})
        pairs = [(form, group) for form in version.forms for group in form.groups]
        put(self, "groups", {group.oid: (form, group) for form, group in pairs})
        put(self, "rows", {(group.oid, row.key): row for _, group in pairs for row in group.rows})
        places = {item.oid: Place(form, group, item) for form, group in pairs for item in group.items}
        put(self, "places", places)

    def item(self, oid: str) -> Item:
        """Give an item; KeyError when the study has none of that name."""
        return self.places[oid].item

    def row(self, group: str, key: str) -> RowDef | None:
        """Give the fixed row of a panel, or None for a row added by hand."""
        return self.rows.get((group, key))

    def form_ref(self, event: str, form: str) -> FormRef | None:
        """Say how a form is expected at an event; None when it is not scheduled there."""
        return next((ref for ref in self.events[event].forms if ref.form == form), None)
