"""A person's own account: password and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo

from imt_ecrf.conduct import accounts, digest, entrance, identity
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit, signs
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import LANGUAGES, current
from imt_ecrf.web.session import open_session

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("account", __name__, url_prefix="/account")


class NewPassword(FlaskForm):
    """The old password, and the new one twice."""

    old = PasswordField(lazy_gettext("Password now"), [DataRequired()])
    new = PasswordField(lazy_gettext("New password"), [DataRequired()])
    again = PasswordField(
        lazy_gettext("New password again"),
        [EqualTo("new", lazy_gettext("The two new passwords differ."))],
    )


@blueprint.get("")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show a person's own account."""
    return _page(NewPassword())


@blueprint.post("/statement")
@permit("signed_in")
def accept_statement() -> ResponseReturnValue:
    """Accept the statement on electronic signatures, with the password."""
    try:
        with writing() as store:
            identity.accept_statement(store, current_actor(), request.form.get("password", ""))
    except Refused as refused:
        return _page(NewPassword(), unaccepted=refused.text(current())), refused.status
    flash(_("The statement is accepted."), "note")
    return redirect(url_for("account.show"))


@blueprint.post("/password")
@permit("signed_in")
def change_password() -> ResponseReturnValue:
    """Change one's own password; every other session of the person ends."""
    form, actor = NewPassword(), current_actor()
    if not form.validate():
        return _again(form, next(text for texts in form.errors.values() for text in texts))
    try:
        with writing() as store:
            accounts.change_password(store, actor, form.old.data or "", form.new.data or "")
    except Refused as refused:
        return _again(form, refused.text(current()))
    renewed = entrance.actor_of(reading(), str(actor.user_id), clock=installation().clock, ip=actor.ip)
    open_session(renewed or actor)
    flash(_("The password is changed. Other sessions of yours have ended."), "note")
    return redirect(url_for("account.show"))


@blueprint.post("/language")
@permit("signed_in")
def choose_language() -> ResponseReturnValue:
    """Remember the language a person works in."""
    language = request.form.get("language", "")
    if language in LANGUAGES:
        with writing() as store:
            accounts.set_language(store, current_actor(), language)
        session["lang"] = language
    return redirect(url_for("account.show"))


@blueprint.post("/digest")
@permit("signed_in")
def choose_digest() -> ResponseReturnValue:
    """Switch one's own daily message on or off."""
    with writing() as store:
        digest.choose(store, current_actor(), on=request.form.get("digest") == "on")
    flash(_("Your choice is kept."), "note")
    return redirect(url_for("account.show"))


def _again(form: NewPassword, problem: str) -> ResponseReturnValue:
    return _page(form, problem), 422


def _page(form: NewPassword, problem: str = "", unaccepted: str = "") -> str:
    actor = current_actor()
    return render_template(
        "account/show.html", form=form, actor=actor, problem=problem, unaccepted=unaccepted,
        signs=signs(actor), known=identity.standing(reading(), actor.user_id),
        messages=digest.wanted(reading(), actor.user_id),
    )  # fmt: skip
