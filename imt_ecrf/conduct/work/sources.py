"""Where each kind of work is found: one statement a kind, or none for who has no such work."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, literal, literal_column, or_, select, text, union_all

from imt_ecrf.conduct import query_lists
from imt_ecrf.conduct.query_thread import OPEN
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.work.items import CENTRAL, WorkItem
from imt_ecrf.conduct.work.owed import due_day, owed
from imt_ecrf.conduct.work.scope import open_window, opened, overdue, unfilled
from imt_ecrf.conduct.work.signing import unsigned
from imt_ecrf.policy.permissions import ENTRY_ROLES, STANDINGS, originators
from imt_ecrf.store.data import WAITING
from imt_ecrf.store.tables import DueWork, EntryDraft, FormData, PlannedVisit, Query, Subject, moment, stamp
from imt_ecrf.study.gates import gates

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from imt_ecrf.conduct.work.scope import Scope

_PLACE: Final = (
    *(FormData.site, FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat),
)
_UNVERIFIED: Final[Any] = text(WAITING["unverified"])
_SITE_SUBJECT: Final = (Subject.site, Subject.number)


@dataclass(frozen=True)
class Source:
    """A list of one kind: the statement, how a row of it is read, how many rows and forms there are in all.

    Without `forms` each row stands for one; `overdue` counts the rows that are too late. Counts are taken by
    themselves: nothing is joined or put in order for them.
    """

    kind: str
    wanted: Any
    item: Callable[[Any], WorkItem]
    rows: Any
    forms: Any = None
    overdue: Any = None


def sources(scope: Scope, kind: str) -> Source | None:
    """Give the list of a kind, None when the person has no such work."""
    return SOURCES[kind](scope, kind)


def _counted(table: Any, *asked: Any) -> Any:
    """Count rows of a table."""
    return select(func.count()).select_from(table).where(*asked).scalar_subquery()


def _grouped(wanted: Any) -> tuple[Any, Any, Any]:
    """Give groups of forms worked out once, with the number of groups and of the forms in them."""
    groups = wanted.cte("groups").prefix_with("MATERIALIZED")
    rows, forms = (
        select(one).select_from(groups).scalar_subquery() for one in (func.count(), func.sum(groups.c.forms))
    )
    return groups, rows, forms


def _calendar(scope: Scope, kind: str) -> Source | None:
    if not any(not ENTRY_ROLES.isdisjoint(scope.actor.held(site)) for site in scope.zones):
        return None
    # each state is asked for by itself, so that each reads its part of an index
    states = (overdue,) if kind == "overdue" else (open_window, opened)
    here = scope.at(PlannedVisit.site, "open_event")
    place = (PlannedVisit.site, PlannedVisit.subject_id, PlannedVisit.event, PlannedVisit.event_repeat)
    parts = [select(*place, PlannedVisit.window_to).where(unfilled(scope, one), here) for one in states]
    found = (parts[0] if len(parts) == 1 else union_all(*parts)).cte("visits").prefix_with("MATERIALIZED")
    wanted = (
        select(found.c.site, Subject.code, found.c.event, found.c.event_repeat, found.c.window_to)
        .join(Subject, Subject.id == found.c.subject_id)
        .order_by(found.c.window_to, *_SITE_SUBJECT, found.c.event, found.c.event_repeat)
    )

    def item(row: Any) -> WorkItem:
        until = dt.date.fromisoformat(row.window_to) if row.window_to else None
        return WorkItem(kind, row.site, row.code, row.event, row.event_repeat, until=until)

    return Source(kind, wanted, item, _counted(found))


def _by_day(scope: Scope, kind: str) -> Source | None:
    """Find what is due by a day that no visit plans, kept worked out by subject."""
    holds = owed(scope, kind)
    if holds is None:
        return None
    late = DueWork.overdue_from <= stamp(scope.actor.now())
    idle = and_(DueWork.waits, ~late)  # nothing of it can be signed yet, and it need not be
    told = (DueWork.name, DueWork.due, DueWork.forms, late.label("late"))
    wanted = (
        select(Subject.site, Subject.code, *told)
        .join(Subject, Subject.id == DueWork.subject_id)
        .where(holds)
        .order_by(idle, DueWork.overdue_from, *_SITE_SUBJECT, DueWork.name)
    )
    rule = gates(scope.book).consent
    form = rule.form if rule and kind == "consent again" else ""

    def item(row: Any) -> WorkItem:
        day, at = due_day(row.site, row.due, scope.zones)
        left = (day - scope.today[row.site]).days if day else 0
        return WorkItem(
            kind, row.site, row.code, until=day, forms=row.forms, name=row.name, at=at, left=left,
            overdue=bool(row.late), ref=form,
        )  # fmt: skip

    return Source(kind, wanted, item, _counted(DueWork, holds), overdue=_counted(DueWork, holds, late))


def _queries(scope: Scope, kind: str) -> Source | None:
    act, states = ("answer_query", OPEN) if kind == "query" else ("settle_query", ("answered",))
    if not scope.actor.may_act(act):
        return None
    asked: list[ColumnElement[bool]] = [
        *(Query.state.in_(states), scope.at(Query.site, act)),
        query_lists.readable(scope.session, scope.actor),
    ]
    if kind == "query":
        asked.append(query_lists.to_answer(scope.session, scope.actor))
    else:
        own = Query.opened_by == scope.actor.username
        asked.append(or_(own, scope.at(Query.site, "settle_any_query")))
    wanted = (
        select(
            *(Query.id, Query.site, Subject.code, Query.event, Query.event_repeat, Query.form),
            *(Query.form_repeat, Query.path, Query.changed_at),
        )
        .join(Subject, Subject.id == Query.subject_id)
        .where(*asked)
        .order_by(Query.changed_at, Query.id)
    )

    def item(row: Any) -> WorkItem:
        return WorkItem(
            kind, row.site, row.code, row.event, row.event_repeat, address=_address(row), path=row.path,
            since=moment(row.changed_at), ref=row.id,
        )  # fmt: skip

    return Source(kind, wanted, item, _counted(Query, *asked))


def _typed(scope: Scope, kind: str) -> Source | None:
    if scope.actor.user_id is None:
        return None
    place = (EntryDraft.event, EntryDraft.event_repeat, EntryDraft.form, EntryDraft.form_repeat)
    wanted = (
        select(Subject.site, Subject.code, *place, EntryDraft.at_utc)
        .join(Subject, Subject.id == EntryDraft.subject_id)
        .where(EntryDraft.user_id == scope.actor.user_id, Subject.site.in_(list(scope.zones)))
        .order_by(EntryDraft.at_utc, EntryDraft.id)
    )

    def item(row: Any) -> WorkItem:
        return WorkItem(
            kind, row.site, row.code, row.event, row.event_repeat, address=_address(row),
            since=moment(row.at_utc),
        )  # fmt: skip

    return Source(kind, wanted, item, _counted(wanted.order_by(None).subquery()))


def _in_progress(scope: Scope, kind: str) -> Source | None:
    asked = (
        FormData.entry_state == literal_column("'in progress'"),  # word by word as its index says it
        FormData.struck.is_(False),
        FormData.locked_at.is_(None),
        FormData.frozen_at.is_(None),
        scope.may(FormData, "finish"),
    )
    settle = (FormData.owed + FormData.hard + FormData.soft).label("settle")
    return _form_by_form(kind, asked, settle) if _writes(scope) else None


def _own_items(scope: Scope, kind: str) -> Source | None:
    """Find filled forms that lack an answer only this person's role writes (expectedness of an event)."""
    named = {
        form: [item.oid for item in definition.items() if _only(scope, form, item)]
        for form, definition in scope.book.forms.items()
    }
    lacks = [
        and_(FormData.form == form, FormData.data.not_like(f'%"{item}":%'))
        for form, items in named.items()
        for item in items
    ]
    if not lacks:
        return None
    forms = [form for form, items in named.items() if items]
    asked = (
        *(FormData.struck.is_(False), FormData.locked_at.is_(None), FormData.frozen_at.is_(None)),
        *(FormData.form.in_(forms), or_(*lacks), scope.may(FormData, "enter")),
        FormData.entry_state.in_(("in progress", "complete")),
    )
    return _form_by_form(kind, asked, literal(0).label("settle"))


def _only(scope: Scope, form: str, item: Any) -> bool:
    """Tell whether an item is written by this person's roles alone, and is always asked."""
    if item.derived or item.show_if or item.required not in {"hard", "soft"}:
        return False
    named = scope.book.rights[form].item_enter.get(item.oid, ()) and originators(scope.book, form, item.oid)
    return any(not set(named or ()).isdisjoint(scope.actor.held(sites[0])) for sites in scope.alike)


def _form_by_form(kind: str, asked: tuple[ColumnElement[bool], ...], settle: Any) -> Source:
    wanted = (
        select(*_PLACE, Subject.code, FormData.updated_at, settle)
        .join(Subject, Subject.id == FormData.subject_id)
        .where(*asked)
        .order_by(FormData.updated_at, Subject.code, FormData.event, FormData.event_repeat, *_PLACE[3:])
    )

    def item(row: Any) -> WorkItem:
        return WorkItem(
            kind, row.site, row.code, row.event, row.event_repeat, address=_address(row),
            since=moment(row.updated_at), count=row.settle,
        )  # fmt: skip

    return Source(kind, wanted, item, _counted(FormData, *asked))


def _writes(scope: Scope) -> bool:
    held = {role for sites in scope.alike for role in scope.actor.held(sites[0])}
    return any(STANDINGS[role].writes for role in held if role in STANDINGS)


def _central(scope: Scope, kind: str) -> Source | None:
    """Find the forms a central role has to fill at every subject and has not begun."""
    held = [role for role in scope.actor.held() if role in STANDINGS and STANDINGS[role].side == "central"]
    sites = [site for site in scope.zones if not set(scope.actor.held(site)).isdisjoint(held)]
    asked = [
        _not_begun(sites, event.oid, ref.form)
        for event in scope.book.version.events
        for ref in event.forms
        if ref.expected == "R"
        and event.kind == "scheduled"
        and sites
        and _finishes(scope, ref.form, sites[0])
    ]
    if not asked:
        return None
    rows = union_all(*asked).cte("forms_to_fill").prefix_with("MATERIALIZED")
    wanted = select(rows).order_by(rows.c.screened_at, rows.c.code, rows.c.event, rows.c.form)

    def item(row: Any) -> WorkItem:
        address = Address(row.code, row.event, 1, row.form, 1)
        since = moment(row.screened_at)
        return WorkItem(kind, row.site, row.code, row.event, 1, address=address, since=since)

    return Source(kind, wanted, item, _counted(rows))


def _finishes(scope: Scope, form: str, site: str) -> bool:
    return scope.actor.may(scope.book, "finish", form, site)


def _not_begun(sites: list[str], event: str, form: str) -> Any:
    here = and_(
        FormData.subject_id == Subject.id, FormData.event == event, FormData.event_repeat == 1,
        FormData.form == form,
    )  # fmt: skip
    return select(
        *(Subject.site, Subject.code, Subject.screened_at),
        *(literal(event).label("event"), literal(form).label("form")),
    ).where(Subject.site.in_(sites), ~exists().where(here))


def _signing(scope: Scope, kind: str) -> Source | None:
    found = unsigned(scope, kind)
    if found is None:
        return None
    grouped, *counts = _grouped(found)
    wanted = (
        select(Subject.site, Subject.code, grouped.c.forms, grouped.c.since)
        .join(grouped, Subject.id == grouped.c.subject_id)
        .order_by(grouped.c.since, *_SITE_SUBJECT)
    )
    return Source(kind, wanted, lambda row: _group(kind, row), *counts)


def _marks(scope: Scope, kind: str) -> Source | None:
    """Find the visits with items to verify by the plan, those changed afterwards apart."""
    if not scope.actor.may_act("mark_items"):
        return None
    again = FormData.lapsed_items > 0
    items = FormData.lapsed_items if kind == "verify again" else FormData.due_items - FormData.verified_items
    asked = (
        *(FormData.struck.is_(False), _UNVERIFIED),
        again if kind == "verify again" else and_(~again, FormData.entry_state == "complete"),
        scope.may(FormData, "verify"),
    )
    return _by_visit(kind, asked, items)


def _reviews(scope: Scope, kind: str) -> Source | None:
    """Find the visits whose complete forms were not reviewed yet."""
    medical = kind == "to review medically"
    act = "review_medically" if medical else "review_data"
    if not scope.actor.may_act(act):
        return None
    column = FormData.medically_reviewed_at if medical else FormData.data_reviewed_at
    asked = (
        *(FormData.struck.is_(False), column.is_(None), FormData.entry_state == "complete"),
        *(scope.sees(FormData), scope.at(FormData.site, act)),
    )
    return _by_visit(kind, asked, literal(0))


def _by_visit(kind: str, asked: tuple[ColumnElement[bool], ...], items: Any) -> Source:
    visit = (FormData.site, FormData.subject_id, FormData.event, FormData.event_repeat)
    sums = (func.count().label("forms"), func.min(FormData.updated_at).label("since"))
    found = select(*visit, *sums, func.sum(items).label("items")).where(*asked).group_by(*visit)
    grouped, *counts = _grouped(found)
    told = (grouped.c.event, grouped.c.event_repeat, grouped.c.forms, grouped.c.since, grouped.c["items"])
    wanted = (
        select(Subject.site, Subject.code, *told)
        .join(grouped, Subject.id == grouped.c.subject_id)
        .order_by(*_SITE_SUBJECT, grouped.c.event, grouped.c.event_repeat)
    )
    return Source(kind, wanted, lambda row: _group(kind, row), *counts)


def _group(kind: str, row: Any) -> WorkItem:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for a row as a mapping
    return WorkItem(
        kind, row.site, row.code, fields.get("event", ""), fields.get("event_repeat", 1),
        since=moment(row.since), count=int(fields.get("items") or 0), forms=row.forms,
    )  # fmt: skip


def _address(row: Any) -> Address:
    return Address(row.code, row.event, row.event_repeat, row.form, row.form_repeat)


SOURCES: Final[dict[str, Callable[[Scope, str], Source | None]]] = {
    "overdue": _calendar,
    "due signature": _by_day,
    "consent again": _by_day,
    "query": _queries,
    "signature void": _signing,
    "verify again": _marks,
    "typed": _typed,
    "in progress": _in_progress,
    "due": _calendar,
    CENTRAL: _central,
    "own items": _own_items,
    "to sign": _signing,
    "answered": _queries,
    "to verify": _marks,
    "to review": _reviews,
    "to review medically": _reviews,
}
