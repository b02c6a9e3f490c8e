"""The user guide: one chapter a role in both languages, and what is printed from the program's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, render_template, send_file
from flask_babel import lazy_gettext

from imt_ecrf.conduct.training import SETTING
from imt_ecrf.policy import naming
from imt_ecrf.policy.lifecycle import TABLES, query_right
from imt_ecrf.policy.permissions import ACTS, STANDINGS
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.policy.signing import signature_table
from imt_ecrf.policy.table import table
from imt_ecrf.reporting.certificate import seal_files
from imt_ecrf.study.rules.reference import reference
from imt_ecrf.web import asked
from imt_ecrf.web.db import installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book, newest

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.study.book import Book

blueprint = Blueprint("guide", __name__, url_prefix="/guide")

CHAPTERS: Final = {
    "first-steps": lazy_gettext("First steps"),
    "coordinator": lazy_gettext("Coordinator and pharmacist"),
    "investigator": lazy_gettext("Investigator"),
    "monitor": lazy_gettext("Monitor"),
    "data-manager": lazy_gettext("Data manager and coder"),
    "own-forms": lazy_gettext("Central reader, pathologist, laboratory, safety"),
    "sponsor": lazy_gettext("Sponsor and statistician"),
    "auditor": lazy_gettext("Auditor and inspector"),
    "administrator": lazy_gettext("Administrator"),
    "write-a-check": lazy_gettext("How to write a check"),
    "casebook": lazy_gettext("The casebook and its seal"),
}
"""Written chapters: a file of that name in `templates/guide/en` and in `templates/guide/ru`."""


@blueprint.get("")
@permit("anyone")
def contents() -> ResponseReturnValue:
    """List the chapters."""
    return render_template("guide/contents.html", chapters=CHAPTERS)


@blueprint.get("/<chapter>")
@permit("anyone")
def chapter(chapter: str) -> ResponseReturnValue:
    """Show a chapter in the language of the page."""
    if chapter not in CHAPTERS:
        raise NotFound
    text = f"guide/{current()}/{chapter}.html"
    listed = seal_files(installation().settings.data / "keys").list.is_file()
    return render_template(
        "guide/chapter.html", chapters=CHAPTERS, chapter=chapter, text=text, withdrawn_listed=listed
    )


@blueprint.get("/rights")
@permit("anyone")
def rights() -> ResponseReturnValue:
    """Print who writes and who sees, from the table that decides it."""
    book = current_book() if newest(reading()) else None
    rows = table(book) if book else ()
    return render_template(
        "guide/rights.html",
        chapters=CHAPTERS,
        book=book,
        rows=rows,
        roles=list(STANDINGS),
        acts=ACTS,
        naming=naming,
        training=_training(book) if book else "",
    )


def _training(book: Book) -> str:
    """Say what entry does while somebody has not confirmed the guideline; nothing when nobody is asked."""
    asked = next((one for one in book.version.settings if one.key == SETTING), None)
    return "" if asked is None else "refused" if asked.default else "open"


@blueprint.get("/states")
@permit("anyone")
def states() -> ResponseReturnValue:
    """Print which state may follow which, from the tables that decide it."""
    return render_template(
        "guide/states.html", chapters=CHAPTERS, tables=TABLES, naming=naming, roles=tuple(STANDINGS),
        query_right=query_right, signing=signature_table(current_book()) if newest(reading()) else {},
    )  # fmt: skip


@blueprint.get("/pages")
@permit("anyone")
def pages() -> ResponseReturnValue:
    """Print what every address of the program asks of who opens it, from what is checked before it."""
    return render_template("guide/pages.html", chapters=CHAPTERS, addresses=asked.addresses())


@blueprint.get("/language")
@permit("anyone")
def language() -> ResponseReturnValue:
    """Print every function of the rule language, from the table that publication checks rules by."""
    return render_template("guide/language.html", chapters=CHAPTERS, parts=reference(), here="language")


@blueprint.get("/authority.pem")
@permit("anyone")
def authority() -> ResponseReturnValue:
    """Give the installation's certificate of authority, to be imported where casebooks are checked."""
    file = installation().settings.data / "keys" / "authority.pem"
    if not file.is_file():
        raise NotFound
    return send_file(
        file, mimetype="application/x-pem-file", as_attachment=True, download_name="imt-ecrf-authority.pem"
    )
