"""How far the forms of each subject have come, from the counters kept for lists; opens no document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from imt_ecrf.conduct import runtime
from imt_ecrf.store.tables import FormData, moment
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


@dataclass(slots=True)
class Standing:
    """The forms of one subject that a person may see: how many, in which state, when last changed."""

    forms: int = 0
    finished: int = 0
    signed: int = 0
    void: int = 0
    queries: int = 0
    changed_at: dt.datetime | None = None


def by_site(found: dict[str, Standing]) -> dict[str, Standing]:
    """Add the figures of subjects up by their sites; a code begins with its site."""
    sites: dict[str, Standing] = {}
    for code, one in found.items():
        total = sites.setdefault(code.partition("-")[0], Standing())
        total.forms += one.forms
        total.finished += one.finished
        total.signed += one.signed
        total.void += one.void
        total.queries += one.queries
        if one.changed_at:
            total.changed_at = max(total.changed_at or one.changed_at, one.changed_at)
    return sites


def standings(session: Session, actor: Actor) -> dict[str, Standing]:
    """Count the forms of every subject a person may see, by code."""
    book, own = runtime.study(session).book, actor.sites()
    state = (FormData.site, FormData.form, FormData.entry_state, FormData.signature)
    counted = (func.count(), func.sum(FormData.open_queries), func.max(FormData.updated_at))
    wanted = select(SubjectRow.code, *state, *counted).join(SubjectRow, SubjectRow.id == FormData.subject_id)
    wanted = wanted.where(FormData.struck.is_(False)).group_by(SubjectRow.code, *state)
    if own is not None:
        wanted = wanted.where(FormData.site.in_(own))
    found: dict[str, Standing] = {}
    for code, site, form, entry, signature, count, queries, changed in session.execute(wanted):
        if actor.sees(book, form, site):
            _add(found.setdefault(code, Standing()), entry, signature, count, queries or 0, moment(changed))
    return found


def _add(  # noqa: PLR0917 - one row of a count
    one: Standing, entry: str, signature: str, count: int, queries: int, changed: dt.datetime
) -> None:
    one.forms += count
    one.finished += count if entry in {"complete", "not done"} else 0
    one.signed += count if signature == "valid" else 0
    one.void += count if signature == "void" else 0
    one.queries += queries
    one.changed_at = max(one.changed_at or changed, changed)
