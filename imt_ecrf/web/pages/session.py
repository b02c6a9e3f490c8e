"""The door: signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from imt_ecrf import __version__
from imt_ecrf.conduct import entrance
from imt_ecrf.web.db import installation, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.session import close_session, open_session, way_back

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("session", __name__)


class SignIn(FlaskForm):
    """User name and password."""

    username = StringField(lazy_gettext("User name"), [DataRequired(), Length(max=64)])
    password = PasswordField(lazy_gettext("Password"), [DataRequired(), Length(max=200)])


@blueprint.route("/login", methods=["GET", "POST"])
@permit("anyone")
def log_in() -> ResponseReturnValue:
    """Show the door; let a person in whose name and password are right."""
    form = SignIn()
    if request.method == "GET":
        return redirect(url_for("home.show")) if g.actor else _door(form)
    try:
        with writing() as session:
            actor = entrance.log_in(
                session, form.username.data or "", form.password.data or "", clock=installation().clock,
                ip=request.remote_addr or "",
            )  # fmt: skip
    except entrance.LogInRefused as refused:
        return _door(form, refused.text(current())), 401
    open_session(actor)
    return redirect(way_back(request.args.get("next")))


@blueprint.post("/logout")
@permit("signed_in")
def log_out() -> ResponseReturnValue:
    """End this browser's session."""
    with writing() as session:
        entrance.log_out(session, g.actor)
    close_session()
    flash(_("Signed out."), "note")
    return redirect(url_for("session.log_in"))


@blueprint.get("/stay")
@permit("signed_in")
def stay() -> ResponseReturnValue:
    """Say that somebody is there, so that the session goes on."""
    return "", 204


def _door(form: SignIn, problem: str = "") -> str:
    now = installation().clock.now()
    return render_template("session/log_in.html", form=form, problem=problem, now=now, version=__version__)
