"""What a page asks in one question is what it would be told in three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.store import journal, page_read, reading, writing
from tests.store.saves import ANNA, AT

if TYPE_CHECKING:
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.page_read import PageRead
    from tests.store.saves import Study


def read(study: Study, form: FormRow, *beside: str) -> PageRead:
    """Read the page of a form."""
    with reading(study.engines) as session:
        return page_read.read(session.connection(), study.subject, form.address, beside, "note.written")


def note(study: Study, form: FormRow, act: str = "note.written") -> None:
    """Write something beside a form into the log."""
    with writing(study.engines, ANNA) as session:
        columns: dict[str, Any] = {"subject_id": study.subject, "form_data_id": form.id, "reason": "a word"}
        journal.record(session.connection(), ANNA, AT, act, **columns)


def test_a_form_comes_with_all_rows_of_the_forms_named_and_no_other(study: Study) -> None:
    own = study.save({"A": {"v": "1"}}).row
    again = study.save({"A": {"v": "2"}}, study.blank(2)).row
    first = study.save({"B": {"v": "1"}}, study.blank(form="F_LBC")).row
    second = study.save({"B": {"v": "2"}}, study.blank(2, form="F_LBC")).row
    study.save({"C": {"v": "1"}}, study.blank(form="F_AE"))
    assert read(study, own) == (own, {}, False)
    assert read(study, own, "F_LBC", "F_DM") == (own, {"F_DM": [], "F_LBC": [first, second]}, False)
    assert read(study, again, "F_VS") == (again, {"F_VS": [own, again]}, False)


def test_a_form_nobody_saved_has_no_row_and_still_what_its_rules_read(study: Study) -> None:
    other = study.save({"B": {"v": "1"}}, study.blank(form="F_LBC")).row
    assert read(study, study.blank(), "F_LBC") == (None, {"F_LBC": [other]}, False)


def test_only_a_note_beside_the_form_itself_is_told_of(study: Study) -> None:
    own = study.save({"A": {"v": "1"}}).row
    other = study.save({"A": {"v": "2"}}, study.blank(2)).row
    note(study, other)
    note(study, own, "form.viewed")
    assert read(study, own, "F_VS").noted is False
    note(study, own)
    assert read(study, own, "F_VS").noted is True


@pytest.mark.parametrize("count", [3, 5, 17, 64])
def test_lists_of_any_length_up_to_the_most_are_asked_for(study: Study, count: int) -> None:
    own = study.save({"A": {"v": "1"}}).row
    names = [f"F_{number:02d}" for number in range(count - 1)]
    assert read(study, own, *names, "F_VS").beside == {**{name: [] for name in names}, "F_VS": [own]}


def test_of_more_forms_than_the_most_the_rest_is_left_to_be_asked_for(study: Study) -> None:
    own = study.save({"A": {"v": "1"}}).row
    names = [f"F_{number:02d}" for number in range(page_read.MOST + 10)]
    assert list(read(study, own, *names).beside) == names[: page_read.MOST]
