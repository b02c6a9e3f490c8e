"""Rules that came to no result at a save: what the data manager has to hear of; runs no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.views import Address
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, moment
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

ACT: Final = "rule.failed"
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that could not be run: on which form (None: the subject), when, why, whether it still fails."""

    rule: str
    subject: str
    address: Address | None
    at: dt.datetime
    reason: str
    still: bool


def failed_rules(session: Session, actor: Actor) -> tuple[FailedRule, ...]:
    """List the rules that failed, the newest first, on forms this person may see."""
    actor.role_for_act("settle_any_query")
    book = runtime.study(session).book
    wanted = (
        select(Event, SubjectRow, FormData)
        .join(SubjectRow, SubjectRow.id == Event.subject_id)
        .outerjoin(FormData, FormData.id == Event.form_data_id)
        .where(Event.act == ACT)
        .order_by(Event.seq.desc())
        .limit(MOST)
    )
    return tuple(
        _view(event, subject, form)
        for event, subject, form in session.execute(wanted)
        if form is None or actor.sees(book, form.form, form.site)
    )


def _view(event: Event, subject: SubjectRow, form: FormData | None) -> FailedRule:
    address = (
        None
        if form is None
        else Address(subject.code, form.event, form.event_repeat, form.form, form.form_repeat)
    )
    reason = str(loads(event.details).get("reason", ""))
    still = form is not None and loads(form.item_state).get("failed", {}).get(event.object) == reason
    return FailedRule(event.object or "", subject.code, address, moment(event.at_utc), reason, still)
