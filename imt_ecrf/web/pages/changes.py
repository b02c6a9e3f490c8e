"""What changed since a day, in everything a person may see."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import trail
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.trail_files import as_file
from imt_ecrf.web.trail_rows import leaf
from imt_ecrf.web.typed import typed_day

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.trail import Line

blueprint = Blueprint("changes", __name__, url_prefix="/changes")
PAGE = 200
DAYS = 7
UNREAD = 422


class DayNotUnderstood(Refused):
    """The date was not understood; write it as 19 Nov 2026 or 2026-11-19."""

    ru = "Дата не понята; напишите её как 19.11.2026 или 2026-11-19."


@blueprint.get("")
@permit("see_trail")
def listing() -> ResponseReturnValue:
    """Show what changed since a day, newest first."""
    day, site = since_day(), request.args.get("site", "")
    page = leaf(_lines(day, site), request.args.get("page", 1, int), PAGE)
    sites = sites_of(reading(), current_actor())
    shown = render_template(
        "changes/listing.html", page=page, since=day, site=site, sites=sites, unread=_unread()
    )
    return (shown, UNREAD) if _unread() else shown


@blueprint.get("/changes.<any(csv,json):kind>")
@permit("see_trail")
def listing_file(kind: str) -> ResponseReturnValue:
    """Give what changed since a day as a file."""
    if _unread():
        raise DayNotUnderstood
    day = since_day()
    return as_file(_lines(day, request.args.get("site", "")), f"changes-since-{day.isoformat()}", kind)


def since_day() -> dt.date:
    """Read the day asked for; a week ago when none is."""
    asked = typed_day(request.args.get("since", ""))
    return asked or installation().clock.now().date() - dt.timedelta(days=DAYS)


def _unread() -> str:
    """Give what was typed as the day when it is no day."""
    asked = request.args.get("since", "").strip()[:40]
    return asked if asked and typed_day(asked) is None else ""


def _lines(day: dt.date, site: str) -> list[Line]:
    begins = dt.datetime.combine(day, dt.time(), dt.UTC)
    return trail.since(reading(), current_actor(), begins, site or None)
