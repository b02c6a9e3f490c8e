"""What a signature is bound to, and whether it still holds; knows no password and no permission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from imt_ecrf.store.canonical import dumps, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Signature

SignatureState: TypeAlias = Literal["none", "valid", "void"]


def content_sha256(row: FormRow) -> str:
    """Hash what is signed: the place, the form version and the document (values, reasons, units, derived)."""
    return sha256(
        dumps(
            {
                "data_sha256": row.data_sha256,
                "event": row.event,
                "event_repeat": row.event_repeat,
                "form": row.form,
                "form_data_id": row.id,
                "form_repeat": row.form_repeat,
                "study_version": row.study_version,
                "subject_id": row.subject_id,
            }
        )
    )


def standing(signatures: Iterable[Signature]) -> Signature | None:
    """Give the newest signature of a form that was not voided; None when there is none."""
    rows = list(signatures)
    voided = {row.voids for row in rows if row.act == "void"}
    signed = [row for row in rows if row.act == "sign" and row.id not in voided]
    return max(signed, key=lambda row: row.seq, default=None)


def signature_state(signatures: Iterable[Signature]) -> SignatureState:
    """Say whether a form was never signed, is signed, or was signed and the signature is void."""
    rows = list(signatures)
    if standing(rows) is not None:
        return "valid"
    return "void" if any(row.act == "sign" for row in rows) else "none"


def holds(signature: Signature, row: FormRow) -> bool:
    """Tell whether a signature belongs to this form exactly as it stands."""
    return signature.form_data_id == row.id and signature.content_sha256 == content_sha256(row)
