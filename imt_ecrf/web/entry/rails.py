"""The rail beside a form: drawn once for all subjects whose forms stand alike; knows no state of a form."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, request
from markupsafe import Markup

from imt_ecrf.web.addresses import subject_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.pieces import Cut, Kept, cut, fill, slot

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

MACROS: Final = "macros/shell.html"
MOST: Final = 1000
NOBODY: Final = f"s{secrets.token_hex(8)}"
"""Stands for the subject while a rail is drawn: passes through addresses as it is."""

_kept: Final[Kept[Cut]] = Kept(MOST)


def drawn(key: Hashable, subject: str, listed: Callable[[str], Mapping[str, Any]]) -> Markup:
    """Draw a rail; `key` names all that `listed` gives for a subject, but for the subject."""
    parts = _kept.get((key, request.script_root), lambda: _draw(listed(NOBODY)))
    return fill(parts, (subject_url(subject),))


def _draw(listed: Mapping[str, Any]) -> Cut:
    macro: Any = current_app.jinja_env.get_template(MACROS).module
    visit = macro.rail(_("Forms of this visit"), listed["forms"], listed["note"]) if listed["forms"] else ""
    html = Markup(visit) + macro.rail(_("Logs"), listed["logs"])  # noqa: S704 - both are drawn by macros
    return cut(str(html).replace(subject_url(NOBODY), slot(0)))
