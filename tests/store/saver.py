"""A process that saves one form again and again and tells each save that is kept; it is to be killed."""

from __future__ import annotations

import sys

from imt_ecrf.store import Who, engines, writing
from imt_ecrf.store.changes import difference
from imt_ecrf.store.documents import load_form, put

SAVER = Who("u-1", "anna", "Anna Ivanova", "CRC", "Hospital One")


def main(url: str, form_id: str) -> None:
    """Save for ever, one line of output for each acknowledged version."""
    opened = engines(url)
    while True:
        with writing(opened, SAVER) as session:
            connection = session.connection()
            row = load_form(connection, form_id, lock=True)
            assert row is not None
            new = {f"VS_ITEM{number:02d}": {"v": f"{row.version}.{number}"} for number in range(40)}
            changes = difference(row.document, new, {"*": "again"})
            saved = put(connection, row, changes, SAVER, at="2026-03-01T10:00:00.000000Z")
        sys.stdout.write(f"{saved.row.version}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
