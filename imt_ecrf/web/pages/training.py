"""Training: a person reads and confirms the guideline of a role; who has done so is listed and exported."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import training
from imt_ecrf.conduct.training import Acknowledged
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store.tables import stamp
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.not_permitted import role_names
from imt_ecrf.web.pages.guide import CHAPTERS
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_files import table_file

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("training", __name__, url_prefix="/training")
CHAPTER_OF = {
    **dict.fromkeys(("CRC", "PHARM"), "coordinator"),
    **dict.fromkeys(("PI", "SUBI"), "investigator"),
    **dict.fromkeys(("CPATH", "CREAD", "LABM", "SAFE"), "own-forms"),
    **dict.fromkeys(("DM", "CODER"), "data-manager"),
    **dict.fromkeys(("STAT", "SPON"), "sponsor"),
    **dict.fromkeys(("CRA", "MEDMON"), "monitor"),
    "AUD": "auditor",
    "ADMIN": "administrator",
}
"""The chapter of the guide that a role reads."""


@blueprint.get("")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show a person's own roles: what is to be read, what changed, what was confirmed when."""
    return _page()


@blueprint.post("/<role>")
@permit("signed_in")
def acknowledge(role: str) -> ResponseReturnValue:
    """Put on record that this person read the guideline of a role."""
    form = request.form
    try:
        with writing() as session:
            training.acknowledge(
                session, current_actor(), role, form.get("version", ""), read=form.get("read") == "yes"
            )
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _page(role, refused.text(current())), refused.status
    flash(_("It is on record that you have read it."), "note")
    return redirect(url_for("training.show"))


@blueprint.get("/people")
@permit("see_training")
def people() -> ResponseReturnValue:
    """List whose training is on record and whose is not, and every confirmation ever made."""
    session, actor = reading(), current_actor()
    return render_template(
        "training/people.html", rows=training.people(session, actor), names=role_names(),
        history=training.history(session, actor)[::-1], asks=training.asks(current_book()),
    )  # fmt: skip


@blueprint.get("/people.<any(csv,json):kind>")
@permit("see_training")
def people_file(kind: str) -> ResponseReturnValue:
    """Give every confirmation as a file, oldest first."""
    rows = [{**asdict(one), "at": stamp(one.at)} for one in training.history(reading(), current_actor())]
    return table_file(rows, [one.name for one in fields(Acknowledged)], "training", kind)


def _page(tried: str = "", problem: str = "") -> str:
    session, actor, book = reading(), current_actor(), current_book()
    return render_template(
        "training/show.html", standings=training.standings(session, actor), book=book, names=role_names(),
        forms={role: training.forms_of(book, role) for role in actor.held()}, chapters=CHAPTERS,
        chapter_of=CHAPTER_OF, statement=training.STATEMENT, tried=tried, problem=problem,
        blanks=actor.may_act("see_subjects"),
    )  # fmt: skip
