"""Accounts and roles: who is here, in which role, at which site, from when to when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import accounts, identity, inspectors
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.not_permitted import role_names, why_not
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.typed import day_to_keep

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.accounts import AccountView

blueprint = Blueprint("users", __name__, url_prefix="/accounts")
FIELDS = ("username", "name", "email", "organisation", "password", "language")


@blueprint.get("")
@permit("see_accounts")
def listing() -> ResponseReturnValue:
    """List every account, also closed ones, with all roles and their dates."""
    actor = current_actor()
    people = accounts.list_accounts(reading(), actor)
    return render_template("users/listing.html", people=people, now=actor.now(), names=role_names())


@blueprint.route("/_new", methods=["GET", "POST"])
@permit("manage_accounts")
def create() -> ResponseReturnValue:
    """Make the account of one person."""
    given = {field: request.form.get(field, "").strip() for field in FIELDS}
    if request.method == "GET":
        return render_template("users/create.html", given=given, problem="")
    try:
        with writing() as session:
            _create(session, given)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        text = refused.text(current())
        return render_template("users/create.html", given=given, problem=text), refused.status
    flash(_("The account %(name)s is made. Give the person a role.", name=given["username"]), "note")
    return redirect(url_for("users.show", username=given["username"]))


@blueprint.route("/_inspector", methods=["GET", "POST"])
@permit("manage_accounts")
def invite() -> ResponseReturnValue:
    """Make the account of an inspector, which ends by itself."""
    given = {field: request.form.get(field, "").strip() for field in (*FIELDS, "until")}
    if request.method == "GET":
        return render_template("users/inspector.html", given=given, problem="")
    try:
        until = _start(given["until"], _("Last day"))
        with writing() as session:
            _invite(session, given, until + dt.timedelta(days=1) if until else None)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        text = refused.text(current())
        return render_template("users/inspector.html", given=given, problem=text), refused.status
    flash(
        _("The account %(name)s is made; it reads everything and ends by itself.", name=given["username"]),
        "note",
    )
    return redirect(url_for("users.show", username=given["username"]))


@blueprint.get("/<username>")
@permit("see_accounts")
def show(username: str) -> ResponseReturnValue:
    """Show one account with its roles."""
    return _page(_person(username))


@blueprint.post("/<username>/roles")
@permit("manage_accounts")
def grant(username: str) -> ResponseReturnValue:
    """Give a person a role, at a site or at all sites, for a time."""
    form = request.form
    try:
        since = _start(form.get("since", ""), _("First day"))
        until = _start(form.get("until", ""), _("Last day"))
        with writing() as session:
            accounts.grant(
                session, current_actor(), username, form.get("role", ""), form.get("site") or None,
                since=since, until=until + dt.timedelta(days=1) if until else None,
            )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(_person(username), why_not(refused, None)), refused.status
    return redirect(url_for("users.show", username=username))


@blueprint.post("/<username>/roles/<membership>/end")
@permit("manage_accounts")
def revoke(username: str, membership: str) -> ResponseReturnValue:
    """End a role now."""
    try:
        with writing() as session:
            accounts.revoke(session, current_actor(), membership, request.form.get("reason", ""))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(_person(username), refused.text(current())), refused.status
    return redirect(url_for("users.show", username=username))


@blueprint.post("/<username>/identity")
@permit("manage_accounts")
def check_identity(username: str) -> ResponseReturnValue:
    """Record that a person's identity was checked."""
    try:
        day = day_to_keep(request.form.get("day", ""), _("Day"))
        with writing() as session:
            identity.check_identity(session, current_actor(), username, request.form.get("how", ""), day)
    except NotFound:
        raise
    except Refused as refused:
        return _page(_person(username), refused.text(current())), refused.status
    flash(_("The identity check is recorded."), "note")
    return redirect(url_for("users.show", username=username))


@blueprint.post("/<username>/deactivate")
@permit("manage_accounts")
def deactivate(username: str) -> ResponseReturnValue:
    """Close an account for ever."""
    try:
        with writing() as session:
            accounts.deactivate(session, current_actor(), username, request.form.get("reason", ""))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(_person(username), refused.text(current())), refused.status
    flash(_("The account is closed; its open pages end at the next step."), "note")
    return redirect(url_for("users.show", username=username))


def _create(session: Session, given: dict[str, str]) -> None:
    accounts.create_user(
        session, current_actor(), must_change_password=True, username=given["username"], name=given["name"],
        email=given["email"], password=given["password"], organisation=given["organisation"],
        language="ru" if given["language"] == "ru" else "en",
    )  # fmt: skip


def _invite(session: Session, given: dict[str, str], until: dt.datetime | None) -> None:
    inspectors.invite(
        session, current_actor(), username=given["username"], name=given["name"], email=given["email"],
        password=given["password"], until=until, organisation=given["organisation"],
        language="ru" if given["language"] == "ru" else "en",
    )  # fmt: skip


def _person(username: str) -> AccountView:
    people = accounts.list_accounts(reading(), current_actor())
    found = next((one for one in people if one.username.casefold() == username.casefold()), None)
    if found is None:
        raise NotFound
    return found


def _page(person: AccountView, problem: str = "") -> str:
    actor = current_actor()
    given = {field: request.form.get(field, "") for field in ("role", "site", "since", "until", "how", "day")}
    return render_template(
        "users/show.html", person=person, problem=problem, given=given, now=actor.now(), names=role_names(),
        known=identity.standing(reading(), person.id), sites=sites_of(reading(), actor),
        may_manage=actor.may_act("manage_accounts"),
    )  # fmt: skip


def _start(text: str, field: str) -> dt.datetime | None:
    day = day_to_keep(text, field)
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day else None
