"""RECIST 1.1 over the course of a subject: nadir, confirmation, best overall response and dates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from imt_ecrf.clinical.recist import (
    RESPONSE_PERCENT,
    Figures,
    NonTargetResponse,
    RecistSettings,
    Response,
    TargetResponse,
    TimePoint,
    has_new_lesion,
    lesion_values,
    recist_non_target,
    recist_overall,
    recist_target,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from fractions import Fraction

Confirmation = Literal["NOT NEEDED", "PENDING", "CONFIRMED", "NOT CONFIRMED"]
DEFAULTS = RecistSettings()


@dataclass(frozen=True, slots=True)
class History:
    """All tumour assessments of one subject in the order of their scans; first dose and new therapy."""

    baseline: TimePoint
    assessments: tuple[TimePoint, ...] = ()
    first_dose: date | None = None
    new_therapy: date | None = None

    def __post_init__(self) -> None:
        """Refuse assessments that are not numbered upwards from the baseline."""
        numbers = [self.baseline.number, *(point.number for point in self.assessments)]
        if numbers[0] != 0 or any(one >= other for one, other in pairwise(numbers)):
            msg = f"time points must be numbered upwards from 0, are {numbers}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Assessed:
    """A time point with what follows from it; `derived` is its overall response by the table."""

    point: TimePoint
    figures: Figures
    target: TargetResponse
    non_target: NonTargetResponse
    new: bool
    derived: Response

    @property
    def overall(self) -> Response:
        """The response that counts."""
        return self.point.overall or self.derived


def tumour_timepoints(first_scans: Sequence[date | None]) -> tuple[int | None, ...]:
    """Give numbers to assessments: the first given is baseline, 0, the others follow by date (M_TPNO).

    Give them in the order of the plan, which decides between equal dates; an assessment without a
    scan has no number.
    """
    dated = [(scan, place) for place, scan in enumerate(first_scans) if scan is not None and place > 0]
    numbers = {place: number for number, (_, place) in enumerate(sorted(dated), 1)}
    return tuple(0 if place == 0 else numbers.get(place) for place in range(len(first_scans)))


def assess(history: History, settings: RecistSettings = DEFAULTS) -> tuple[Assessed, ...]:
    """Work out every assessment after baseline from what was known before it (CRF book 6.1)."""
    done: list[Assessed] = []
    base = history.baseline
    baseline = total(lesion_values(base.targets, base.targets))
    for point in history.assessments:
        values = lesion_values(base.targets, point.targets)
        figures = Figures(total(values), baseline, _nadir(baseline, done))
        target = recist_target(
            [lesion.node for lesion in base.targets],
            values,
            baseline,
            figures.nadir,
            after_cr=_after_cr(done),
            kept_pr=_kept_pr(done, settings),
        )
        states = {lesion.lesion: lesion.state for lesion in point.non_targets}
        non_target = recist_non_target([states.get(known.lesion) for known in base.non_targets])
        new = has_new_lesion(point.new_lesions)
        done.append(
            Assessed(point, figures, target, non_target, new, recist_overall(target, non_target, new=new))
        )
    return tuple(done)


def recist_nadir(history: History, number: int) -> Fraction | None:
    """Give the smallest full sum before a time point, baseline included (CRF book M_TLNADIR)."""
    base = history.baseline.targets
    points = (history.baseline, *history.assessments)
    earlier = [point for point in points if point.number < number]
    sums = [total(lesion_values(base, point.targets)) for point in earlier]
    return min((known for known in sums if known is not None), default=None)


def _nadir(baseline: Fraction | None, done: Sequence[Assessed]) -> Fraction | None:
    sums = [baseline, *(one.figures.total for one in done)]
    return min((known for known in sums if known is not None), default=None)


def _after_cr(done: Sequence[Assessed]) -> bool:
    evaluated = [one.overall for one in done if one.overall != "NE"]
    return bool(evaluated) and evaluated[-1] == "CR"


def _kept_pr(done: Sequence[Assessed], settings: RecistSettings) -> bool:
    since_pd: list[Assessed] = []
    for one in done:
        since_pd = [] if one.overall == "PD" or one.target == "PD" else [*since_pd, one]
    if settings.keep_pr_until_pd == "any":
        return any(_is_response(one) for one in since_pd)
    return settings.keep_pr_until_pd == "confirmed" and _is_confirmed_below_baseline(since_pd, settings)


def _is_response(one: Assessed) -> bool:
    change = one.figures.from_baseline
    return one.target in ("CR", "PR") and change is not None and change <= RESPONSE_PERCENT


def _is_confirmed_below_baseline(points: Sequence[Assessed], settings: RecistSettings) -> bool:
    """Two time points, each 30 % below baseline; a response that is only kept cannot confirm itself."""
    course = [Dated(_measured(one), one.point.first_scan, one.point.last_scan) for one in points]
    return bool(_confirming_pairs(course, "PR", settings))


def _measured(one: Assessed) -> Response:
    if one.target == "NE":
        return "NE"
    return "PR" if _is_response(one) else "SD"


@dataclass(frozen=True, slots=True)
class Dated:
    """A response and its scans: a response counts from the last scan, a progression from the first."""

    response: Response
    first_scan: date
    last_scan: date


def course(history: History, settings: RecistSettings = DEFAULTS) -> tuple[Dated, ...]:
    """List the responses that count for the best one: up to progression or new therapy (RECIST 1.1, 4.6).

    A time point on which a new lesion was first seen that later became certain is a progression; so
    is anything but CR or NE after a CR, because disease seen after a true CR is progression (RECIST
    1.1, table 3, footnote).
    """
    first_seen = _first_certain_lesion(history)
    counted: list[Dated] = []
    complete = False
    for one in assess(history, settings):
        point = one.point
        if history.new_therapy is not None and point.last_scan > history.new_therapy:
            break
        late = first_seen is not None and point.last_scan >= first_seen
        response: Response = "PD" if late or (complete and one.overall not in ("CR", "NE")) else one.overall
        counted.append(Dated(response, point.first_scan, point.last_scan))
        complete = complete or response == "CR"
        if response == "PD":
            break
    return tuple(counted)


def _confirming_pairs(
    points: Sequence[Dated], level: Literal["CR", "PR"], settings: RecistSettings
) -> list[tuple[int, int]]:
    good = ("CR",) if level == "CR" else ("CR", "PR")
    pairs = []
    for first, one in enumerate(points):
        if one.response != level:
            continue
        not_evaluated = 0
        for later in range(first + 1, len(points)):
            other = points[later]
            if other.response in good:
                if (other.last_scan - one.last_scan).days >= settings.confirm_days:
                    pairs.append((first, later))
            elif other.response == "NE":
                not_evaluated += 1
                if not_evaluated > settings.max_ne_between:
                    break
            elif not (level == "PR" and other.response == "SD" and settings.accept_sd_between):
                break
    return pairs


def recist_confirmed(
    history: History,
    number: int,
    settings: RecistSettings = DEFAULTS,
) -> Confirmation | None:
    """Tell whether the response of a time point is confirmed (RECIST 1.1, 4.6; CRF book M_CONF).

    CR is confirmed by CR, PR by PR or CR, at least 28 days between the last scans, at most so many NE
    between. It is NOT CONFIRMED once that can no longer happen: progression, new therapy, too many
    NE, or SD between. None: no such time point.
    """
    found = next((one for one in assess(history, settings) if one.point.number == number), None)
    if found is None:
        return None
    if found.overall not in ("CR", "PR"):
        return "NOT NEEDED"
    points = course(history, settings)
    place = next((i for i, one in enumerate(points) if one.last_scan == found.point.last_scan), None)
    if place is None or points[place].response == "PD":
        return "NOT CONFIRMED"
    level: Literal["CR", "PR"] = "CR" if found.overall == "CR" else "PR"
    if any(first <= place <= later for first, later in _confirming_pairs(points, level, settings)):
        return "CONFIRMED"
    return (
        "NOT CONFIRMED"
        if history.new_therapy is not None or _is_broken(points[place + 1 :], level, settings)
        else "PENDING"
    )


def _is_broken(later: Sequence[Dated], level: Literal["CR", "PR"], settings: RecistSettings) -> bool:
    not_evaluated = 0
    for one in later:
        if one.response == "NE":
            not_evaluated += 1
        elif one.response not in ("CR", level):
            accepted = level == "PR" and one.response == "SD" and settings.accept_sd_between
            if not accepted:
                return True
    return not_evaluated > settings.max_ne_between


def recist_best(
    history: History,
    settings: RecistSettings = DEFAULTS,
    *,
    confirmed: bool = True,
) -> Response:
    """Give the best overall response, with confirmation by default (RECIST 1.1, 4.6, table 3; book 6.2).

    An unconfirmed CR or PR counts as SD when the minimum time since the first dose is met; without
    target lesions NON-CR/NON-PD stands in the place of SD. Stable disease too early: PD if PD
    follows, else NE.
    """
    points = course(history, settings)
    for level in ("CR", "PR"):
        reached = (
            _confirming_pairs(points, level, settings)
            if confirmed
            else [one for one in points if one.response == level]
        )
        if reached:
            return level
    if any(one.response not in ("PD", "NE") and _long_enough(one, history, settings) for one in points):
        return "SD" if history.baseline.targets else "NON-CR/NON-PD"
    return "PD" if any(one.response == "PD" for one in points) else "NE"


def _long_enough(one: Dated, history: History, settings: RecistSettings) -> bool:
    start = history.first_dose
    return start is not None and (one.last_scan - start).days >= settings.sd_min_days


def recist_first_response(history: History, settings: RecistSettings = DEFAULTS) -> date | None:
    """Give the last scan date of the first CR or PR that was later confirmed (CRF book M_BORFD)."""
    points = course(history, settings)
    first = [place for level in ("CR", "PR") for place, _ in _confirming_pairs(points, level, settings)]
    return points[min(first)].last_scan if first else None


def recist_progression(history: History, settings: RecistSettings = DEFAULTS) -> date | None:
    """Give the date of progression (CRF book M_PDDAT; RECIST 1.1, 4.3.5).

    The earlier of: the first scan of the first time point with PD; the day on which a new lesion was
    first seen that is, or later became, certain.
    """
    progressed = (one.point.first_scan for one in assess(history, settings) if one.overall == "PD")
    dates = [day for day in (next(progressed, None), _first_certain_lesion(history)) if day is not None]
    return min(dates, default=None)


def _first_certain_lesion(history: History) -> date | None:
    seen = [lesion for point in history.assessments for lesion in point.new_lesions]
    certain = {lesion.lesion for lesion in seen if lesion.certainty == "UNEQUIVOCAL"}
    return min(
        (one.first_seen for one in seen if one.lesion in certain and one.first_seen is not None), default=None
    )
