"""What raises verification at a site: errors found in the sample, important deviations; marks no item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from imt_ecrf.conduct import runtime, sdv_marks, sdv_plan
from imt_ecrf.conduct.sdv_marks import VERIFY
from imt_ecrf.conduct.sdv_plan import RAISED, WHOLE, Spot
from imt_ecrf.store import documents
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import FormData, Query, QueryMessage, Verification
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.book import path as take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.sdv_plan import Plan
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

BY: Final = "system"
MONITOR: Final = "CRA"
SAMPLED: Final = 3


def deviation_saved(session: Session, row: FormRow, at: str) -> None:
    """Look whether a saved deviation raises the verification of a form at its site."""
    if row.form == sdv_plan.terms(session, row.site).plan.deviation[0]:
        deviations(session, row.site, at)


def deviations(session: Session, site: str, at: str) -> None:
    """Raise forms to 100 % at a site for important deviations in what they record."""
    terms = sdv_plan.terms(session, site)
    wanted = {
        form
        for known, kind in _important(session, site, terms.plan)
        for form in terms.plan.watched.get(kind, ())
        if known not in terms.known
    }
    new = sorted(wanted - terms.forms)
    if new:
        reason = f"Important deviation: {', '.join(new)} are verified in full at this site."
        _raise(session, site, {"why": "deviation", "forms": new}, reason, at)


def important(session: Session, site: str) -> frozenset[str]:
    """Give the ids of the important deviations recorded at a site."""
    return frozenset(known for known, _ in _important(session, site, sdv_plan.terms(session, site).plan))


def errors(session: Session, site: str, at: str) -> None:
    """Raise the sample of a site when too many of the sampled items checked there were wrong.

    An error is a sampled item whose answer changed after a monitor's query on it.
    """
    terms, plan = sdv_plan.terms(session, site), sdv_plan.terms(session, site).plan
    book = runtime.study(session).book
    found = set(_wrong(session, book, site))
    if not found:
        return
    checked = found | set(_checked(session, book, site))
    percent = len(found) * WHOLE / len(checked)
    value: dict[str, Any] = {"why": "errors", "errors": len(found), "checked": len(checked)}
    over_all = percent > plan.all_over and not terms.subjects
    if percent <= plan.raise_over or (terms.rate >= plan.raise_to and not over_all):
        return
    value["rate"] = max(plan.raise_to, terms.rate)
    if over_all:
        last = _last_number(session, site)
        value["subjects"] = list(range(last + 1, last + 1 + plan.all_next))
    reason = f"{len(found)} of {len(checked)} sampled items were wrong."
    _raise(session, site, value, reason, at)


def _raise(session: Session, site: str, value: dict[str, Any], reason: str, at: str) -> None:
    sdv_plan.write(session, RAISED, site, value, reason, at=at, by=BY)
    sdv_marks.recount_site(session, site)


def _important(session: Session, site: str, plan: Plan) -> set[tuple[str, str]]:
    form, category, importance, important = plan.deviation
    rows = session.connection().execute(
        select(FormData.id, FormData.data).where(
            FormData.site == site, FormData.form == form, FormData.struck.is_(False)
        )
    )
    found = [(row.id, loads(row.data)) for row in rows]
    return {
        (known, str(one[category]["v"]))
        for known, one in found
        if one.get(importance, {}).get("v") == important and "v" in one.get(category, {})
    }


def _wrong(session: Session, book: Book, site: str) -> Iterator[tuple[str, str]]:
    """Give the sampled items (form, path) whose answer changed after a monitor had asked about it."""
    asked = (
        select(Query.form_data_id, Query.path, Query.opened_at, *_PLACE)
        .join(QueryMessage, QueryMessage.query_id == Query.id)
        .join(FormData, FormData.id == Query.form_data_id)
        .join(SubjectRow, SubjectRow.id == FormData.subject_id)
        .where(Query.site == site, Query.path != "", Query.origin == "person")
        .where(QueryMessage.act == "ask", QueryMessage.role == MONITOR)
    )
    since = sdv_plan.terms(session, site).since
    for row in session.connection().execute(asked):
        if _sampled(session, book, site, row):
            changes = documents.history(session.connection(), row.form_data_id, row.path)
            if any(one.at_utc > max(row.opened_at, since) for one in changes):
                yield row.form_data_id, row.path


def _checked(session: Session, book: Book, site: str) -> Iterator[tuple[str, str]]:
    marked = (
        select(Verification.form_data_id, Verification.path, *_PLACE)
        .join(FormData, FormData.id == Verification.form_data_id)
        .join(SubjectRow, SubjectRow.id == FormData.subject_id)
        .where(FormData.site == site, Verification.act == VERIFY)
        .where(Verification.at_utc > sdv_plan.terms(session, site).since)
        .distinct()
    )
    for row in session.connection().execute(marked):
        if _sampled(session, book, site, row):
            yield row.form_data_id, row.path


def _sampled(session: Session, book: Book, site: str, row: Any) -> bool:
    item = book.places.get(take_apart(row.path).item)
    spot = Spot(row.code, row.number, row.event, row.event_repeat, row.form, row.form_repeat)
    asks = item and sdv_plan.asks(sdv_plan.terms(session, site), book, spot, item.item)
    return bool(asks and asks.tier == SAMPLED)


def _last_number(session: Session, site: str) -> int:
    wanted = select(func.max(SubjectRow.number)).where(SubjectRow.site == site)
    return int(session.connection().scalar(wanted) or 0)


_PLACE: Final = (
    *(SubjectRow.code, SubjectRow.number, FormData.event, FormData.event_repeat),
    *(FormData.form, FormData.form_repeat),
)
