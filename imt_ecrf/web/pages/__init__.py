"""Every page of the program: one module a blueprint, one template a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.web.pages import account, guide, health, home, session

if TYPE_CHECKING:
    from flask import Flask

BLUEPRINTS = (
    health.blueprint,
    session.blueprint,
    account.blueprint,
    guide.blueprint,
    home.blueprint,
)


def install(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
