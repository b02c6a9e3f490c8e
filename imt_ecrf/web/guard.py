"""What each page asks of who opens it: declared on the view, checked before it runs; closed unless named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

from flask import current_app, g, redirect, request, url_for

from imt_ecrf.conduct import runtime
from imt_ecrf.policy.permissions import ACTS, STANDINGS, Verb, may
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.web.db import reading
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.wrappers import Response

    from imt_ecrf.conduct.actor import Actor

ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed_in"
SIGNS: Final = "signs"
VERBS: Final = get_args(Verb)
NAMES: Final = frozenset({ANYONE, SIGNED_IN, SIGNS, *ACTS, *VERBS})
FILES: Final = frozenset({"static", "bootstrap.static"})
"""Endpoints that give the program's own files and nothing of the study."""
FIRST: Final = frozenset(
    {"account.show", "account.change_password", "account.choose_language", "session.log_out"}
)
"""All that is open to who must choose a password first."""

View = TypeVar("View", bound="Callable[..., Any]")


class ViewWithoutPermission(RuntimeError):  # noqa: N818 - named as what is the case
    """A view does not say who may open it."""


def permit(name: str) -> Callable[[View], View]:
    """Declare what a view asks: `anyone`, `signed_in`, `signs` (a role that signs), an act, or a verb.

    An act is asked at the site of the subject in the address; a verb on the form in the address.
    """
    if name not in NAMES:
        raise ViewWithoutPermission(f"{name} is no permission; known are {', '.join(sorted(NAMES))}")

    def declare(view: View) -> View:
        view.permission = name  # type: ignore[attr-defined]
        return view

    return declare


def permission(app: Flask, endpoint: str) -> str:
    """Name what an endpoint asks; ViewWithoutPermission when it does not say."""
    if endpoint in FILES:
        return ANYONE
    found: str | None = getattr(app.view_functions[endpoint], "permission", None)
    if found is None:
        raise ViewWithoutPermission(f"{endpoint}: declare @permit(...) on this view")
    return found


def check(app: Flask) -> None:
    """Refuse to start while a view does not say who may open it."""
    for rule in app.url_map.iter_rules():
        permission(app, rule.endpoint)


def enforce() -> Response | None:
    """Let a request through, ask for a sign-in, or refuse; runs before every view."""
    if request.endpoint is None:
        return None
    needed = permission(current_app, request.endpoint)
    if needed == ANYONE:
        return None
    actor: Actor | None = g.actor
    if actor is None:
        answer: Response = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return answer
    if actor.must_change_password and request.endpoint not in FIRST:
        return redirect(url_for("account.show"))
    if needed != SIGNED_IN:
        _allow(actor, needed, dict(request.view_args or {}))
    return None


def signs(actor: Actor) -> bool:
    """Tell whether a person holds a role that signs some form of the study."""
    book, sites = current_book(), actor.sites()
    places = actor.held() if sites is None else {role for site in sites for role in actor.held(site)}
    return any(may(book, role, form, "sign") for role in places for form in book.forms)


def _signers() -> tuple[str, ...]:
    book = current_book()
    return tuple(one for one in book.roles if any(may(book, one, form, "sign") for form in book.forms))


def _allow(actor: Actor, needed: str, names: dict[str, Any]) -> None:
    # said before looking anything up, so that it tells nothing about what exists
    if needed in ACTS and not actor.may_act(needed):
        raise NotPermitted(roles=tuple(role for role in STANDINGS if role in ACTS[needed]))
    if needed == SIGNS and not signs(actor):
        raise NotPermitted(roles=_signers())
    site = _site(actor, names["subject"]) if "subject" in names else None
    if needed in ACTS:
        actor.role_for_act(needed, site)
    elif needed == SIGNS:
        return
    elif site is None:
        raise ViewWithoutPermission(f"{request.endpoint}: {needed} needs a subject and a form in its address")
    else:
        _allow_form(actor, needed, names, site)


def _allow_form(actor: Actor, verb: str, names: dict[str, Any], site: str) -> None:
    book = current_book()
    if names.get("form") not in book.forms:
        raise NotFound
    actor.role_for(book, verb, names["form"], site)  # type: ignore[arg-type]


def _site(actor: Actor, subject: str) -> str:
    """Find where a participant is; a strange site answers exactly as a code nobody has."""
    found = runtime.subject_named(reading(), subject)
    if found is None or not actor.at(found.site):
        raise NotFound
    return found.site
