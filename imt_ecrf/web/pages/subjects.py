"""Subjects: finding one, screening a new one, the page of one, and the acts on that page."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import coming_of_age, deviations, eligibility, queries, subjects, visits
from imt_ecrf.conduct.portrait import portrait
from imt_ecrf.conduct.refused import EnrolmentRefused
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.web import deviation_page
from imt_ecrf.web.addresses import form_url, visit_url
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.subject_head import facts, head
from imt_ecrf.web.subject_page import page, visit_name
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("subjects", __name__, url_prefix="/subjects")
WHY_MISSED = "SVREASOC"
OPEN = frozenset({deviations.OPEN})
ONCE = "once"
"""The field with the number of a page: an act that is sent twice is done once."""


@blueprint.get("/find")
@permit("see_subjects")
def find() -> ResponseReturnValue:
    """Go to the subject whose code was typed; a code that is not found says so on the list."""
    code = request.args.get("find", "").strip()[:20]
    known = {one.code.casefold(): one.code for one in subjects.list_subjects(reading(), current_actor())}
    exact = known.get(code.casefold())
    if exact is None:
        return redirect(url_for("matrix.show", find=code))
    return redirect(url_for("subjects.show", subject=exact))


@blueprint.route("/new", methods=["GET", "POST"])
@permit("screen")
def screen() -> ResponseReturnValue:
    """Take a child into screening at a site."""
    actor = current_actor()
    sites = [one for one in sites_of(reading(), actor) if actor.may_act("screen", one.code)]
    if request.method == "GET":
        return render_template("subjects/screen.html", sites=sites, once=uuid.uuid4().hex)
    with writing() as session:
        code = subjects.screen(session, actor, request.form.get("site", ""), page=request.form.get(ONCE))
    flash(_("Subject %(code)s is in screening.", code=code), "note")
    return redirect(url_for("subjects.show", subject=code))


@blueprint.get("/<subject>/eligibility")
@permit("see_course")
def prove(subject: str) -> ResponseReturnValue:
    """Show the proof of eligibility, worked out from the data as they stand now."""
    proof = eligibility.proof(reading(), current_actor(), subject)
    return render_template(
        "subjects/eligibility.html", subject=subject, proof=proof, say=words(current_book()),
        now=installation().clock.now(), agrees=eligibility.AGREES, contradicts=eligibility.CONTRADICTS,
        confirmed=eligibility.CONFIRMED, href=form_url, decided=proof.decided,
    )  # fmt: skip


@blueprint.get("/<subject>")
@permit("see_subjects")
def show(subject: str) -> ResponseReturnValue:
    """Show a subject: facts, day axis, visits, logs, what waits; that it was looked at is logged."""
    with writing() as session:
        subjects.log_view(session, current_actor(), subject)
    return _page(subject)


@blueprint.post("/<subject>/enrol")
@permit("enrol")
def enrol(subject: str) -> ResponseReturnValue:
    """Enrol a child, or say everything that is still missing."""
    try:
        with writing() as session:
            subjects.enrol(session, current_actor(), subject)
    except EnrolmentRefused as refused:
        return _page(subject, refused.listed(current())), 422
    flash(_("The child is enrolled."), "note")
    return redirect(url_for("subjects.show", subject=subject))


@blueprint.post("/<subject>/unscheduled")
@permit("open_event")
def add_unscheduled(subject: str) -> ResponseReturnValue:
    """Open an unscheduled visit."""
    event = next(one.oid for one in current_book().version.events if one.kind == "unscheduled")
    with writing() as session:
        repeat = visits.add_unscheduled(session, current_actor(), subject, page=request.form.get(ONCE))
    return redirect(visit_url(subject, event, repeat))


@blueprint.post("/<subject>/open")
@permit("open_event")
def open_next(subject: str) -> ResponseReturnValue:
    """Open the next of a repeating visit: a cycle, a tumour assessment, a survival contact."""
    event = request.form.get("event", "")
    with writing() as session:
        repeat = visits.open_event(session, current_actor(), subject, event, page=request.form.get(ONCE))
    return redirect(visit_url(subject, event, repeat))


@blueprint.route("/<subject>/<event>.<int(max=9999):repeat>/missed", methods=["GET", "POST"])
@permit("miss_event")
def miss(subject: str, event: str, repeat: int) -> ResponseReturnValue:
    """Mark a visit as missed, with its reason, in one action."""
    actor = current_actor()
    if request.method == "POST":
        with writing() as session:
            visits.miss_event(session, actor, subject, event, repeat, request.form.get("reason", ""))
        flash(_("The visit is marked as missed."), "note")
        return redirect(url_for("subjects.show", subject=subject))
    found = [
        one for one in visits.events_of(reading(), actor, subject) if (one.oid, one.repeat) == (event, repeat)
    ]
    if not found:
        raise NotFound
    reasons = current_book().codelists[current_book().item(WHY_MISSED).codelist or ""].items
    return render_template("subjects/miss.html", subject=subject, name=visit_name(found[0]), reasons=reasons)


def _page(subject: str, refused: list[str] | None = None) -> str:
    actor, book = current_actor(), current_book()
    picture = portrait(reading(), actor, subject)
    events = visits.events_of(reading(), actor, subject)
    acts = ("enrol", "open_event", "miss_event", "download_casebook", "see_trail", "see_course")
    may = {act: actor.may_act(act, picture.site) for act in acts}
    repeating = {one.oid: one.name for one in book.version.events if one.kind == "repeating"}
    asked = queries.of_subject(reading(), actor, subject)
    shown = page(book, picture, events, may_miss=may["miss_event"])
    shown = replace(shown, queries=shown.queries + len(asked))
    seen = actor.may_act("see_course", picture.site)
    proposals = deviations.listed(reading(), actor, subject=subject, states=OPEN) if seen else ()
    ages = coming_of_age.reconsents(reading(), actor, subject=subject) if seen else ()
    may["propose"] = seen and deviations.may_propose(reading(), actor, picture.site)
    return render_template(
        "subjects/show.html", subject=picture, page=shown, may=may, book=book, repeating=repeating,
        refused=refused or [], facts=facts(book, picture, shown), once=uuid.uuid4().hex,
        asked=asked, proposals=proposals, ages=deviation_page.age_rows(book, ages), say=deviation_page,
        **head(book, picture),
    )  # fmt: skip
