"""Who is signed in: one row a browser, ended by sign-out, idleness, deactivation or a new password."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from flask import flash, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import delete

from imt_ecrf.conduct.entrance import of_browser
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import WebSession, moment, stamp
from imt_ecrf.web.db import installation, reading, writing
from imt_ecrf.web.i18n import gettext as _

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from imt_ecrf.conduct.actor import Actor

IDLE: Final = dt.timedelta(minutes=15)
LONGEST: Final = dt.timedelta(hours=12)
NOTED: Final = dt.timedelta(seconds=20)
"""How finely it is noted that somebody is there, so that a cookie is not signed anew with every page."""
SEEN: Final = "seen"
QUIET: Final = frozenset({"casebooks.state", "copies.state", "static", "bootstrap.static"})
"""Endpoints a page asks by itself: they do not show that anybody is there."""


class SignInFirst(Refused):
    """Sign in to see this."""

    ru = "Чтобы видеть это, нужно войти."
    status = 401


class Person(UserMixin):
    """Who is signed in, as Flask-Login wants it; the id is the secret of this browser, not of the person."""

    def __init__(self, actor: Actor, secret: str) -> None:
        self.actor = actor
        self.id = secret


def open_session(actor: Actor) -> None:
    """Begin a session for a person whose password was just accepted."""
    secret, now = secrets.token_urlsafe(32), actor.now()
    with writing() as store:
        store.info["actor"] = actor.who(next(iter(actor.held()), ""))
        store.add(_row(actor, secret, now))
    language = session.get("lang")
    session.clear()
    if language:
        session["lang"] = language
    session[SEEN] = stamp(now)
    login_user(Person(actor, secret))
    g.actor = actor


def close_session() -> None:
    """End this browser's session for good: its cookie opens nothing any more."""
    secret = current_user.get_id()
    if secret:
        with writing() as store:
            store.info["actor"] = g.actor.who(next(iter(g.actor.held()), ""))
            store.execute(delete(WebSession).where(WebSession.id == _hashed(secret)))
    logout_user()
    session.clear()
    g.actor = None


def load(secret: str) -> Person | None:
    """Find who a browser's secret stands for; nobody when the session ended, idled or was taken away."""
    seen, clock = session.get(SEEN), installation().clock
    if seen is None or clock.now() - moment(seen) > IDLE:
        return None
    found = of_browser(reading(), _hashed(secret), clock=clock, ip=request.remote_addr or "")
    if found is None:
        return None
    actor, ends = found
    return Person(actor, secret) if clock.now() <= ends else None


def restore() -> None:
    """Say who sends this request (`g.actor`) and note that somebody is there; runs before every view."""
    g.actor = None
    g.actor = current_user.actor if current_user.is_authenticated else None
    if g.actor and request.endpoint not in QUIET:
        now, seen = g.actor.now(), session.get(SEEN)
        if seen is None or not dt.timedelta() <= now - moment(seen) < NOTED:
            session[SEEN] = stamp(now)


def sign_in_first() -> Response:
    """Lead to the sign-in page and back; a program that asks for data gets a refusal instead."""
    if request.method != "GET" or request.accept_mimetypes.best == "application/json":
        raise SignInFirst
    if SEEN in session:
        flash(
            _("You were signed out. What you typed and the program kept opens again after you sign in."),
            "note",
        )
        session.pop(SEEN)
    return redirect(url_for("session.log_in", next=request.full_path.rstrip("?")))


def way_back(target: str | None) -> str:
    """Give where to go after signing in: a page of this program, never another site."""
    wished = target or ""
    inside = wished.startswith("/") and not wished.startswith("//")
    harmless = wished.isprintable() and "\\" not in wished
    return wished if inside and harmless else url_for("home.show")


def install(app: Flask) -> None:
    """Give an application its sessions."""
    manager = LoginManager(app)
    manager.session_protection = None  # the row in the database is what ends a session
    manager.user_loader(load)
    manager.unauthorized_handler(sign_in_first)
    app.before_request(restore)


def _row(actor: Actor, secret: str, now: dt.datetime) -> WebSession:
    return WebSession(
        id=_hashed(secret), user_id=actor.user_id, opened_at=stamp(now), seen_at=stamp(now),
        ends_at=stamp(now + LONGEST), ip=actor.ip, data=actor.mark,
    )  # fmt: skip


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
