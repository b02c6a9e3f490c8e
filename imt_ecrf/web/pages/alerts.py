"""Alerts: what was told at once, by when to report, to whom; and where the link of a message leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template

from imt_ecrf.conduct import alert_letters, alert_lists
from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.alert_lists import Listed

blueprint = Blueprint("alerts", __name__)
PAGE: Final = 200


@blueprint.get("/alerts")
@permit("see_subjects")
def listing() -> ResponseReturnValue:
    """List the alerts about forms this person sees."""
    found = alert_lists.listed(reading(), current_actor())
    return render_template(
        "alerts/listing.html", found=found[:PAGE], total=len(found), say=words(current_book()),
        name=_name, local=_local, roles=_roles, href=form_url,
    )  # fmt: skip


@blueprint.get("/alerts/<alert>")
@permit("see_subjects")
def follow(alert: str) -> ResponseReturnValue:
    """Lead to the form an alert is about."""
    return redirect(form_url(alert_letters.address_of(reading(), current_actor(), alert)))


def _name(one: Listed) -> str:
    alerts = current_book().version.alerts
    return next((alert.name.in_(current()) for alert in alerts if alert.oid == one.alert), one.alert)


def _roles(one: Listed) -> str:
    """Name the roles nobody could be told in."""
    say = words(current_book())
    return ", ".join(map(say.role, one.missing))


def _local(one: Listed) -> str:
    """Write the time to report by as the clock of the site shows it."""
    if one.due is None:
        return ""
    at = one.due.astimezone(ZoneInfo(one.zone))
    return f"{dates.day(at.date(), current())}, {at:%H:%M}"
