"""The work list: what waits for this person, the most harmful first; the home of every role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from imt_ecrf.web.guard import permit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show what waits."""
    return render_template("home/show.html")
