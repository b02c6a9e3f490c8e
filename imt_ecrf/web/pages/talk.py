"""What is said about a form or a visit: queries raised where they are seen, notes that ask nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import entry, notes, queries
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import query_rows
from imt_ecrf.web.addresses import form_url, visit_url
from imt_ecrf.web.db import current_actor, installation, reading, writing
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.views import FormRecord

blueprint = Blueprint("talk", __name__, url_prefix="/subjects")
VISIT = "/<subject>/<event>.<int(max=9999):repeat>"
FORM = f"{VISIT}/<form>.<int(max=9999):form_repeat>/talk"


@blueprint.get(FORM)
@permit("see")
def show(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Show all queries and notes of a form, and ask or write about it or one of its items."""
    return _page(Address(subject, event, repeat, form, form_repeat), request.args.get("item", ""))


@blueprint.post(f"{FORM}/ask")
@permit("ask_query")
def ask(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Raise a query on a form, a line of a log, or one of its items."""
    address, path = Address(subject, event, repeat, form, form_repeat), request.form.get("path", "")
    return _said(address, queries.ask, path, _("The query is asked."))


@blueprint.post(f"{FORM}/note")
@permit("write_note")
def note(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Write a note beside a form or one of its items."""
    address, path = Address(subject, event, repeat, form, form_repeat), request.form.get("path", "")
    return _said(address, notes.write, path, _("The note is written."))


@blueprint.post(f"{VISIT}/ask")
@permit("ask_query")
def ask_visit(subject: str, event: str, repeat: int) -> ResponseReturnValue:
    """Raise a query on a visit as a whole."""
    there = visit_url(subject, event, repeat)
    try:
        with writing() as session:
            queries.ask(
                session, current_actor(), Address(subject, event, repeat, "", 0), request.form.get("text", "")
            )
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        flash(refused.text(current()), "stop")
        return redirect(there)
    flash(_("The query is asked."), "note")
    return redirect(there)


def _said(address: Address, act: Any, path: str, done: str) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        with writing() as session:
            act(session, current_actor(), address, text, path)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(address, path, refused.text(current()), text), refused.status
    flash(done, "note")
    return redirect(_here(address, path))


def _here(address: Address, path: str) -> str:
    return url_for(
        "talk.show", subject=address.subject, event=address.event, repeat=address.event_repeat,
        form=address.form, form_repeat=address.form_repeat, item=path or None,
    )  # fmt: skip


def _page(address: Address, path: str, problem: str = "", text: str = "") -> str:
    actor = current_actor()
    record = entry.open_form(reading(), actor, address)
    say, site = words(record.book), record.subject.site
    found = queries.queries_of(reading(), actor, address)
    shown = [(one, query_rows.steps(one, current())) for one in found]
    return render_template(
        "talk/show.html", address=address, record=record, path=path, problem=problem, text=text, say=say,
        title=say.place(*address[1:]), back=form_url(address, path), queries=shown,
        form_address=form_url(address),
        notes=notes.beside(reading(), record.id), now=installation().clock.now(), choices=_choices(record),
        may={act: bool(record.version) and actor.may_act(act, site) for act in ("ask_query", "write_note")},
        tried=request.endpoint,
    )  # fmt: skip


def _choices(record: FormRecord) -> list[tuple[str, str]]:
    """List what may be spoken of: every question of the page that holds or may hold an answer."""
    say, drawn = words(record.book), sheet(record.book, record.address.form, current())
    found: dict[str, str] = {}
    for group in drawn.groups:
        rows = sorted({path.split(".")[1] for path in record.cells if path.startswith(f"{group.oid}.")})
        fixed = [row.key for row in record.book.groups[group.oid][1].rows]
        keys = [""] if group.layout == "items" else (fixed or rows)
        for key in keys:
            if key:
                found[f"{group.oid}.{key}"] = say.question(f"{group.oid}.{key}")
            for control in group.controls:
                path = f"{group.oid}.{key}.{control.oid}" if key else control.oid
                found[path] = say.question(path)
    return list(found.items())
