"""Casebooks: who has which state of signature, making one, watching it being made, taking it away."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, send_file, url_for
from sqlalchemy import select

from imt_ecrf import jobs
from imt_ecrf.conduct import runtime, subjects
from imt_ecrf.conduct.standing import standings
from imt_ecrf.reporting import keep
from imt_ecrf.store.tables import Job
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import LANGUAGES, current
from imt_ecrf.web.states import subject_word

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("casebooks", __name__)
PDF: Final = "application/pdf"
MAKING: Final = 202
FAILED: Final = 503


@blueprint.get("/casebooks")
@permit("download_casebook")
def listing() -> ResponseReturnValue:
    """List the subjects with the state of their signatures."""
    actor = current_actor()
    people = [
        one
        for one in subjects.list_subjects(reading(), actor)
        if actor.may_act("download_casebook", one.site)
    ]
    found = standings(reading(), actor)
    return render_template("casebooks/listing.html", people=people, standings=found, word=subject_word)


@blueprint.get("/subjects/<subject>/casebook.pdf")
@permit("download_casebook")
def show(subject: str) -> ResponseReturnValue:
    """Give the casebook when it is ready; else ask for it and show how far it is."""
    language, house = _language(), house_of()
    file = keep.ready(reading(), current_actor(), house, subject, language)
    if file is None:
        return _progress(subject, language)
    with writing() as session:
        pdf = keep.hand_out(session, current_actor(), house, subject, file)
    name = file.path.rsplit("/", 1)[-1].partition("-")[2]
    return send_file(io.BytesIO(pdf), mimetype=PDF, as_attachment="save" in request.args, download_name=name)


@blueprint.get("/subjects/<subject>/casebook.json")
@permit("download_casebook")
def state(subject: str) -> ResponseReturnValue:
    """Say how far a casebook is, for the page that waits."""
    job = _newest(subject, _language())
    if job is None:
        return jsonify(state="none", done=0, total=0, step="")
    return jsonify(state=job.state, done=job.done, total=job.total, step=job.step)


@blueprint.post("/subjects/<subject>/casebook")
@permit("download_casebook")
def make(subject: str) -> ResponseReturnValue:
    """Ask for a casebook again, after one that failed."""
    _ask(subject, _language())
    return redirect(url_for("casebooks.show", subject=subject, language=_language()))


def house_of() -> keep.House:
    """Give the installation as paper needs it."""
    here = installation()
    return keep.House(here.engines, here.settings.data, here.settings.kind == "demo")


def _progress(subject: str, language: str) -> ResponseReturnValue:
    job = _newest(subject, language)
    if job is None or job.state == jobs.DONE:
        job = _ask(subject, language)
    failed = job.state == jobs.FAILED
    page = render_template(
        "casebooks/progress.html", subject=subject, job=job, language_of=language, failed=failed
    )
    return page, FAILED if failed else MAKING


def _ask(subject: str, language: str) -> Job:
    with writing() as session:
        job = jobs.ask_casebook(session, current_actor(), subject, language)
        session.flush()
        session.expunge(job)
    jobs.wake(installation().settings)
    return job


def _newest(subject: str, language: str) -> Job | None:
    actor = current_actor()
    row = runtime.find_subject(reading(), actor, subject)
    wanted: dict[str, Any] = {"language": language, "subject": row.code, "user": actor.user_id}
    found = select(Job).where(Job.kind == keep.KIND, Job.wanted == json.dumps(wanted, sort_keys=True))
    return reading().scalars(found.order_by(Job.asked_at.desc(), Job.id.desc()).limit(1)).first()


def _language() -> str:
    asked = request.values.get("language", "")
    return asked if asked in LANGUAGES else current()
