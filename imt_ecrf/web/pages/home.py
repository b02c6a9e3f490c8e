"""The home of every role: the work list, with figures for who oversees; accounts for administrators."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, url_for

from imt_ecrf.conduct import overview, subjects
from imt_ecrf.conduct.standing import by_site, standings
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.shell import works_here
from imt_ecrf.web.states import SUBJECT_STATES, subject_word
from imt_ecrf.web.study import current_book
from imt_ecrf.web.words import words
from imt_ecrf.web.work_page import groups

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.standing import Standing

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show what waits for this person."""
    actor, book = current_actor(), current_book()
    if not actor.may_act("see_subjects"):
        return redirect(url_for("users.listing" if actor.may_act("see_accounts") else "study.show"))
    work = groups(book, overview.work_list(reading(), actor), actor.now())
    coming = overview.coming(reading(), actor) if actor.may_act("open_event") else ()
    return render_template(
        "home/show.html", work=work, total=sum(group.total for group in work), coming=coming, book=book,
        sites=sites_of(reading(), actor), now=actor.now(),
        may_screen=actor.may_act("screen"), visit_name=words(book).visit,
        works=works_here(actor), **_oversight(actor),
    )  # fmt: skip


def _oversight(actor: Actor) -> dict[str, Any]:
    """Give who oversees the study its figures: subjects by state, forms, and both by site."""
    if not actor.may_act("oversee"):
        return {"figures": [], "by_site": {}, "subjects_at": {}}
    people = subjects.list_subjects(reading(), actor)
    counted = Counter(one.state for one in people)
    states = [(subject_word(state), str(counted[state])) for state in SUBJECT_STATES if counted[state]]
    found = standings(reading(), actor)
    figures = [*states, *_forms(list(found.values()))]
    return {"figures": figures, "by_site": by_site(found), "subjects_at": Counter(one.site for one in people)}


def _forms(found: list[Standing]) -> list[tuple[str, str]]:
    return [
        (_("Forms entered"), str(sum(one.forms for one in found))),
        (_("Forms finished"), str(sum(one.finished for one in found))),
        (_("Forms signed"), str(sum(one.signed for one in found))),
        (_("Open queries"), str(sum(one.queries for one in found))),
    ]
