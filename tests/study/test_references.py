"""Values of other events and records, as rules ask for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from imt_ecrf.clinical.age import AgeAnchor
from imt_ecrf.study import references
from imt_ecrf.study.records import Event, Record, Subject
from imt_ecrf.study.rules import Dictionary, FormType, GroupType, ItemType, Run
from imt_ecrf.study.values import Date

ITEMS = [
    ItemType("SVSTDAT", "date", "F_SV"),
    ItemType("VSDAT", "date", "F_VS"),
    ItemType("VS_WEIGHT", "decimal", "F_VS"),
    ItemType("VSNOTE", "text", "F_VS"),
    ItemType("TUSDAT", "date", "F_TUI", "G_TUS"),
    ItemType("SEX", "code:CL_SEX", "F_DM"),
    ItemType("BRTHYY", "integer", "F_DM"),
    ItemType("BRTHMO", "integer", "F_DM"),
    ItemType("BRTHDD", "integer", "F_DM"),
    ItemType("AGEIC_Y", "integer", "F_DM"),
    ItemType("AGEIC_M", "integer", "F_DM"),
    ItemType("AETERM", "text", "F_AE"),
    ItemType("OESYMP", "codes:CL_SYM", "F_OE"),
    ItemType("OEDAT", "date", "F_OE"),
]
WORDS = Dictionary(
    items={item.oid: item for item in ITEMS},
    groups={"G_TUS": GroupType("G_TUS", "F_TUI", "TUSDAT", ("TUSDAT",))},
    forms={
        "F_SV": FormType("F_SV", "event", ("SVSTDAT",)),
        "F_VS": FormType("F_VS", "event", ("VSDAT", "VS_WEIGHT", "VSNOTE"), date_item="VSDAT"),
        "F_TUI": FormType("F_TUI", "event", (), ("G_TUS",)),
        "F_DM": FormType("F_DM", "once", ("SEX", "BRTHYY")),
        "F_AE": FormType("F_AE", "log", ("AETERM",)),
        "F_OE": FormType("F_OE", "event", ("OESYMP", "OEDAT"), date_item="OEDAT"),
    },
    lists={"CL_SEX": ("F", "M"), "CL_SYM": ("FLASHES", "HALO")},
    events=("SE_SCR", "SE_C1D1", "SE_UNS"),
)
EVENTS = (
    Event("SE_SCR", 1, "2026-01-05", 0),
    Event("SE_C1D1", 1, "2026-01-12", 1),
    Event("SE_UNS", 1, "2026-01-08", 9, in_order=False),
    Event("SE_UNS", 2, None, 9, in_order=False),
)


def record(form: str, event: str | None = None, repeat: int = 1, **answers: Any) -> Record:
    cells = {path.replace("__", "."): {"v": value} for path, value in answers.items()}
    return Record(form, event, repeat, cells=cells)


def sight(here: Record, *others: Record, given: dict[str, Any] | None = None, **facts: Any) -> Run:
    subject = Subject(
        "S1", "01", EVENTS, facts=facts, load=lambda form: [one for one in others if one.form == form]
    )
    return Run(subject.with_record(here), WORDS, here, given=given or {})


def day(text: str) -> Date:
    return Date.of(dt.date.fromisoformat(text))


def test_earlier_is_by_visit_date_not_by_plan() -> None:
    run = sight(
        record("F_VS", "SE_C1D1", VS_WEIGHT="31"),
        record("F_VS", "SE_SCR", VS_WEIGHT="30"),
        record("F_VS", "SE_UNS", VS_WEIGHT="30.5"),
    )
    assert references.prev(run, "VS_WEIGHT") == 30.5
    assert references.prev_in_schedule(run, "VS_WEIGHT") == 30


def test_an_event_without_date_has_nothing_before_it() -> None:
    run = sight(record("F_VS", "SE_UNS", 2), record("F_VS", "SE_SCR", VS_WEIGHT="30", VSDAT="2026-01-05"))
    asked = (references.prev(run, "VS_WEIGHT"), references.last_done(run, "VSDAT"))
    assert asked == (None, None)
    assert references.ever_before(run, "VS_WEIGHT", 30) is None
    assert references.ever(run, "VS_WEIGHT", 30) is True


def test_a_home_without_event_asks_all_events() -> None:
    run = sight(
        record("F_AE"),
        record("F_VS", "SE_SCR", VSDAT="2026-01-05"),
        record("F_VS", "SE_C1D1", VSDAT="2026-01-12"),
    )
    assert references.last_done(run, "VSDAT") == day("2026-01-12")
    assert (references.event(run), references.cycle(run)) == (None, None)


def test_the_dates_of_this_event_include_those_in_rows() -> None:
    run = sight(
        record("F_SV", "SE_SCR"),
        record("F_TUI", "SE_SCR", G_TUS__1__TUSDAT="2026-01-03", G_TUS__2__TUSDAT="2026-01-04"),
        record("F_TUI", "SE_C1D1", G_TUS__1__TUSDAT="2025-12-31"),
    )
    assert references.min_date(run, "TUSDAT") == day("2026-01-03")
    assert references.max_date(run, "TUSDAT") == day("2026-01-04")


def test_data_of_an_event_are_those_of_its_other_forms() -> None:
    visit = record("F_SV", "SE_SCR", SVSTDAT="2026-01-05")
    empty = Record("F_VS", "SE_SCR", cells={"VS_WEIGHT": {"m": "ND"}})
    elsewhere = record("F_VS", "SE_C1D1", VS_WEIGHT="30")
    not_done = Record("F_OE", "SE_SCR", cells={"@not_done": {"v": "ND"}})
    assert references.any_data_in_event(sight(visit, empty, elsewhere, not_done)) is False
    assert references.any_data_in_event(sight(visit, record("F_VS", "SE_SCR", VS_WEIGHT="30"))) is True


def test_forms_that_were_not_started_are_not_loaded_to_look_for_data() -> None:
    asked: list[str] = []

    def load(form: str) -> list[Record]:
        asked.append(form)
        return [record(form, "SE_SCR", VS_WEIGHT="30")]

    visit = record("F_SV", "SE_SCR")
    subject = Subject(events=EVENTS, facts={"started_forms": ["F_SV", "F_VS"]}, load=load)
    assert references.any_data_in_event(Run(subject, WORDS, visit)) is True
    assert asked == ["F_VS"]


def test_the_date_of_an_event_is_the_earliest_form_date_in_it() -> None:
    run = sight(
        record("F_SV", "SE_SCR"),
        record("F_VS", "SE_SCR", VSDAT="2026-01-06"),
        record("F_OE", "SE_SCR", OEDAT="2026-01-04"),
    )
    assert references.any_date_in_event(run) == day("2026-01-04")


def test_a_record_changed_since_the_last_visit_is_found() -> None:
    run = sight(record("F_SV", "SE_C1D1", SVSTDAT="2026-01-12"))
    old = Record("F_AE", line=1, changed_at="2026-01-07T10:00:00Z")
    new = Record("F_AE", line=2, repeat=2, changed_at="2026-01-09T10:00:00Z")
    found = []
    for run.searched in (old, new):
        found.append(references.changed_since_last_visit(run))
    assert found == [False, True]


def test_before_the_first_visit_every_record_is_new() -> None:
    run = sight(record("F_SV", "SE_SCR"))
    run.searched = Record("F_AE", line=1, changed_at="2020-01-01T00:00:00Z")
    assert references.changed_since_last_visit(run) is True


def test_a_match_at_the_site_is_as_entered_and_unknown_without_an_answer() -> None:
    def others(items: tuple[str, ...]) -> list[tuple[str, ...]]:
        assert items == ("BRTHYY", "SEX")
        return [("2014", "F")]

    alike, other, blank = (
        record("F_DM", "SE_SCR", BRTHYY="2014", SEX="F"),
        record("F_DM", "SE_SCR", BRTHYY="2014", SEX="M"),
        record("F_DM", "SE_SCR", BRTHYY="2014"),
    )
    found = [
        references.same_site_match(sight(one, same_site=others), "BRTHYY", "SEX")
        for one in (alike, other, blank)
    ]
    assert found == [True, False, None]


def test_all_free_text_of_a_record_is_given_and_nothing_else() -> None:
    run = sight(record("F_VS", "SE_SCR", VSNOTE=" слабость ", VS_WEIGHT="30"))
    assert references.any_text(run) == "слабость"
    assert references.any_text(sight(record("F_VS", "SE_SCR", VS_WEIGHT="30"))) is None


def test_one_of_several_answers_counts_as_said() -> None:
    run = sight(record("F_SV", "SE_SCR"), record("F_OE", "SE_SCR", OESYMP=["HALO", "FLASHES"]))
    assert references.ever(run, "OESYMP", "FLASHES") is True


def test_a_partial_date_was_never_certainly_the_day() -> None:
    run = sight(record("F_SV", "SE_SCR"), record("F_OE", "SE_SCR", OEDAT="2026-01"))
    assert references.ever(run, "OEDAT", day("2026-01-04")) is False


def test_an_age_is_counted_from_birth_or_from_the_age_at_consent() -> None:
    consent = {"consent_date()": "2026-01-04"}
    full = record("F_DM", "SE_SCR", BRTHYY="2014", BRTHMO="3", BRTHDD="9", AGEIC_Y="11")
    year = record("F_DM", "SE_SCR", BRTHYY="2014", AGEIC_Y="11", AGEIC_M="141")
    birth, at_consent = dt.date(2014, 3, 9), dt.date(2026, 1, 4)
    assert references.age_anchor(sight(full, given=consent)) == AgeAnchor(birth, at_consent, 11)
    assert references.age_anchor(sight(year, given=consent)) == AgeAnchor(None, at_consent, 11, 141)
