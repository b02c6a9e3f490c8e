"""Blank forms to print: of one form, or of every form of a visit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, send_file

from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.reporting.blank import blank
from imt_ecrf.reporting.options import LANGUAGES
from imt_ecrf.reporting.paper import both
from imt_ecrf.web.db import current_actor
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.study.book import Book

blueprint = Blueprint("blanks", __name__, url_prefix="/blank")


@blueprint.get("")
@permit("see_subjects")
def listing() -> ResponseReturnValue:
    """List the visits and their forms, each to be printed empty."""
    book = current_book()
    visits = [(event, list(_seen(book, event.oid))) for event in book.version.events]
    return render_template("blanks/listing.html", visits=visits, forms=book.forms)


@blueprint.get("/<event>.pdf")
@permit("see_subjects")
def show(event: str) -> ResponseReturnValue:
    """Give the blank forms of a visit (`?form=` for one of them, `?annotated=1` for data builders) as PDF."""
    book, form = current_book(), request.args.get("form")
    if event not in book.events:
        raise NotFound
    forms = [one for one in _seen(book, event) if form in (None, one)]
    if not forms:
        raise NotFound
    asked = request.args.get("language", current())
    language = asked if asked in LANGUAGES else "en"
    annotated = "annotated" in request.args
    pdf = blank(book, forms, language, both(book.events[event].name), annotated=annotated)
    kind = "acrf" if annotated else "blank"
    name = f"{kind}-{(form or event).lower().replace('_', '-')}-{language}.pdf"
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=name)


def _seen(book: Book, event: str) -> list[str]:
    """Name the forms of a visit that this person may see at one of the own sites."""
    actor = current_actor()
    sites = actor.sites()
    held = [""] if sites is None else sorted(sites)
    refs = book.events[event].forms
    return [ref.form for ref in refs if any(actor.sees(book, ref.form, site) for site in held)]
