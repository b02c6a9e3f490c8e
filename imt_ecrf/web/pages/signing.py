"""Signing: which subjects wait, and the batch of one subject, with the password each time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from imt_ecrf.conduct import delegates, identity, milestones, signing
from imt_ecrf.conduct.delegates import candidates, delegations
from imt_ecrf.conduct.register import register
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store import sealing
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.due_page import due_rows
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.sign_page import Wanted, chosen, next_to_open, page
from imt_ecrf.web.study import current_book
from imt_ecrf.web.typed import day_to_keep

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("signing", __name__, url_prefix="/sign")
EARLIER = 12
MILESTONE = "milestone"
"""Where a browser keeps the batch somebody began: the subject, and the milestone's name in an address."""
MOST = 200
"""How many due signatures one page lists; the figures above it count all of them."""


@blueprint.get("")
@permit("signs")
def overview() -> ResponseReturnValue:
    """List what is due by milestone, and the subjects with forms that wait for this person's signature."""
    actor, book = current_actor(), current_book()
    waiting = [one for one in signing.to_sign(reading(), actor) if one.ready]
    counts = Counter(one.address.subject for one in waiting)
    again = Counter(one.address.subject for one in waiting if one.again)
    due = milestones.due_signatures(reading(), actor)
    return render_template(
        "signing/overview.html", counts=sorted(counts.items()), again=again, due=due_rows(book, due[:MOST]),
        total=milestones.counts(due), dated=bool(book.version.milestones), most=MOST,
    )  # fmt: skip


@blueprint.get("/<subject>")
@permit("signs")
def batch(subject: str) -> ResponseReturnValue:
    """Show what waits for a signature in a subject, or in one of its milestones: changed, new, left out."""
    milestone = request.args.get("milestone", "")
    if milestone:  # who opens its forms one after the other comes back to it, not to the whole list
        session[MILESTONE] = [subject, milestone]
    else:
        session.pop(MILESTONE, None)
    return _batch(subject)


@blueprint.post("/<subject>")
@permit("signs")
def sign(subject: str) -> ResponseReturnValue:
    """Sign the ticked forms with one password; all of them or none."""
    form = request.form
    addresses, versions = chosen(subject, form.getlist("form"))
    try:
        with writing() as kept:
            signed = signing.sign(
                kept, current_actor(), addresses, form.get("password", ""), form.get("meaning", ""),
                versions=versions,
            )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _batch(subject, refused.text(current()), form.getlist("form")), refused.status
    # a signature is anchored at once; when the seal cannot be written now the jobs' process seals it later
    sealing.seal_soon(installation().engines, installation().settings.data)
    flash(ngettext("%(num)d form is signed.", "%(num)d forms are signed.", len(signed)), "note")
    milestone = request.args.get("milestone") or None
    return redirect(url_for("signing.batch", subject=subject, milestone=milestone))


@blueprint.get("/<subject>/next")
@permit("signs")
def following(subject: str) -> ResponseReturnValue:
    """Go to the next form that has to be opened before it can be signed; when there is none, to the list."""
    begun, milestone = session.get(MILESTONE) or ("", "")
    milestone = milestone if begun == subject else ""
    following = next_to_open(current_actor(), subject, milestone)
    return redirect(following or url_for("signing.batch", subject=subject, milestone=milestone or None))


@blueprint.get("/delegation")
@permit("delegate_signing")
def delegation() -> ResponseReturnValue:
    """Show who may sign in the investigator's place."""
    return _delegation()


@blueprint.post("/delegation")
@permit("delegate_signing")
def delegate() -> ResponseReturnValue:
    """Let a sub-investigator sign at a site, from a day on or from now, for some milestones or for all."""
    username, _slash, site = request.form.get("person", "").rpartition("/")
    try:
        first = day_to_keep(request.form.get("since", ""), _("First day"))
        last = day_to_keep(request.form.get("until", ""), _("Last day"))
        since, until = _midnight(first), _midnight(last + dt.timedelta(days=1) if last else None)
        with writing() as kept:
            delegates.delegate_signing(
                kept, current_actor(), username, site, since=since, until=until,
                covers=request.form.getlist("covers"),
            )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _delegation(refused.text(current())), refused.status
    return redirect(url_for("signing.delegation"))


@blueprint.post("/delegation/<delegation>/end")
@permit("delegate_signing")
def end_delegation(delegation: str) -> ResponseReturnValue:
    """End a delegation now."""
    with writing() as kept:
        delegates.end_delegation(kept, current_actor(), delegation)
    return redirect(url_for("signing.delegation"))


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day else None


def _delegation(problem: str = "") -> str:
    actor, language = current_actor(), current()
    given = {field: request.form.get(field, "") for field in ("person", "since", "until")}
    names = {one.oid: one.name.in_(language) for one in current_book().version.milestones}
    offered = {one.oid: names[one.oid] for one in delegates.coverable(current_book())}
    return render_template(
        "signing/delegation.html", now=actor.now(), listed=delegations(reading(), actor), names=names,
        people=candidates(reading(), actor), problem=problem, given=given,
        covers=request.form.getlist("covers"), offered=offered,
    )  # fmt: skip


def _batch(subject: str, problem: str = "", ticked: list[str] | None = None) -> str:
    actor = current_actor()
    only = Wanted(request.args.get("form", ""), request.args.get("milestone", ""))
    earlier, total = register(reading(), actor, subject=subject, count=EARLIER)
    return render_template(
        "signing/batch.html", subject=subject, page=page(actor, subject, only), problem=problem, actor=actor,
        ticked=ticked or [], earlier=earlier, total=total, only=only,
        known=identity.standing(reading(), actor.user_id),
    )  # fmt: skip
