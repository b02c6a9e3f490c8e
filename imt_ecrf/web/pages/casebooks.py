"""Casebooks: who has which state of signature, making one, watching it being made, taking it away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, send_file, url_for
from sqlalchemy import select

from imt_ecrf import jobs
from imt_ecrf.conduct import runtime, subjects
from imt_ecrf.conduct.standing import standings
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.options import LANGUAGES as PAPER_LANGUAGES
from imt_ecrf.reporting.options import Options
from imt_ecrf.store.tables import Job
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.states import subject_word

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("casebooks", __name__)
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
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
    sites = sorted({one.site for one in people})
    return render_template(
        "casebooks/listing.html",
        people=people,
        standings=found,
        word=subject_word,
        sites=sites,
        countersigns=[site for site in sites if actor.may_act("countersign", site)],
    )


@blueprint.get("/subjects/<subject>/casebook.pdf")
@permit("download_casebook")
def show(subject: str) -> ResponseReturnValue:
    """Give the casebook when it is ready; else ask for it and show how far it is."""
    options, house = asked_options(), house_of()
    file = keep.ready(reading(), current_actor(), house, subject, options)
    if file is None:
        return _progress(subject, options)
    with writing() as session:
        data = keep.hand_out(session, current_actor(), house, subject, file)
    name = file.path.rsplit("/", 1)[-1].partition("-")[2]
    kind = PDF if name.endswith(".pdf") else ZIP
    return send_file(
        io.BytesIO(data), mimetype=kind, as_attachment="save" in request.args, download_name=name
    )


@blueprint.get("/subjects/<subject>/casebook.json")
@permit("download_casebook")
def state(subject: str) -> ResponseReturnValue:
    """Say how far a casebook is, for the page that waits."""
    job = _newest(subject, asked_options())
    if job is None:
        return jsonify(state="none", done=0, total=0, step="")
    return jsonify(state=job.state, done=job.done, total=job.total, step=job.step)


@blueprint.post("/subjects/<subject>/casebook")
@permit("download_casebook")
def make(subject: str) -> ResponseReturnValue:
    """Ask for a casebook again, after one that failed."""
    options = asked_options()
    _ask(subject, options)
    return redirect(_address(subject, options))


def house_of() -> keep.House:
    """Give the installation as paper needs it."""
    here = installation()
    return jobs.house_of(here.engines, here.settings)


def _progress(subject: str, options: Options) -> ResponseReturnValue:
    job = _newest(subject, options)
    if job is None or job.state == jobs.DONE:
        job = _ask(subject, options)
    failed = job.state == jobs.FAILED
    page = render_template(
        "casebooks/progress.html", subject=subject, job=job, query=_query(options), failed=failed
    )
    return page, FAILED if failed else MAKING


def _ask(subject: str, options: Options) -> Job:
    with writing() as session:
        job = jobs.ask_casebook(session, current_actor(), subject, options)
        session.flush()
        session.expunge(job)
    jobs.wake(installation().settings)
    return job


def _newest(subject: str, options: Options) -> Job | None:
    actor = current_actor()
    row = runtime.find_subject(reading(), actor, subject)
    found = select(Job).where(Job.kind == keep.KIND, Job.wanted == jobs.wish(actor, row.code, options))
    return reading().scalars(found.order_by(Job.asked_at.desc(), Job.id.desc()).limit(1)).first()


def asked_options() -> Options:
    """Read which casebook is wanted; what is not known falls back to the page's language and the archive."""
    asked, profile = request.values.get("language", ""), request.values.get("profile", "")
    return Options(
        asked if asked in PAPER_LANGUAGES else current(),
        "submission" if profile == "submission" else "archive",
        signed_only="signed" in request.values,
        history="plain" not in request.values,
    )


def _address(subject: str, options: Options) -> str:
    wanted: dict[str, Any] = {"subject": subject, **_query(options)}
    return url_for("casebooks.show", **wanted)


def _query(options: Options) -> dict[str, str]:
    """Give the address of a choice."""
    query = {"language": options.language, "profile": options.profile}
    query |= {"signed": "1"} if options.signed_only else {}
    return query | ({} if options.history else {"plain": "1"})
