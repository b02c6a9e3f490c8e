"""The guards as triggers of SQLite and PostgreSQL: renders, installs and looks for them; decides none."""

# ruff: noqa: S608 - the texts put together here are all our own

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from imt_ecrf.store.sentences import ALWAYS, Sentence, sentences

if TYPE_CHECKING:
    from sqlalchemy import Connection

NUMBERED: Final = ("change_set", "event", "signature", "query_message", "verification", "unlock")
_BLANKS: Final = "' ' || char(9, 10, 13, 160)"
_WORDS: Final = {
    "sqlite": {
        "IS DISTINCT FROM": "IS NOT",
        "SHA256(": "sha256(",
        "UTC_NOW": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
        "UNEXPLAINED": (
            f"trim(coalesce(NEW.reason, ''), {_BLANKS}) = '' AND EXISTS ("
            "SELECT 1 FROM json_each(NEW.diff) AS entry LEFT JOIN form_data AS f ON f.id = NEW.form_data_id "
            f"WHERE trim(coalesce(json_extract(entry.value, '$.reason'), ''), {_BLANKS}) = '' "
            "AND (json_type(entry.value, '$.old') IS NOT 'null' OR json_type(f.data, "
            "'$.\"' || json_extract(entry.value, '$.path') || '\"') IS NOT NULL))"
        ),
    },
    "postgresql": {
        "SHA256(NEW.data)": "encode(sha256(convert_to(NEW.data, 'UTF8')), 'hex')",
        "UTC_NOW": """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        "UNEXPLAINED": (
            "btrim(coalesce(NEW.reason, ''), E' \\t\\n\\r\\u00a0') = '' AND EXISTS ("
            "SELECT 1 FROM json_array_elements(NEW.diff::json) AS entry "
            "LEFT JOIN form_data AS f ON f.id = NEW.form_data_id "
            "WHERE btrim(coalesce(entry->>'reason', ''), E' \\t\\n\\r\\u00a0') = '' "
            "AND (json_typeof(entry->'old') IS DISTINCT FROM 'null' "
            "OR f.data::json->(entry->>'path') IS NOT NULL))"
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger of a table: all its sentences for one moment, or TRUNCATE on PostgreSQL."""

    name: str
    table: str
    moment: str
    body: str


def triggers(dialect: str) -> tuple[Trigger, ...]:
    """Render all guards for "sqlite" or "postgresql"."""
    wanted = [one for one in sentences() if dialect == "sqlite" or not one.sqlite_only]
    wanted.sort(key=_place)
    render = _sqlite if dialect == "sqlite" else _postgresql
    found = [render(table, moment, list(group)) for (table, moment), group in groupby(wanted, key=_place)]
    if dialect == "postgresql":
        present = {(one.table, one.moment) for one in found}
        found += [_postgresql(table, "INSERT", []) for table in NUMBERED if (table, "INSERT") not in present]
        found += [_truncate(one.table) for one in found if one.moment == "DELETE"]
    return tuple(found)


def install(connection: Connection) -> None:
    """Create every guard anew; each migration ends with this."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        # a table with checks put off to the commit cannot be altered
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for name, table in _standing(connection):
        on = f" ON {table}" if dialect == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
    present = set(inspect(connection).get_table_names())
    # half-way through the migrations there are tables to come
    for trigger in (one for one in triggers(dialect) if one.table in present):
        for statement in _statements(dialect, trigger):
            # exec_driver_sql without parameters: the percent signs and colons below are the database's own
            connection.exec_driver_sql(statement)


def missing(connection: Connection) -> list[str]:
    """Name the guards that are absent, switched off or not as they should be; empty when all stand."""
    dialect = connection.dialect.name
    present = _bodies(connection)
    return [one.name for one in triggers(dialect) if present.get(one.name) != one.body.strip()]


def _place(sentence: Sentence) -> tuple[str, str]:
    return sentence.table, sentence.moment


def _words(dialect: str, condition: str) -> str:
    for word, meaning in _WORDS[dialect].items():
        condition = condition.replace(word, meaning)
    return condition


def _sqlite(table: str, moment: str, wanted: list[Sentence]) -> Trigger:
    name = f"guard_{table}_{moment.lower()}"
    lines = [
        f"SELECT RAISE(ABORT, '{one.message}')"
        + ("" if one.condition == ALWAYS else f" WHERE {_words('sqlite', one.condition)}")
        for one in wanted
    ]
    body = f"CREATE TRIGGER {name} BEFORE {moment} ON {table} BEGIN\n" + ";\n".join(lines) + ";\nEND"
    return Trigger(name, table, moment, body)


def _postgresql(table: str, moment: str, wanted: list[Sentence]) -> Trigger:
    name = f"guard_{table}_{moment.lower()}"
    lines = []
    if moment == "INSERT" and table in NUMBERED:
        lines.append("NEW.xid := pg_current_xact_id()::text::bigint;")
    for one in wanted:
        refuse = f"RAISE EXCEPTION '{one.message}' USING ERRCODE = 'integrity_constraint_violation';"
        if one.condition == ALWAYS:
            lines.append(refuse)
        else:
            lines.append(f"IF {_words('postgresql', one.condition)} THEN {refuse} END IF;")
    lines.append("RETURN OLD;" if moment == "DELETE" else "RETURN NEW;")
    return Trigger(name, table, moment, "BEGIN\n" + "\n".join(lines) + "\nEND")


def _truncate(table: str) -> Trigger:
    refuse = f"RAISE EXCEPTION 'nothing is deleted from {table}' "
    body = f"BEGIN\n{refuse}USING ERRCODE = 'integrity_constraint_violation';\nEND"
    return Trigger(f"guard_{table}_truncate", table, "TRUNCATE", body)


def _statements(dialect: str, trigger: Trigger) -> list[str]:
    if dialect == "sqlite":
        return [trigger.body]
    each = "STATEMENT" if trigger.moment == "TRUNCATE" else "ROW"
    # the search path is set so that a temporary table named change_set cannot stand in for the real one
    function = (
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_temp AS $guard$\n{trigger.body}\n$guard$"
    )
    create = (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.moment} ON {trigger.table} "
        f"FOR EACH {each} EXECUTE FUNCTION {trigger.name}()"
    )
    # ALWAYS: session_replication_role = replica does not switch it off
    return [function, create, f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}"]


_SQLITE_BODIES: Final = text(
    "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 6) = 'guard_'"
)
_POSTGRESQL_BODIES: Final = text(
    "SELECT t.tgname, c.relname, CASE WHEN t.tgenabled = 'A' THEN p.prosrc ELSE '' END FROM pg_trigger AS t "
    "JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid "
    "WHERE NOT t.tgisinternal AND starts_with(t.tgname, 'guard_') "
    "AND c.relnamespace = to_regnamespace(current_schema())"
)


def _rows(connection: Connection) -> list[tuple[str, str, str]]:
    wanted = _SQLITE_BODIES if connection.dialect.name == "sqlite" else _POSTGRESQL_BODIES
    return [(row[0], row[1], row[2]) for row in connection.execute(wanted)]


def _standing(connection: Connection) -> list[tuple[str, str]]:
    return [(name, table) for name, table, _body in _rows(connection)]


def _bodies(connection: Connection) -> dict[str, str]:
    return {name: body.strip() for name, _table, body in _rows(connection)}
