"""Subjects by visit: the state of each visit of each subject, filtered and paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Blueprint, render_template, request

from imt_ecrf.conduct import overview
from imt_ecrf.web.db import current_actor, installation, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.matrix_page import page, works
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.states import SUBJECT_STATES, subject_word
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.overview import MatrixRow

blueprint = Blueprint("matrix", __name__)
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the matrix is shown."""

    site: str = ""
    status: str = ""
    show: str = ""
    cells: str = ""
    find: str = ""

    def any(self) -> bool:
        """Tell whether something is left out."""
        return bool(self.site or self.status or self.show or self.find)

    def holds(self, row: MatrixRow) -> bool:
        """Tell whether a subject is shown."""
        if self.status and row.subject.state != self.status:
            return False
        if self.find and self.find.casefold() not in row.subject.code.casefold():
            return False
        return self.show != "work" or works(row)


@blueprint.get("/subjects")
@permit("see_subjects")
def show() -> ResponseReturnValue:
    """Show the matrix of the sites a person works at."""
    filters = Filters(
        **{name: request.args.get(name, "")[:20] for name in ("site", "status", "show", "cells", "find")}
    )
    rows = overview.matrix(reading(), current_actor(), filters.site or None)
    chosen = [row for row in rows if filters.holds(row)]
    number = min(max(request.args.get("page", 1, int), 1), max(1, -(-len(chosen) // PAGE)))
    shown = chosen[(number - 1) * PAGE : number * PAGE]
    found = page(current_book(), chosen, shown, request.args.get("part", 0, int))
    return _page(filters, found=found, total=len(chosen), number=number, rows=rows)


def _page(filters: Filters, *, rows: Sequence[MatrixRow], number: int, total: int, **values: object) -> str:
    actor = current_actor()
    states = [state for state in SUBJECT_STATES if any(row.subject.state == state for row in rows)]
    kept = {name: getattr(filters, name) or None for name in ("site", "status", "show", "cells", "find")}
    return render_template(
        "subjects/matrix.html", filters=filters, kept=kept, total=total, number=number,
        last=max(1, -(-total // PAGE)), sites=sites_of(reading(), actor), states=states, word=subject_word,
        now=installation().clock.now(), may_screen=actor.may_act("screen"), **values,
    )  # fmt: skip
