"""Views for people who read the database with SQL; the program itself needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HEAD: Final = """CREATE VIEW item_change AS
SELECT c.seq, c.id AS change_set_id, c.at_utc, f.site, s.code AS subject, f.event, f.event_repeat, f.form,
    f.form_repeat, c.form_data_id, c.to_version, c.study_version, c.user_id, c.username, c.user_name, c.role,
    c.organisation, c.origin, c.cause, c.program_version, """
_JOIN: Final = """
JOIN form_data AS f ON f.id = c.form_data_id JOIN subject AS s ON s.id = f.subject_id"""
_SQLITE: Final = f"""{_HEAD}json_extract(entry.value, '$.path') AS path,
    json_extract(entry.value, '$.old') AS old, json_extract(entry.value, '$.new') AS new,
    coalesce(json_extract(entry.value, '$.reason'), c.reason) AS reason,
    json_extract(entry.value, '$.method') AS method
FROM change_set AS c JOIN json_each(c.diff) AS entry{_JOIN}"""
_POSTGRESQL: Final = f"""{_HEAD}entry->>'path' AS path, nullif(entry->>'old', 'null') AS old,
    nullif(entry->>'new', 'null') AS new, coalesce(entry->>'reason', c.reason) AS reason,
    entry->>'method' AS method
FROM change_set AS c CROSS JOIN LATERAL json_array_elements(c.diff::json) AS entry{_JOIN}"""


def install(connection: Connection) -> None:
    """Create the view `item_change` anew: one row for each item of each save."""
    connection.exec_driver_sql("DROP VIEW IF EXISTS item_change")
    if not inspect(connection).has_table("change_set"):
        return  # half-way through the migrations
    connection.exec_driver_sql(_SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL)
