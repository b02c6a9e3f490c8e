"""Sites of the study: which are open, and opening one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import sites
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("sites", __name__, url_prefix="/sites")
FIELDS = ("code", "name", "name_ru", "timezone")


@blueprint.get("")
@permit("see_accounts")
def listing() -> ResponseReturnValue:
    """List the sites with their time zones."""
    return _page(dict.fromkeys(FIELDS, ""))


@blueprint.post("")
@permit("manage_accounts")
def create() -> ResponseReturnValue:
    """Open a site; its code stays for ever."""
    given = {field: request.form.get(field, "").strip() for field in FIELDS}
    try:
        with writing() as session:
            sites.open_site(
                session, current_actor(), given["code"],
                name=given["name"], name_ru=given["name_ru"], timezone=given["timezone"],
            )  # fmt: skip
    except Refused as refused:
        return _page(given, refused.text(current())), refused.status
    flash(_("The site %(code)s is open.", code=given["code"]), "note")
    return redirect(url_for("sites.listing"))


def _page(given: dict[str, str], problem: str = "") -> str:
    actor = current_actor()
    return render_template(
        "sites/listing.html", sites=sites.list_sites(reading(), actor), given=given, problem=problem,
        may_manage=actor.may_act("manage_accounts"),
    )  # fmt: skip
