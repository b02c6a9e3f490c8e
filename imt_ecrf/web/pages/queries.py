"""Queries: the list with its filters and files, one with its thread, the steps, several moves at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import failed, queries, query_lists
from imt_ecrf.conduct.query_lists import Wanted
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import query_rows
from imt_ecrf.web.addresses import place_url
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_files import table_file
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("queries", __name__, url_prefix="/queries")
STEPS: Final = {
    "answer": queries.answer,
    "close": queries.close,
    "reopen": queries.reopen,
    "cancel": queries.cancel,
}
TEXTS: Final = ("state", "site", "subject", "form", "asked", "check", "text", "order")
FORMS: Final = "/subjects/"
MOST: Final = 9999


@blueprint.get("")
@permit("see_subjects")
def listing() -> ResponseReturnValue:
    """List the queries a person may see, by filters, in an order, page by page."""
    actor, wanted = current_actor(), _wanted()
    return render_template(
        "queries/listing.html", found=query_lists.page(reading(), actor, wanted), wanted=wanted,
        asked=_asked(), say=words(current_book()), href=place_url, place=query_rows.place,
        now=installation().clock.now(), sites=sites_of(reading(), actor), ages=query_lists.AGES,
        orders=_orders(), states=_states(), manages=actor.may_act("settle_any_query"),
        together=actor.may_act("settle_query"),
    )  # fmt: skip


@blueprint.get("/list.<any(csv,json):kind>")
@permit("see_subjects")
def listing_file(kind: str) -> ResponseReturnValue:
    """Give the queries that fit, all pages, as a file; taking it is written down."""
    now = installation().clock.now()
    found = query_lists.every(reading(), current_actor(), _wanted())
    return table_file([query_rows.line(one, now) for one in found], query_rows.COLUMNS, "queries", kind)


@blueprint.get("/rules-failed")
@permit("settle_any_query")
def rules_failed() -> ResponseReturnValue:
    """List the rules that could not be run on what was saved, the newest first."""
    found = failed.failed_rules(reading(), current_actor())
    return render_template(
        "queries/rules_failed.html", found=found, say=words(current_book()), href=place_url
    )


@blueprint.get("/together")
@permit("settle_query")
def plan_together() -> ResponseReturnValue:
    """Show what one move on several queries would do, and what it cannot and why."""
    return _together(request.args.get("step", ""), request.args.getlist("id"))


@blueprint.post("/together")
@permit("settle_query")
def take_together() -> ResponseReturnValue:
    """Make one move on several queries with one text."""
    step, text = request.form.get("step", ""), request.form.get("text", "")
    pairs = [one.rpartition("@") for one in request.form.getlist("query")]
    chosen = [(name, int(seen)) for name, _at, seen in pairs if name and seen.isdecimal()]
    try:
        with writing() as session:
            done, left = queries.take_together(session, current_actor(), chosen, step, text)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        names = [name for name, _seen in chosen]
        return _together(step, names, refused.text(current()), text), refused.status
    flash(ngettext("%(num)d query was moved.", "%(num)d queries were moved.", len(done)), "note")
    if left:
        # what moved meanwhile is shown as it stands now, with the text still there
        return _together(step, [name for name, _why in left], left[0][1].text(current()), text), 409
    return redirect(url_for("queries.listing"))


@blueprint.get("/<query>")
@permit("see_subjects")
def show(query: str) -> ResponseReturnValue:
    """Show one query with its thread and what this person may do."""
    return _page(query)


@blueprint.post("/<query>/<any(answer,close,reopen,cancel):step>")
@permit("see_subjects")
def take(query: str, step: str) -> ResponseReturnValue:
    """Answer, close, re-open or cancel a query."""
    text = request.form.get("text", "")
    try:
        with writing() as session:
            STEPS[step](session, current_actor(), query, text, request.form.get("seen", 0, int))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(query, refused.text(current()), text), refused.status
    back = request.form.get("back", "")  # the form it was answered beside
    return redirect(back if back.startswith(FORMS) else url_for("queries.show", query=query))


def _page(query: str, problem: str = "", text: str = "") -> str:
    one = queries.one(reading(), current_actor(), query)
    return render_template(
        "queries/show.html", query=one, say=words(current_book()), href=place_url(one.address, one.path),
        problem=problem, text=text, steps=query_rows.steps(one, current()), place=query_rows.place,
        days=one.age(installation().clock.now()),
    )  # fmt: skip


def _together(step: str, ids: list[str], problem: str = "", text: str = "") -> str:
    if step not in queries.TOGETHER:
        raise NotFound
    planned = queries.together(reading(), current_actor(), ids[:MOST], step)
    return render_template(
        "queries/together.html", step=step, may=[one for one, why in planned if why is None],
        cannot=[(one, why.text(current())) for one, why in planned if why is not None],
        problem=problem, text=text, say=words(current_book()), place=query_rows.place,
    )  # fmt: skip


def _wanted() -> Wanted:
    given: dict[str, Any] = {name: request.args.get(name, "").strip()[:200] for name in TEXTS}
    given["state"] = given["state"] if given["state"] in query_lists.STATES else "waiting"
    given["order"] = given["order"] if given["order"] in query_lists.ORDERS else "age"
    days = min(max(request.args.get("days", 0, int), 0), MOST)
    page = min(max(request.args.get("page", 1, int), 1), 10**6)
    younger = request.args.get("younger", None, int)
    younger = None if younger is None else min(max(younger, 0), MOST)
    down = request.args.get("down") == "1"
    return Wanted(**given, days=days, younger=younger, down=down, page=page)


def _asked() -> dict[str, str]:
    """Give the filters as they stand in the address, for the links of the page."""
    names = (*TEXTS, "days", "younger", "down")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


def _states() -> dict[str, str]:
    return {
        "waiting": _("Open and answered"),
        "open": _("Open: wait for the site"),
        "answered": _("Answered: wait for who asked"),
        "settled": _("Closed and cancelled"),
        "closed": _("Only closed"),
        "cancelled": _("Only cancelled"),
        "all": _("All"),
    }


def _orders() -> dict[str, str]:
    return {
        "age": _("Age"),
        "step": _("Last step"),
        "subject": _("Subject"),
        "form": _("Form"),
        "state": _("State"),
        "asked": _("Who asked"),
    }
