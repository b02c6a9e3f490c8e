"""Judging a copy that somebody brings: genuine, altered or not ours; anyone may ask, within limits."""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Blueprint, g, render_template, request, send_file
from flask_babel import lazy_gettext

from imt_ecrf.conduct import events
from imt_ecrf.conduct.actor import Actor
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.reporting.certificate import seal_files
from imt_ecrf.reporting.verdict import ALTERED, FOREIGN, GENUINE, Verdict, verdict
from imt_ecrf.web.bodies import takes
from imt_ecrf.web.db import installation, writing
from imt_ecrf.web.guard import permit
from imt_ecrf.web.language import current
from imt_ecrf.web.pages.casebooks import house_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("checking", __name__, url_prefix="/check-copy")

LARGEST: Final = 50_000_000
A_MINUTE: Final = 6
WAIT: Final = 20
AT_ONCE: Final = threading.BoundedSemaphore(2)
TITLES: Final = {
    GENUINE: lazy_gettext("This copy is genuine"),
    ALTERED: lazy_gettext("This copy was altered"),
    FOREIGN: lazy_gettext("This is not a copy of this installation"),
}
ENCRYPTED: Final = lazy_gettext(
    "It is encrypted, and copies made here never are. Check the file as it was handed out."
)
SENTENCES: Final = {
    (GENUINE, ""): lazy_gettext("Each byte is as it was when the file was made here."),
    (GENUINE, "unrecorded"): lazy_gettext(
        "Its seal stands and nothing was changed after it, but the file is in no record of this installation."
    ),
    (ALTERED, "added"): lazy_gettext(
        "A copy made here stands at its beginning; something was written behind it."
    ),
    (ALTERED, "broken"): lazy_gettext(
        "It carries the seal of this installation, which no longer fits its contents."
    ),
    (ALTERED, "begins"): lazy_gettext(
        "It begins as a copy made here; further on it differs, or it is cut off."
    ),
    (ALTERED, "encrypted"): ENCRYPTED,
    (FOREIGN, "encrypted"): ENCRYPTED,
    (FOREIGN, "damaged"): lazy_gettext("It cannot be read as a PDF: it is incomplete or damaged."),
    (FOREIGN, "no pdf"): lazy_gettext("It is not a PDF."),
    (FOREIGN, "no bytes"): lazy_gettext("The file is empty."),
    (FOREIGN, ""): lazy_gettext(
        "It was not made here, or it was changed so much that nothing of it is left."
    ),
    (FOREIGN, "zip"): lazy_gettext("It is in no record. Unpack it and check each PDF in it by itself."),
    (FOREIGN, "unsealed"): lazy_gettext(
        "It carries no seal. A copy without a seal (made for submission) is known by its exact bytes only: "
        "after any change it is unknown."
    ),
    (FOREIGN, "revoked"): lazy_gettext(
        "It is in no record, and its seal was made with a certificate that was revoked."
    ),
}


class NoFile(Refused):
    """Choose the file of the copy first."""

    ru = "Сначала выберите файл копии."


class Busy(Refused):
    """Other files are being checked; try again in a moment."""

    ru = "Сейчас проверяются другие файлы; повторите немного позже."
    status = 503


@blueprint.get("")
@permit("anyone")
def show() -> ResponseReturnValue:
    """Ask for the file."""
    return _page()


@blueprint.post("")
@permit("anyone")
@takes(LARGEST, A_MINUTE)
def check() -> ResponseReturnValue:
    """Judge the file that was sent, and log the verdict; the file itself is not kept."""
    try:
        with _brought() as file, _turn():
            found = verdict(house_of(), file, g.actor)
    except Refused as refused:
        return _page(problem=refused.text(current())), refused.status
    who = g.actor or Actor(None, "-", "", (), clock=installation().clock, ip=request.remote_addr or "")
    role = "" if g.actor else "-"
    with writing() as session:
        details = {"sha256": found.sha256, "verdict": found.word, "why": found.why}
        events.log(session, who, "copy.checked", role, object=found.sha256, details=details)
    return _page(found)


@blueprint.get("/withdrawn.crl")
@permit("anyone")
def withdrawn() -> ResponseReturnValue:
    """Give the list of revoked certificates that the installation's authority signed."""
    files = seal_files(house_of().keys)
    if not files.list.is_file():
        raise NotFound
    return send_file(files.list, mimetype="application/x-pem-file", as_attachment=True)


def _page(found: Verdict | None = None, problem: str = "") -> str:
    sentence = SENTENCES.get((found.word, found.why), "") if found else ""
    return render_template(
        "checking/show.html", found=found, problem=problem, title=TITLES.get(found.word) if found else None,
        sentence=sentence, largest=LARGEST // 1_000_000,
    )  # fmt: skip


@contextmanager
def _brought() -> Iterator[Path]:
    """Put the file that was sent into a folder of its own, which is gone afterwards."""
    sent = request.files.get("copy")
    if sent is None or not sent.filename:
        raise NoFile
    with tempfile.TemporaryDirectory(prefix="imt-ecrf-copy-") as folder:
        file = Path(folder, "copy")
        sent.save(file)
        yield file


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for a turn: two files are judged at once, so that others can still work."""
    if not AT_ONCE.acquire(timeout=WAIT):
        raise Busy
    try:
        yield
    finally:
        AT_ONCE.release()
