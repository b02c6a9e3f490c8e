"""Verification on the screen: what waits, a form, the trip, coverage, the plan; acts live in conduct."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from imt_ecrf.conduct import queries, runtime, sdv_lists, sdv_plan, sdv_site, subjects, verifying
from imt_ecrf.conduct.sdv_site import Raised
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web import dates
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.db import current_actor, reading, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.paging import number_of, page_of
from imt_ecrf.web.places import sites_of
from imt_ecrf.web.study import current_book
from imt_ecrf.web.trail_rows import rows
from imt_ecrf.web.typed import NotADay, typed_day, unread
from imt_ecrf.web.verify_page import kind_of, page
from imt_ecrf.web.words import words
from imt_ecrf.web.work_page import group, waiting_visits

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from imt_ecrf.conduct.sdv_lists import Covered
    from imt_ecrf.conduct.sdv_marks import Kind

blueprint = Blueprint("verifying", __name__, url_prefix="/verify")
FORM: Final = "/<subject>/<event>.<int(max=9999):repeat>/<form>.<int(max=9999):form_repeat>"
MOST: Final = 300
PAGE: Final = 100
DIGITS: Final = 3


@blueprint.get("")
@permit("mark_items")
def overview() -> ResponseReturnValue:
    """List the forms that wait for this person's marks, values changed after verification first."""
    actor, kinds = current_actor(), _kinds()
    kind = kind_of(request.args.get("kind", "") or (kinds[0][0] if kinds else ""))
    site, number = _known(request.args.get("site", "")), number_of(request.args.get("page", 1, int))
    subject = request.args.get("subject", "")[:20]
    if subject:
        return _of_subject(kind, subject, request.args.get("event", ""), request.args.get("repeat", 1, int))
    again, found = waiting_visits(reading(), actor, kind, site=site, size=PAGE, number=number)
    page = page_of(number, found.total, PAGE, partial(_overview_url, kind, site))
    return render_template(
        "verifying/overview.html", again=group(current_book(), again, actor.now()), page=page,
        found=group(current_book(), found, actor.now()), total=again.forms + found.forms, kind=kind,
        site=site, sites=sites_of(reading(), actor), oversees=actor.may_act("oversee"), kinds=kinds,
    )  # fmt: skip


@blueprint.get("/trip")
@permit("mark_items")
def trip() -> ResponseReturnValue:
    """Show the list for a visit to a site: what changed since the last one, what is due, what was asked."""
    actor = current_actor()
    sites = sites_of(reading(), actor)
    site = _known(request.args.get("site", "")) or (sites[0].code if sites else "")
    asked = request.args.get("since", "")
    found = sdv_lists.trip(reading(), actor, site, typed_day(asked))
    shown = render_template(
        "verifying/trip.html", trip=found, changes=rows(found.changes[::-1][:MOST]), sites=sites,
        say=words(current_book()), href=form_url, most=MOST, unread=unread(asked),
    )  # fmt: skip
    return (shown, NotADay.status) if unread(asked) else shown


@blueprint.get("/coverage")
@permit("oversee")
def coverage() -> ResponseReturnValue:
    """Show how far verification is: by site, by visit, critical items apart."""
    found = sdv_lists.coverage(reading(), current_actor())
    by_site: dict[str, list[Covered]] = defaultdict(list)
    for one in found:
        by_site[one.site].append(one)
    return render_template("verifying/coverage.html", by_site=by_site, every=found, say=words(current_book()))


@blueprint.get("/plan")
@permit("oversee")
def plan() -> ResponseReturnValue:
    """Show the plan in force and every plan before it."""
    return _plan()


@blueprint.post("/plan")
@permit("plan_verification")
def change_plan() -> ResponseReturnValue:
    """Set the figures of the plan from now on."""
    given = {name: request.form.get(name, "") for name in sdv_plan.FIGURES}
    try:
        figures = {
            name: int(text) if text.isdecimal() and len(text) <= DIGITS else -1
            for name, text in given.items()
        }
        with writing() as session:
            verifying.change_plan(session, current_actor(), figures, request.form.get("reason", ""))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _plan(refused.text(current()), given), refused.status
    flash(_("The plan is changed. What is due was worked out anew."), "note")
    return redirect(url_for("verifying.plan"))


@blueprint.get("/plan/<site>")
@permit("oversee")
def site_plan(site: str) -> ResponseReturnValue:
    """Show what one site has beside the plan, to be changed or lifted by the data manager."""
    return _site_plan(site, sdv_site.raised(reading(), site))


@blueprint.post("/plan/<site>")
@permit("plan_verification")
def change_site_plan(site: str) -> ResponseReturnValue:
    """Set what a site has beside the plan from now on, or lift all of it."""
    lift = request.form.get("act") == "lift"
    wanted = sdv_site.LIFTED if lift else _wanted_at_site()
    try:
        with writing() as session:
            sdv_site.decide(session, current_actor(), site, wanted, request.form.get("reason", ""))
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _site_plan(site, wanted, refused.text(current())), refused.status
    flash(_("It is lifted.") if lift else _("The plan of the site is changed."), "note")
    return redirect(url_for("verifying.plan"))


@blueprint.get(FORM)
@permit("see")
def show(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Show a form as a table to verify: no boxes to type in, a tick beside each item that is due.

    Who sees the form without verifying it reads the marks of its items here, and ticks nothing.
    """
    shown = _show(Address(subject, event, repeat, form, form_repeat))
    with writing() as session:
        subjects.log_view(session, current_actor(), subject)
    return shown


@blueprint.post(FORM)
@permit("mark_items")
def mark(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Mark the ticked items against the answers the page showed, all of them or none."""
    address, kind = Address(subject, event, repeat, form, form_repeat), kind_of(request.args.get("kind", ""))
    together = request.form.get("act") == "together"
    try:
        seen = dict(_chosen(request.form.getlist("shown" if together else "item")))
        with writing() as session:
            done = verifying.verify(session, current_actor(), address, seen, kind=kind, together=together)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _show(address, refused.text(current())), refused.status
    _tell(address, kind, frozenset(seen), done)
    onward = request.form.get("act") == "next"
    return redirect(_onward(address) if onward else _here(address))


@blueprint.post(f"{FORM}/take-back")
@permit("mark_items")
def take_back(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Take the mark of one item back, with the reason."""
    address, kind = Address(subject, event, repeat, form, form_repeat), kind_of(request.args.get("kind", ""))
    try:
        with writing() as session:
            verifying.unverify(
                session, current_actor(), address, request.form.get("path", ""),
                request.form.get("reason", ""), kind=kind,
            )  # fmt: skip
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _show(address, refused.text(current())), refused.status
    flash(_("The mark is taken back; it stays in the history."), "note")
    return redirect(_here(address))


@blueprint.get(f"{FORM}/next")
@permit("mark_items")
def following(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Go to the next form of this visit that waits; when there is none, to the list."""
    return redirect(_onward(Address(subject, event, repeat, form, form_repeat)))


@blueprint.post(f"{FORM}/ask")
@permit("ask_query")
def ask(subject: str, event: str, repeat: int, form: str, form_repeat: int) -> ResponseReturnValue:
    """Raise a query on an item of the form, or on the form as a whole; what is ticked is marked with it."""
    address, kind = Address(subject, event, repeat, form, form_repeat), kind_of(request.args.get("kind", ""))
    path, seen = request.form.get("path", ""), dict(_chosen(request.form.getlist("item")))
    done = 0
    try:
        with writing() as session:
            if seen:
                done = verifying.verify(session, current_actor(), address, seen, kind=kind)
            queries.ask(session, current_actor(), address, request.form.get("text", ""), path)
    except (NotFound, NotPermitted):
        raise
    except Refused as refused:
        return _show(address, refused.text(current())), refused.status
    if seen:
        _tell(address, kind, frozenset(seen), done)
    flash(_("The query is asked."), "note")
    return redirect(_here(address, path or None))


def _tell(address: Address, kind: Kind, paths: frozenset[str], done: int) -> None:
    """Say how many items were marked, and of those marked before by whom and when."""
    if done:
        flash(ngettext("%(num)d item is marked.", "%(num)d items are marked.", done), "note")
    if done == len(paths):
        return
    items = verifying.look(reading(), current_actor(), address, kind).items
    marks = [items[path].mark for path in paths if path in items]
    before = sorted((one for one in marks if one is not None), key=lambda one: one.at)[: len(paths) - done]
    if before:
        flash(
            ngettext(
                "%(num)d item was marked already by %(name)s, %(at)s; nothing more was done.",
                "%(num)d items were marked already by %(name)s, last %(at)s; nothing more was done.",
                len(before), name=before[-1].name, at=dates.moment(before[-1].at, current(), seconds=True),
            ),
            "note",
        )  # fmt: skip


def _of_subject(kind: Kind, subject: str, event: str, repeat: int) -> str:
    """List the forms of a subject that wait, those of one visit when it is named."""
    runtime.find_subject(reading(), current_actor(), subject)
    waiting = sdv_lists.waiting(reading(), current_actor(), subject=subject, kind=kind)
    found = [one for one in waiting if not event or one.address[1:3] == (event, repeat)]
    return render_template(
        "verifying/of_subject.html", found=found, kind=kind, subject=subject, event=event, repeat=repeat,
        say=words(current_book()), kinds=_kinds(),
    )  # fmt: skip


def _known(site: str) -> str:
    """Give a site of this person as it was asked for; NotFound for any other."""
    if site and site not in {one.code for one in sites_of(reading(), current_actor())}:
        raise NotFound
    return site


def _overview_url(kind: str, site: str, page: int) -> str:
    return url_for("verifying.overview", kind=kind, site=site or None, page=page)


def _show(address: Address, problem: str = "") -> str:
    actor, kind = current_actor(), kind_of(request.args.get("kind", ""))
    drawn = page(reading(), actor, address, kind)
    ticked = request.form.getlist("item") if problem else []
    may_ask = actor.may_act("ask_query", drawn["record"].subject.site)
    return render_template(
        "verifying/form.html",
        problem=problem,
        ticked=ticked,
        may_ask=may_ask,
        typed={name: request.form.get(name, "") for name in ("path", "text")},
        at=request.args.get("at", ""),
        kinds=_kinds() or _every_kind(),
        **drawn,
    )


def _plan(problem: str = "", given: dict[str, str] | None = None) -> str:
    actor, in_force = current_actor(), sdv_plan.in_force(reading())
    figures = given or {name: str(getattr(in_force, name)) for name in sdv_plan.FIGURES}
    return render_template(
        "verifying/plan.html", plan=in_force, figures=figures, problem=problem, say=words(current_book()),
        history=sdv_plan.history(reading()), may_change=actor.may_act("plan_verification"),
        first=sdv_plan.published(reading()),
        raised={one.code: sdv_site.raised(reading(), one.code) for one in sites_of(reading(), actor)},
    )  # fmt: skip


def _site_plan(site: str, wanted: Raised, problem: str = "") -> str:
    session, actor, book = reading(), current_actor(), current_book()
    if site not in {one.code for one in sites_of(session, actor)}:
        raise NotFound
    return render_template(
        "verifying/site_plan.html", site=site, wanted=wanted, problem=problem,
        plan=sdv_plan.in_force(session),
        forms=[(oid, book.forms[oid]) for oid in sdv_site.forms(session)],
        may_change=actor.may_act("plan_verification", site),
    )  # fmt: skip


def _wanted_at_site() -> Raised:
    """Read what is typed for a site; what is no number is a wrong one."""
    rate = request.form.get("rate", "").strip()
    numbers = request.form.get("subjects", "").replace(",", " ").split()
    return Raised(
        _figure(rate) if rate else None,
        tuple(_figure(number) for number in numbers),
        tuple(request.form.getlist("forms")),
    )


def _figure(text: str) -> int:
    """Read a figure of the plan; what is none is a wrong one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else -1


def _kinds() -> list[tuple[str, str]]:
    """List the kinds of marks this person gives, with their words."""
    actor = current_actor()
    verifies = any(
        actor.may(current_book(), "verify", form, site.code)
        for site in sites_of(reading(), actor)[:1]
        for form in current_book().forms
    )
    asked = {kind: actor.may_act(act) for kind, act in verifying.REVIEWS.items()} | {"source": verifies}
    return [(kind, word) for kind, word in _every_kind() if asked[kind]]


def _every_kind() -> list[tuple[str, str]]:
    return [("source", _("Verification")), ("data", _("Data review")), ("medical", _("Medical review"))]


def _chosen(values: list[str]) -> list[tuple[str, str]]:
    """Read the ticked boxes: the path, and the hash of the answer that was shown."""
    pairs = [value.rpartition("@") for value in values]
    return [(path, digest) for path, _at, digest in pairs if path]


def _here(address: Address, at: str | None = None) -> str:
    kind = request.args.get("kind") or None
    return url_for(
        "verifying.show", subject=address.subject, event=address.event, repeat=address.event_repeat,
        form=address.form, form_repeat=address.form_repeat, kind=kind, at=at,
    )  # fmt: skip


def _onward(address: Address) -> str:
    kind = kind_of(request.args.get("kind", ""))
    found = sdv_lists.following(reading(), current_actor(), address, kind)
    if found is not None:
        return _here(found)
    flash(_("Nothing more of this visit waits for you."), "note")
    return url_for("verifying.overview", kind=request.args.get("kind") or None)
