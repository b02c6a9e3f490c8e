"""Whether the program answers and reaches its database, for the machine that watches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify
from sqlalchemy import text

from imt_ecrf import __version__
from imt_ecrf.web.db import reading
from imt_ecrf.web.guard import permit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@permit("anyone")
def show() -> ResponseReturnValue:
    """Answer `ok` when a question to the database is answered."""
    reading().execute(text("SELECT 1"))
    return jsonify(status="ok", version=__version__)
