"""The study itself: its published versions, its visits and forms, and blank forms to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from sqlalchemy import select

from imt_ecrf.conduct import studies
from imt_ecrf.store.tables import StudyVersion
from imt_ecrf.web.db import reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("study", __name__, url_prefix="/study")


@blueprint.get("")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show the versions published so far, and the plan of visits of the one in force."""
    columns = (
        StudyVersion.name,
        StudyVersion.fingerprint,
        StudyVersion.published_at,
        StudyVersion.published_by,
    )
    versions = reading().execute(select(*columns).order_by(StudyVersion.seq.desc())).all()
    return render_template(
        "study/show.html", book=current_book(), versions=versions, tests=studies.tests_of(reading())
    )
