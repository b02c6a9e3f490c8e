"""Subjects by visit: the state of each visit of each subject, filtered and paged."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import overview
from imt_ecrf.conduct.overview import Wanted
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.matrix_page import page
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.states import SUBJECT_STATES, subject_word
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("matrix", __name__)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the matrix is shown; `by` and `month` come from the overview of a site."""

    site: str = ""
    status: str = ""
    show: str = ""
    cells: str = ""
    find: str = ""
    by: str = ""
    month: str = ""

    def any(self) -> bool:
        """Tell whether something is left out."""
        return bool(self.site or self.status or self.show or self.find or self.by)

    def wanted(self) -> Wanted:
        """Give what is asked of the database."""
        return Wanted(self.site, self.status, self.find, self.show == "work", self.by, self.month)

    def kept(self) -> dict[str, str | None]:
        """Give the filters as they stand in an address."""
        return {one.name: getattr(self, one.name) or None for one in fields(self)}


@blueprint.get("/subjects")
@permit("see_subjects")
def show() -> ResponseReturnValue:
    """Show the matrix of the sites a person works at."""
    actor = current_actor()
    filters = Filters(**{one.name: request.args.get(one.name, "")[:20] for one in fields(Filters)})
    number = max(request.args.get("page", 1, int), 1)
    found = overview.matrix_page(reading(), actor, filters.wanted(), number)
    last = max(1, -(-found.total // overview.PAGE))
    return render_template(
        "subjects/matrix.html", filters=filters, kept=filters.kept(), total=found.total,
        found=page(current_book(), found.rows, found.counts, request.args.get("part", 0, int)),
        number=min(number, last), last=last, sites=sites_of(reading(), actor), word=subject_word,
        states=[state for state in SUBJECT_STATES if state in found.states], steps=_steps(),
        now=installation().clock.now(), may_screen=actor.may_act("screen"),
    )  # fmt: skip


def _steps() -> dict[str, str]:
    """Say by which step of their course subjects were chosen."""
    return {
        "screened": _("screened"), "enrolled": _("enrolled"), "begun": _("treatment begun"),
        "stopped": _("treatment ended"),
    }  # fmt: skip
