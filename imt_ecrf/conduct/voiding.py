"""What a changed value takes back: signatures and verifications of its form; knows no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from imt_ecrf import __version__
from imt_ecrf.conduct import runtime, sdv_marks, sdv_triggers
from imt_ecrf.store import journal
from imt_ecrf.store.tables import Signature

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import FormRow, Pending, Saved
    from imt_ecrf.store.who import Who

SIGN: Final = "sign"
VOID: Final = "void"


def standing_signatures(session: Session, form_id: str) -> list[Signature]:
    """List the signatures of a form that have not been voided, oldest first."""
    rows = session.scalars(
        select(Signature).where(Signature.form_data_id == form_id).order_by(Signature.seq)
    ).all()
    voided = {row.voids for row in rows if row.act == VOID}
    return [row for row in rows if row.act == SIGN and row.id not in voided]


def take_back(
    session: Session, before: FormRow, saved: Pending | Saved, paths: Iterable[str], who: Who, *, at: str
) -> tuple[str, ...]:
    """Void the signatures and lapse the verifications a change reaches; give the ids of the signatures."""
    changed = sorted(paths)
    _lapse(session, before, saved, changed, who=who, at=at)
    standing = standing_signatures(session, saved.row.id) if before.signature == "valid" else []
    for one in standing:
        values = {
            **_by(who, at),
            "act": VOID,
            "form_data_id": saved.row.id,
            "form_version": saved.row.version,
            "content_sha256": one.content_sha256,
            "meaning": one.meaning,
            "meaning_text": one.meaning_text,
            "batch": one.batch,
            "voids": one.id,
            "cause": saved.change_set,
            "reason": ", ".join(changed),
            "program_version": __version__,
        }
        session.execute(insert(Signature).values(values))
    return tuple(one.id for one in standing)


def _lapse(
    session: Session, before: FormRow, saved: Pending | Saved, changed: list[str], *, who: Who, at: str
) -> None:
    """Take marks back from what changed, and count anew what is due; derived values alone move neither."""
    book = runtime.study(session, saved.row.study_version).book
    moved = before.struck != saved.row.struck or any(
        "@" in path or not book.item(path.rpartition(".")[2]).derived for path in changed
    )
    if before.version and (moved or saved.row.verified != "none"):
        sdv_marks.lapse(session.connection(), saved.row, changed, who, at=at, cause=saved.change_set)
    if moved or saved.row.verified != "none":
        sdv_marks.recount(session, saved.row)
        sdv_triggers.deviation_saved(session, saved.row, at)


def _by(who: Who, at: str) -> dict[str, Any]:
    return {**journal.by(who), "at_utc": at}
