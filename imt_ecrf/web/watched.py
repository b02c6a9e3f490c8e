"""What an inspector reads is written down: each page that was given, once it was given; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import g, request

from imt_ecrf.conduct import inspectors
from imt_ecrf.conduct.views import Address
from imt_ecrf.web.db import writing
from imt_ecrf.web.guard import FILES
from imt_ecrf.web.session import QUIET

if TYPE_CHECKING:
    from flask import Flask, Response

GIVEN: Final = 300
PLACE: Final = ("subject", "event", "repeat", "form", "form_repeat")


def watch(response: Response) -> Response:
    """Write down a page or a file that was given to an inspector."""
    actor = g.get("actor")
    read = request.method == "GET" and response.status_code < GIVEN
    quiet = request.endpoint is None or request.endpoint in {*FILES, *QUIET}
    if actor is not None and read and not quiet and inspectors.watched(actor):
        names: dict[str, Any] = request.view_args or {}
        address = Address(*(names[part] for part in PLACE)) if names.keys() >= set(PLACE) else None
        with writing() as session:
            inspectors.note(session, actor, request.full_path.rstrip("?"), names.get("subject"), address)
    return response


def install(app: Flask) -> None:
    """Watch every answer of an application."""
    app.after_request(watch)
