"""What the loader collects while it reads: names given, names used, rules written; knows no file format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from imt_ecrf.study.loader.mistakes import Mistakes, near

if TYPE_CHECKING:
    from imt_ecrf.study.definition import Rule
    from imt_ecrf.study.loader.mistakes import Mark
    from imt_ecrf.study.loader.section import Section

Kind = Literal[
    "code list",
    "unit",
    "method",
    "form",
    "role",
    "item",
    "event",
    "group",
    "check",
    "setting",
    "conversion",
    "row",
    "right",
    "milestone",
    "alert",
    "gate",
]
Use = Literal["check", "show_if", "derive", "when"]

OID: Final = re.compile(r"[A-Z][A-Z0-9_]*")
FREE: Final[frozenset[Kind]] = frozenset({"unit", "conversion"})
"""Kinds whose names are written as they are in medicine: 10^9/L."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name used at a place."""

    kind: Kind
    name: str
    mark: Mark
    who: str


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule and where it stands: `home` is a form, SUBJECT, ANY or EVENT; `into` the item it derives."""

    rule: Rule
    mark: Mark
    who: str
    use: Use
    home: str
    oid: str
    into: str | None = None


@dataclass(slots=True)
class Draft:
    """Everything collected over all files of one draft; `whole` is False when one could not be read."""

    mistakes: Mistakes = field(default_factory=Mistakes)
    sections: dict[tuple[Kind, str], Section] = field(default_factory=dict)
    used: list[Reference] = field(default_factory=list)
    rules: list[WrittenRule] = field(default_factory=list)
    whole: bool = True
    originators: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def name(self, kind: Kind, section: Section, key: str = "oid") -> str:
        """Read the name of a thing and note it; the same name twice is a mistake."""
        oid = section.text(key)
        if oid and kind not in FREE and not OID.fullmatch(oid):
            section.wrong(key, f"{oid} must be capital letters, digits and _ only")
        if oid:
            first = self.sections.setdefault((kind, oid), section)
            if first is not section:
                place = first.mark(key)
                section.wrong(key, f"the {kind} {oid} exists already, {place.file}:{place.line}")
        return oid

    def use(self, kind: Kind, section: Section, key: str) -> str | None:
        """Read a name that must exist somewhere, or nothing."""
        name = section.maybe(key)
        if name:
            self.used.append(Reference(kind, name, section.mark(key), section.who))
        return name

    def use_all(self, kind: Kind, section: Section, key: str) -> tuple[str, ...]:
        """Read a list of names that must exist somewhere."""
        names = section.names(key)
        self.used += [Reference(kind, name, section.mark(key), section.who) for name in names]
        return names

    def use_keys(self, kind: Kind, section: Section | None) -> tuple[str, ...]:
        """Read the keys of a mapping, each a name that must exist somewhere."""
        keys = tuple(section.source) if section else ()
        self.used += [Reference(kind, key, section.mark(key), section.who) for key in keys if section]
        return keys

    def wrong(self, kind: Kind, name: str, key: str | None, what: str) -> None:
        """Note a mistake at a key of a thing that was read."""
        section = self.sections.get((kind, name))
        if section is not None:
            section.wrong(key, what)

    def resolve(self) -> None:
        """Note every name used that was never given."""
        known: dict[Kind, list[str]] = {}
        for kind, name in self.sections:
            known.setdefault(kind, []).append(name)
        for reference in self.used:
            if (reference.kind, reference.name) not in self.sections:
                hint = near(reference.name, known.get(reference.kind, []))
                what = f"{reference.who}: there is no {reference.kind} {reference.name}{hint}"
                self.mistakes.add(reference.mark, what)
