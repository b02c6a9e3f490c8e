"""What a frozen or locked form refuses in the database itself, and under which unlock it opens."""

# ruff: noqa: S608 - the texts put together are our own names

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imt_ecrf.store import journal, writing
from imt_ecrf.store.tables import Unlock
from tests.store.attacks import refused
from tests.store.saves import ANNA, AT, BORIS, Study


@pytest.mark.parametrize("mark", ["frozen_at", "locked_at"])
def test_a_locked_form_changes_only_its_review_marks(study: Study, mark: str) -> None:
    row = study.save({"A": {"v": "1"}}).row
    with study.engines.turn(), study.engines.writing.begin() as connection:
        connection.execute(text(f"UPDATE form_data SET {mark} = :at"), {"at": AT})
    with pytest.raises(DBAPIError, match="changes only its review marks"):
        study.save({"A": {"v": "2"}}, row, "correction")
    with pytest.raises(DBAPIError, match="review marks"), writing(study.engines, ANNA) as session:
        journal.move_form(session.connection(), row, "complete", ANNA, at=AT, act="form.completed")
    with study.engines.turn(), study.engines.writing.begin() as connection:
        connection.execute(text("UPDATE form_data SET data_reviewed_at = :at, verified = 'all'"), {"at": AT})
    assert "an unlock by two people" in refused(study.engines, f"UPDATE form_data SET {mark} = NULL")


@pytest.mark.parametrize(("expires", "opens"), [("2999", True), ("2020", False)])
def test_a_locked_form_opens_under_an_unexpired_unlock_only(
    study: Study, expires: str, *, opens: bool
) -> None:
    row = study.save({"A": {"v": "1"}}).row
    give_unlock(study, row.id, expires, "b")
    with study.engines.turn(), study.engines.writing.begin() as connection:
        connection.execute(text("UPDATE form_data SET locked_at = :at"), {"at": AT})
    if opens:
        with study.engines.turn(), study.engines.writing.begin() as connection:
            connection.execute(text("UPDATE form_data SET locked_at = NULL"))
        assert study.stored(row).locked_at is None
    else:
        refused(study.engines, "UPDATE form_data SET locked_at = NULL")


def test_one_person_alone_gives_no_unlock(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    with pytest.raises(DBAPIError, match="two different people"):
        give_unlock(study, row.id, "2999", "a")


def give_unlock(study: Study, form: str, year: str, second: str) -> None:
    with writing(study.engines, BORIS) as session:
        session.add(
            Unlock(
                **journal.by(BORIS),
                at_utc=AT,
                form_data_id=form,
                first_approver="a",
                second_approver=second,
                expires_at=f"{year}-01-01T00:00:00.000000Z",
                reason="late result",
            )
        )
