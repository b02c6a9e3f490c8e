"""What each address asks of who opens it, as a table to read; decides nothing, the guard does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import current_app
from flask_babel import lazy_gettext

from imt_ecrf.policy import naming
from imt_ecrf.policy.permissions import ACTS
from imt_ecrf.web import guard
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from werkzeug.routing import Rule

VERBS: Final = {
    guard.ANYONE: lazy_gettext("anybody"),
    guard.SIGNED_IN: lazy_gettext("anybody who is signed in"),
    guard.SIGNS: lazy_gettext("who signs some form"),
    "see": lazy_gettext("who sees the form"),
    "enter": lazy_gettext("who enters the form, or items of it"),
    "finish": lazy_gettext("who enters the form as a whole"),
    "sign": lazy_gettext("who signs the form"),
    "verify": lazy_gettext("who verifies the form"),
    "propose": lazy_gettext("who proposes the form"),
}
"""What is asked besides acts, in words."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its methods, what it asks, the roles that may (none: by the table of forms), where."""

    path: str
    methods: str
    asks: str
    roles: tuple[str, ...]
    where: str


def addresses() -> tuple[Address, ...]:
    """List every address of the program but its own files, in the order of the alphabet."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.endpoint not in guard.FILES]
    return tuple(
        _address(rule) for rule in sorted(rules, key=lambda rule: (rule.rule, sorted(rule.methods or ())))
    )


def _address(rule: Rule) -> Address:
    needed = guard.permission(current_app, rule.endpoint)
    methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    words = str(VERBS[needed]) if needed in VERBS else naming.act_name(needed, current())
    roles = tuple(sorted(ACTS.get(needed, ())))
    return Address(
        rule.rule, methods, words, roles, _("own sites only") if "subject" in rule.arguments else ""
    )
