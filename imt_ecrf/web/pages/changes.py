"""What changed, in everything a person may see: by days, place, item, person and kind."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import trail
from imt_ecrf.conduct.trail import Wanted
from imt_ecrf.policy.permissions import sees
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import said
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_files import as_file
from imt_ecrf.web.trail_rows import leaf
from imt_ecrf.web.typed import point, unread

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.actor import Actor

blueprint = Blueprint("changes", __name__, url_prefix="/changes")
PAGE = 200
DAYS = 7
TEXTS = ("site", "subject", "form", "item", "person", "change")
UNREAD = 422
NAMED = "%Y-%m-%d"  # a file is named by the day alone: a colon is no sign of a name everywhere


class DayNotUnderstood(Refused):
    """The date was not understood; write it as 19 Nov 2026 or 2026-11-19, with a time if you wish: 14:05."""

    ru = "Дата не понята; напишите её как 19.11.2026 или 2026-11-19, при желании со временем: 14:05."


@blueprint.get("")
@permit("see_trail")
def listing() -> ResponseReturnValue:
    """Show what changed since a day, newest first."""
    wanted, actor = _wanted(), current_actor()
    page = leaf(trail.search(reading(), actor, wanted), request.args.get("page", 1, int), PAGE)
    shown = render_template(
        "changes/listing.html", page=page, wanted=wanted, since=wanted.first, asked=_asked(),
        sites=sites_of(reading(), actor), kinds=_kinds(), forms=_forms(actor), unread=_unread(),
    )  # fmt: skip
    return (shown, UNREAD) if _unread() else shown


@blueprint.get("/changes.<any(csv,json):kind>")
@permit("see_trail")
def listing_file(kind: str) -> ResponseReturnValue:
    """Give what changed since a day as a file."""
    if _unread():
        raise DayNotUnderstood
    wanted = _wanted()
    name = f"changes-since-{wanted.first:{NAMED}}" if wanted.first else "changes"
    return as_file(trail.search(reading(), current_actor(), wanted), name, kind)


def _wanted() -> Wanted:
    """Read the filters; without a first day and without another filter the last week is meant."""
    given = {name: request.args.get(name, "").strip() for name in TEXTS}
    narrow = any(given[name] for name in ("subject", "item", "person")) and not request.args.get("since")
    last = point(request.args.get("until", ""))
    return Wanted(first=None if narrow else since_day(), last=last, kind=given.pop("change"), **given)


def _asked() -> dict[str, str]:
    """Give the filters as they stand in the address, for the links of the page."""
    names = (*TEXTS, "since", "until")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


def _kinds() -> dict[str, str]:
    return {
        "entered": _("entered first"),
        "changed": _("changed"),
        "emptied": _("emptied"),
        "worked out": _("worked out by the program"),
    }


def _forms(actor: Actor) -> list[tuple[str, str]]:
    """Name the forms this person sees somewhere, for the choice."""
    book = current_book()
    names = [(form.oid, said(form.name)) for form in book.version.forms if sees(book, actor.held(), form.oid)]
    return sorted(names, key=lambda pair: pair[1])


def since_day() -> dt.date:
    """Read the day or the moment asked for; a week ago when none is."""
    asked = point(request.args.get("since", ""))
    return asked or installation().clock.now().date() - dt.timedelta(days=DAYS)


def _unread() -> str:
    """Give what was typed as the day when it is neither a day nor a moment."""
    typed = (unread(request.args.get(name, ""), timed=True) for name in ("since", "until"))
    return next(filter(None, typed), "")
