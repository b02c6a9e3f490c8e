"""The audit trail of a subject as CSV, one line an item change; knows no paper."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.store import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Subject

COLUMNS: Final = (
    *("subject", "event", "event_repeat", "form", "form_repeat", "seq", "version", "at_utc", "username"),
    *("name", "role", "organisation", "item", "old", "old_unit", "old_missing", "new", "new_unit"),
    *("new_missing", "reason", "method", "origin", "program_version"),
)
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def trail_csv(session: Session, subject: Subject, rows: Sequence[FormRow]) -> bytes:
    """Write every change of these forms, oldest first within a form."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    connection = session.connection()
    for row in rows:
        for change in documents.history(connection, row.id):
            writer.writerow(map(_inert, (
                subject.code, row.event, str(row.event_repeat), row.form, str(row.form_repeat),
                str(change.seq),
                str(change.to_version), change.at_utc, change.username, change.user_name, change.role,
                change.organisation, change.path, *_cell(change.old), *_cell(change.new), change.reason,
                change.method or "", change.origin, change.program_version,
            )))  # fmt: skip
    return ("\ufeff" + out.getvalue()).encode()


def _cell(cell: Any) -> tuple[str, str, str]:
    value = (cell or {}).get("v", "")
    said = ";".join(value) if isinstance(value, list) else str(value)
    return said, (cell or {}).get("u", ""), (cell or {}).get("m", "")


def _inert(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) and not _number(text) else text


def _number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()
