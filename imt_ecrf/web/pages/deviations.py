"""Proposed protocol deviations: the list, one to decide on, a monitor's own; consents to be asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import coming_of_age, deviations, runtime
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import deviation_page
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("deviations", __name__)
PAGE: Final = 200


@blueprint.get("/deviations")
@permit("see_course")
def listing() -> ResponseReturnValue:
    """List the proposals a person may see, those that wait for a decision unless others are asked for."""
    asked = request.args.get("state", deviations.OPEN)
    found = deviations.listed(reading(), current_actor(), states=frozenset({asked}))
    return render_template(
        "deviations/listing.html", found=found[:PAGE], total=len(found), asked=asked, book=current_book(),
        counts=deviations.counts(reading(), current_actor()), say=deviation_page,
        states=deviation_page.state_words(),
    )  # fmt: skip


@blueprint.get("/deviations/<proposal>")
@permit("see_course")
def show(proposal: str) -> ResponseReturnValue:
    """Show a proposal with what this person may do with it."""
    return _page(proposal)


@blueprint.post("/deviations/<proposal>/<any(accept,decline,withdraw):decision>")
@permit("see_course")
def take(proposal: str, decision: str) -> ResponseReturnValue:
    """Accept or decline a proposal for the site, or take back one's own."""
    actor, text = current_actor(), request.form.get("text", "")
    try:
        with writing() as session:
            if decision == "accept":
                address = deviations.accept(session, actor, proposal, text)
            elif decision == "decline":
                deviations.decline(session, actor, proposal, text)
            else:
                deviations.withdraw(session, actor, proposal)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(proposal, decision, refused.text(current()), text), refused.status
    if decision == "accept":
        flash(
            _("It is line %(line)s of the log now; say how important it is.", line=address.form_repeat),
            "note",
        )
        return redirect(form_url(address))
    flash(_("Declined.") if decision == "decline" else _("Taken back."), "note")
    return redirect(url_for("deviations.listing"))


@blueprint.route("/subjects/<subject>/deviation", methods=["GET", "POST"])
@permit("see_course")
def propose(subject: str) -> ResponseReturnValue:
    """Let a monitor propose a deviation in words; the site decides, and writes the log itself."""
    actor, typed = current_actor(), {name: request.form.get(name, "") for name in ("kind", "day", "text")}
    row = runtime.find_subject(reading(), actor, subject)
    if not deviations.may_propose(reading(), actor, row.site):
        raise NotPermitted
    problem = ""
    if request.method == "POST":
        try:
            with writing() as session:
                deviations.propose(session, actor, subject, typed["kind"], typed["day"], typed["text"])
        except deviations.NotDescribed as refused:
            problem = refused.text(current())
        else:
            flash(_("Proposed to the site."), "note")
            return redirect(url_for("subjects.show", subject=subject))
    return render_template(
        "deviations/propose.html", subject=subject, typed=typed, problem=problem,
        kinds=deviation_page.kinds(current_book()),
    ), 422 if problem else 200  # fmt: skip


@blueprint.get("/reconsents")
@permit("see_course")
def reconsents() -> ResponseReturnValue:
    """List the patients whose consent is asked again because of their age."""
    found = coming_of_age.reconsents(reading(), current_actor())
    rows = deviation_page.age_rows(current_book(), found)
    return render_template("deviations/reconsents.html", rows=rows)


def _page(proposal: str, step: str = "", problem: str = "", text: str = "") -> str:
    actor, book = current_actor(), current_book()
    one = next((found for found in deviations.listed(reading(), actor) if found.id == proposal), None)
    if one is None:
        raise NotFound
    decides = deviations.decides(reading(), actor, one)
    own = one.state == deviations.OPEN and one.by_person and one.username == actor.username
    return render_template(
        "deviations/show.html", one=one, book=book, say=deviation_page, decides=decides, own=own,
        step=step, problem=problem, text=text, most=deviations.MOST_SIGNS,
    )  # fmt: skip
