"""The calendar of visits, by week or month, for one site or all; and as a file for a calendar elsewhere."""

from __future__ import annotations

import calendar as days_of
import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, render_template, request, url_for

from imt_ecrf.conduct import calendar
from imt_ecrf.exchange.calendar import Entry, icalendar
from imt_ecrf.web import dates, states
from imt_ecrf.web.addresses import subject_url, visit_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.typed import NotADay, typed_day, unread
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.calendar import Due
    from imt_ecrf.web.states import Shown

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")
WEEK: Final = 7
MOST_LATE: Final = 100


@dataclass(frozen=True, slots=True)
class Span:
    """The days a page shows, with a day of the span before and of the one after."""

    view: str
    first: dt.date
    last: dt.date

    @property
    def before(self) -> dt.date:
        """Give the last day of the span before."""
        return self.first - dt.timedelta(days=1)

    @property
    def after(self) -> dt.date:
        """Give the first day of the span after."""
        return self.last + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A visit as the calendar shows it."""

    mark: Shown
    subject: str
    subject_href: str
    visit: str
    href: str
    window: str


@blueprint.get("")
@permit("see_course")
def show() -> ResponseReturnValue:
    """Show the visits planned for a week or a month, and before them those that are late."""
    actor, site = current_actor(), request.args.get("site", "")[:20]
    todays = calendar.days_now(reading(), actor, site)
    asked = request.args.get("day", "")
    span = span_of(request.args.get("view", ""), typed_day(asked) or todays[0])
    here = any(span.first <= today <= span.last for today in todays)
    late = calendar.late(reading(), actor, span.first, site) if here else ()
    found = calendar.between(reading(), actor, span.first, span.last, site)
    shown = render_template(
        "calendar/show.html", span=span, site=site, sites=sites_of(reading(), actor), todays=todays,
        late=[_row(one) for one in late[:MOST_LATE]], late_total=len(late), by_day=_by_day(found),
        total=len(found) + len(late), here=here, now=actor.now(), unread=unread(asked),
    )  # fmt: skip
    return (shown, NotADay.status) if unread(asked) else shown


@blueprint.get("/visits.ics")
@permit("see_course")
def as_file() -> ResponseReturnValue:
    """Give the visits as a file for a calendar elsewhere: subject numbers and days, nothing of the course."""
    actor, site = current_actor(), request.args.get("site", "")[:20]
    found = calendar.ahead(reading(), actor, site)
    text = icalendar([_entry(one) for one in found if one.window], actor.now(), _("Study visits"))
    with writing() as session:
        calendar.note_download(session, actor, site, len(found))
    name = f"visits-{site}.ics" if site else "visits.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, mimetype="text/calendar", headers=headers)


def span_of(view: str, day: dt.date) -> Span:
    """Give the week (from Monday) or the month a day lies in."""
    if view == "week":
        first = day - dt.timedelta(days=day.weekday())
        return Span("week", first, first + dt.timedelta(days=WEEK - 1))
    length = days_of.monthrange(day.year, day.month)[1]
    return Span("month", day.replace(day=1), day.replace(day=length))


def _by_day(found: Iterable[Due]) -> list[tuple[dt.date | None, list[Row]]]:
    return [(day, [_row(one) for one in run]) for day, run in groupby(found, lambda one: one.day)]


def _row(one: Due) -> Row:
    window = dates.span(one.window.first, one.window.last, current(), year=True) if one.window else ""
    # a visit that lies ahead cannot be opened yet: its subject can be looked at
    begun = one.opened or one.state != "planned"
    subject = subject_url(one.subject)
    return Row(
        states.visit(one.state), one.subject, subject, words(current_book()).visit(one.event, one.repeat),
        visit_url(one.subject, one.event, one.repeat) if begun else subject, window,
    )  # fmt: skip


def _entry(one: Due) -> Entry:
    """Say of a visit its subject's number and its window; its name could tell of the course."""
    if one.window is None:
        raise AssertionError("only visits with a window stand in a calendar")
    window = dates.span(one.window.first, one.window.last, current(), year=True)
    link = url_for("subjects.show", subject=one.subject, _external=True)
    title = _("%(subject)s: study visit", subject=one.subject)
    return Entry(one.mark, one.window.target, title, _("Window: %(window)s", window=window) + f"\n{link}")
