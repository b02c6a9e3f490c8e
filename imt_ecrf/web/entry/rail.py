"""The rail beside a form: each line drawn once for all subjects, the address of the subject filled in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import current_app
from markupsafe import Markup, escape

from imt_ecrf.web.addresses import subject_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.pieces import Kept, cut, fill, slot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MACROS: Final = "macros/shell.html"
MOST: Final = 20_000

_kept: Final[Kept[list[str]]] = Kept(MOST)

Line = tuple[str, str, Any, str, bool]


def drawn_rail(subject: str, forms: Sequence[Line], note: str, logs: Sequence[Line]) -> Markup:
    """Draw the forms of a visit, when there are any, and the logs."""
    start = escape(subject_url(subject))
    visit = _part(start, _("Forms of this visit"), forms, note) if forms else ""
    return Markup(visit) + _part(start, _("Logs"), logs)  # noqa: S704 - both parts are drawn by macros


def _part(start: str, title: str, lines: Sequence[Line], note: str = "") -> Markup:
    around = _kept.get((title, note), partial(_around, title, note))
    drawn = [part for line in lines for part in _line(start, line)]
    listed = Markup("".join(drawn))  # noqa: S704 - drawn by the macro
    return fill(around, (listed,))


def _line(start: str, line: Line) -> list[str]:
    """Give a line in pieces, the address of the subject among them."""
    href, *rest = line
    end = href.removeprefix(start)
    parts = list(_kept.get((end, *rest), partial(_drawn, end, rest)))
    parts[1::2] = [start] * (len(parts) // 2)
    return parts


def _drawn(end: str, rest: Sequence[Any]) -> list[str]:
    return cut(_macro("rail_line")(slot(0) + end, *rest))


def _around(title: str, note: str) -> list[str]:
    return cut(_macro("rail_around")(title, slot(0), note))


def _macro(name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(MACROS).module, name)
    return macro
