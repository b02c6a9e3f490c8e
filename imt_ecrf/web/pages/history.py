"""Histories: of an item, a form, a subject; as a page and as a data file with the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import check_trail, notes, trail
from imt_ecrf.conduct.views import Address
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_files import as_file
from imt_ecrf.web.trail_rows import leaf, rows
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("history", __name__, url_prefix="/subjects")
PAGE = 200
FORM = "/<subject>/<event>.<int(max=9999):repeat>/<form>.<int(max=9999):form_repeat>/history"


@blueprint.get("/<subject>/history")
@permit("see_trail")
def of_subject(subject: str) -> ResponseReturnValue:
    """Show every change of a subject, newest first."""
    lines = trail.of_subject(reading(), current_actor(), subject)
    page = leaf(lines, request.args.get("page", 1, int), PAGE)
    return render_template("history/of_subject.html", subject=subject, page=page)


@blueprint.get("/<subject>/history.<any(csv,json):kind>")
@permit("see_trail")
def of_subject_file(subject: str, kind: str) -> ResponseReturnValue:
    """Give every change of a subject as a file."""
    return as_file(trail.of_subject(reading(), current_actor(), subject), f"trail-{subject}", kind)


@blueprint.get(FORM)
@permit("see")
def of_form(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Show every change of a form, or of one item of it; `part=1` gives the list alone, for a drawer."""
    address, item = Address(subject, event, repeat, form, form_repeat), request.args.get("item")
    lines = trail.of_form(reading(), current_actor(), address, item)
    page = "history/part.html" if request.args.get("part") else "history/of_form.html"
    say = words(current_book())
    return render_template(
        page, address=address, item=item, rows=rows(lines)[::-1], place=say.place(*address[1:]),
        question=say.question(item) if item else "", say=say,
        spoken=check_trail.spoken(reading(), current_actor(), address, item)[::-1],
        notes=_notes(address, item), form_address=form_url(address),
    )  # fmt: skip


def _notes(address: Address, item: str | None) -> list[notes.Note]:
    """List the notes beside a form, or beside one item of it."""
    found = notes.notes_of(reading(), current_actor(), address)
    return [one for one in found if item in {None, one.path}]


@blueprint.get(f"{FORM}.<any(csv,json):kind>")
@permit("see")
def of_form_file(  # noqa: PLR0917 - the parts of the address
    subject: str, event: str, repeat: int, form: str, form_repeat: int, kind: str
) -> ResponseReturnValue:
    """Give every change of a form (or of one item) as a file."""
    address = Address(subject, event, repeat, form, form_repeat)
    lines = trail.of_form(reading(), current_actor(), address, request.args.get("item"))
    return as_file(lines, f"trail-{subject}-{event}.{repeat}-{form}.{form_repeat}", kind)
