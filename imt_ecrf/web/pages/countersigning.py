"""Countersigning a casebook as investigator or sponsor: the copy on offer, its meaning, the password."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for

from imt_ecrf.conduct import identity
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.reporting import countersign
from imt_ecrf.store import sealing
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.pages.casebooks import PDF, ZIP, asked_options, house_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("countersigning", __name__, url_prefix="/subjects/<subject>/countersign")


@blueprint.get("")
@permit("countersign")
def show(subject: str) -> ResponseReturnValue:
    """Show the copy that waits for a countersignature, and who signed it already."""
    return _page(subject)


@blueprint.get("/copy")
@permit("countersign")
def copy(subject: str) -> ResponseReturnValue:
    """Give the copy on offer to read, and log that it was taken."""
    with writing() as session:
        name, data = countersign.take(session, current_actor(), house_of(), subject, asked_options())
    kind = PDF if name.endswith(".pdf") else ZIP
    as_file = "save" in request.args or kind == ZIP
    return send_file(io.BytesIO(data), mimetype=kind, as_attachment=as_file, download_name=name)


@blueprint.post("")
@permit("countersign")
def sign(subject: str) -> ResponseReturnValue:
    """Sign the copy that was shown, with the password."""
    form, options = request.form, asked_options()
    try:
        countersign.countersign(
            house_of(), current_actor(), subject, options, password=form.get("password", ""),
            shown=form.get("shown", ""),
        )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(subject, refused.text(current())), refused.status
    sealing.seal_soon(installation().engines, installation().settings.data)
    flash(_("The copy is signed."), "note")
    return redirect(url_for("countersigning.show", subject=subject, language=options.language))


def _page(subject: str, problem: str = "") -> str:
    actor, options = current_actor(), asked_options()
    found = countersign.offer(reading(), actor, house_of(), subject, options)
    facts: dict[str, Any] = {"language": options.language}
    return render_template(
        "countersigning/show.html", subject=subject, offer=found, query=facts, problem=problem,
        known=identity.standing(reading(), actor.user_id), meanings=countersign.MEANINGS,
        signer=countersign.ROLES, actor=actor, ru=current() == "ru",
    )  # fmt: skip
