"""Queries: the list of open ones, one with its thread, and the steps of the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, redirect, render_template, request, url_for

from imt_ecrf.conduct import failed, queries
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web.addresses import place_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book
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
OPEN: Final = (*queries.OPEN, "answered")
SETTLED: Final = ("closed", "cancelled")
PAGE: Final = 200
FORMS: Final = "/subjects/"


@blueprint.get("")
@permit("see_subjects")
def listing() -> ResponseReturnValue:
    """List the queries a person may see, oldest first."""
    states = SETTLED if request.args.get("state") == "settled" else OPEN
    found = queries.list_queries(reading(), current_actor(), states)
    return render_template(
        "queries/listing.html", found=found[:PAGE], total=len(found), settled=states == SETTLED,
        say=words(current_book()), href=place_url, manages=current_actor().may_act("settle_any_query"),
    )  # fmt: skip


@blueprint.get("/rules-failed")
@permit("settle_any_query")
def rules_failed() -> ResponseReturnValue:
    """List the rules that could not be run on what was saved, the newest first."""
    found = failed.failed_rules(reading(), current_actor())
    return render_template(
        "queries/rules_failed.html", found=found, say=words(current_book()), href=place_url
    )


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
            STEPS[step](session, current_actor(), query, text)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(query, refused.text(current()), text), refused.status
    back = request.form.get("back", "")  # the form it was answered beside
    return redirect(back if back.startswith(FORMS) else url_for("queries.show", query=query))


def _page(query: str, problem: str = "", text: str = "") -> str:
    found = queries.list_queries(reading(), current_actor(), (*OPEN, *SETTLED))
    one = next((view for view in found if view.id == query), None)
    if one is None:
        raise NotFound
    say = words(current_book())
    return render_template(
        "queries/show.html",
        query=one,
        say=say,
        href=place_url(one.address, one.path),
        problem=problem,
        text=text,
    )
