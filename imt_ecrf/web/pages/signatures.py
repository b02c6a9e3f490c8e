"""The register of signatures, what is due at each site, and the history of a subject's signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from imt_ecrf.conduct import cuts, milestones, signature_history
from imt_ecrf.conduct.register import register
from imt_ecrf.conduct.signatories import signatories
from imt_ecrf.policy.refusals import NotPermitted, Refused
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.due_page import due_rows, of_person, signer_rows
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.signed_page import shown
from imt_ecrf.web.study import current_book
from imt_ecrf.web.typed import day_to_keep
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.milestones import DueSignature
    from imt_ecrf.conduct.signatories import Signatory

blueprint = Blueprint("signatures", __name__)
PAGE = 100
MOST = 200
"""How many due signatures one page lists; the figures above it count all of them."""


@blueprint.get("/signatures")
@permit("see_course")
def listing() -> ResponseReturnValue:
    """List every signature a person may see, newest first."""
    number = max(request.args.get("page", 1, int), 1)
    found, total = register(reading(), current_actor(), first=(number - 1) * PAGE, count=PAGE)
    last = max(1, -(-total // PAGE))
    say = words(current_book())
    return render_template(
        "signatures/listing.html", entries=found, total=total, number=number, last=last, say=say
    )


@blueprint.get("/signatures/due")
@permit("see_course")
def due() -> ResponseReturnValue:
    """Show, for each person who signs, what is due and overdue at the sites the reader sees."""
    return _due()


@blueprint.post("/signatures/cut")
@permit("plan_cut")
def plan_cut() -> ResponseReturnValue:
    """Plan the day of the next data cut, or say that none is planned."""
    try:
        day = day_to_keep(request.form.get("day", ""), _("Day of the next data cut"))
        with writing() as session:
            cuts.plan_cut(session, current_actor(), day, request.form.get("reason", ""))
    except NotPermitted:
        raise
    except Refused as refused:
        return _due(refused.text(current())), refused.status
    return redirect(url_for("signatures.due", _anchor="cut"))


@blueprint.get("/subjects/<subject>/signatures")
@permit("see_course")
def of_subject(subject: str) -> ResponseReturnValue:
    """Show the milestones of a subject, and each signature: given, void by which change, given again."""
    actor, book, only = current_actor(), current_book(), request.args.get("form", "")
    listed = () if only else milestones.subject_signatures(reading(), actor, subject)
    forms = signature_history.of_subject(reading(), actor, subject, only)
    return render_template(
        "signatures/subject.html", subject=subject, only=only, plan=due_rows(book, listed),
        forms=shown(book, forms), dated=bool(book.version.milestones),
    )  # fmt: skip


def _due(problem: str = "") -> str:
    actor, book = current_actor(), current_book()
    site, named = request.args.get("site") or None, request.args.get("person", "")
    every = milestones.site_signatures(reading(), actor)
    here = [one for one in every if site in {None, one.site}]
    people = signatories(reading(), actor.now())
    person = next((one for one in people if one.username == named), None)
    listed = of_person(book, here, person) if person else here
    return render_template(
        "signatures/due.html", due=due_rows(book, listed[:MOST]), total=milestones.counts(listed), most=MOST,
        people=signer_rows(book, here, _here(people, site), actor.sites()), person=person, site=site,
        sites=_sites(every, site), cuts=cuts.cuts(reading()), may_plan=actor.may_act("plan_cut"),
        dated=bool(book.version.milestones), problem=problem,
        given={field: request.form.get(field, "") for field in ("day", "reason")},
    )  # fmt: skip


def _here(people: tuple[Signatory, ...], site: str | None) -> list[Signatory]:
    return [one for one in people if site is None or one.signs_at(site)]


def _sites(listed: tuple[DueSignature, ...], site: str | None) -> list[str]:
    return sorted({one.site for one in listed} | ({site} if site else set()))
