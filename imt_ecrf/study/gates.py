"""What must be on record before a form is begun, and what a withdrawal leaves open; knows no subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyEvent

TABLE: Final = "gates"
SAID: Final = "Y"


@dataclass(frozen=True, slots=True)
class Consent:
    """Where consent is recorded, which kinds count, and the forms that may be begun before."""

    form: str
    kind: str
    date: str
    counts: frozenset[str]
    free: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The checks that stand against enrolling while they fire.

    `against`: as long as they fire; `judged`: until somebody who enters the form confirmed the value with a
    comment (a criterion that leaves room for clinical judgement).
    """

    against: frozenset[str]
    judged: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dose:
    """The forms that hold a dose, and the form that is signed before the first of them."""

    after: str
    forms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Keeps:
    """What stays open after a withdrawal: some forms and all of some events, or everything without some."""

    forms: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def form(self, event: str, form: str) -> bool:
        """Tell whether a form may still be begun at an event."""
        if self.without:
            return form not in self.without
        return form in self.forms or event in self.events

    def event(self, event: StudyEvent) -> bool:
        """Tell whether at least one form of an event may still be begun."""
        return any(self.form(event.oid, ref.form) for ref in event.forms)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Where a withdrawal is recorded (in the form of consent) and what each scope of it leaves open."""

    said: str
    date: str
    scope: str
    unstated: str
    keeps: Mapping[str, Keeps]

    def left(self, scope: str | None) -> Keeps:
        """Give what a scope leaves open; a scope that is not stated counts as the widest."""
        return self.keeps.get(scope or self.unstated) or self.keeps[self.unstated]


@dataclass(frozen=True, slots=True)
class Birthday:
    """An age at which consent is asked again (whole years, or a setting), and the kinds that count."""

    age: int | str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deviation:
    """The log of protocol deviations: its items, and its word for a visit outside its window or consent."""

    form: str
    kind: str
    text: str
    date: str
    visit: str
    consent: str


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of a study; one that the study does not name is open."""

    consent: Consent | None = None
    enrolment: Enrolment | None = None
    dose: Dose | None = None
    withdrawal: Withdrawal | None = None
    birthdays: tuple[Birthday, ...] = ()
    ahead: int = 0
    within: int = 0
    deviation: Deviation | None = None
    forms: frozenset[str] = field(default=frozenset())


_KNOWN: Final[dict[str, Gates]] = {}


def gates(book: Book) -> Gates:
    """Give the gates of a published version, read once."""
    found = _KNOWN.get(book.fingerprint)
    if found is None:
        found = _KNOWN[book.fingerprint] = read(book.version.tables.get(TABLE) or {})
    return found


def read(table: Mapping[str, Any]) -> Gates:
    """Read the gates as they are published; a study without any has none."""
    consent, dose, withdrawal = table.get("consent"), table.get("dose"), table.get("withdrawal")
    enrolment = table.get("enrolment")
    again, deviation = table.get("reconsent") or {}, table.get("deviation")
    return Gates(
        consent=_consent(consent) if consent else None,
        enrolment=_enrolment(enrolment) if enrolment else None,
        dose=Dose(dose["after"], frozenset(dose["forms"])) if dose else None,
        withdrawal=_withdrawal(withdrawal) if withdrawal else None,
        birthdays=tuple(Birthday(one["age"], frozenset(one["kinds"])) for one in again.get("ages", ())),
        ahead=again.get("ahead", 0),
        within=again.get("within", 0),
        deviation=Deviation(**deviation) if deviation else None,
        forms=frozenset({consent["form"]} if consent else ()),
    )


def _consent(told: Mapping[str, Any]) -> Consent:
    counts, free = frozenset(told["counts"]), frozenset(told["free"])
    return Consent(told["form"], told["kind"], told["date"], counts, free)


def _enrolment(told: Mapping[str, Any]) -> Enrolment:
    return Enrolment(frozenset(told["against"]), frozenset(told["judged"]))


def _withdrawal(told: Mapping[str, Any]) -> Withdrawal:
    keeps = {
        scope: Keeps(**{key: frozenset(names) for key, names in left.items()})
        for scope, left in told["keeps"].items()
    }
    return Withdrawal(told["said"], told["date"], told["scope"], told["unstated"], keeps)
