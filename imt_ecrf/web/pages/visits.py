"""Visits, forms and logs on the screen: opened, saved, completed; the acts themselves live in `conduct`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask_wtf.csrf import CSRFError

from imt_ecrf.conduct import entry, queries, seen, visits
from imt_ecrf.conduct.refused import NotComplete
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import errors
from imt_ecrf.web.addresses import form_url, visit_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.entry.again import again
from imt_ecrf.web.entry.frame import draw_page
from imt_ecrf.web.entry.log_page import log_page
from imt_ecrf.web.entry.page import entries, form_page, rail
from imt_ecrf.web.entry.posted import VersionUnknown, read, unsaid
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.session import SignInFirst
from imt_ecrf.web.study import current_book
from imt_ecrf.web.subject_page import log_rows, visit_name

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.views import FormRecord
    from imt_ecrf.web.entry.posted import Posted

blueprint = Blueprint("visits", __name__, url_prefix="/subjects")
FORM = "/<subject>/<event>.<int(max=9999):repeat>/<form>.<int(max=9999):form_repeat>"


@blueprint.get("/<subject>/<event>.<int(max=9999):repeat>")
@permit("see_subjects")
def show_event(subject: str, event: str, repeat: int) -> ResponseReturnValue:
    """Show a visit: its window, its forms and their states."""
    actor = current_actor()
    events = visits.events_of(reading(), actor, subject)
    found = next((one for one in events if (one.oid, one.repeat) == (event, repeat)), None)
    if found is None:
        raise NotFound
    here, book = Address(subject, event, repeat, ""), current_book()
    may = {act: actor.may_act(act) for act in ("miss_event", "open_event", "ask_query")}
    return render_template(
        "visit/event.html", subject=subject, event=found, name=visit_name(found), may=may,
        rail_of=rail(book, events, here), asked=queries.of_visit(reading(), actor, here),
        forms=list(zip(entries(book, found, here), found.forms, strict=True)),
        logs=log_rows(book, subject, found) if book.events[event].kind == "common" else None,
    )  # fmt: skip


@blueprint.get("/<subject>/logs/<form>")
@permit("see")
def show_log(subject: str, form: str) -> ResponseReturnValue:
    """Show a log as a table, one line a record; the address chooses order and filter."""
    page = log_page(reading(), current_actor(), subject, form, request.args.to_dict())
    return render_template("visit/log.html", **page)


@blueprint.get(FORM)
@permit("see")
def show_form(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Show a form to fill or to read; `?draft=take` puts what was typed before into the boxes."""
    address = Address(subject, event, repeat, form, form_repeat)
    page = form_page(reading(), current_actor(), address)
    if request.args.get("draft") == "take" and (draft := page["draft"]):
        page = form_page(reading(), current_actor(), address, typed=draft.answers, version=draft.base_version)
    return draw_page({**page, "to_sign": _see(page["record"])})


@blueprint.post(FORM)
@permit("enter")
def save(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Save what was typed; what cannot be kept comes back with the typed text still in the boxes."""
    address = Address(subject, event, repeat, form, form_repeat)
    actor = current_actor()
    record = entry.open_form(reading(), actor, address)
    posted = read(request.form, sheet(record.book, form, current()), record, current())
    if posted.strange:
        return again(reading(), actor, address, posted, VersionUnknown())
    if unsaid(posted):
        flash(_("Not confirmed: write beside the value why it is right."), "ask")
    try:
        with writing() as session:
            saved = entry.save_form(
                session, actor, address, posted.answers, posted.reasons, posted.version,
                confirmed_clear=posted.clear, comments=posted.comments, save_number=posted.save_number,
            )  # fmt: skip
            _answer(session, posted)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return again(reading(), actor, address, posted, refused)
    idle = saved.version == posted.version and not posted.comments
    flash(_saved_words(posted, idle=idle), "note")
    _tell_void(len(saved.voided))
    if posted.act == "complete":
        return _complete(address, saved.version)
    if posted.replies and not posted.answers_query:
        flash(_("Your answer to the query is typed but not sent yet."), "ask")
        return draw_page(form_page(reading(), actor, address, replies=posted.replies))
    return redirect(_onward(address) if posted.act == "next" else form_url(address, _item_of(posted)))


def _answer(session: Session, posted: Posted) -> None:
    """Answer the query whose button was pressed, in the transaction of the save: the change goes with it."""
    query = posted.answers_query
    if query:
        queries.answer(
            session, current_actor(), query, posted.replies.get(query, ""), posted.seen.get(query, 0)
        )


def _tell_void(count: int) -> None:
    """Say to who saved that signatures became void by it: the signer may have signed a moment before."""
    if count:
        flash(
            ngettext(
                "%(num)d signature became void by this change; it is asked for again.",
                "%(num)d signatures became void by this change; they are asked for again.",
                count,
            ),
            "ask",
        )


def _saved_words(posted: Posted, *, idle: bool) -> str:
    if posted.answers_query:
        return _("The query is answered; the value stays.") if idle else _("Saved; the query is answered.")
    return _("Nothing had changed.") if idle else _("Saved.")


def _item_of(posted: Posted) -> str:
    """Name the question whose query was answered, to come back to it."""
    if not posted.answers_query:
        return ""
    return queries.one(reading(), current_actor(), posted.answers_query).path


@blueprint.errorhandler(SignInFirst)
def signed_out(refused: SignInFirst) -> ResponseReturnValue:
    """Hold what was sent after the session had ended, to be sent again after signing in."""
    if request.method != "POST" or request.accept_mimetypes.best == "application/json":
        return errors.refused(refused)
    kept = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return render_template("visit/signed_out.html", kept=kept), refused.status


@blueprint.errorhandler(CSRFError)
def token_gone(problem: CSRFError) -> ResponseReturnValue:
    """Give the form again when its page was opened before the person signed in anew; nothing is saved."""
    if request.endpoint != "visits.save":
        return errors.forged(problem)
    names = request.view_args or {}
    address = Address(*(names[name] for name in ("subject", "event", "repeat", "form", "form_repeat")))
    actor = current_actor()
    record = entry.open_form(reading(), actor, address)
    posted = read(request.form, sheet(record.book, address.form, current()), record, current())
    page = form_page(
        reading(), actor, address, typed=posted.answers, posted=posted,
        refused=_("This page was open too long. Look at what you typed and save it again."),
    )  # fmt: skip
    return render_template("visit/form.html", **page), 400


def _see(record: FormRecord) -> bool:
    """Note that somebody who may sign this form looked at it as it stands, and tell whether it waits."""
    if not record.may_sign or record.state not in seen.SIGNABLE or record.id is None:
        return False
    if seen.unseen(reading(), current_actor(), [(record.id, record.version)]):
        with writing() as session:
            seen.see(session, current_actor(), record.address, record.version)
    return not any(
        one.state == "valid" and one.username == current_actor().username for one in record.signatures
    )


def _onward(address: Address) -> str:
    following = entry.next_incomplete(reading(), current_actor(), address)
    if following is not None:
        return form_url(following)
    flash(_("Every form of this visit that is expected of you is complete."), "note")
    return visit_url(address.subject, address.event, address.event_repeat)


def _complete(address: Address, version: int) -> ResponseReturnValue:
    try:
        with writing() as session:
            entry.complete_form(session, current_actor(), address, version)
    except NotComplete:
        flash(_("Saved, but not complete yet: see what is still to settle."), "ask")
        return redirect(form_url(address))
    flash(_("The form is complete."), "note")
    return redirect(_onward(address))
