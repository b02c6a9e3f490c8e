"""Signing: which subjects wait, and the batch of one subject, with the password each time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import delegates, identity, signing
from imt_ecrf.conduct.delegates import candidates, delegations
from imt_ecrf.conduct.register import register
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store import sealing
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.sign_page import chosen, next_to_open, page
from imt_ecrf.web.typed import day_to_keep

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("signing", __name__, url_prefix="/sign")
EARLIER = 12


@blueprint.get("")
@permit("signs")
def overview() -> ResponseReturnValue:
    """List the subjects with forms that wait for this person's signature."""
    waiting = [one for one in signing.to_sign(reading(), current_actor()) if one.ready]
    counts = Counter(one.address.subject for one in waiting)
    again = Counter(one.address.subject for one in waiting if one.again)
    return render_template("signing/overview.html", counts=sorted(counts.items()), again=again)


@blueprint.get("/<subject>")
@permit("signs")
def batch(subject: str) -> ResponseReturnValue:
    """Show what waits for a signature in a subject: changed, new, and what stays out."""
    return _batch(subject)


@blueprint.post("/<subject>")
@permit("signs")
def sign(subject: str) -> ResponseReturnValue:
    """Sign the ticked forms with one password; all of them or none."""
    form = request.form
    addresses, versions = chosen(subject, form.getlist("form"))
    try:
        with writing() as session:
            signed = signing.sign(
                session, current_actor(), addresses, form.get("password", ""), form.get("meaning", ""),
                versions=versions,
            )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _batch(subject, refused.text(current()), form.getlist("form")), refused.status
    # a signature is anchored at once; when the seal cannot be written now the jobs' process seals it later
    sealing.seal_soon(installation().engines, installation().settings.data)
    flash(ngettext("%(num)d form is signed.", "%(num)d forms are signed.", len(signed)), "note")
    return redirect(url_for("signing.batch", subject=subject))


@blueprint.get("/<subject>/next")
@permit("signs")
def following(subject: str) -> ResponseReturnValue:
    """Go to the next form that has to be opened before it can be signed; when there is none, to the list."""
    return redirect(next_to_open(current_actor(), subject) or url_for("signing.batch", subject=subject))


@blueprint.get("/delegation")
@permit("delegate_signing")
def delegation() -> ResponseReturnValue:
    """Show who may sign in the investigator's place."""
    return _delegation()


@blueprint.post("/delegation")
@permit("delegate_signing")
def delegate() -> ResponseReturnValue:
    """Let a sub-investigator sign at a site, from now on."""
    username, _slash, site = request.form.get("person", "").rpartition("/")
    try:
        last = day_to_keep(request.form.get("until", ""), _("Last day"))
        until = dt.datetime.combine(last, dt.time(), dt.UTC) + dt.timedelta(days=1) if last else None
        with writing() as session:
            delegates.delegate_signing(session, current_actor(), username, site, until=until)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _delegation(refused.text(current())), refused.status
    return redirect(url_for("signing.delegation"))


@blueprint.post("/delegation/<delegation>/end")
@permit("delegate_signing")
def end_delegation(delegation: str) -> ResponseReturnValue:
    """End a delegation now."""
    with writing() as session:
        delegates.end_delegation(session, current_actor(), delegation)
    return redirect(url_for("signing.delegation"))


def _delegation(problem: str = "") -> str:
    actor = current_actor()
    given = {field: request.form.get(field, "") for field in ("person", "until")}
    return render_template(
        "signing/delegation.html", now=actor.now(), listed=delegations(reading(), actor),
        people=candidates(reading(), actor), problem=problem, given=given,
    )  # fmt: skip


def _batch(subject: str, problem: str = "", ticked: list[str] | None = None) -> str:
    actor, only = current_actor(), request.args.get("form", "")
    earlier, total = register(reading(), actor, subject=subject, count=EARLIER)
    return render_template(
        "signing/batch.html", subject=subject, page=page(actor, subject, only), problem=problem, actor=actor,
        ticked=ticked or [], earlier=earlier, total=total, only=only,
        known=identity.standing(reading(), actor.user_id),
    )  # fmt: skip
