"""Saves of many forms written together leave what as many single saves leave, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from imt_ecrf.store import DERIVATION, reading, writing
from imt_ecrf.store.changes import ItemChange
from imt_ecrf.store.documents import FormRow, NothingChanged, VersionMoved, history, prepare, put, put_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.store.saves import Study

LATER = "2026-03-01T10:00:01.000000Z"
OLDER = ItemChange("AGE", {"v": "11"}, {"v": "12"}, "recalculated", "M_AGE/1")


def filled(study: Study, count: int) -> list[FormRow]:
    return [study.save({"AGE": {"v": "11"}}, study.blank(number + 1)).row for number in range(count)]


def derived(study: Study, rows: Sequence[FormRow], changes: Sequence[ItemChange] = (OLDER,)) -> list[FormRow]:
    with writing(study.engines, DERIVATION) as session:
        saves = [prepare(row, changes, DERIVATION, at=LATER, cause="c-1") for row in rows]
        put_all(session.connection(), saves)
    return [one.row for one in saves]


def trail(study: Study, row: FormRow) -> list[dict[str, Any]]:
    with reading(study.engines) as session:
        found = history(session.connection(), row.id)
    names = ("at_utc", "username", "origin", "cause", "to_version", "path", "old", "new", "reason", "method")
    return [{name: getattr(one, name) for name in names} for one in found]


def test_many_forms_are_written_as_one_by_one(study: Study) -> None:
    one, *rows = filled(study, 4)
    written = derived(study, rows)
    with writing(study.engines, DERIVATION) as session:
        alone = put(session.connection(), one, [OLDER], DERIVATION, at=LATER, cause="c-1").row
    assert [study.stored(row) for row in written] == written
    assert {trail(study, row)[-1]["new"]["v"] for row in written} == {"12"}
    assert [trail(study, row) for row in written] == [trail(study, alone)] * 3
    assert {(row.version, row.data, row.data_sha256) for row in (*written, alone)} == {
        (2, alone.data, alone.data_sha256)
    }


def test_the_number_of_statements_does_not_grow_with_the_forms(study: Study) -> None:
    asked: list[str] = []
    event.listen(
        study.engines.writing, "before_cursor_execute", lambda *said: asked.append(said[2].split(" ", 1)[0])
    )
    counts = []
    for forms in (2, 9):
        rows = [study.save({"AGE": {"v": "11"}}, study.blank(forms * 10 + n)).row for n in range(forms)]
        asked.clear()
        derived(study, rows)
        counts.append((asked.count("INSERT"), asked.count("UPDATE")))
    assert counts == [(1, 1), (1, 1)]


def test_one_form_saved_in_between_leaves_all_of_them_as_they_were(study: Study) -> None:
    rows = filled(study, 3)
    study.save({"AGE": {"v": "13"}}, rows[1], "misread")
    with pytest.raises(VersionMoved):
        derived(study, rows)
    assert [study.stored(row).document["AGE"]["v"] for row in rows] == ["11", "13", "11"]
    assert [len(trail(study, row)) for row in rows] == [1, 2, 1]


def test_a_guard_s_refusal_of_one_is_no_race_and_leaves_all_as_they_were(study: Study) -> None:
    rows = filled(study, 2)
    unexplained = ItemChange("AGE", {"v": "11"}, {"v": "12"})
    saves = [
        prepare(row, [one], DERIVATION, at=LATER) for row, one in zip(rows, (OLDER, unexplained), strict=True)
    ]
    with pytest.raises(IntegrityError), writing(study.engines, DERIVATION) as session:
        put_all(session.connection(), saves)
    assert [study.stored(row).version for row in rows] == [1, 1]


def test_nothing_is_prepared_for_a_form_without_a_change_and_nothing_is_written_of_none(study: Study) -> None:
    (row,) = filled(study, 1)
    with pytest.raises(NothingChanged):
        derived(study, [row], ())
    assert derived(study, []) == []
    assert len(trail(study, row)) == 1
