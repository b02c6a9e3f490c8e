"""Pages for what cannot be done: a sentence in the reader's language and a way on, never a bare error."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final

from flask import g, jsonify, render_template, request
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from imt_ecrf.conduct import events
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.web.db import db, installation, writing
from imt_ecrf.web.not_permitted import why_not

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

LOG: Final = logging.getLogger(__name__)
TITLES: Final = {
    400: lazy_gettext("This request cannot be read"),
    401: lazy_gettext("Sign in first"),
    403: lazy_gettext("Not permitted"),
    404: lazy_gettext("Nothing here"),
    405: lazy_gettext("This address is not used in this way"),
    409: lazy_gettext("This is not possible now"),
    413: lazy_gettext("Too much at once"),
    422: lazy_gettext("This cannot be done"),
    500: lazy_gettext("Something went wrong on the server"),
    503: lazy_gettext("Not ready yet"),
}
SENTENCES: Final = {
    400: lazy_gettext("The browser sent something the program does not understand. Go back and try again."),
    404: lazy_gettext("There is nothing here, or it is not for you."),
    405: lazy_gettext("Go back and use the buttons of the page."),
    413: lazy_gettext(
        "More was sent than one form can hold. Nothing was saved; "
        "what you typed is still in the page before."
    ),
    500: lazy_gettext(
        "Nothing was saved by this step. Tell support the number below; "
        "it finds the record of what happened."
    ),
}  # fmt: skip
CSRF: Final = lazy_gettext(
    "The page was open too long or came from elsewhere. Open it again and repeat the step."
)
SERVER: Final = 500


def refused(problem: Refused) -> ResponseReturnValue:
    """Answer a refusal with its own sentence."""
    hidden = isinstance(problem, NotFound) and request.method == "POST"
    if (hidden or isinstance(problem, NotPermitted)) and g.get("actor"):
        _remember()
    # a strange site, a blinded form and a code nobody has must not differ by a single byte
    text = str(SENTENCES[404]) if problem.status == 404 else why_not(problem, g.get("actor"))  # noqa: PLR2004
    return answer(problem.status, text)


def http(problem: HTTPException) -> ResponseReturnValue:
    """Answer what Flask refuses: unknown addresses, too large bodies, wrong methods."""
    code = problem.code or SERVER
    if code < 400:  # noqa: PLR2004 - a redirect is not a problem
        return problem
    return answer(code, str(SENTENCES.get(code, SENTENCES[400])))


def forged(_problem: CSRFError) -> ResponseReturnValue:
    """Answer a request without the token of its page."""
    return answer(400, str(CSRF))


def broken(problem: Exception) -> ResponseReturnValue:
    """Answer a fault of the program: a number for support, everything else only in the server's log."""
    number = secrets.token_hex(4)
    LOG.error("fault %s at %s %s", number, request.method, request.endpoint, exc_info=problem)
    db.session.rollback()
    return answer(SERVER, str(SENTENCES[SERVER]), number, page="errors/broken.html")


def answer(
    code: int, sentence: str, number: str = "", page: str = "errors/error.html"
) -> ResponseReturnValue:
    """Give the page (or the data, when data were asked for) of a refusal."""
    title = str(TITLES.get(code, TITLES[400]))
    if request.accept_mimetypes.best == "application/json" or request.is_json:
        return jsonify(status=code, title=title, text=sentence, reference=number), code
    return render_template(page, code=code, title=title, sentence=sentence, number=number), code


def install(app: Flask) -> None:
    """Give an application its pages for what cannot be done."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, http)
    if not app.config["TESTING"]:
        app.register_error_handler(Exception, broken)


def _remember() -> None:
    """Log that somebody tried what the role does not allow, or to change what is hidden (R19)."""
    with writing() as session:
        details = {
            "method": request.method,
            "endpoint": request.endpoint,
            "kind": installation().settings.kind,
        }
        names = {key: str(value) for key, value in (request.view_args or {}).items()}
        events.log(session, g.actor, "access.refused", outcome="refused", details=details | {"names": names})
