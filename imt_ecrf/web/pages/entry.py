"""What a form's page does besides saving: preview, draft, not done, complete, open again, strike out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, jsonify, redirect, request

from imt_ecrf.conduct import drafts, entry
from imt_ecrf.conduct.refused import NotComplete
from imt_ecrf.conduct.views import Address
from imt_ecrf.study.wording import said
from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url, log_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.entry import kept
from imt_ecrf.web.entry.boxes import differing, echoes
from imt_ecrf.web.entry.posted import Posted, VersionUnknown, had, read
from imt_ecrf.web.entry.rules_page import messages
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Drawing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import FormRecord

blueprint = Blueprint("entry", __name__, url_prefix="/subjects")
MOST = 999_999_999
FORM = "/<subject>/<event>.<int(max=9999):repeat>/<form>.<int(max=9999):form_repeat>"


@blueprint.post(f"{FORM}/preview")
@permit("enter")
def preview(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Say what the rules make of the answers typed so far; nothing is stored."""
    address = Address(subject, event, repeat, form, form_repeat)
    record, posted = _posted(address)
    judged = entry.preview(reading(), current_actor(), address, posted.answers)
    return jsonify(_picture(record, judged, posted))


@blueprint.post(f"{FORM}/draft")
@permit("enter")
def keep(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Keep what was typed, for its author only; `drop` forgets it."""
    address = Address(subject, event, repeat, form, form_repeat)
    record, posted = _posted(address)
    if request.form.get("draft") == "drop":
        with writing() as session:
            drafts.drop(session, current_actor(), address)
        flash(_("What you typed and had not saved was dropped."), "note")
        return redirect(form_url(address))
    if posted.strange:
        raise VersionUnknown
    drawn = sheet(record.book, form, current())
    fresh = differing(drawn, posted.answers, record.cells, current())
    if not fresh:
        return jsonify(kept=_forget(address), text="")
    typed = {path: one for path, one in posted.answers.items() if not one.blank or path in record.cells}
    with writing() as session:
        at = kept.keep(session, current_actor(), address, typed, posted.version)
    said = ngettext(
        "%(num)s answer typed, kept %(when)s, not saved yet",
        "%(num)s answers typed, kept %(when)s, not saved yet",
        len(fresh),
        when=dates.clock(at),
    )
    return jsonify(kept=dates.clock(at), text=said)


def _forget(address: Address) -> str:
    with writing() as session:
        drafts.drop(session, current_actor(), address)
    return ""


@blueprint.post(f"{FORM}/not-done")
@permit("finish")
def not_done(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Record a whole form as not done, with its reason, in one action."""
    address = Address(subject, event, repeat, form, form_repeat)
    with writing() as session:
        entry.not_done(session, current_actor(), address, request.form.get("reason", ""), _version())
    flash(_("The form is recorded as not done."), "note")
    return redirect(form_url(address))


@blueprint.post(f"{FORM}/complete")
@permit("finish")
def complete(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Complete a form: what is unusual or owed is confirmed with a comment, or left to become queries."""
    address = Address(subject, event, repeat, form, form_repeat)
    comment = said(request.form.get("comment", ""))
    try:
        with writing() as session:
            leave = request.form.get("leave") == "yes"
            comments = {"*": comment} if comment and not leave else {}
            entry.complete_form(session, current_actor(), address, _version() or 0, comments, leave=leave)
    except NotComplete:
        flash(_("Not complete yet: see what is still to settle."), "ask")
        return redirect(form_url(address))
    flash(_("The form is complete."), "note")
    return redirect(form_url(address))


@blueprint.post(f"{FORM}/reopen")
@permit("finish")
def reopen(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Open a complete form, or one recorded as not done, for entry again."""
    address = Address(subject, event, repeat, form, form_repeat)
    with writing() as session:
        entry.reopen(session, current_actor(), address, request.form.get("reason", ""))
    flash(_("The form is open again."), "note")
    return redirect(form_url(address))


@blueprint.post(f"{FORM}/strike")
@permit("finish")
def strike(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Strike out a line of a log, or a row of a table; it stays, with its reason."""
    address = Address(subject, event, repeat, form, form_repeat)
    group, row, reason = (request.form.get(name, "") for name in ("group", "row", "reason"))
    with writing() as session:
        if group:
            entry.strike_row(session, current_actor(), address, group, row, reason, _version())
        else:
            entry.strike_line(session, current_actor(), address, reason, _version())
    flash(_("Struck out; it stays visible with its reason."), "note")
    return redirect(form_url(address) if group else log_url(subject, form))


def _version() -> int | None:
    """Read the version the page was built from; None where it says none, VersionUnknown for what is none."""
    given = request.form.get("version")
    if not had(given, MOST):
        raise VersionUnknown
    return None if given is None else int(given)


def _posted(address: Address) -> tuple[FormRecord, Posted]:
    record = entry.open_form(reading(), current_actor(), address)
    return record, read(request.form, sheet(record.book, address.form, current()), record, current())


def _picture(record: FormRecord, judged: Judged, posted: Posted) -> dict[str, Any]:
    """Give what the page's script shows: hidden paths, derived words, messages by path."""
    drawn = sheet(record.book, record.address.form, current())
    drawing = Drawing(record, drawn, current())
    derived = {}
    for path, cell in judged.derived.items():
        control = drawn.controls[path.rsplit(".", 1)[-1]]
        raw = cell.get("v", "") if cell else ""
        derived[path] = {"text": drawing.words(control, cell or {}), "value": raw}
    return {
        "hidden": sorted(judged.hidden), "derived": derived,
        "messages": messages(record.book, judged.findings, current()),
        "echoes": echoes(drawn, posted.answers, current()),
    }  # fmt: skip
