"""Which language a page speaks, and the study's own texts in it; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import g, request, session, url_for
from flask_babel import Babel, get_locale

from imt_ecrf.web import dates
from imt_ecrf.web.db import installation

if TYPE_CHECKING:
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
    """Give the language of this page: `en` or `ru`."""
    return str(get_locale() or "en")


def said(text: TranslatedText | None) -> str:
    """Give a text of the study in the language of this page."""
    return text.in_(current()) if text else ""


def same_page(language: str) -> str:
    """Give the address of this page in another language."""
    if request.endpoint is None or "GET" not in (request.url_rule.methods if request.url_rule else None or ()):
        return f"/?lang={language}"
    known: dict[str, Any] = {key: values for key, values in request.args.lists() if key != "lang"}
    return url_for(request.endpoint, **(request.view_args or {}), **known, lang=language)


def install(app: Flask) -> None:
    """Give an application its translations, and its templates the words for days, figures and study texts."""
    Babel(app, locale_selector=choose)
    filters = {
        "said": said,
        "day": lambda value, year=True: dates.day(value, current(), year=year),
        "weekday": lambda value: dates.weekday(value, current()),
        "moment": lambda value, seconds=False: dates.moment(value, current(), seconds=seconds),
        "clock": dates.clock,
        "figure": lambda value: dates.figure(value, current()),
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals["span"] = lambda first, last, year=False: dates.span(first, last, current(), year=year)
    app.jinja_env.globals["same_page"] = same_page
    app.context_processor(lambda: {"language": current()})
