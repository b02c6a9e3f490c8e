"""The snapshot of one subject: lazy, with the edited record in place."""

from __future__ import annotations

from imt_ecrf.study.records import Event, Record, Row, Subject

EVENTS = (
    Event("SE_SCR", 1, "2026-01-05", 0),
    Event("SE_CYC", 3, "2026-03-02", 5),
    Event("SE_CYC", 4, None, 5),
)


def test_only_the_forms_that_are_asked_for_are_loaded_and_each_once() -> None:
    asked: list[str] = []

    def load(form: str) -> list[Record]:
        asked.append(form)
        return [Record(form, "SE_SCR")]

    subject = Subject(events=EVENTS, load=load)
    assert subject.records("F_VS") == subject.records("F_VS")
    assert asked == ["F_VS"]
    edited = subject.with_record(Record("F_LBC", "SE_SCR"))
    edited.records("F_VS")
    assert asked == ["F_VS"]
    edited.records("F_LBC")
    assert asked == ["F_VS", "F_LBC"]


def test_the_edited_record_takes_the_place_of_the_stored_one_or_is_added() -> None:
    stored = [Record("F_AE", line=2, repeat=2), Record("F_AE", line=1, repeat=1)]
    subject = Subject(load=lambda _: stored)
    changed = Record("F_AE", line=1, repeat=1, cells={"AETERM": {"v": "Rash"}})
    added = Record("F_AE", line=3, repeat=3)
    assert subject.with_record(changed).with_record(added).records("F_AE") == (changed, stored[0], added)


def test_records_of_visits_stand_in_the_order_of_the_plan_and_of_repeats() -> None:
    stored = [Record("F_VS", "SE_CYC", 4), Record("F_VS", "SE_CYC", 3), Record("F_VS", "SE_SCR")]
    subject = Subject(events=EVENTS, load=lambda _: stored)
    assert [record.key for record in subject.records("F_VS")] == [
        ("F_VS", "SE_SCR", 1, 1),
        ("F_VS", "SE_CYC", 3, 1),
        ("F_VS", "SE_CYC", 4, 1),
    ]


def test_a_struck_record_is_kept_but_not_valid() -> None:
    struck = Record("F_AE", line=1, struck=True)
    subject = Subject(load=lambda _: [struck])
    assert (subject.records("F_AE"), subject.valid_records("F_AE")) == ((struck,), ())


def test_the_visit_form_moves_the_date_of_its_event() -> None:
    subject = Subject(events=EVENTS)
    moved = subject.with_record(Record("F_SV", "SE_CYC", 4, cells={"SVSTDAT": {"v": "2026-04-01"}}))
    assert [event.date for event in moved.events] == ["2026-01-05", "2026-03-02", "2026-04-01"]
    hidden = Record("F_SV", "SE_SCR", cells={"SVSTDAT": {"v": "2026-01-05"}}, hidden=frozenset({"SVSTDAT"}))
    assert subject.with_record(hidden).events[0].date is None


def test_rows_are_found_in_the_paths_by_number_struck_ones_left_out() -> None:
    cells = {
        "G_TL.10.TLDIAM": {},
        "G_TL.2.TLDIAM": {},
        "G_TL.2.@struck": {"v": "error"},
        "G_TL.1.TLID": {},
        "TLYN": {},
    }
    record = Record("F_TL", cells=cells)
    assert record.lines("G_TL") == (Row("G_TL", "1"), Row("G_TL", "10"))
    assert record.lines("G_TL", struck=True) == (
        Row("G_TL", "1"),
        Row("G_TL", "2", struck=True),
        Row("G_TL", "10"),
    )


def test_a_fact_that_is_a_function_is_asked_once() -> None:
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return 7

    subject = Subject(facts={"open_queries": count, "status": "ENROLLED"})
    assert [subject.fact("open_queries"), subject.fact("open_queries"), subject.fact("status")] == [
        7,
        7,
        "ENROLLED",
    ]
    assert asked == [1]
    assert subject.fact("unknown", "default") == "default"
