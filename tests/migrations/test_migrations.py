"""Each migration with awkward data, and that all of them together give the tables the program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import NotReady, engines, migrate, require, schema
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.tables import (
    Base,
    DueWork,
    PlannedVisit,
    Site,
    StoredFile,
    StudyTests,
    StudyVersion,
    Subject,
)
from imt_ecrf.store.verify import verify
from tests.store.saves import begin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.store import Engines


@pytest.fixture
def empty(database_url: str) -> Iterator[Engines]:
    """Open a database with nothing in it."""
    opened = engines(database_url)
    yield opened
    opened.dispose()


def test_all_migrations_give_the_tables_the_program_knows(empty: Engines) -> None:
    migrate(empty)
    with empty.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert schema.faults(connection) == []


def test_an_empty_database_is_not_served(empty: Engines) -> None:
    with pytest.raises(NotReady, match="stands at revision none"):
        require(empty)
    migrate(empty)
    require(empty)


def test_migrating_twice_changes_nothing(empty: Engines) -> None:
    migrate(empty)
    tables = inspect(empty.reading).get_table_names()
    migrate(empty.writing.url.render_as_string(hide_password=False))
    assert inspect(empty.reading).get_table_names() == tables
    require(empty)


AWKWARD = ["", " ", 'O\'Brien "x"', "Больница №1 🏥", "%s :name {x}", "a\nb\tc", "\\u0000", "й и\u0306"]
AT = "2026-10-25T02:30:00.000000Z"


def add(opened: Engines, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write rows as an installation of that time would have had them."""
    with opened.turn(), opened.writing.begin() as connection:
        connection.execute(Base.metadata.tables[table.__tablename__].insert(), rows)


def column(opened: Engines, sentence: str) -> list[Any]:
    """Read one column."""
    with opened.reading.connect() as connection:
        return list(connection.execute(text(sentence)).scalars())


def sites() -> list[dict[str, Any]]:
    """Name a site by each awkward text."""
    return [
        {
            "code": f"{number:02}", "name": name, "name_ru": name, "timezone": "Asia/Vladivostok",
            "active": True, "settings": "{}", "created_at": AT, "created_by": name,
        }
        for number, name in enumerate(AWKWARD)
    ]  # fmt: skip


def subjects() -> list[dict[str, Any]]:
    """Screen a subject with each awkward text at the first site."""
    return [
        {
            "id": f"s-{number}", "code": f"00-{number:03}", "site": "00", "number": number,
            "state": "SCREENING", "facts": dumps({"note": name}), "screened_at": AT, "screened_by": name,
        }
        for number, name in enumerate(AWKWARD)
    ]  # fmt: skip


def test_people_and_study_keep_awkward_data_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_people_and_study")
    add(empty, Site, sites())
    migrate(empty)
    assert column(empty, "SELECT name FROM site ORDER BY code") == AWKWARD
    require(empty)


def test_participants_keep_awkward_data_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_participants")
    add(empty, Site, sites())
    add(empty, Subject, subjects())
    migrate(empty)
    assert column(empty, "SELECT screened_by FROM subject ORDER BY code") == AWKWARD
    facts = column(empty, "SELECT facts FROM subject ORDER BY code")
    assert [sha256(one) for one in facts] == [sha256(dumps({"note": name})) for name in AWKWARD]
    require(empty)


def test_trail_keeps_awkward_data_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_trail")
    study = begin(empty)
    document = {f"ITEM{number}": {"v": name} for number, name in enumerate(AWKWARD)}
    row = study.save(document, reason=" ").row
    migrate(empty)
    assert study.stored(row) == row
    assert verify(empty) == []


def test_work_keeps_awkward_data_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_work")
    files = [
        {"id": str(number), "kind": "casebook", "content_sha256": "c", "scope": name, "certificate": "",
         "path": name, "sha256": "s", "size": 2**31 - 1, "made_at": AT, "made_by": name}
        for number, name in enumerate(AWKWARD)
    ]  # fmt: skip
    add(empty, StoredFile, files)
    migrate(empty)
    assert column(empty, "SELECT path FROM stored_file ORDER BY id") == AWKWARD
    assert column(empty, "SELECT max(size) FROM stored_file") == [2**31 - 1]
    require(empty)


def test_tests_of_the_study_leave_versions_published_before_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_work")
    versions = [
        {"seq": number + 1, "fingerprint": f"fp-{number}", "name": name, "document": dumps({"name": name}),
         "note": name, "published_at": AT, "published_by": name}
        for number, name in enumerate(AWKWARD)
    ]  # fmt: skip
    add(empty, StudyVersion, versions)
    migrate(empty)
    assert column(empty, "SELECT name FROM study_version ORDER BY seq") == AWKWARD
    assert column(empty, "SELECT fingerprint FROM study_tests") == []
    kept = {"built_by": "", "results": "{}", "tested_at": AT, "approved_by": "x"}
    add(empty, StudyTests, [{"seq": 1, "fingerprint": "fp-0", **kept}])
    with pytest.raises(DBAPIError), empty.turn(), empty.writing.begin() as connection:
        connection.execute(text("UPDATE study_tests SET built_by = 'y'"))
    require(empty)


def test_verification_progress_leaves_filled_forms_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_tests_of_the_study")
    study = begin(empty)
    document = {f"ITEM{number}": {"v": name} for number, name in enumerate(AWKWARD)}
    row = study.save(document, reason=" ").row
    migrate(empty)
    assert study.stored(row) == row
    for name in ("due_items", "verified_items", "lapsed_items", "due_critical", "verified_critical"):
        assert column(empty, f"SELECT {name} FROM form_data") == [0]  # noqa: S608 - our own names
    assert verify(empty) == []
    require(empty)


def test_planned_visits_leave_subjects_and_forms_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_verification_progress")
    study = begin(empty)
    document = {f"ITEM{number}": {"v": name} for number, name in enumerate(AWKWARD)}
    row = study.save(document, reason=" ").row
    before = column(empty, "SELECT facts FROM subject ORDER BY code")
    migrate(empty)
    assert study.stored(row) == row
    assert column(empty, "SELECT facts FROM subject ORDER BY code") == before
    assert column(empty, "SELECT count(*) FROM planned_visit") == [0]
    assert verify(empty) == []
    require(empty)


def test_an_index_of_windows_leaves_planned_visits_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_waiting_forms")
    add(empty, Site, sites())
    add(empty, Subject, subjects())
    days: list[tuple[str | None, ...]] = [(None, None, None), ("2026-02-28", "2026-02-28", "2026-03-01")]
    planned = [
        {
            "subject_id": f"s-{number}", "event": name, "event_repeat": number, "site": "00",
            "opened": not number, "target": target, "window_from": first, "window_to": last,
        }
        for number, name in enumerate(AWKWARD)
        for target, first, last in [days[number % 2]]
    ]  # fmt: skip
    add(empty, PlannedVisit, planned)
    migrate(empty)
    told = "SELECT event, window_from, window_to, opened FROM planned_visit ORDER BY event_repeat"
    with empty.reading.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(told))]
    assert found == [
        (name, days[number % 2][1], days[number % 2][2], not number) for number, name in enumerate(AWKWARD)
    ]
    require(empty)


def test_what_is_due_begins_empty_and_leaves_subjects_and_forms_as_they_are(empty: Engines) -> None:
    migrate(empty, "2026_11_22_windows_that_open")
    study = begin(empty)
    row = study.save({f"ITEM{number}": {"v": name} for number, name in enumerate(AWKWARD)}, reason=" ").row
    before = column(empty, "SELECT facts FROM subject ORDER BY code")
    migrate(empty)
    assert (study.stored(row), column(empty, "SELECT facts FROM subject ORDER BY code")) == (row, before)
    assert column(empty, "SELECT count(*) FROM due_work") == [0]
    kept = [
        {
            "subject_id": row.subject_id, "kind": "signature", "name": name, "part": name, "site": row.site,
            "due": "", "listed_from": "", "overdue_from": "9999", "waits": not number, "forms": number,
        }
        for number, name in enumerate(AWKWARD)
    ]  # fmt: skip
    add(empty, DueWork, kept)
    assert column(empty, "SELECT name FROM due_work ORDER BY forms") == list(AWKWARD)
    assert verify(empty) == []
    require(empty)


def test_guards_stand_after_a_migration_that_found_them_switched_off(empty: Engines) -> None:
    migrate(empty)
    on = "" if empty.sqlite else " ON change_set"
    with empty.turn(), empty.writing.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER guard_change_set_delete{on}")
    with pytest.raises(NotReady, match="guard_change_set_delete"):
        require(empty)
    migrate(empty)
    require(empty)


def test_logs_number_their_rows_by_themselves(empty: Engines) -> None:
    migrate(empty)
    numbered = (
        "INSERT INTO setting (seq, key, value, reason, set_at, set_by) VALUES ({}, 'k', '1', '', '', 'x')"
    )
    with empty.turn(), empty.writing.begin() as connection:
        connection.exec_driver_sql(numbered.format(5))
    with pytest.raises(DBAPIError), empty.turn(), empty.writing.begin() as connection:
        connection.exec_driver_sql(numbered.format(5))
