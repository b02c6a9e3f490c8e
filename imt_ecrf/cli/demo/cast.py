"""What the demo knows beforehand of a child: disease, response, toxicities, end; knows no calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ending = Literal[
    "screening",
    "screen failure",
    "enrolled",
    "treatment",
    "off treatment",
    "safety",
    "survival",
    "withdrawn",
    "lost",
    "died",
    "completed",
]


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion at baseline: where, how it is found again, longest diameter (short axis of a node) in mm."""

    place: str
    detail: str
    mm: float = 0.0
    node: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A toxicity or illness on study days; `peak` times the normal limit, or the lowest count at `top`."""

    kind: str
    start: int
    end: int | None = None
    grade: int = 1
    top: int = 0
    peak: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and when treatment ended: day of the last dose (0: after the scan with progression), reason."""

    day: int
    reason: str
    words: str = ""
    surgery: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """One invented child of the trial.

    `since`: days from day 1 (from consent for a child never treated) to the last day of the demo;
    `response`: size of the lesions against baseline at each assessment; `new_at`: the assessment with a
    new lesion; `slips`: what goes wrong at the site.
    """

    number: int
    site: str
    sex: str
    age: float
    tumour: str
    since: int
    ending: Ending
    partner: str = ""
    gene: str = "ALK"
    histology: str = "IMT"
    extent: str = "LOCALISED"
    reason: str = "UNRESECTABLE"
    prior: tuple[str, ...] = ()
    targets: tuple[Lesion, ...] = ()
    others: tuple[Lesion, ...] = ()
    response: tuple[float, ...] = ()
    new_at: int | None = None
    troubles: tuple[Trouble, ...] = ()
    stop: Stop | None = None
    ended_on: int | None = None
    failure: str = ""
    inflamed: float = 0.4
    slips: frozenset[str] = frozenset()

    @property
    def treated(self) -> bool:
        """Tell whether the child had a first dose."""
        return self.ending not in {"screening", "screen failure", "enrolled"}
