"""The register of signatures, valid and void."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from imt_ecrf.conduct.register import register
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.study import current_book
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("signatures", __name__)
PAGE = 100


@blueprint.get("/signatures")
@permit("see_course")
def listing() -> ResponseReturnValue:
    """List every signature a person may see, newest first."""
    number = max(request.args.get("page", 1, int), 1)
    found, total = register(reading(), current_actor(), first=(number - 1) * PAGE, count=PAGE)
    last = max(1, -(-total // PAGE))
    say = words(current_book())
    return render_template(
        "signatures/listing.html", entries=found, total=total, number=number, last=last, say=say
    )
