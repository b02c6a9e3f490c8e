"""The home of every role: the work list, with figures for who oversees; accounts for administrators."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import calendar, deviations, subjects, work
from imt_ecrf.conduct.standing import by_site, standings
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import said
from imt_ecrf.web.paging import number_of, page_of
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.shell import works_here
from imt_ecrf.web.states import SUBJECT_STATES, subject_word
from imt_ecrf.web.study import current_book
from imt_ecrf.web.words import words
from imt_ecrf.web.work_page import FEW, group, groups, href, slug

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.standing import Standing
    from imt_ecrf.study.book import Book

blueprint = Blueprint("home", __name__)
PAGE: Final = 100
LISTS: Final = {slug(kind): kind for kind in work.KINDS}


@blueprint.get("/")
@permit("signed_in")
def show() -> ResponseReturnValue:
    """Show what waits for this person: of each kind how much, and the first few."""
    actor, book = current_actor(), current_book()
    if not actor.may_act("see_subjects"):
        return redirect(url_for("users.listing" if actor.may_act("see_accounts") else "study.show"))
    found = groups(book, work.work_list(reading(), actor, FEW), actor.now())
    coming = calendar.coming(reading(), actor) if actor.may_act("open_event") else ()
    return render_template(
        "home/show.html", work=found, total=sum(group.total for group in found), coming=coming, book=book,
        sites=sites_of(reading(), actor), now=actor.now(),
        may_screen=actor.may_act("screen"), visit_name=words(book).visit,
        works=works_here(actor), coded=_coded(actor, book), proposed=_proposed(actor), **_oversight(actor),
    )  # fmt: skip


def _coded(actor: Actor, book: Book) -> list[str]:
    """Name the forms of which a person who fills no form writes some items: what is to code stands there."""
    held = set(actor.held())
    if any(held & set(rights.enter) for rights in book.version.rights):
        return []
    own = [
        one.form for one in book.version.rights if any(held & set(some) for some in one.item_enter.values())
    ]
    return [said(book.forms[form].name) for form in own]


@blueprint.get("/waiting/<kind>")
@permit("see_subjects")
def listing(kind: str) -> ResponseReturnValue:
    """Show all work of one kind, page by page, of one site when it is named."""
    if kind not in LISTS:
        raise NotFound
    actor, site = current_actor(), request.args.get("site", "")[:20]
    number = number_of(request.args.get("page", 1, int))
    asked = {"site": site, "most": PAGE, "first": (number - 1) * PAGE}
    found = work.kind_of(reading(), actor, LISTS[kind], **asked)  # type: ignore[arg-type]
    page = page_of(number, found.total, PAGE, partial(_listing_url, kind, site))
    return render_template(
        "home/listing.html", group=group(current_book(), found, actor.now()), page=page, site=site, kind=kind,
        sites=sites_of(reading(), actor), now=actor.now(),
    )  # fmt: skip


@blueprint.get("/next")
@permit("see_subjects")
def following() -> ResponseReturnValue:
    """Go to the next thing to do; say so when nothing is left."""
    found = work.first(reading(), current_actor())
    if found is not None:
        return redirect(href(found))
    flash(_("Nothing is left to do: nothing waits for you at this moment."), "note")
    return redirect(url_for("home.show"))


def _proposed(actor: Actor) -> int:
    """Count the proposed deviations this person decides on."""
    return len(deviations.undecided(reading(), actor)) if actor.may_act("see_course") else 0


def _listing_url(kind: str, site: str, page: int) -> str:
    return url_for("home.listing", kind=kind, site=site or None, page=page)


def _oversight(actor: Actor) -> dict[str, Any]:
    """Give who oversees the study its figures: subjects by state, forms, and both by site."""
    if works_here(actor) or not actor.may_act("oversee"):  # whose work waits here has the page of sites
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
