"""The bar on top: who is here, in which role, and the pages that role has; knows no subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext
from flask_wtf.csrf import generate_csrf

from imt_ecrf.conduct import training
from imt_ecrf.web.db import installation, reading
from imt_ecrf.web.guard import signs
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import LANGUAGES, current, same_page
from imt_ecrf.web.pieces import Cut, Kept, cut, fill, slot
from imt_ecrf.web.study import current_book, newest

if TYPE_CHECKING:
    from flask import Flask
    from markupsafe import Markup

    from imt_ecrf.conduct.actor import Actor

MACROS: Final = "macros/shell.html"
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the bar: its address, its word, whether it is the present one, how much waits there."""

    href: str
    word: str
    current: bool = False
    count: int = 0


class Named(NamedTuple):
    """Somebody as the bar names them."""

    name: str


class Shape(NamedTuple):
    """Everything a drawn bar shows; the token of the session is filled in."""

    language: str
    root: str
    kind: str
    study: str
    actor: Named | None
    roles: str
    links: tuple[Link, ...]
    finds: bool
    works: bool
    same_page: tuple[str, ...]


class Bar:
    """What the bar shows, worked out only when a page draws it: a page about a fault draws none."""

    @property
    def actor(self) -> Actor | None:
        """Give who is signed in."""
        found: Actor | None = g.get("actor")
        return found

    @property
    def kind(self) -> str:
        """Say what sort of installation this is."""
        return installation().settings.kind

    @cached_property
    def study(self) -> str:
        """Give the short name of the study."""
        return current_book().version.study_oid if newest(reading()) else ""

    @cached_property
    def roles(self) -> str:
        """Say the person's roles."""
        actor = self.actor
        return _roles.get(_rests_on(actor), lambda: roles_in_words(actor)) if actor else ""

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Give the pages this person has."""
        actor = self.actor
        if actor is None:
            return ()
        key = (*_rests_on(actor), request.blueprint, request.script_root)
        return _links.get(key, lambda: tuple(_link(entry) for entry in ENTRIES if _has(actor, entry)))

    @property
    def html(self) -> Markup:
        """Draw the bar."""
        named = Named(self.actor.name) if self.actor else None
        pages = tuple(same_page(language) for language in LANGUAGES)
        shape = Shape(
            current(), request.script_root, self.kind, self.study, named, self.roles, self.links,
            self.finds, self.works, pages,
        )  # fmt: skip
        return fill(_drawn.get(shape, lambda: _draw(shape)), (generate_csrf() if named else "",))

    @property
    def untrained(self) -> bool:
        """Tell whether this person has a guideline to read and confirm."""
        actor = self.actor
        return actor is not None and request.blueprint != "training" and training.untrained(reading(), actor)

    @property
    def finds(self) -> bool:
        """Tell whether this person may look for a subject."""
        return self.actor is not None and self.actor.may_act("see_subjects")

    @cached_property
    def works(self) -> bool:
        """Tell whether something may wait for this person."""
        return self.finds and self.actor is not None and works_here(self.actor)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the bar: its view, its word, and the act a role must have for it to be there."""

    endpoint: str
    word: str
    act: str = ""
    sections: tuple[str, ...] = ()


_COPIES: Final = ("casebooks", "copies", "countersigning", "checking")
ENTRIES: Final = (
    Entry("home.show", lazy_gettext("Work list"), "see_subjects", ("home",)),
    Entry(
        "matrix.show",
        lazy_gettext("Subjects"),
        "see_subjects",
        ("matrix", "subjects", "visits", "history", "deviations"),
    ),
    Entry("calendar.show", lazy_gettext("Calendar"), "open_event", ("calendar",)),
    Entry("verifying.overview", lazy_gettext("Verify"), "mark_items", ("verifying",)),
    Entry("signing.overview", lazy_gettext("Sign"), "sign", ("signing",)),
    Entry("queries.listing", lazy_gettext("Queries"), "see_course", ("queries",)),
    Entry("casebooks.listing", lazy_gettext("Casebooks"), "download_casebook", _COPIES),
    Entry("signatures.listing", lazy_gettext("Signatures"), "see_course", ("signatures",)),
    Entry("changes.listing", lazy_gettext("Changes"), "see_trail", ("changes", "inspection")),
    Entry("users.listing", lazy_gettext("Access"), "see_accounts", ("users", "sites")),
    Entry("ranges.listing", lazy_gettext("Ranges"), "keep_ranges", ("ranges",)),
    Entry("study.show", lazy_gettext("Study"), "", ("study",)),
)


_roles: Final[Kept[str]] = Kept(MOST)
_links: Final[Kept[tuple[Link, ...]]] = Kept(MOST)
_drawn: Final[Kept[Cut]] = Kept(MOST)


def roles_in_words(actor: Actor) -> str:
    """Say the roles of a person and where: `Coordinator, site 02`."""
    now, book = actor.now(), current_book() if newest(reading()) else None
    words = []
    for one in actor.roles:
        if one.holds(now):
            role = book.roles[one.role].name.in_(current()) if book and one.role in book.roles else one.role
            words.append(_("%(role)s, site %(site)s", role=role, site=one.site) if one.site else role)
    return "; ".join(dict.fromkeys(words))


def works_here(actor: Actor) -> bool:
    """Tell whether anything can wait for this person: who only oversees has no work list."""
    acts = ("open_event", "answer_query", "settle_query")
    return any(actor.may_act(act) for act in acts) or signs(actor)


def _rests_on(actor: Actor) -> tuple[object, ...]:
    """Name what the words about a person and the pages they have rest on: roles in force, study, language."""
    now = actor.now()
    held = tuple((one.role, one.site) for one in actor.roles if one.holds(now))
    return held, newest(reading()), current()


def _draw(shape: Shape) -> Cut:
    names = {
        "shell": shape,
        "language": shape.language,
        "same_page": dict(zip(LANGUAGES, shape.same_page, strict=True)).get,
        "csrf_token": lambda: slot(0),
    }
    module = current_app.jinja_env.get_template(MACROS).make_module(names)
    return cut(str(module.topbar()))  # type: ignore[attr-defined]


def _has(actor: Actor, entry: Entry) -> bool:
    if entry.act == "sign":
        return actor.may_act("see_subjects") and signs(actor)
    return not entry.act or actor.may_act(entry.act)


def _link(entry: Entry) -> Link:
    here = (request.blueprint or "") in entry.sections
    actor = g.actor
    oversees = entry.endpoint == "home.show" and not works_here(actor) and actor.may_act("oversee")
    return Link(url_for(entry.endpoint), _("Oversight") if oversees else str(entry.word), here)


def install(app: Flask) -> None:
    """Give every template the bar."""
    app.context_processor(lambda: {"shell": Bar()})
