"""The web application's table of contents: settings in, application out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from imt_ecrf import rooms, store
from imt_ecrf.conduct.actor import ServerClock
from imt_ecrf.web import (
    bodies,
    errors,
    files,
    guard,
    headers,
    language,
    packed,
    pages,
    session,
    shell,
    watched,
)
from imt_ecrf.web.db import EXTENSION, Installation, db
from imt_ecrf.web.pieces import Templates

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Clock
    from imt_ecrf.config import Settings

BODY_LIMIT = 1_000_000


def create_app(settings: Settings, *, clock: Clock | None = None, **config: Any) -> Flask:
    """Make the application of one installation; `config` overrides Flask's own keys, for tests."""
    app = Flask(__name__, template_folder=str(rooms.templates()))
    app.config.update(configuration(settings), **config)
    app.jinja_environment = Templates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = Installation(
        settings, store.engines(settings.database_url), clock or ServerClock()
    )
    db.init_app(app)
    Bootstrap5(app)
    headers.install(app)
    session.install(app)
    bodies.install(app)
    app.before_request(guard.enforce)
    CSRFProtect(app)
    language.install(app)
    shell.install(app)
    files.install(app)
    packed.install(app)
    errors.install(app)
    watched.install(app)
    pages.install(app)
    guard.check(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """Give Flask's own settings for an installation."""
    secure = (settings.public_url or "").startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key(),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "MAX_CONTENT_LENGTH": BODY_LIMIT,
        "MAX_FORM_MEMORY_SIZE": BODY_LIMIT,
        "MAX_FORM_PARTS": 20_000,
        "SESSION_COOKIE_NAME": "__Host-imt-ecrf" if secure else "imt-ecrf",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "SEND_FILE_MAX_AGE_DEFAULT": dt.timedelta(days=1),
        "WTF_CSRF_TIME_LIMIT": None,  # a form may be open for hours; the token ends with the session
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": settings.language,
        "BABEL_DEFAULT_TIMEZONE": "UTC",
    }
