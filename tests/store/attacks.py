"""A study with a row in every guarded table, and what an intruder with SQL may try on it."""

# ruff: noqa: S608 - attacks are put together from our own names

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import Engines, journal, reading, writing
from imt_ecrf.store.canonical import sha256
from imt_ecrf.store.seal import seal_key, seal_log
from imt_ecrf.store.sentences import VOLATILE
from imt_ecrf.store.tables import (
    Base,
    Delegation,
    EventData,
    LabRange,
    Membership,
    Query,
    Setting,
    Signature,
    StoredFile,
    StudyTests,
    Unlock,
    Verification,
)
from tests.store.saves import ANNA, AT, BORIS, FINGERPRINT, FORTY, Study

if TYPE_CHECKING:
    from pathlib import Path

TABLES = [table.name for table in Base.metadata.sorted_tables if table.name not in VOLATILE]


def fill(study: Study, folder: Path) -> Study:
    row = study.save(FORTY).row
    with writing(study.engines, ANNA) as session:
        who: dict[str, Any] = {**journal.by(ANNA), "at_utc": AT}
        delegated = {"delegated_at": AT, "delegated_by": "boris"}
        visit = EventData(subject_id=study.subject, site="01", event="SE_UNS", state="planned")
        query = Query(
            form_data_id=row.id, subject_id=study.subject, site="01", event="SE_UNS", event_repeat=1,
            form="F_VS", form_repeat=1, path="VS_ITEM01", origin="manual", opened_at=AT,
            opened_by="boris", changed_at=AT,
        )  # fmt: skip
        session.add_all(
            [
                visit,
                query,
                Setting(key="k", value="1", set_at=AT, set_by="x"),
                StudyTests(
                    fingerprint=FINGERPRINT, built_by="x", results="{}", tested_at=AT, approved_by="boris"
                ),
                LabRange(
                    site="01", laboratory="L", test="ALT", unit="U_L", valid_from="2026-01-01", entered_at=AT,
                    entered_by="x",
                ),
                Membership(user_id="u-1", role="CRC", site="01", from_utc=AT, granted_at=AT, granted_by="x"),
                Delegation(user_id="u-1", site="01", task="sign", from_utc=AT, **delegated),
                StoredFile(
                    kind="casebook", content_sha256="c", path="p", sha256="s", size=1, made_at=AT, made_by="x"
                ),
                Signature(
                    **who, act="sign", form_data_id=row.id, form_version=1, content_sha256="x",
                    meaning="review", meaning_text="I reviewed it", batch="b", program_version="0",
                ),
                Verification(**who, act="verify", form_data_id=row.id, form_version=1, path="VS_ITEM01"),
                Unlock(
                    **who, subject_id=study.subject, first_approver="a", second_approver="b",
                    expires_at="2027-01-01T00:00:00.000000Z", reason="late result",
                ),
            ]
        )  # fmt: skip
        session.flush()
        journal.move_event(session.connection(), visit, "in progress", ANNA, at=AT, act="visit.opened")
        journal.say(session.connection(), query.id, "?", BORIS, at=AT, act="open", to_state="open")
    seal_log(study.engines, seal_key(folder / "keys"))
    return study


def contents(opened: Engines) -> dict[str, str]:
    with reading(opened) as session:
        rows = {name: session.execute(text(f"SELECT * FROM {name} ORDER BY 1")).all() for name in TABLES}
    return {name: sha256(repr(found)) for name, found in rows.items()}


def refused(opened: Engines, sentence: str, values: dict[str, Any] | None = None) -> str:
    with pytest.raises(DBAPIError) as problem, opened.turn(), opened.writing.begin() as connection:
        connection.execute(text(sentence), values or {})
    return str(problem.value.orig)


def some_column(table: str) -> str:
    return next(column.name for column in Base.metadata.tables[table].columns if not column.primary_key)


def attacks_on(table: str, *, sqlite: bool) -> list[str]:
    """List ways to change, remove or replace the rows of a table."""
    column = some_column(table)
    if sqlite:
        return [
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {column} = '0'",
        ]
    return [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"]


def attacks_on_log(table: str, *, sqlite: bool) -> list[str]:
    column = some_column(table)
    found = [f"UPDATE {table} SET {column} = {column}", f"UPDATE {table} SET {column} = NULL"]
    if sqlite:
        return [*found, f"UPDATE OR REPLACE {table} SET {column} = {column}"]
    key = Base.metadata.tables[table].primary_key.columns[0].name
    upsert = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} "
    return [*found, f"{upsert} ON CONFLICT ({key}) DO UPDATE SET {column} = EXCLUDED.{column}"]
