"""Where the link of an alert leads: to the form it is about, for who may see that; shows nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect

from imt_ecrf.conduct import alert_letters
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/alerts/<alert>")
@permit("see_subjects")
def follow(alert: str) -> ResponseReturnValue:
    """Lead to the form an alert is about."""
    return redirect(form_url(alert_letters.address_of(reading(), current_actor(), alert)))
