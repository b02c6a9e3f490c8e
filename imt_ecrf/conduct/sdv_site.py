"""What is verified more at one site than the plan says, decided by hand: changed or lifted; marks no item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct import runtime, sdv_marks, sdv_plan, sdv_triggers
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.sdv_plan import DECIDED, MOST_SUBJECTS, RAISED, WHOLE, PlanNeedsReason
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.tables import Site, stamp
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

MOST: Final = 50


class WrongSitePlan(Refused):
    """The rate is a whole percent from 0 to 100, at most 50 subjects are named by their numbers."""

    ru = "Доля задаётся целым процентом от 0 до 100; пациенты (не более 50) называются по номерам."


@dataclass(frozen=True, slots=True)
class Raised:
    """What a site has beside the plan: a sample in percent (None: the plan's), subjects and forms in full."""

    rate: int | None = None
    subjects: tuple[int, ...] = ()
    forms: tuple[str, ...] = ()


LIFTED: Final = Raised()


def raised(session: Session, site: str) -> Raised:
    """Give what a site has beside the plan now."""
    terms = sdv_plan.terms(session, site)
    more = terms.rate if terms.rate > terms.plan.sample else None
    return Raised(more, tuple(sorted(terms.subjects)), tuple(sorted(terms.forms)))


def forms(session: Session) -> tuple[str, ...]:
    """List the forms that somebody verifies, in the order of the study."""
    book = runtime.study(session).book
    return tuple(form for form in book.forms if form in book.rights and book.rights[form].verify)


def decide(session: Session, actor: Actor, site: str, wanted: Raised, reason: str) -> None:
    """Set what a site has beside the plan from now on; what was raised before stays in the history.

    Errors and deviations known by now raise nothing again; later ones do.
    """
    role = actor.role_for_act("plan_verification", site)
    if session.get(Site, site) is None or not set(wanted.forms) <= set(forms(session)):
        raise NotFound
    why = said(reason)
    if not why:
        raise PlanNeedsReason
    if not _holds(wanted):
        raise WrongSitePlan
    value: dict[str, Any] = {
        "why": DECIDED, "subjects": sorted(set(wanted.subjects)), "forms": sorted(set(wanted.forms)),
        "since": stamp(actor.now()), "known": sorted(sdv_triggers.important(session, site)),
        **({} if wanted.rate is None else {"rate": wanted.rate}),
    }  # fmt: skip
    told: dict[str, Any] = {name: value[name] for name in ("rate", "subjects", "forms") if name in value}
    log(session, actor, "setting.changed", role, site=site, object=RAISED, reason=why, details=told)
    by = actor.username
    sdv_plan.write(session, RAISED, site, value, why, at=stamp(actor.now()), by=by)
    sdv_marks.recount_site(session, site)


def _holds(wanted: Raised) -> bool:
    numbers = all(0 < number <= MOST_SUBJECTS for number in wanted.subjects)
    return numbers and len(wanted.subjects) <= MOST and (wanted.rate is None or 0 <= wanted.rate <= WHOLE)
