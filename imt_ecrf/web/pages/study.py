"""The study itself: its published versions, its plan of visits, and a draft tried on the data kept so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, stream_template
from sqlalchemy import select

from imt_ecrf import rooms, store
from imt_ecrf.conduct import rehearsal, studies
from imt_ecrf.conduct.runtime import Study
from imt_ecrf.store.tables import StudyVersion
from imt_ecrf.study.loader import load, publish, read
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.rehearsal import Rehearsed

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


@blueprint.get("/dry-run")
@permit("rehearse")
def dry_run() -> ResponseReturnValue:
    """Say what a dry run is, and which draft would be tried."""
    version, mistakes = load(rooms.forms())
    return render_template("study/dry_run.html", version=version, mistakes=mistakes, book=current_book())


@blueprint.get("/dry-run/result")
@permit("rehearse")
def dry_run_result() -> ResponseReturnValue:
    """Try the draft child by child; the page grows as it goes, and whoever leaves it stops the run."""
    version, mistakes = load(rooms.forms())
    if mistakes:
        return render_template("study/dry_run.html", version=version, mistakes=mistakes, book=current_book())
    draft, actor = Study(read(publish(version))), current_actor()
    codes = rehearsal.children(reading(), actor)
    found: list[Rehearsed] = []
    return stream_template(
        "study/dry_run_result.html",
        version=version,
        book=draft.book,
        total=len(codes),
        children=_tried(actor, draft, codes, found),
        found=found,
        summed=rehearsal.summed,
    ), {"X-Accel-Buffering": "no"}


def _tried(actor: Actor, draft: Study, codes: list[str], found: list[Rehearsed]) -> Iterator[Rehearsed]:
    for code in codes:
        # a session each: what was read of one child is let go before the next
        with store.reading(installation().engines) as session:
            one = rehearsal.rehearse(session, actor, draft, code)
        found.append(one)
        yield one
