"""What the database itself refuses, to raw SQL and with the application's own account, on both engines."""

# ruff: noqa: S608 - attacks are put together from our own names

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import (
    engines,
    guards,
    journal,
    migrate,
    require,
    roles,
    schema,
    writing,
)
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.documents import set_caches
from imt_ecrf.store.sentences import APPEND_ONLY, KEYS, quoted
from imt_ecrf.store.tables import Base
from tests.store.attacks import TABLES, attacks_on, attacks_on_log, contents, fill, refused
from tests.store.saves import ANNA, AT, FINGERPRINT, FORTY, Study, begin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.postgres import PostgresServer


@pytest.fixture
def full(study: Study, tmp_path: Path) -> Study:
    """Fill every guarded table with at least one row."""
    return fill(study, tmp_path)


@pytest.fixture
def confined(postgres_server: PostgresServer, postgres_url: str, tmp_path: Path) -> Iterator[Study]:
    """Give the same study on PostgreSQL, opened with an account that owns nothing."""
    owner = engines(postgres_url)
    migrate(owner)
    filled = fill(begin(owner), tmp_path)
    postgres_server.run("CREATE ROLE ecrf_app LOGIN")
    with owner.writing.begin() as connection:
        roles.grant(connection, "ecrf_app")
    app = engines(postgres_server.url(owner.writing.url.database or "", "ecrf_app"))
    yield Study(app, filled.subject)
    app.dispose()
    with owner.writing.begin() as connection:
        connection.execute(text("DROP OWNED BY ecrf_app"))
    owner.dispose()
    postgres_server.run("DROP ROLE ecrf_app")


@pytest.mark.req("R02")
def test_no_row_is_deleted_or_replaced_and_no_log_row_changes(full: Study) -> None:
    before = contents(full.engines)
    sqlite = full.engines.sqlite
    for table in TABLES:
        for attack in attacks_on(table, sqlite=sqlite):
            refused(full.engines, attack)
    for table in sorted(APPEND_ONLY):
        for attack in attacks_on_log(table, sqlite=sqlite):
            refused(full.engines, attack)
    assert contents(full.engines) == before


@pytest.mark.req("R02")
def test_the_guards_hold_on_a_plain_connection_with_default_settings(sqlite_url: str, tmp_path: Path) -> None:
    opened = engines(sqlite_url)
    migrate(opened)
    full = fill(begin(opened), tmp_path)
    before = contents(full.engines)
    plain = sqlite3.connect(full.engines.writing.url.database or "")
    for table in TABLES:
        for attack in attacks_on(table, sqlite=True):
            with pytest.raises(sqlite3.Error):
                plain.execute(attack)
    plain.close()
    assert contents(full.engines) == before


@pytest.mark.req("R02")
def test_the_application_account_can_neither_change_the_log_nor_switch_off_its_guards(
    confined: Study,
) -> None:
    before = contents(confined.engines)
    belts = ["SET session_replication_role = replica"]
    for table in TABLES:
        belts += [f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table} CASCADE"]
        belts += attacks_on(table, sqlite=False)
    for table in sorted(APPEND_ONLY):
        belts += attacks_on_log(table, sqlite=False)
    for attack in belts:
        refused(confined.engines, attack)
    assert contents(confined.engines) == before


def test_the_application_account_can_do_its_work(confined: Study) -> None:
    saved = confined.save({"A": {"v": "1"}}, confined.blank(2))
    confined.save({"A": {"v": "2"}}, saved.row, "typing error")
    require(confined.engines)


@pytest.mark.req("R02")
def test_a_temporary_table_cannot_stand_in_for_the_log(confined: Study) -> None:
    row = confined.save({"A": {"v": "1"}}, confined.blank(2)).row
    forged = dumps({"A": {"v": "forged"}})
    with confined.engines.writing.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE change_set (LIKE public.change_set)"))
        connection.execute(
            text(
                "INSERT INTO pg_temp.change_set (seq, id, at_utc, username, user_name, role, organisation, "
                "form_data_id, study_version, from_version, to_version, entry_state, diff, data_sha256, "
                "reason, origin, program_version) VALUES (9, '9', '9', '9', '9', '9', '9', :id, "
                ":fp, 1, 2, 'in progress', '[]', :hash, '', 'cli', '0')"
            ),
            {"id": row.id, "hash": sha256(forged), "fp": FINGERPRINT},
        )
        update = text("UPDATE form_data SET data = :data, data_sha256 = :hash, version = 2 WHERE id = :id")
        with pytest.raises(DBAPIError, match="only with its change_set"):
            connection.execute(update, {"data": forged, "hash": sha256(forged), "id": row.id})
    assert confined.stored(row) == row


SET_DOCUMENT = (
    "UPDATE form_data SET data = :data, data_sha256 = :hash, version = version + :step WHERE id = :id"
)


@pytest.mark.req("R02")
def test_a_raw_update_of_a_document_is_refused(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    other = study.save({"A": {"v": "9"}}, study.blank(2)).row
    forged = dumps({"A": {"v": "forged"}})
    together = "a document and its version change only together"
    with_set = "a document changes only with its change_set, one version on"
    for values, message in [
        ({"data": forged, "hash": row.data_sha256, "step": 0}, together),
        ({"data": row.data, "hash": row.data_sha256, "step": 1}, together),
        ({"data": forged, "hash": sha256(forged), "step": 1}, with_set),
        ({"data": other.data, "hash": other.data_sha256, "step": 1}, with_set),
        ({"data": forged, "hash": sha256(forged), "step": 2}, with_set),
        ({"data": forged, "hash": sha256(forged), "step": -1}, with_set),
    ]:
        assert message in refused(study.engines, SET_DOCUMENT, {**values, "id": row.id})
    assert study.stored(row) == row


@pytest.mark.req("R02")
def test_a_document_that_is_not_the_one_of_its_change_set_is_refused(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    true, forged = dumps({"A": {"v": "2"}}), dumps({"A": {"v": "forged"}})
    entry = {"path": "A", "old": {"v": "1"}, "new": {"v": "2"}, "reason": "correction"}
    with study.engines.turn(), study.engines.writing.connect() as connection:
        add_set(connection, row.id, [entry], sha256(true))
        with pytest.raises(DBAPIError, match="the hash is not that of the document"):
            connection.execute(
                text(SET_DOCUMENT), {"data": forged, "hash": sha256(true), "step": 1, "id": row.id}
            )
    assert study.stored(row) == row


def add_set(
    connection: Connection, form: str, diff: list[dict[str, Any]], digest: str, reason: str = ""
) -> None:
    connection.execute(
        text(
            "INSERT INTO change_set (id, at_utc, username, user_name, role, organisation, form_data_id, "
            "study_version, from_version, to_version, entry_state, diff, data_sha256, reason, origin, "
            "program_version) VALUES ('raw', :at, 'x', 'x', 'x', 'x', :form, :fp, 1, 2, 'in progress', "
            ":diff, :hash, :reason, 'cli', '0')"
        ),
        {"at": AT, "fp": FINGERPRINT, "form": form, "diff": dumps(diff), "hash": digest, "reason": reason},
    )


@pytest.mark.req("R04")
@pytest.mark.parametrize("blank", ["", "  ", "\t\n", "\u00a0"])
def test_raw_sql_cannot_replace_a_value_without_a_reason(study: Study, blank: str) -> None:
    row = study.save({"A": {"v": "1"}}).row
    change = {"path": "A", "old": {"v": "1"}, "new": {"v": "2"}, "reason": blank}
    pretended = {"path": "A", "old": None, "new": {"v": "2"}}
    untold = {"path": "A", "new": {"v": "2"}}
    for entry in (change, {**change, "new": None}, pretended, untold):
        entries = [{"path": "B", "old": None, "new": {"v": "1"}}, entry]
        with (
            study.engines.turn(),
            study.engines.writing.connect() as connection,
            pytest.raises(DBAPIError, match="needs a reason"),
        ):
            add_set(connection, row.id, entries, "x", blank)


@pytest.mark.req("R04")
def test_a_first_entry_needs_no_reason_and_a_change_needs_one(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    with pytest.raises(DBAPIError, match="needs a reason"):
        study.save({"A": {"v": "2"}}, row)
    assert study.save({"A": {"v": "1"}, "B": {"v": "2"}}, row).row.version == 2


def test_a_form_begins_with_its_change_set_and_without_marks(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    copy = (
        "INSERT INTO form_data SELECT 'new', subject_id, site, event, event_repeat, form, 7, study_version, "
        "{v}, entry_state, state_seq, data, data_sha256, struck, item_state, owed, hard, soft, open_queries, "
        "answered_queries, signature, verified, NULL, NULL, NULL, NULL, created_at, created_by, updated_at, "
        "updated_by, 0, 0, 0, 0, 0 FROM form_data WHERE id = :id"
    )
    for version in ("1", "2"):
        assert "begins with its change_set" in refused(study.engines, copy.format(v=version), {"id": row.id})


def test_the_keys_of_a_row_never_change(full: Study) -> None:
    for table, keys in KEYS.items():
        for key in keys:
            kind = Base.metadata.tables[table].c[key].type.python_type
            other = {bool: f"NOT {quoted(key)}", int: "99", str: "'other'"}[kind]
            message = refused(full.engines, f"UPDATE {table} SET {quoted(key)} = {other}")
            assert f"the keys of {table} never change" in message


def test_the_state_of_a_form_moves_only_with_an_event(study: Study) -> None:
    row = study.save(FORTY).row
    raw = "UPDATE form_data SET entry_state = 'complete', state_seq = {seq} WHERE id = :id"
    assert "changes only with" in refused(study.engines, raw.format(seq=0), {"id": row.id})
    with writing(study.engines, ANNA) as session:
        seq = journal.move_form(session.connection(), row, "complete", ANNA, at=AT, act="form.completed")
    done = study.stored(row)
    assert (done.entry_state, done.state_seq, done.version) == ("complete", seq, 1)
    back = raw.replace("'complete'", "'in progress'")
    assert "changes only with" in refused(study.engines, back.format(seq=seq), {"id": row.id})


def test_counters_may_be_written_anew(study: Study) -> None:
    row = study.save(FORTY).row
    with writing(study.engines, ANNA) as session:
        set_caches(session.connection(), row.id, {"owed": 3, "item_state": dumps({"hidden": ["A"]})})
    stored = study.stored(row)
    assert (stored.owed, stored.items, stored.version) == (3, {"hidden": ["A"]}, 1)


def test_the_state_of_a_visit_and_of_a_query_moves_only_with_the_log(full: Study) -> None:
    for table in ("event_data", "query"):
        assert "changes only with" in refused(full.engines, f"UPDATE {table} SET state = 'closed'")


def test_an_absent_or_altered_guard_keeps_the_database_from_being_served(study: Study) -> None:
    require(study.engines)
    on = "" if study.engines.sqlite else " ON form_data"
    with study.engines.turn(), study.engines.writing.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER guard_form_data_update{on}")
        if study.engines.sqlite:
            connection.exec_driver_sql("DROP TRIGGER guard_event_delete")
            connection.exec_driver_sql(
                "CREATE TRIGGER guard_event_delete BEFORE DELETE ON event BEGIN SELECT 1; END"
            )
        else:
            connection.exec_driver_sql("ALTER TABLE event ENABLE TRIGGER guard_event_delete")
        assert schema.faults(connection) == [
            "The guard guard_event_delete is missing or changed.",
            "The guard guard_form_data_update is missing or changed.",
        ]
        guards.install(connection)
        assert schema.faults(connection) == []
