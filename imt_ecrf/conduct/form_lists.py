"""Lists of filled forms by state, page by page: what stands behind the figures of a site; opens none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from imt_ecrf.conduct.site_days import DAY, since
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.store.tables import EventData, FormData, Subject, moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.work.scope import Scope

FINISHED: Final = ("complete", "not done")
PAGE: Final = 100
LAG: Final = "lag"
_DONE: Final = FormData.entry_state.in_(FINISHED)
STATES: Final[Mapping[str, ColumnElement[bool]]] = {
    "in progress": FormData.entry_state == "in progress",
    "finished": _DONE,
    "signed": and_(_DONE, FormData.signature == "valid"),
    "unsigned": and_(_DONE, FormData.signature != "valid"),
    "void": FormData.signature == "void",
    "unverified": FormData.due_items > FormData.verified_items,
    "verified": and_(FormData.due_items > 0, FormData.due_items == FormData.verified_items),
}
"""States forms are asked for by."""


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A filled form in a list; `lag` is the days from its visit to its first save, None without a date."""

    address: Address
    site: str
    state: str
    signature: str
    open_queries: int
    due: int
    verified: int
    saved_at: dt.datetime
    lag: int | None


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page of forms and how many there are."""

    rows: tuple[ListedForm, ...]
    total: int


def forms(
    session: Session,
    actor: Actor,
    *,
    site: str = "",
    state: str = "",
    late: int | None = None,
    number: int = 1,
) -> FormPage:
    """List the forms a person sees: of a site, in a state, first saved some days after the visit or later."""
    scope = scope_of(session, actor, site)
    days = lag_days(scope)
    asked = [FormData.struck.is_(False), FormData.site.in_(list(scope.zones)), scope.sees(FormData)]
    if state in STATES:
        asked.append(STATES[state])
    if late is not None:
        asked += [EventData.date.is_not(None), func.length(EventData.date) == DAY, days >= late]
    counts = _by_subject(session, asked)
    total, first = sum(forms for _subject, forms in counts), (max(number, 1) - 1) * PAGE
    subjects, before = _on_page(counts, first if first < total else 0)
    columns = (
        *(FormData.site, Subject.code, FormData.event, FormData.event_repeat, FormData.form),
        *(FormData.form_repeat, FormData.entry_state, FormData.signature, FormData.open_queries),
        *(FormData.due_items, FormData.verified_items, FormData.created_at, EventData.date),
    )
    wanted = (
        select(*columns, days.label(LAG))
        .join(Subject, Subject.id == FormData.subject_id)
        .outerjoin(EventData, _visit())
        .where(*asked, FormData.subject_id.in_(subjects))
        .order_by(Subject.site, Subject.number, FormData.created_at, FormData.id)
        .limit(PAGE)
        .offset(before)
    )
    return FormPage(tuple(map(_listed, session.connection().execute(wanted))), total)


def _by_subject(session: Session, asked: Iterable[ColumnElement[bool]]) -> list[tuple[str, int]]:
    """Count the forms asked for of each subject, in the order of the list."""
    counted = (
        select(FormData.subject_id, func.count().label("forms"))
        .outerjoin(EventData, _visit())
        .where(*asked)
        .group_by(FormData.site, FormData.subject_id)
        .subquery()
    )
    wanted = (
        select(counted.c.subject_id, counted.c.forms)
        .join(Subject, Subject.id == counted.c.subject_id)
        .order_by(Subject.site, Subject.number)
    )
    return [(one.subject_id, one.forms) for one in session.connection().execute(wanted)]


def _on_page(counts: Iterable[tuple[str, int]], first: int) -> tuple[list[str], int]:
    """Name the subjects with forms on the page that begins at a row, and how many rows they have before it.

    Only their forms are put in order then: sorting those of everybody took most of the time.
    """
    subjects: list[str] = []
    passed = before = 0
    for subject, forms in counts:
        if passed < first + PAGE and passed + forms > first:
            before = before if subjects else first - passed
            subjects.append(subject)
        passed += forms
    return subjects, before


def lag_days(scope: Scope) -> Any:
    """Count, in the database's words, the days of the site from the date of a visit to the first save."""
    return since(scope.session, EventData.date, FormData.created_at, FormData.site, scope.zones)


def _visit() -> ColumnElement[bool]:
    return and_(
        EventData.subject_id == FormData.subject_id,
        EventData.event == FormData.event,
        EventData.event_repeat == FormData.event_repeat,
    )


def _listed(row: Any) -> ListedForm:
    full = row.date is not None and len(row.date) == DAY
    return ListedForm(
        Address(row.code, row.event, row.event_repeat, row.form, row.form_repeat),
        row.site,
        row.entry_state,
        row.signature,
        row.open_queries,
        row.due_items,
        row.verified_items,
        moment(row.created_at),
        max(0, int(row.lag)) if full and row.lag is not None else None,
    )
