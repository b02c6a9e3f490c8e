"""Which language a page speaks, and the study's own texts in it; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import g, has_request_context, request, session
from flask_babel import Babel, get_locale
from markupsafe import Markup

from imt_ecrf.study.wording import balanced
from imt_ecrf.web import dates
from imt_ecrf.web.db import installation
from imt_ecrf.web.i18n import catalogue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from flask import Flask

    from imt_ecrf.study.definition import TranslatedText

LANGUAGES: Final = ("en", "ru")


def choose() -> str:
    """Take `?lang`, else what was chosen in this session, else the person's own, else the browser's wish."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    person = getattr(g.get("actor"), "language", None)
    for wish in (asked, session.get("lang"), person):
        if wish in LANGUAGES:
            return str(wish)
    return request.accept_languages.best_match(LANGUAGES) or installation().settings.language


def current() -> str:
    """Give the language of this page, `en` or `ru`, looked up once a page."""
    found: str | None = g.get("spoken")
    if found is None:
        locale = None if has_request_context() else get_locale()
        found = choose() if has_request_context() else str(locale.language) if locale else "en"
        g.spoken = found
    return found


def said(text: TranslatedText | None) -> str:
    """Give a text of the study in the language of this page."""
    return text.in_(current()) if text else ""


def same_page(language: str) -> str:
    """Give the address of this page in another language: relative, so that it does not name the page."""
    if request.method != "GET":
        return f"/?lang={language}"
    kept = [(key, value) for key, values in request.args.lists() for value in values if key != "lang"]
    return f"?{urlencode([*kept, ('lang', language)])}"


def install(app: Flask) -> None:
    """Give an application its translations, and its templates the words for days, figures and study texts."""
    Babel(app, locale_selector=choose)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue().ugettext(text),
        lambda one, many, number: catalogue().ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, text: catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, number: catalogue().unpgettext(context, one, many, number),
    )
    filters: dict[str, Callable[..., str]] = {
        "said": said,
        "apart": apart,
        "day": _day,
        "point": lambda value: dates.point(value, current()),
        "weekday": lambda value: dates.weekday(value, current()),
        "moment": _moment,
        "clock": dates.clock,
        "figure": lambda value: dates.figure(value, current()),
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals["span"] = _span
    app.jinja_env.globals["same_page"] = same_page
    app.context_processor(lambda: {"language": current()})


def apart(text: object) -> Markup:
    """Show somebody's words so that the direction they are written in turns nothing beside them."""
    words = text if isinstance(text, Markup) else balanced(str(text))
    return Markup("<bdi>{}</bdi>").format(words)


def _day(value: dt.date | str | None, year: bool = True) -> str:
    return dates.day(value, current(), year=year)


def _moment(value: dt.datetime | str | None, seconds: bool = False) -> str:
    return dates.moment(value, current(), seconds=seconds)


def _span(first: dt.date, last: dt.date, year: bool = False) -> str:
    return dates.span(first, last, current(), year=year)
