"""Which state may follow which, by whose act, and what that voids: tables; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imt_ecrf.policy.permissions import ACTS, ENTRY_ROLES
from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class MoveNotPossible(Refused):
    """This cannot follow the present state."""

    ru = "Это невозможно в текущем состоянии."
    status = 409


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from a state by an act to a state, by which roles, when, and what it voids."""

    state: str
    act: str
    to: str
    roles: frozenset[str] = frozenset()
    when: str = ""
    voids: tuple[str, ...] = ()


FORM_RIGHT: Final[frozenset[str]] = frozenset()
"""No roles named: the table of forms by role decides."""

SYSTEM: Final = frozenset({"SYSTEM"})
_ASK: Final = ACTS["ask_query"]
_LAPSE: Final = ("signature", "verification of the changed items")

ENTRY: Final = (
    Move("not started", "save", "in progress", when="at least one value is kept"),
    Move("not started", "mark_not_done", "not done", when="a reason is given"),
    Move("in progress", "save", "in progress", voids=_LAPSE),
    Move(
        "in progress",
        "complete",
        "complete",
        when="no hard check fires; every soft one is confirmed or becomes a query",
    ),
    Move("in progress", "mark_not_done", "not done", when="a reason is given; no value is kept"),
    Move("in progress", "strike", "in progress", when="a line of a log; a reason is given", voids=_LAPSE),
    Move("complete", "save", "in progress", when="a value changed", voids=_LAPSE),
    Move(
        "complete",
        "add",
        "complete",
        when="by who enters single items only; nothing is left to settle",
        voids=_LAPSE,
    ),
    Move("complete", "derive", "complete", SYSTEM, when="a derived value changed", voids=_LAPSE),
    Move("complete", "reopen", "in progress"),
    Move("complete", "strike", "complete", when="a line of a log; a reason is given", voids=_LAPSE),
    Move("in progress", "derive", "in progress", SYSTEM, when="a derived value changed", voids=_LAPSE),
    Move("not done", "reopen", "in progress", when="a reason is given", voids=_LAPSE),
    Move("not done", "strike", "not done", when="a line of a log; a reason is given", voids=_LAPSE),
)

EVENT: Final = (
    Move("planned", "day", "due", SYSTEM, when="its window opens"),
    Move("due", "day", "overdue", SYSTEM, when="its window closes"),
    Move("planned", "save", "in progress", ENTRY_ROLES),
    Move("due", "save", "in progress", ENTRY_ROLES),
    Move("overdue", "save", "in progress", ENTRY_ROLES),
    Move("planned", "miss", "missed", ACTS["miss_event"], when="a reason is given; nothing is entered"),
    Move("due", "miss", "missed", ACTS["miss_event"], when="a reason is given; nothing is entered"),
    Move("overdue", "miss", "missed", ACTS["miss_event"], when="a reason is given; nothing is entered"),
    Move("missed", "save", "in progress", ENTRY_ROLES, when="the visit took place after all"),
    Move("in progress", "complete", "complete", SYSTEM, when="every expected form is complete or not done"),
    Move("complete", "save", "in progress", ENTRY_ROLES),
)

SUBJECT: Final = (
    Move(
        "SCREENING",
        "enrol",
        "ENROLLED",
        ACTS["enrol"],
        when="consent; all criteria met; the decision is to enrol",
    ),
    Move(
        "SCREENING",
        "derive",
        "SCREEN FAILURE",
        SYSTEM,
        when="the decision is not to enrol, or end of study says so",
    ),
    Move("ENROLLED", "derive", "ON TREATMENT", SYSTEM, when="a dose is in the dosing log"),
    Move("ENROLLED", "derive", "OFF TREATMENT", SYSTEM, when="the decision to stop is recorded"),
    Move("ON TREATMENT", "derive", "OFF TREATMENT", SYSTEM, when="the decision to stop is recorded"),
    Move("OFF TREATMENT", "derive", "SAFETY FOLLOW-UP", SYSTEM, when="the safety follow-up visit is open"),
    Move("SAFETY FOLLOW-UP", "derive", "SURVIVAL FOLLOW-UP", SYSTEM, when="a survival contact is open"),
    *(
        Move(state, "derive", end, SYSTEM, when="end of study or death is recorded")
        for state in (
            "SCREENING",
            "SCREEN FAILURE",
            "ENROLLED",
            "ON TREATMENT",
            "OFF TREATMENT",
            "SAFETY FOLLOW-UP",
            "SURVIVAL FOLLOW-UP",
        )
        for end in ("COMPLETED", "WITHDRAWN", "LOST", "DIED")
    ),
)

SIGNATURE: Final = (
    Move(
        "none", "sign", "valid", FORM_RIGHT, when="password; form complete or not done; no hard check fires"
    ),
    Move("valid", "change", "void", SYSTEM, when="a value, missing reason, unit or derived value changed"),
    Move("void", "sign", "valid", FORM_RIGHT, when="as the first time; the void one stays in the history"),
)

_UNANSWERED: Final = "by who asked, or by the data manager; one by one, a reason is given"

QUERY: Final = (
    Move("none", "ask", "open", _ASK | SYSTEM),
    Move("open", "answer", "answered", ACTS["answer_query"]),
    Move("answered", "close", "closed", _ASK | SYSTEM, when="by who asked, or by the data manager"),
    Move("answered", "reopen", "re-opened", _ASK, when="by who asked, or by the data manager"),
    Move("re-opened", "answer", "answered", ACTS["answer_query"]),
    Move("re-opened", "close", "closed", _ASK | SYSTEM, when=_UNANSWERED),
    Move("re-opened", "cancel", "cancelled", _ASK, when="asked by mistake; a reason is given"),
    Move("open", "close", "closed", _ASK | SYSTEM, when=_UNANSWERED),
    Move("open", "cancel", "cancelled", _ASK, when="asked by mistake; a reason is given"),
    Move("closed", "reopen", "re-opened", _ASK | SYSTEM, when="by who asked, or by the data manager"),
)

_VERIFIERS: Final = frozenset({"CRA", "DM", "SAFE"})
VERIFICATION: Final = (
    Move(
        "none", "verify", "verified", _VERIFIERS, when="the value is the one seen; critical items one by one"
    ),
    Move("verified", "change", "lapsed", SYSTEM, when="the value changed"),
    Move("verified", "unverify", "none", _VERIFIERS, when="a reason is given"),
    Move("lapsed", "verify", "verified", _VERIFIERS, when="the value is the one seen"),
)


def _reviewed(act: str) -> tuple[Move, ...]:
    return tuple(replace(one, roles=one.roles if one.roles == SYSTEM else ACTS[act]) for one in VERIFICATION)


DATA_REVIEW: Final = _reviewed("review_data")
MEDICAL_REVIEW: Final = _reviewed("review_medically")
"""Marks of their own that move as verification does, by other roles."""

PROPOSAL: Final = (
    Move("none", "propose", "proposed", SYSTEM, when="a visit is outside its window, or consent is overdue"),
    Move("none", "propose by hand", "proposed", frozenset({"CRA"}), when="in the monitor's own words"),
    Move("proposed", "accept", "accepted", FORM_RIGHT, when="it becomes a line of the log of deviations"),
    Move("proposed", "decline", "declined", FORM_RIGHT, when="a reason is given"),
    Move(
        "proposed",
        "withdraw",
        "withdrawn",
        SYSTEM | {"CRA"},
        when="what it rests on was corrected, or by the monitor who proposed it",
    ),
)
"""A protocol deviation that was proposed; who writes the log of deviations decides, nobody else."""

TABLES: Final[Mapping[str, tuple[Move, ...]]] = {
    "entry": ENTRY,
    "event": EVENT,
    "subject": SUBJECT,
    "signature": SIGNATURE,
    "query": QUERY,
    "verification": VERIFICATION,
    "data review": DATA_REVIEW,
    "medical review": MEDICAL_REVIEW,
    "proposal": PROPOSAL,
}


def move(table: tuple[Move, ...], state: str, act: str) -> Move:
    """Find the one move an act makes from a state; refused when the table has none."""
    found = [one for one in table if one.state == state and one.act == act]
    if len(found) != 1:
        raise MoveNotPossible(state=state, act=act)
    return found[0]


def allows(table: tuple[Move, ...], state: str, act: str, roles: Iterable[str]) -> bool:
    """Tell whether these roles may make the move; where it names no roles the rights of the form decide."""
    found = next((one for one in table if one.state == state and one.act == act), None)
    return found is not None and (not found.roles or not found.roles.isdisjoint(roles))


def query_right(role: str, state: str, act: str) -> str:
    """Say whether a role may make a move on a query: `yes`, `own` (only who asked it), or empty."""
    if not allows(QUERY, state, act, (role,)):
        return ""
    free = act in {"ask", "answer"} or role in ACTS["settle_any_query"] | SYSTEM
    return "yes" if free else "own"


@dataclass(frozen=True, slots=True)
class Course:
    """What acts and forms say about a subject, from which its state follows."""

    enrolled: bool = False
    refused: bool = False
    dosed: bool = False
    stopped: bool = False
    safety: bool = False
    survival: bool = False
    died: bool = False
    end_reason: str | None = None


ENDS: Final[Mapping[str, str]] = {
    "DEATH": "DIED",
    "SCREEN FAILURE": "SCREEN FAILURE",
    "LOST TO FOLLOW-UP": "LOST",
    "WITHDRAWAL BY SUBJECT": "WITHDRAWN",
    "WITHDRAWAL BY PARENT/GUARDIAN": "WITHDRAWN",
}
"""Reason of the end of study to the state; every other reason is COMPLETED."""


def subject_state(course: Course) -> str:
    """Work out the state of a subject; it is never typed."""
    if course.died:
        return "DIED"
    if course.end_reason:
        return ENDS.get(course.end_reason, "COMPLETED")
    if course.refused and not course.enrolled:
        return "SCREEN FAILURE"
    steps = (
        (course.survival, "SURVIVAL FOLLOW-UP"),
        (course.safety, "SAFETY FOLLOW-UP"),
        (course.stopped, "OFF TREATMENT"),
        (course.dosed, "ON TREATMENT"),
        (course.enrolled, "ENROLLED"),
    )
    return next((state for holds, state in steps if holds), "SCREENING")
