"""The plan of source data verification: figures, history, what it asks of an item; marks nothing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, or_, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.permissions import originators, standing
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import Setting, StudyVersion, stamp
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Item

KEY: Final = "table.sdv"
RAISED: Final = "table.sdv.raised"
DECIDED: Final = "decided"
MOST_SUBJECTS: Final = 999
WHOLE: Final = 100
CODER: Final = "CODER"
UNASKED: Final = frozenset({"derived", "prefilled"})
EVERYTHING: Final = ("watched form", "first subjects", "first cycle", "next subjects")
"""Why every item of a form is verified, in the order in which it is said."""


_FIRST: Final = (
    select(StudyVersion.fingerprint, StudyVersion.published_at).order_by(StudyVersion.seq).limit(1)
)
_HERE: Final = (
    select(Setting.key, Setting.value)
    .where(Setting.key.in_((KEY, RAISED)), or_(Setting.site == bindparam("at"), Setting.site.is_(None)))
    .order_by(Setting.seq)
)


class WrongFigures(Refused):
    """Rates are whole percents from 0 to 100, numbers of subjects whole and not below 0."""

    ru = "Доли задаются целыми процентами от 0 до 100, число пациентов - целым неотрицательным числом."


class PlanNeedsReason(Refused):
    """Say why the plan changes."""

    ru = "Укажите, почему меняется план."


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of the plan; rates in percent; `watched` leads from a kind of deviation to forms.

    `deviation` names the form of deviations, its items for kind and importance, and the word for important.
    """

    sample: int = 20
    first_subjects: int = 2
    raise_over: int = 1
    raise_to: int = 50
    all_over: int = 3
    all_next: int = 3
    first_cycle: tuple[str, ...] = ("SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22")
    deviation: tuple[str, ...] = ("F_DV", "DVCAT", "DVCLASS", "IMPORTANT")
    watched: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "CONSENT": ("F_IC",),
            "ELIGIBILITY": ("F_IE",),
            "DOSING": ("F_DOSE", "F_EX", "F_DA"),
        }
    )
    seed: str = ""


FIGURES: Final = ("sample", "first_subjects", "raise_over", "raise_to", "all_over", "all_next")
"""What a data manager may change; the rest belongs to the published study."""
RATES: Final = frozenset({"sample", "raise_over", "raise_to", "all_over"})


@dataclass(frozen=True, slots=True)
class Terms:
    """The plan as it holds at one site, with what its triggers and the data manager have raised there.

    `since` and `known`: the moment of the last decision by hand, and the deviations known by then.
    """

    plan: Plan
    rate: int
    subjects: frozenset[int] = frozenset()
    forms: frozenset[str] = frozenset()
    since: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an item stands, as far as the plan asks: subject by code and number, visit and form."""

    code: str
    number: int
    event: str
    event_repeat: int
    form: str
    form_repeat: int


@dataclass(frozen=True, slots=True)
class Asks:
    """What the plan asks of an item: whether it is due, by which tier, and why (one word for programs)."""

    due: bool
    tier: int
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the plan's history: its figures, where they hold, who set them, when and why."""

    seq: int
    site: str | None
    value: dict[str, Any]
    reason: str
    at: str
    by: str


def in_force(session: Session) -> Plan:
    """Give the plan of the study as last decided; the published one before anybody changed it."""
    newest = select(Setting.value).where(Setting.key == KEY).order_by(Setting.seq.desc()).limit(1)
    return _plan(session, session.connection().scalar(newest))


def published(session: Session) -> Plan:
    """Give the plan of the published study; its seed is that of the first publication here."""
    table = runtime.study(session).book.version.tables.get("sdv", {})
    plan = _with(Plan(), table.get("figures", {}))
    row = session.connection().execute(_FIRST).one()
    return replace(plan, seed=hashlib.sha256(f"{row[0]}/{row[1]}".encode()).hexdigest())


def terms(session: Session, site: str) -> Terms:
    """Give the plan as it holds at a site; asked of the database once an act."""
    known: dict[str, Terms] = session.info.setdefault("sdv", {})
    if site not in known:
        known[site] = _terms(session, site)
    return known[site]


def forget(session: Session) -> None:
    """Ask the database again: the plan has just changed."""
    session.info.pop("sdv", None)


def history(session: Session) -> tuple[Decision, ...]:
    """List every decision about the plan and every raising by a trigger, the newest first."""
    wanted = select(Setting).where(Setting.key.in_((KEY, RAISED))).order_by(Setting.seq.desc())
    return tuple(
        Decision(row.seq, row.site, loads(row.value), row.reason, row.set_at, row.set_by)
        for row in session.scalars(wanted)
    )


def decide(
    session: Session, actor: Actor, figures: dict[str, int], reason: str, *, new_seed: str = ""
) -> Plan:
    """Set figures of the plan from now on; the plans before stay readable with their dates."""
    role = actor.role_for_act("plan_verification")
    why = said(reason)
    if not why:
        raise PlanNeedsReason
    before = in_force(session)
    plan = _with(before, {name: figures[name] for name in FIGURES if name in figures})
    if not all(_holds(name, getattr(plan, name)) for name in FIGURES):
        raise WrongFigures
    plan = replace(plan, seed=new_seed or before.seed)
    log(session, actor, "setting.changed", role, object=KEY, reason=why, details=figures)
    write(session, KEY, None, asdict(plan), why, at=stamp(actor.now()), by=actor.username)
    return plan


def write(
    session: Session, key: str, site: str | None, value: dict[str, Any], reason: str, *, at: str, by: str
) -> None:
    """Add one row to the history of the plan."""
    session.add(Setting(key=key, site=site, value=dumps(value), reason=reason, set_at=at, set_by=by))
    session.flush()
    forget(session)


def verifiable(book: Book, form: str, item: Item) -> bool:
    """Tell whether an item is compared with a source at all: entered, on a form somebody verifies."""
    right = book.rights.get(form)
    if right is None or not right.verify or item.required in UNASKED:
        return False
    return CODER not in originators(book, form, item.oid)


def central(book: Book, form: str) -> bool:
    """Tell whether only central readers write a form: it is reconciled by transfer checks."""
    return all(standing(role).side == "central" for role in book.rights[form].enter)


def asks(terms_here: Terms, book: Book, spot: Spot, item: Item) -> Asks:
    """Say what the plan asks of an item at its place."""
    if not verifiable(book, spot.form, item):
        return Asks(due=False, tier=4, why="not in the plan")
    if item.critical:
        return Asks(due=True, tier=1, why="critical")
    if central(book, spot.form):
        return Asks(due=False, tier=4, why="not in the plan")
    plan = terms_here.plan
    found = (
        spot.form in terms_here.forms,
        spot.number <= plan.first_subjects,
        spot.event in plan.first_cycle,
        spot.number in terms_here.subjects,
    )
    why = next((word for word, holds in zip(EVERYTHING, found, strict=True) if holds), "")
    if why:
        return Asks(due=True, tier=2, why=why)
    drawn = lot(plan.seed, spot) < terms_here.rate
    return Asks(due=drawn, tier=3, why="sample" if drawn else "not drawn")


def lot(seed: str, spot: Spot) -> float:
    """Draw a visit of a subject (a line of a log is drawn by itself): a number from 0 to below 100.

    The same seed always draws the same; a raised rate keeps what a lower one had drawn.
    """
    place = f"{spot.event}.{spot.event_repeat}"
    if spot.event == "SE_LOG":
        place = f"{place}/{spot.form}.{spot.form_repeat}"
    drawn = hashlib.sha256(f"{seed}/{spot.code}/{place}".encode()).digest()[:8]
    return int.from_bytes(drawn) / 2**64 * WHOLE


def _terms(session: Session, site: str) -> Terms:
    rows = session.connection().execute(_HERE, {"at": site}).all()
    plan = _plan(session, next((value for key, value in reversed(rows) if key == KEY), None))
    raised = [loads(value) for key, value in rows if key == RAISED]
    # a decision by hand takes the place of all that was raised before it
    last = max((place for place, one in enumerate(raised) if one["why"] == DECIDED), default=0)
    raised = raised[last:]
    return Terms(
        plan,
        max([plan.sample, *(one["rate"] for one in raised if "rate" in one)]),
        frozenset(number for one in raised for number in one.get("subjects", ())),
        frozenset(form for one in raised for form in one.get("forms", ())),
        max((one.get("since", "") for one in raised), default=""),
        frozenset(known for one in raised for known in one.get("known", ())),
    )


def _plan(session: Session, value: str | None) -> Plan:
    return published(session) if value is None else _with(Plan(), loads(value))


def _with(plan: Plan, given: dict[str, Any]) -> Plan:
    names = {one.name for one in fields(Plan)}
    values = {name: value for name, value in given.items() if name in names}
    for name in ("first_cycle", "deviation"):
        if name in values:
            values[name] = tuple(values[name])
    if "watched" in values:
        values["watched"] = {kind: tuple(forms) for kind, forms in values["watched"].items()}
    return replace(plan, **values)


def _holds(name: str, value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= (WHOLE if name in RATES else MOST_SUBJECTS)
