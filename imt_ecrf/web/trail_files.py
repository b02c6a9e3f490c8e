"""The trail as a data file, CSV or JSON, with the SHA-256 of its lines; knows no page."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Any, Final

from flask import Response, jsonify

from imt_ecrf.conduct import events
from imt_ecrf.store.canonical import dumps
from imt_ecrf.web.db import current_actor, writing
from imt_ecrf.web.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imt_ecrf.conduct.trail import Line

COLUMNS: Final = (
    *(
        "seq",
        "at_utc",
        "site",
        "subject",
        "event",
        "event_repeat",
        "form",
        "form_repeat",
        "item",
        "old",
        "new",
    ),
    *("reason", "user_name", "username", "role", "organisation", "version", "origin", "cause", "method"),
    *("study_version", "program_version"),
)
CELL: Final = frozenset("vum")
"""The parts of a kept answer: value, unit, missing reason."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_file(lines: Sequence[Line], name: str, kind: str) -> Response:
    """Give the lines as a file; the header `X-Content-SHA256`, the JSON and the log carry the same sum."""
    rows = [_row(line) for line in lines]
    return table_file(rows, COLUMNS, name, kind)


def table_file(rows: Sequence[dict[str, Any]], columns: Sequence[str], name: str, kind: str) -> Response:
    """Give rows as a file and write down that somebody took it; a dictionary is a form's cell, or facts."""
    total = hashlib.sha256("\n".join(dumps(row) for row in rows).encode()).hexdigest()
    with writing() as session:
        details = {"count": len(rows), "sha256": total, "kind": kind}
        events.log(session, current_actor(), "trail.exported", object=name, details=details)
    if kind == "json":
        response = jsonify(count=len(rows), sha256=total, columns=list(columns), lines=list(rows))
    else:
        response = Response(_csv(rows, columns), mimetype="text/csv; charset=utf-8")
    response.headers["X-Content-SHA256"] = total
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def safe(value: object) -> str:
    """Write a cell so that no spreadsheet runs it as a formula; numbers stay numbers."""
    text = "" if value is None else str(value)
    if not text.startswith(FORMULA) or _number(text):
        return text
    return f"'{text}"


def _number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def _csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    # the mark tells spreadsheets that Cyrillic is UTF-8
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(columns)
    for row in rows:
        table.writerow([safe(_flat(row[key])) for key in columns])
    return out.getvalue()


def _flat(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return plain(value) if value.keys() <= CELL else dumps(value)


def _row(line: Line) -> dict[str, Any]:
    address, change = line.address, line.change
    values = (
        *(change.seq, change.at_utc, line.site, address.subject, address.event, address.event_repeat),
        *(address.form, address.form_repeat, change.path, change.old, change.new, change.reason),
        *(change.user_name, change.username, change.role, change.organisation, change.to_version),
        *(change.origin, change.cause, change.method, change.study_version, change.program_version),
    )
    return dict(zip(COLUMNS, values, strict=True))
