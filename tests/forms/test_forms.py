"""What the study's own files promise beside the CRF book: layout, blinding, settings, dates of forms."""

import re
from pathlib import Path

import pytest

from imt_ecrf import rooms
from imt_ecrf.study.loader import draft_book

BOOK = draft_book()
FILES = sorted(rooms.forms().rglob("*.yaml"))
RESPONSE = {"F_RS", "F_TL", "F_NTL", "F_NL", "F_BOR"}
EVENTS_AND_DOSING = {"F_AE", "F_AESI", "F_SAE", "F_DOSE", "F_EX", "F_DA", "F_CM", "F_EOT"}


def _hidden(role: str) -> set[str]:
    return {right.form for right in BOOK.version.rights if role in right.hidden_from}


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_file_is_easy_to_read(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 110 or line != line.rstrip()] == []
    assert [line for line in lines if re.search(r"(^|[\s\[{])[&*][A-Za-z]", line) or "\t" in line] == []


@pytest.mark.req("R18")
def test_the_central_reader_sees_nothing_that_tells_the_sites_judgement() -> None:
    assert _hidden("CREAD") >= RESPONSE | EVENTS_AND_DOSING
    assert "F_ICR" not in _hidden("CREAD")


def test_the_central_pathologist_sees_no_response() -> None:
    assert _hidden("CPATH") >= RESPONSE | {"F_ICR"}
    assert {"F_PATH", "F_GF"}.isdisjoint(_hidden("CPATH"))


@pytest.mark.req("R23")
def test_the_administrator_sees_no_clinical_form() -> None:
    assert _hidden("ADMIN") == set(BOOK.forms)


def test_site_and_sponsor_roles_see_every_form() -> None:
    assert [
        role for role in ("CRC", "SUBI", "PI", "CRA", "DM", "SAFE", "MEDMON", "AUD") if _hidden(role)
    ] == []


@pytest.mark.req("R26")
def test_items_of_central_roles_name_their_originator() -> None:
    named = {item: place.item.originator for item, place in BOOK.places.items() if place.item.originator}
    assert named == dict.fromkeys(("SAEEXP", "SAESPREL", "SAEREGDT"), ("SAFE",)) | dict.fromkeys(
        ("AELLT", "AEDECOD", "AESOC", "MHDECOD", "CMDECOD", "CMATC"), ("CODER",)
    )


def test_every_open_question_to_the_sponsor_is_a_setting_with_a_default() -> None:
    asked = {one.asked for one in BOOK.version.settings if one.asked}
    assert asked == set(range(1, 20))
    assert [one.key for one in BOOK.version.settings if one.default is None] == []


def test_every_form_that_asks_whether_it_was_done_names_the_question() -> None:
    named = {form.oid: form.done_item for form in BOOK.version.forms if form.done_item}
    asking = {item.oid for form in BOOK.version.forms for item in form.items() if item.oid.endswith("PERF")}
    assert set(named.values()) == asking | {"SVOCCUR"}
    assert all(BOOK.places[item].form.oid == form for form, item in named.items() if item)


def test_the_date_of_a_form_is_a_date_of_that_form() -> None:
    dates = {form.oid: form.date_item for form in BOOK.version.forms if form.date_item}
    assert {BOOK.item(item).data_type for item in dates.values()} == {"date", "partial_date"}
    assert dates["F_VS"] == "VSDAT"
    assert dates["F_TUI"] == "TUSDAT"
    assert "F_TL" not in dates


@pytest.mark.req("R28")
def test_the_last_value_stands_beside_size_and_laboratory_results_only() -> None:
    assert {oid for oid, place in BOOK.places.items() if place.item.show_last} == {
        "VS_WEIGHT", "VS_HEIGHT", "LBHORRES", "LBCORRES", "LBKORRES", "LBUORRES", "LBUORRESC"
    }  # fmt: skip


def test_only_tumour_assessments_and_unscheduled_visits_stand_out_of_the_order() -> None:
    assert {event.oid for event in BOOK.version.events if not event.in_order} == {"SE_TA", "SE_UNS"}
