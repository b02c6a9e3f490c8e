"""How sites do, on a page of each site and in a table of all; and the forms behind the figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from imt_ecrf.conduct import form_lists, site_figures
from imt_ecrf.conduct.site_figures import BANDS, MOST, STEPS
from imt_ecrf.web import states
from imt_ecrf.web.db import current_actor, reading
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.paging import page_of
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.states import SUBJECT_STATES, subject_word
from imt_ecrf.web.study import current_book
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.form_lists import ListedForm
    from imt_ecrf.web.states import Shown

blueprint = Blueprint("overview", __name__)


@blueprint.get("/overview")
@permit("see_course")
def every_site() -> ResponseReturnValue:
    """Show all sites in a table; who works at one site only is led to its page."""
    actor = current_actor()
    sites = sites_of(reading(), actor)
    if len(sites) == 1:
        return redirect(url_for("overview.one_site", site=sites[0].code))
    found = site_figures.figures(reading(), actor)
    return render_template(
        "overview/every_site.html", found=found, all=site_figures.total(found), most=MOST, bands=_bands(),
        names={site.code: site for site in sites}, now=actor.now(),
    )  # fmt: skip


@blueprint.get("/overview/<site>")
@permit("see_course")
def one_site(site: str) -> ResponseReturnValue:
    """Show how one site does."""
    actor = current_actor()
    (found,) = site_figures.figures(reading(), actor, site)
    place = next(one for one in sites_of(reading(), actor) if one.code == site)
    held = [state for state in SUBJECT_STATES if found.states[state]]
    known = [(state, subject_word(state), found.states[state]) for state in held]
    return render_template(
        "overview/one_site.html", one=found, place=place, known=known, steps=_steps(), most=MOST,
        bands=_bands(), now=actor.now(), oversees=actor.may_act("oversee"),
    )  # fmt: skip


@blueprint.get("/forms")
@permit("see_course")
def forms() -> ResponseReturnValue:
    """List filled forms by state, page by page."""
    actor = current_actor()
    site, state = request.args.get("site", "")[:20], request.args.get("state", "")[:20]
    late, number = request.args.get("late", None, int), max(request.args.get("page", 1, int), 1)
    found = form_lists.forms(reading(), actor, site=site, state=state, late=late, number=number)
    page = page_of(number, found.total, form_lists.PAGE, partial(_forms_url, site, state, late))
    return render_template(
        "overview/forms.html", found=found.rows, total=found.total, page=page, site=site, state=state,
        late=late, sites=sites_of(reading(), actor), kinds=_form_states(), mark=_mark,
        say=words(current_book()),
    )  # fmt: skip


def _forms_url(site: str, state: str, late: int | None, page: int) -> str:
    return url_for("overview.forms", site=site or None, state=state or None, late=late, page=page)


def _mark(one: ListedForm) -> Shown:
    if one.open_queries:
        return states.form("query", one.open_queries)
    if one.signature == "void":
        return states.form("void")
    if one.state == "in progress":
        return states.form("progress")
    if one.signature == "valid":
        return states.form("signed")
    return states.form("complete" if one.state == "complete" else "missed")


def _bands() -> list[tuple[int, int | None, str]]:
    """Say the ages of queries in words, with the days they begin and end with."""
    return [
        (first, last, _("%(first)s–%(last)s days", first=first, last=last) if last else _("over 30 days"))
        for first, last in BANDS
    ]


def _steps() -> list[tuple[str, str]]:
    named = (_("Screened"), _("Enrolled"), _("Treatment begun"), _("Treatment ended"))
    return list(zip(STEPS, named, strict=True))


def _form_states() -> dict[str, str]:
    return {
        "in progress": _("In progress"),
        "finished": _("Finished"),
        "signed": _("Signed"),
        "unsigned": _("Finished, not signed"),
        "void": _("Signature void"),
        "unverified": _("With items to verify"),
        "verified": _("Verified by the plan"),
    }
