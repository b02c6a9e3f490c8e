"""The bar on top: who is here, in which role, and the pages that role has; knows no subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flask import g, request, url_for
from flask_babel import lazy_gettext

from imt_ecrf.web.db import installation, reading
from imt_ecrf.web.guard import signs
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book, newest

if TYPE_CHECKING:
    from flask import Flask

    from imt_ecrf.conduct.actor import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the bar: its address, its word, whether it is the present one, how much waits there."""

    href: str
    word: str
    current: bool = False
    count: int = 0


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
        return roles_in_words(self.actor) if self.actor else ""

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Give the pages this person has."""
        actor = self.actor
        return tuple(_link(entry) for entry in ENTRIES if _has(actor, entry)) if actor else ()

    @property
    def finds(self) -> bool:
        """Tell whether this person may look for a subject."""
        return self.actor is not None and self.actor.may_act("see_subjects")


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the bar: its view, its word, and the act a role must have for it to be there."""

    endpoint: str
    word: str
    act: str = ""
    sections: tuple[str, ...] = ()


ENTRIES: Final = (
    Entry("home.show", lazy_gettext("Work list"), "see_subjects", ("home",)),
    Entry(
        "matrix.show", lazy_gettext("Subjects"), "see_subjects", ("matrix", "subjects", "visits", "history")
    ),
    Entry("signing.overview", lazy_gettext("Sign"), "sign", ("signing",)),
    Entry("queries.listing", lazy_gettext("Queries"), "see_course", ("queries",)),
    Entry("casebooks.listing", lazy_gettext("Casebooks"), "download_casebook", ("casebooks",)),
    Entry("signatures.listing", lazy_gettext("Signatures"), "see_course", ("signatures",)),
    Entry("changes.listing", lazy_gettext("Changes"), "see_trail", ("changes",)),
    Entry("users.listing", lazy_gettext("Access"), "see_accounts", ("users", "sites")),
    Entry("study.show", lazy_gettext("Study"), "", ("study",)),
)


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
