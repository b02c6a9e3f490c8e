"""The page given again when a save was refused: what was typed stands in it, with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.queries import NotInThisState, QueryMoved, SaySomething
from imt_ecrf.conduct.refused import HiddenHold, ReasonNeeded, ReasonUnknown, StaleVersion, Unkept
from imt_ecrf.web.entry.boxes import differing
from imt_ecrf.web.entry.merge_page import merge_page
from imt_ecrf.web.entry.page import form_page
from imt_ecrf.web.entry.posted import VersionUnknown
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address, FormRecord
    from imt_ecrf.policy.refusals import Refused
    from imt_ecrf.web.entry.posted import Posted


def again(
    session: Session, actor: Actor, address: Address, posted: Posted, refused: Refused
) -> ResponseReturnValue:
    """Give the form with the typed text, or the merge screen, or the typed text to read."""
    if isinstance(refused, StaleVersion):
        return render_template(
            "visit/merge.html", **merge_page(session, actor, address, posted, refused)
        ), refused.status
    record = entry.open_form(session, actor, address)
    changed = tuple(path for path in _differing(record, posted) if path in record.cells)
    extra: dict[str, Any] = {"posted": posted, "refused": refused.text(current())}
    if isinstance(refused, Unkept):
        extra["problems"] = refused.problems
    elif isinstance(refused, HiddenHold):
        extra |= {"holds": refused.paths, "changed": changed}
    elif isinstance(refused, ReasonNeeded | ReasonUnknown):
        extra["changed"] = changed or getattr(refused, "paths", ())
    elif isinstance(refused, VersionUnknown):
        extra["changed"] = changed
    elif isinstance(refused, QueryMoved | NotInThisState | SaySomething):
        # the query moved, not the form: what was typed stays in the boxes, the answer above them
        extra |= {"changed": changed, "unsent": posted.replies.get(posted.answers_query, "")}
        extra["moved"] = posted.answers_query
    else:
        extra["to_read"] = typed_words(record, posted)
    page = form_page(session, actor, address, typed=posted.answers, **extra)
    return render_template("visit/form.html", **page), refused.status


def typed_words(record: FormRecord, posted: Posted) -> list[tuple[str, str]]:
    """List what was typed and is not kept, as question and text, for a form that takes no answers now."""
    drawn = sheet(record.book, record.address.form, current())
    listed = []
    for path in _differing(record, posted):
        control, answer = drawn.controls.get(path.rsplit(".", 1)[-1]), posted.answers[path]
        texts = answer.value if isinstance(answer.value, tuple) else (answer.value,)
        words = "; ".join(control.codes.get(one, one) if control else one for one in texts)
        row = f"{path.split('.')[1]}: " if "." in path else ""
        listed.append((row + (control.label if control else path), answer.missing or words))
    return listed


def _differing(record: FormRecord, posted: Posted) -> tuple[str, ...]:
    drawn = sheet(record.book, record.address.form, current())
    return differing(drawn, posted.answers, record.cells, current())
