"""RECIST 1.1 at one time point: lesions, sums, target and non-target response and the response table."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from imt_ecrf.clinical.exact import Number, fraction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

TargetState = Literal["MEASURED", "TOO SMALL", "DISAPPEARED", "COALESCED", "SPLIT", "NOT EVALUABLE"]
NonTargetState = Literal["PRESENT", "ABSENT", "UNEQUIVOCAL PROGRESSION", "NOT EVALUABLE"]
Certainty = Literal["UNEQUIVOCAL", "EQUIVOCAL"]
TargetResponse = Literal["CR", "PR", "SD", "PD", "NE", "NA"]
NonTargetResponse = Literal["CR", "NON-CR/NON-PD", "PD", "NE", "NA"]
Response = Literal["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]

TARGETS: tuple[TargetResponse, ...] = ("CR", "PR", "SD", "PD", "NE", "NA")
NON_TARGETS: tuple[NonTargetResponse, ...] = ("CR", "NON-CR/NON-PD", "PD", "NE", "NA")
NOT_PD: tuple[NonTargetResponse, ...] = ("CR", "NON-CR/NON-PD", "NE", "NA")

TOO_SMALL_MM = Fraction(5)
NORMAL_NODE_BELOW_MM = 10
PROGRESSION_MM = 5
PROGRESSION_PERCENT = 20
RESPONSE_PERCENT = -30


@dataclass(frozen=True, slots=True)
class RecistSettings:
    """What the protocol decides where RECIST 1.1 leaves a choice (CRF book 6.2)."""

    confirm_days: int = 28
    sd_min_days: int = 49
    keep_pr_until_pd: Literal["off", "confirmed", "any"] = "confirmed"
    max_ne_between: int = 1
    accept_sd_between: bool = False

    def __post_init__(self) -> None:
        """Refuse a word that no rule knows, since it would silently act as `off`."""
        if self.keep_pr_until_pd not in ("off", "confirmed", "any"):
            msg = f"keep_pr_until_pd must be off, confirmed or any, is {self.keep_pr_until_pd}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class TargetLesion:
    """A target lesion at one time point, in mm (node: short axis); `node` is read at baseline only."""

    lesion: str
    state: TargetState | None = None
    diameter: Number | None = None
    node: bool = False

    def value(self) -> Fraction | None:
        """Give the value in the sum (RECIST 1.1, 4.3.2; CRF book M_TLVALUE); None when it cannot be told."""
        if self.state in ("MEASURED", "SPLIT"):
            return None if self.diameter is None else fraction(self.diameter)
        if self.state == "TOO SMALL":
            return TOO_SMALL_MM
        return Fraction(0) if self.state in ("DISAPPEARED", "COALESCED") else None


@dataclass(frozen=True, slots=True)
class NonTargetLesion:
    """A non-target lesion at one time point."""

    lesion: str
    state: NonTargetState | None = None


@dataclass(frozen=True, slots=True)
class NewLesion:
    """A new lesion as recorded at one time point, with the date on which it was first seen."""

    lesion: str
    certainty: Certainty | None
    first_seen: date | None = None


@dataclass(frozen=True, slots=True)
class TimePoint:
    """One tumour assessment: 0 is baseline, then 1, 2 ...; `overall` is the investigator's reading."""

    number: int
    first_scan: date
    last_scan: date
    targets: tuple[TargetLesion, ...] = ()
    non_targets: tuple[NonTargetLesion, ...] = ()
    new_lesions: tuple[NewLesion, ...] = ()
    overall: Response | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sum of diameters and its changes, unrounded; None where a lesion or the other number is missing."""

    total: Fraction | None = None
    baseline: Fraction | None = None
    nadir: Fraction | None = None

    @property
    def from_baseline(self) -> Fraction | None:
        """Change from baseline in % (SDTM PCBSD)."""
        return percent_change(self.total, self.baseline)

    @property
    def from_nadir(self) -> Fraction | None:
        """Change from the nadir in % (SDTM PCNSD); None from a nadir of 0."""
        return percent_change(self.total, self.nadir)

    @property
    def above_nadir(self) -> Fraction | None:
        """Change from the nadir in mm (SDTM ACNSD)."""
        return None if self.total is None or self.nadir is None else self.total - self.nadir


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A row of the response table: target and non-target responses, new lesion or not, one answer."""

    targets: tuple[TargetResponse, ...]
    non_targets: tuple[NonTargetResponse, ...]
    new: tuple[bool, ...]
    overall: Response


RESPONSE_TABLE = (
    ResponseRow(("CR",), ("CR", "NA"), (False,), "CR"),
    ResponseRow(("CR",), ("NON-CR/NON-PD",), (False,), "PR"),
    ResponseRow(("CR",), ("NE",), (False,), "PR"),
    ResponseRow(("PR",), NOT_PD, (False,), "PR"),
    ResponseRow(("SD",), NOT_PD, (False,), "SD"),
    ResponseRow(("NE",), NOT_PD, (False,), "NE"),
    ResponseRow(("PD",), NON_TARGETS, (False, True), "PD"),
    ResponseRow(TARGETS, ("PD",), (False, True), "PD"),
    ResponseRow(TARGETS, NON_TARGETS, (True,), "PD"),
    ResponseRow(("NA",), ("CR",), (False,), "CR"),
    ResponseRow(("NA",), ("NON-CR/NON-PD",), (False,), "NON-CR/NON-PD"),
    ResponseRow(("NA",), ("NE",), (False,), "NE"),
    ResponseRow(("NA",), ("NA",), (False,), "NE"),
)
"""RECIST 1.1 (Eisenhauer, Eur J Cancer 2009), tables 1 and 2; CRF book 6.1."""


def recist_overall(target: TargetResponse, non_target: NonTargetResponse, *, new: bool) -> Response:
    """Look the overall response of a time point up in the response table."""
    for row in RESPONSE_TABLE:
        if target in row.targets and non_target in row.non_targets and new in row.new:
            return row.overall
    msg = f"no row of the response table for {target}, {non_target}, {new}"
    raise ValueError(msg)


def percent_change(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """Give the change in % of the number before, unrounded (19.96 % is not 20 %); None from 0."""
    return None if now is None or not before else 100 * (now - before) / before


def total(values: Iterable[Fraction | None]) -> Fraction | None:
    """Add the values of the lesions; None when one is missing or there is none (CRF book M_SUMDIAM)."""
    known: list[Fraction] = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return sum(known, Fraction(0)) if known else None


def lesion_values(
    baseline: Sequence[TargetLesion], now: Sequence[TargetLesion]
) -> tuple[Fraction | None, ...]:
    """Give the value of every baseline lesion at a time point; a lesion without a line was not evaluated."""
    lines = {lesion.lesion: lesion for lesion in now}
    return tuple(lines[known.lesion].value() if known.lesion in lines else None for known in baseline)


def recist_target(
    nodes: Sequence[bool],
    values: Sequence[Fraction | None],
    baseline: Fraction | None,
    nadir: Fraction | None,
    *,
    after_cr: bool = False,
    kept_pr: bool = False,
) -> TargetResponse:
    """Give the response of the target lesions (RECIST 1.1, 4.3.1; CRF book M_TRGRESP).

    `nodes` tells which lesions are lymph nodes, `values` are mm at this time point in the same order.
    Progression is tested first, on the partial sum of the lesions assessed too. `after_cr`: the last
    overall response was CR, so any reappearance is PD; `kept_pr`: a partial response goes on until PD
    (EORTC clarification).
    """
    if not nodes:
        return "NA"
    lesions = list(zip(nodes, values, strict=True))
    if (after_cr and any(_is_disease(node, value) for node, value in lesions)) or _has_grown(values, nadir):
        return "PD"
    now = total(values)
    if now is None:
        return "NE"
    if not any(_is_disease(node, value) for node, value in lesions):
        return "CR"
    change = percent_change(now, baseline)
    if change is None:
        return "NE"
    return "PR" if kept_pr or change <= RESPONSE_PERCENT else "SD"


def _is_disease(node: bool, value: Fraction | None) -> bool:
    return value is not None and (value >= NORMAL_NODE_BELOW_MM if node else value > 0)


def _has_grown(values: Sequence[Fraction | None], nadir: Fraction | None) -> bool:
    if nadir is None:
        return False
    partial = sum((value for value in values if value is not None), Fraction(0))
    if partial - nadir < PROGRESSION_MM:
        return False
    return nadir == 0 or 100 * (partial - nadir) >= PROGRESSION_PERCENT * nadir


def recist_non_target(states: Sequence[NonTargetState | None]) -> NonTargetResponse:
    """Give the response of the non-target lesions (RECIST 1.1, 4.3.3; CRF book M_NTRGRESP).

    Unequivocal progression first; one lesion not evaluated gives NE; a node counts as absent below 10
    mm.
    """
    if not states:
        return "NA"
    if "UNEQUIVOCAL PROGRESSION" in states:
        return "PD"
    if None in states or "NOT EVALUABLE" in states:
        return "NE"
    return "CR" if all(state == "ABSENT" for state in states) else "NON-CR/NON-PD"


def has_new_lesion(lesions: Iterable[NewLesion]) -> bool:
    """Tell whether a new lesion is certain (CRF book M_RSNEW); an equivocal one waits for the next scan."""
    return any(lesion.certainty == "UNEQUIVOCAL" for lesion in lesions)
