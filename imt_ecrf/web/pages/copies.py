"""Many casebooks at once and a site's own copy: asking, watching, cancelling, taking away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, redirect, render_template, request, send_file, url_for

from imt_ecrf import jobs
from imt_ecrf.conduct import events
from imt_ecrf.jobs.bundle import bundle_of
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.reporting import keep
from imt_ecrf.store.tables import Job
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.pages.casebooks import asked_options, house_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("copies", __name__, url_prefix="/copies")


@blueprint.post("")
@permit("download_casebook")
def ask() -> ResponseReturnValue:
    """Ask for the casebooks of a site, of all sites one may see, or of the subjects ticked."""
    options, with_data = asked_options(), "data" in request.form
    with writing() as session:
        actor, chosen = current_actor(), request.form.getlist("subject")
        site = None if chosen else request.form.get("site") or None
        asked = jobs.ask_bulk(session, actor, options, site=site, chosen=chosen, with_data=with_data)
        job = asked.id
    jobs.wake(installation().settings)
    return redirect(url_for("copies.watch", job=job))


@blueprint.get("/<job>")
@permit("download_casebook")
def watch(job: str) -> ResponseReturnValue:
    """Show how far it is, and the file when it is there."""
    return render_template("casebooks/copies.html", job=_own(job))


@blueprint.get("/<job>/state.json")
@permit("download_casebook")
def state(job: str) -> ResponseReturnValue:
    """Say how far it is, for the page that waits."""
    own = _own(job)
    ended = own.state in {jobs.CANCELLED, jobs.FAILED}
    return jsonify(state=jobs.FAILED if ended else own.state, done=own.done, total=own.total, step=own.step)


@blueprint.post("/<job>/cancel")
@permit("download_casebook")
def cancel(job: str) -> ResponseReturnValue:
    """Take the wish back; what was made so far is found when it is asked for again."""
    with writing() as session:
        jobs.cancel(session, current_actor(), job)
    return redirect(url_for("copies.watch", job=job))


@blueprint.get("/<job>/file")
@permit("download_casebook")
def file(job: str) -> ResponseReturnValue:
    """Give the file to the person who asked for it, and log it."""
    own, actor, house = _own(job), current_actor(), house_of()
    wanted: dict[str, Any] = json.loads(own.wanted)
    with writing() as session:
        jobs.bulk_codes(session, actor, None, wanted["subjects"])  # whoever is in it one may take now
        found = bundle_of(session, actor, own.file_id or "")
        if found is None:
            raise NotFound
        if not keep.whole(house, found):
            keep.damaged(session, actor, house, found, site=wanted["site"])
            events.remember(session)
            raise keep.KeptFileDamaged
        path, sha256 = house.data / found.path, found.sha256
        facts = {"sha256": sha256, "subjects": len(wanted["subjects"]), "data": wanted["data"]}
        events.log(session, actor, "casebook.download", details=facts, site=wanted["site"])
    return send_file(path, as_attachment=True, download_name=path.name.partition("-")[2])


def _own(job_id: str) -> Job:
    job = reading().get(Job, job_id)
    if job is None or job.asked_by != current_actor().username or job.kind != "bulk":
        raise NotFound
    return job
