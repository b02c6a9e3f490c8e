"""What may be sent wrongly: a clear answer, nothing half-saved, the typed text still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct.views import Address
from tests.web.entry.desk import FIRST

if TYPE_CHECKING:
    from tests.web.entry.desk import Desk

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "javascript:alert(1)",
    "=HYPERLINK('x')",
    "' OR 1=1 --",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "</textarea><svg/onload=x>",
)


def test_a_first_save_keeps_the_typed_values_and_comes_back_to_the_form(desk: Desk) -> None:
    answer = desk.save(FIRST)
    assert (answer.status, answer.where) == (302, f"/subjects/{desk.vs}")
    assert desk.cells() == {
        "VSPERF": {"v": "Y"},
        "WEIGHT": {"v": "12.50", "u": "kg"},
        "HEIGHT": {"v": "100", "u": "cm"},
        "BMI": {"v": "12.5"},
    }
    page = desk.crc.open(desk.vs).page
    assert "Saved." in page.text
    assert page.form("entry").sent()["WEIGHT"] == ["12.50"]
    russian = desk.crc.open(desk.vs, "?lang=ru").page
    assert russian.form("entry").sent()["WEIGHT"] == ["12,50"]
    assert desk.save({}, page=russian).status == 302
    assert desk.saves() == 1


@pytest.mark.req("R28")
def test_a_blank_form_saved_untouched_writes_nothing(desk: Desk) -> None:
    assert desk.save({}).status == 302
    assert (desk.cells(), desk.saves()) == ({}, 0)
    page = desk.crc.open(desk.vs).page
    assert "Nothing had changed." in page.text
    radios = [one for one in page.form("entry").named("VSPERF") if one.kind == "radio"]
    assert (len(radios), any(one.checked for one in radios)) == (2, False)


@pytest.mark.req("R30")
@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("WEIGHT", "12,x", "Write a number with digits and one decimal sign."),
        ("WEIGHT", "1e3", "Write a number with digits and one decimal sign."),
        ("WEIGHT", "123456789", "At most 7 signs are possible here."),
        ("SEEN", "30 Feb 2026", "There is no such day in the calendar."),
        ("SEEN", "12/03/2026", "Day and month could be mistaken"),
        ("NOTE", "x" * 41, "At most 40 signs are possible here."),
        ("VSPERF", "MAYBE", "Choose one of the answers of the list."),
        ("SYMPTOMS", "FEVER", "Choose one of the answers of the list."),
        ("WEIGHT:missing", "LOST", "This reason is not one of this question."),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_question_and_stays_in_the_box(
    desk: Desk, path: str, typed: str, sentence: str
) -> None:
    wrong = {**FIRST, "NOTE": "still here", path: typed}
    if path == "WEIGHT:missing":
        wrong["WEIGHT"] = ""
    answer = desk.save(wrong)
    assert answer.status == 422
    assert sentence in answer.page.text
    assert "Nothing was saved" in answer.page.text
    sent = answer.page.form("entry").sent()
    if path in {"WEIGHT", "SEEN", "NOTE"}:
        assert sent[path] == [typed]
        assert "aria-invalid" in answer.page.element(path)
    if path != "NOTE":
        assert sent["NOTE"] == ["still here"]
    assert (desk.cells(), desk.saves()) == ({}, 0)


def test_the_sentence_is_said_in_the_language_of_the_reader(desk: Desk) -> None:
    page = desk.crc.open(desk.vs, "?lang=ru").page
    answer = desk.save({"SEEN": "31.02.2026"}, page=page)
    assert (answer.status, "Такого дня нет в календаре." in answer.page.text) == (422, True)
    assert answer.page.form("entry").sent()["SEEN"] == ["31.02.2026"]


@pytest.mark.parametrize(
    "path", ["NOSUCH", "DOSE", "G_LB.ALT.LBRES", "WEIGHT.1", "a.b", "BMI", "G_VS.1.WEIGHT", "", "..", "F_VS"]
)
def test_a_question_that_is_not_of_the_form_keeps_nothing(desk: Desk, path: str) -> None:
    answer = desk.save({**FIRST, path: "1"})
    assert answer.status == 422
    assert (desk.cells(), desk.saves()) == ({}, 0)


@pytest.mark.req("R28")
@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("UN Nov 2025", "2025-11", "UN Nov 2025"),
        ("UN.11.2025", "2025-11", "UN Nov 2025"),
        ("2025-11", "2025-11", "UN Nov 2025"),
        ("2025", "2025", "UN UN 2025"),
        ("UN UN 2025", "2025", "UN UN 2025"),
        ("19.11.2025", "2025-11-19", "19 Nov 2025"),
        ("19 ноя 2025", "2025-11-19", "19 Nov 2025"),
    ],
)
def test_partial_dates_stay_partial(desk: Desk, typed: str, kept: str, shown: str) -> None:
    assert desk.save({"SEEN": typed}).status == 302
    assert desk.cells() == {"SEEN": {"v": kept}}
    assert desk.crc.open(desk.vs).page.form("entry").sent()["SEEN"] == [shown]
    assert desk.save({}).status == 302
    assert desk.saves() == 1


@pytest.mark.req("R28")
def test_a_missing_reason_is_kept_with_its_code_and_takes_the_place_of_the_value(desk: Desk) -> None:
    assert desk.save({**FIRST, "WEIGHT": "", "WEIGHT:missing": "ND"}).status == 302
    assert desk.cells()["WEIGHT"] == {"m": "ND"}
    both = desk.save({"WEIGHT": "13", "WEIGHT:unit": "kg", "WEIGHT:missing": "UNK"})
    assert (both.status, "not both" in both.page.text) == (422, True)
    assert both.page.form("entry").sent()["WEIGHT"] == ["13"]


def test_an_untouched_value_gives_way_to_a_newly_chosen_missing_reason(desk: Desk) -> None:
    desk.save(FIRST)
    assert desk.save({"WEIGHT:missing": "ND", "reason": "TYPING"}).status == 302
    assert desk.cells()["WEIGHT"] == {"m": "ND"}


@pytest.mark.req("R04")
def test_a_changed_value_asks_for_its_reason_and_is_saved_with_it(desk: Desk) -> None:
    desk.save(FIRST)
    for reason in ("", "   ", "OTHER"):
        asked = desk.save({"WEIGHT": "13", "reason": reason})
        assert asked.status == 422
        assert asked.page.form("entry").sent()["WEIGHT"] == ["13"]
        reasons = asked.page.form("entry").named("reason")[0]
        assert reasons.options[0] == ""
        assert reasons.value in {"", "OTHER"}
    assert "Changed after it was saved: from 12.50 kg" in asked.page.text
    assert (desk.cells()["WEIGHT"], desk.saves()) == ({"v": "12.50", "u": "kg"}, 1)
    given = desk.save({}, page=asked.page, reason="OTHER", reason_text="scales were wrong")
    assert given.status == 302
    assert desk.cells()["WEIGHT"] == {"v": "13", "u": "kg"}
    history = desk.crc.get(f"/subjects/{desk.vs}/history?item=WEIGHT&part=1")
    assert (history.status, "scales were wrong" in history.page.text) == (200, True)


@pytest.mark.req("R04")
def test_a_reason_of_its_own_goes_with_one_item_only(desk: Desk) -> None:
    desk.save(FIRST)
    sent = {"WEIGHT": "13", "HEIGHT": "101", "WEIGHT:reason": "SOURCE", "reason": "TYPING"}
    assert desk.save(sent).status == 302
    history = desk.crc.get(f"/subjects/{desk.vs}/history").page.text
    assert "Corrected to the source document" in history
    assert "Typing error" in history


def test_an_answer_behind_a_question_no_longer_asked_is_listed_and_cleared_only_on_demand(desk: Desk) -> None:
    desk.save(FIRST)
    held = desk.save({"VSPERF": "N", "reason": "SOURCE"})
    assert held.status == 409
    assert "no longer asked but still hold an answer" in held.page.text
    assert desk.cells()["VSPERF"] == {"v": "Y"}
    assert held.page.form("entry").sent()["reason"] == ["SOURCE"]
    done = desk.save({}, page=held.page, clear="yes")
    assert done.status == 302
    assert desk.cells() == {"VSPERF": {"v": "N"}}


def test_clearing_asks_for_the_reason_only_once_more(desk: Desk) -> None:
    desk.save(FIRST)
    held = desk.save({"VSPERF": "N"})
    asked = desk.save({}, page=held.page, clear="yes")
    assert asked.status == 422
    assert desk.save({}, page=asked.page, reason="TYPING").status == 302
    assert desk.cells() == {"VSPERF": {"v": "N"}}


@pytest.mark.req("R30")
def test_a_double_submit_saves_once_and_says_saved(desk: Desk) -> None:
    page = desk.crc.open(desk.vs).page
    assert desk.save(FIRST, page=page).status == 302
    assert "Saved." in desk.crc.open(desk.vs).page.text
    assert desk.save(FIRST, page=page).status == 302
    assert "Saved." in desk.crc.open(desk.vs).page.text
    assert desk.saves() == 1


@pytest.mark.req("R68")
def test_a_save_without_the_token_of_its_page_writes_nothing(desk: Desk) -> None:
    sent = desk.crc.open(desk.vs).page.form("entry").sent()
    del sent["csrf_token"]
    for where in ("", "/draft", "/not-done", "/complete", "/reopen", "/strike", "/preview"):
        answer = desk.crc.send(f"/subjects/{desk.vs}{where}", {**sent, **FIRST})
        assert answer.status == 400, where
    assert desk.saves() == 0


@pytest.mark.req("R68")
def test_ten_megabytes_are_refused(desk: Desk) -> None:
    answer = desk.save({"NOTE": "x" * 10_000_000})
    assert (answer.status, desk.saves()) == (413, 0)
    assert "More was sent than one form can hold" in answer.page.text


@pytest.mark.req("R68")
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_field_becomes_markup_or_code(desk: Desk, attack: str) -> None:
    term = Address(desk.subject, "SE_LOG", 1, "F_AE", 1)
    assert desk.crc.save(term, {"AETERM": attack, "AESTDAT": "2026"}).status == 302
    before = desk.crc.open(desk.vs).page
    refused = desk.save({"NOTE": attack, "WEIGHT": attack, "reason_text": attack}, page=before)
    pages = [
        desk.crc.open(term),
        desk.crc.get(f"/subjects/{desk.subject}/logs/F_AE"),
        desk.crc.get(f"/subjects/{desk.subject}/logs/F_AE?find={attack[:9]}"),
        desk.crc.get(f"/subjects/{term}/history?part=1"),
        refused,
    ]
    plain_page = desk.crc.open(desk.vs).page
    tags = {tag for tag, _ in plain_page.tags} | {"b", "del", "ins", "br", "ol", "table", "td", "tr", "th"}
    for one in pages:
        assert "49" not in one.page.text.replace(attack, "")
        assert not any(name.startswith("on") for _, found in one.page.tags for name in found)
        assert "<script>alert" not in one.page.html
        assert not [tag for tag, found in one.page.tags if tag == "img" or found.get("src") == "x"]
        assert tags
    assert pages[0].page.form("entry").sent()["AETERM"] == [attack]


def test_strange_addresses_answer_all_alike(desk: Desk) -> None:
    other = desk.world.subject("02")
    bodies = {
        desk.crc.get(f"/subjects/{where}").raw.get_data()
        for where in (
            f"{other}/SE_SCR.1/F_VS.1",
            "09-999/SE_SCR.1/F_VS.1",
            f"{desk.subject}/SE_SCR.1/F_DO.1",
            f"{desk.subject}/SE_SCR.1/F_NONE.1",
            f"{desk.subject}/SE_NONE.1/F_VS.1",
            f"{desk.subject}/SE_SCR.2/F_VS.1",
            f"{desk.subject}/SE_SCR.1/F_VS.2",
            f"{desk.subject}/SE_LOG.1/F_AE.7",
            f"{desk.subject}/SE_C1D1.1/F_VS.1",
            f"{other}/SE_SCR.1",
            f"{other}/logs/F_AE",
            f"{desk.subject}/logs/F_VS",
        )
    }
    assert len(bodies) == 1


@pytest.mark.req("R30")
@pytest.mark.parametrize("where", ["SE_SCR.1/F_VS.1", "SE_SCR.1/F_SIGN.1", "SE_SCR.1/F_DO.1"])
def test_saving_at_a_strange_address_is_not_found(desk: Desk, where: str) -> None:
    investigator = desk.crc.office.clerk("PI")
    token = investigator.token(desk.vs)
    subject = desk.world.subject("02") if "VS" in where else desk.subject
    answer = investigator.send(f"/subjects/{subject}/{where}", {"csrf_token": token, "NOTE": "x"})
    assert (answer.status, desk.saves()) == (404, 0)


def test_a_reader_of_the_form_gets_no_boxes_and_may_not_save(desk: Desk) -> None:
    desk.save({**FIRST, "NOTE": "calm"})
    monitor = desk.crc.office.clerk("CRA")
    page = monitor.open(desk.vs).page
    assert "12.50 kg" in page.text
    assert [one for one in page.form("entry").controls if one.kind not in {"hidden", "button"}] == []
    token = page.form("entry").sent()["csrf_token"]
    assert monitor.send(f"/subjects/{desk.vs}", {"csrf_token": token, "NOTE": "x"}).status == 403


def test_a_refused_page_shows_what_the_rules_make_of_the_answers_in_its_boxes(desk: Desk) -> None:
    desk.save(FIRST)
    assert "12.5" in desk.crc.get(f"/subjects/{desk.vs}").page.text
    answer = desk.save({"WEIGHT": "37,50"})
    assert answer.status == 422
    assert "37.5" in answer.page.text
    assert "12.5" not in answer.page.text.replace("12.50", "")
    assert desk.cells()["BMI"] == {"v": "12.5"}
