"""Each migration with awkward data, and that all of them together give the tables the program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import NotReady, engines, migrate, require, schema
from imt_ecrf.store.tables import Base, Site

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


def test_first_tables_keep_awkward_data_as_it_is(empty: Engines) -> None:
    migrate(empty, "2026_11_22_first_tables")
    names = ["", " ", 'O\'Brien "x"', "Больница №1 🏥", "%s :name {x}", "a\nb\tc", "\\u0000", "й и\u0306"]
    with empty.turn(), empty.writing.begin() as connection:
        for number, name in enumerate(names):
            row = {
                "code": f"{number:02}", "name": name, "name_ru": name, "timezone": "Asia/Vladivostok",
                "active": True, "settings": "{}", "created_at": "2026-10-25T02:30:00.000000Z",
                "created_by": "x",
            }  # fmt: skip
            connection.execute(Base.metadata.tables[Site.__tablename__].insert(), row)
    migrate(empty)
    with empty.reading.connect() as connection:
        assert list(connection.execute(text("SELECT name FROM site ORDER BY code")).scalars()) == names


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
