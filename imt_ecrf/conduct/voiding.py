"""What a changed value takes back: signatures and verifications of its form; knows no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from imt_ecrf import __version__
from imt_ecrf.store import journal
from imt_ecrf.store.tables import Signature, Verification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import FormRow, Saved
    from imt_ecrf.store.who import Who

SIGN: Final = "sign"
VOID: Final = "void"
VERIFY: Final = "verify"
LAPSE: Final = "lapse"


def standing_signatures(session: Session, form_id: str) -> list[Signature]:
    """List the signatures of a form that have not been voided, oldest first."""
    rows = session.scalars(
        select(Signature).where(Signature.form_data_id == form_id).order_by(Signature.seq)
    ).all()
    voided = {row.voids for row in rows if row.act == VOID}
    return [row for row in rows if row.act == SIGN and row.id not in voided]


def take_back(
    session: Session, before: FormRow, saved: Saved, paths: Iterable[str], who: Who, *, at: str
) -> tuple[str, ...]:
    """Void the signatures and lapse the verifications a change reaches; give the ids of the signatures."""
    changed = sorted(paths)
    _lapse(session, saved, changed, who, at)
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


def _lapse(session: Session, saved: Saved, changed: list[str], who: Who, at: str) -> None:
    if saved.row.verified == "none":
        return
    wanted = select(Verification).where(
        Verification.form_data_id == saved.row.id, Verification.path.in_(changed)
    )
    latest = {row.path: row.act for row in session.scalars(wanted.order_by(Verification.seq))}
    for path in (path for path, act in latest.items() if act == VERIFY):
        values = {
            **_by(who, at),
            "act": LAPSE,
            "form_data_id": saved.row.id,
            "form_version": saved.row.version,
            "path": path,
            "cause": saved.change_set,
        }
        session.execute(insert(Verification).values(values))


def _by(who: Who, at: str) -> dict[str, Any]:
    return {**journal.by(who), "at_utc": at}
