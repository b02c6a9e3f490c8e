"""What an inspector asks first: who had access, who looked, what happened; each as a page and as a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import access, event_log
from imt_ecrf.conduct.access import Entrusted, Had, Looked
from imt_ecrf.conduct.event_log import Happened, Wanted
from imt_ecrf.store.tables import stamp
from imt_ecrf.web import event_words
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import said
from imt_ecrf.web.not_permitted import role_names
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book, newest
from imt_ecrf.web.trail_files import table_file
from imt_ecrf.web.typed import day_to_keep, point_to_find
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("inspection", __name__)
PAGE = 200


@blueprint.get("/inspection")
@permit("see_trail")
def contents() -> ResponseReturnValue:
    """Say on one page where an inspector finds what."""
    actor = current_actor()
    acts = ("see_accounts", "see_training", "see_events_log", "see_course", "download_casebook")
    return render_template("inspection/contents.html", may={act: actor.may_act(act) for act in acts})


@blueprint.get("/inspection/access")
@permit("see_accounts")
def on_day() -> ResponseReturnValue:
    """List who had access on a day."""
    day, site = _day("on") or installation().clock.now().date(), request.args.get("site", "")
    return render_template(
        "inspection/access.html", rows=access.on_day(reading(), current_actor(), day, site), day=day,
        site=site, sites=sites_of(reading(), current_actor()), names=role_names(), delegated=access.DELEGATED,
    )  # fmt: skip


@blueprint.get("/inspection/access.<any(csv,json):kind>")
@permit("see_accounts")
def on_day_file(kind: str) -> ResponseReturnValue:
    """Give who had access on a day as a file."""
    day, site = _day("on") or installation().clock.now().date(), request.args.get("site", "")
    rows = [_line(one) for one in access.on_day(reading(), current_actor(), day, site)]
    return table_file(rows, [one.name for one in fields(Had)], f"access-on-{day.isoformat()}", kind)


@blueprint.get("/inspection/delegations")
@permit("see_accounts")
def delegations() -> ResponseReturnValue:
    """Show the delegation log: every task the investigators ever entrusted to somebody."""
    site, actor = request.args.get("site", ""), current_actor()
    return render_template(
        "inspection/delegations.html", rows=access.delegation_log(reading(), actor, site), site=site,
        sites=sites_of(reading(), actor), milestones=_milestones(), now=installation().clock.now(),
    )  # fmt: skip


@blueprint.get("/inspection/delegations.<any(csv,json):kind>")
@permit("see_accounts")
def delegations_file(kind: str) -> ResponseReturnValue:
    """Give the delegation log as a file."""
    found = access.delegation_log(reading(), current_actor(), request.args.get("site", ""))
    rows = [{**_line(one), "milestones": " ".join(one.milestones)} for one in found]
    return table_file(rows, [one.name for one in fields(Entrusted)], "delegations", kind)


@blueprint.get("/inspection/events")
@permit("see_events_log")
def events() -> ResponseReturnValue:
    """Show the log of what happened besides changed values, newest first."""
    wanted, actor = _wanted(), current_actor()
    found = event_log.happened(reading(), actor, wanted)[::-1]
    last = max(1, -(-len(found) // PAGE))
    number = min(max(request.args.get("page", 1, int), 1), last)
    kinds = event_log.kinds(reading(), actor)
    return render_template(
        "inspection/events.html", rows=found[(number - 1) * PAGE : number * PAGE], total=len(found),
        number=number, last=last, wanted=wanted, asked=_asked(), kinds=kinds, say_act=event_words.act,
        names=role_names(),
        sites=sites_of(reading(), actor),
    )  # fmt: skip


@blueprint.get("/inspection/events.<any(csv,json):kind>")
@permit("see_events_log")
def events_file(kind: str) -> ResponseReturnValue:
    """Give the log of events as a file, oldest first."""
    rows = [_line(one) for one in event_log.happened(reading(), current_actor(), _wanted())]
    return table_file(rows, [one.name for one in fields(Happened)], "events", kind)


@blueprint.get("/subjects/<subject>/access")
@permit("see_trail")
def of_subject(subject: str) -> ResponseReturnValue:
    """List who looked at a subject and who took its data away."""
    rows = access.of_subject(reading(), current_actor(), subject)
    return render_template(
        "inspection/of_subject.html", subject=subject, rows=rows, say=words(current_book()),
        say_act=event_words.act,
    )  # fmt: skip


@blueprint.get("/subjects/<subject>/access.<any(csv,json):kind>")
@permit("see_trail")
def of_subject_file(subject: str, kind: str) -> ResponseReturnValue:
    """Give who looked at a subject as a file."""
    rows = [_line(one) for one in access.of_subject(reading(), current_actor(), subject)]
    return table_file(rows, [one.name for one in fields(Looked)], f"access-{subject}", kind)


def _line(one: Entrusted | Had | Happened | Looked) -> dict[str, Any]:
    """Write a line for a file: times as stamps, a place as its address."""
    found = {}
    for name, value in asdict(one).items():
        found[name] = stamp(value) if isinstance(value, dt.datetime) else value
    if isinstance(one, Looked):
        found["address"] = str(one.address) if one.address else ""
    return found


def _milestones() -> dict[str, str]:
    """Name the milestones of signing, for delegations that cover some of them."""
    book = current_book() if newest(reading()) else None
    return {one.oid: said(one.name) for one in book.version.milestones} if book else {}


def _day(field: str) -> dt.date | None:
    return day_to_keep(request.args.get(field, ""), _("Day"))


def _point(field: str) -> dt.date | None:
    return point_to_find(request.args.get(field, ""), _("Day"))


def _wanted() -> Wanted:
    given = request.args
    names = ("act", "person", "site", "subject")
    texts = {name: given.get(name, "").strip() for name in names}
    return Wanted(**texts, first=_point("first"), last=_point("last"))


def _asked() -> dict[str, str]:
    """Give the filters as they stand in the address, for the links of the page."""
    names = ("act", "person", "site", "subject", "first", "last")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}
