"""Normal ranges of the laboratories: the list, adding, replacing and withdrawing one; each change at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import ranges
from imt_ecrf.conduct.range_wish import tests_of
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import range_page
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.typed import typed_day

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.ranges import Kept, RangeView

blueprint = Blueprint("ranges", __name__, url_prefix="/ranges")
FILTERS: Final = ("site", "laboratory", "test", "on", "all")


@blueprint.get("")
@permit("see_ranges")
def listing() -> ResponseReturnValue:
    """List the ranges that hold, or also replaced and withdrawn ones, by site, laboratory, test and day."""
    return _listing(range_page.nothing())


@blueprint.post("")
@permit("keep_ranges")
def add() -> ResponseReturnValue:
    """Add a range in force from a day."""
    given = range_page.given(request.form)
    try:
        wish = range_page.wish_of(given)
        with writing() as session:
            kept = ranges.add_ranges(session, current_actor(), given["site"], [wish], given["reason"])
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _listing(given, refused.text(current())), refused.status
    flash(_said(kept), "note")
    return redirect(url_for("ranges.listing", site=given["site"], test=wish.test))


@blueprint.get("/<range_id>")
@permit("see_ranges")
def show(range_id: str) -> ResponseReturnValue:
    """Show one range with its versions, and the form that replaces it."""
    one = ranges.find_range(reading(), current_actor(), range_id)
    return _one(one, range_page.filled(one))


@blueprint.post("/<range_id>/replace")
@permit("keep_ranges")
def replace(range_id: str) -> ResponseReturnValue:
    """Replace a range by another one, with a reason."""
    old = ranges.find_range(reading(), current_actor(), range_id)
    given = range_page.given(request.form) | {"site": old.site}
    try:
        wish = range_page.wish_of(given)
        with writing() as session:
            kept = ranges.replace_range(session, current_actor(), range_id, wish, given["reason"])
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _again(range_id, given, refused)
    return _done(old, kept)


@blueprint.post("/<range_id>/withdraw")
@permit("keep_ranges")
def withdraw(range_id: str) -> ResponseReturnValue:
    """Withdraw a range that never held, with a reason."""
    old = ranges.find_range(reading(), current_actor(), range_id)
    try:
        with writing() as session:
            kept = ranges.withdraw_range(session, current_actor(), range_id, request.form.get("reason", ""))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _again(range_id, range_page.filled(old), refused)
    return _done(old, kept)


def _again(range_id: str, given: dict[str, str], refused: Refused) -> ResponseReturnValue:
    one = ranges.find_range(reading(), current_actor(), range_id)
    return _one(one, given, refused.text(current())), refused.status


def _done(old: RangeView, kept: Kept) -> ResponseReturnValue:
    flash(_said(kept), "note")
    return redirect(url_for("ranges.listing", site=old.site, test=old.wish.test))


def _listing(given: dict[str, str], problem: str = "") -> str:
    actor, book = current_actor(), current_book()
    chosen = {name: request.args.get(name, "").strip() for name in FILTERS}
    known = ranges.list_ranges(reading(), actor)
    found = range_page.chosen_of(known, chosen, typed_day(chosen["on"]))
    places = [site.code for site in sites_of(reading(), actor) if actor.may_act("keep_ranges", site.code)]
    return render_template(
        "ranges/listing.html", found=found, chosen=chosen, given=given, problem=problem, places=places,
        sites=sorted({one.site for one in known}), laboratories=range_page.laboratories(known),
        words=range_page.Words(book, current()), tests=tests_of(book), day=typed_day(chosen["on"]),
        gaps=range_page.gaps(known, book),
    )  # fmt: skip


def _one(one: RangeView, given: dict[str, str], problem: str = "") -> str:
    actor, book = current_actor(), current_book()
    known = ranges.list_ranges(reading(), actor, one.site)
    return render_template(
        "ranges/show.html", one=one, given=given, problem=problem, versions=range_page.line_of(known, one),
        words=range_page.Words(book, current()), tests=tests_of(book),
        may_keep=one.holds and actor.may_act("keep_ranges", one.site),
    )  # fmt: skip


def _said(kept: Kept) -> str:
    forms, signatures = len(kept.reached), len(kept.voided)
    told = ngettext(
        "Kept. %(num)d form has other limits, flags or grades now.",
        "Kept. %(num)d forms have other limits, flags or grades now.",
        forms,
    )
    if not signatures:
        return told if forms else _("Kept. No result already entered is touched.")
    void = ngettext("%(num)d signature is void.", "%(num)d signatures are void.", signatures)
    return f"{told} {void}"
