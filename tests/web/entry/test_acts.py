"""What a form's page does besides saving: completing, not done, opening again, striking out, logs, visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct.views import Address
from tests.web.entry.desk import FIRST

if TYPE_CHECKING:
    from tests.web.clerk import Clerk
    from tests.web.entry.desk import Desk


def act(clerk: Clerk, address: Address, name: str, **data: str) -> int:
    """Press a button beside the form."""
    form = clerk.open(address).page.form(f"/{name}").sent()
    return clerk.send(f"/subjects/{address}/{name}", {**form, **data}).status


def test_save_and_next_opens_the_next_form_of_the_visit_that_lacks_something(desk: Desk) -> None:
    answer = desk.save(FIRST, act="next")
    assert (answer.status, answer.where) == (302, f"/subjects/{desk.subject}/SE_SCR.1/F_LB.1")


def test_save_and_complete_completes_or_says_what_is_left(desk: Desk) -> None:
    left = desk.save({"VSPERF": "Y", "HEIGHT": "100"}, act="complete")
    assert left.where == f"/subjects/{desk.vs}"
    page = desk.crc.open(desk.vs).page
    assert "Saved, but not complete yet" in page.text
    assert "weight: no answer yet." in page.text
    done = desk.save({"WEIGHT": "12.5", "WEIGHT:unit": "kg"}, act="complete")
    assert done.where == f"/subjects/{desk.subject}/SE_SCR.1/F_LB.1"
    assert desk.world.open(desk.world.user("CRC"), desk.vs).state == "complete"


def test_a_comment_settles_what_is_unusual_or_owed(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "HEIGHT": "100", "WEIGHT": "150", "WEIGHT:unit": "kg"})
    page = desk.crc.open(desk.vs).page
    assert "150 is unusual; usually 6 to 120 kg." in page.text
    unsaid = desk.save({"confirm:range(WEIGHT)": " "}, act="confirm:range(WEIGHT)", page=page)
    assert unsaid.status == 302
    page = desk.crc.open(desk.vs).page
    assert "Not confirmed: write beside the value why it is right." in page.text
    assert "Saved." not in page.text
    confirmed = desk.save({"confirm:range(WEIGHT)": "weighed twice"}, page=page)
    assert confirmed.status == 302
    page = desk.crc.open(desk.vs).page
    assert "Confirmed: “weighed twice”. " in page.text
    assert desk.save({}, act="complete").where.endswith("F_LB.1")


@pytest.mark.req("R27")
def test_the_history_of_a_form_tells_first_value_prompt_and_what_the_person_did(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "HEIGHT": "100", "WEIGHT": "150", "WEIGHT:unit": "kg"})
    desk.save({"confirm:range(WEIGHT)": "weighed twice"})
    desk.save({"WEIGHT": "15", "WEIGHT:reason": "typed wrongly"})
    text = desk.crc.get(f"/subjects/{desk.vs}/history").page.text
    assert "What the checks said, and who confirmed a value" in text
    assert "weight: 150 is unusual; usually 6 to 120 kg." in text
    assert "Confirmed: “weighed twice”." in text
    assert "150 kg → became 15 kg typed wrongly." in " ".join(text.split())


def test_a_comment_longer_than_its_box_is_refused(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "HEIGHT": "100", "WEIGHT": "150", "WEIGHT:unit": "kg"})
    refused = desk.save({"confirm:range(WEIGHT)": "x" * 401})
    assert (refused.status, "Write a comment of at most 400 signs." in refused.page.text) == (422, True)
    assert desk.save({"confirm:range(WEIGHT)": "x" * 400}).status == 302


def test_a_form_is_completed_with_a_comment_on_what_is_owed(desk: Desk) -> None:
    desk.save({"VSPERF": "Y", "HEIGHT": "100"})
    assert act(desk.crc, desk.vs, "complete", comment="scales broken") == 302
    assert desk.world.open(desk.world.user("CRC"), desk.vs).state == "complete"
    assert act(desk.crc, desk.vs, "reopen", reason="scales repaired") == 302
    assert desk.world.open(desk.world.user("CRC"), desk.vs).state == "in progress"


@pytest.mark.req("R28")
def test_a_whole_form_is_recorded_as_not_done_in_one_action_and_opened_again(desk: Desk) -> None:
    assert act(desk.crc, desk.vs, "not-done", reason="") == 422
    assert act(desk.crc, desk.vs, "not-done", reason="ND") == 302
    assert desk.cells() == {"@not_done": {"v": "ND"}}
    page = desk.crc.open(desk.vs).page
    assert "This form was recorded as not done." in page.text
    assert [one for one in page.form("entry").controls if one.tag == "button"] == []
    assert act(desk.crc, desk.vs, "reopen", reason="done after all") == 302
    assert desk.save(FIRST).status == 302


@pytest.fixture
def log(desk: Desk) -> str:
    """Give the address of a log with three lines."""
    for number, (term, day) in enumerate((("Nausea", "2026-03-01"), ("Cough", "2026-02"), ("Rash", "UN")), 1):
        address = Address(desk.subject, "SE_LOG", 1, "F_AE", number)
        answers = {"AETERM": term, "AESTDAT": "2026" if day == "UN" else day}
        assert desk.crc.save(address, answers).status == 302
    return f"/subjects/{desk.subject}/logs/F_AE"


def test_a_log_shows_one_line_a_record_sorted_and_filtered_as_asked(desk: Desk, log: str) -> None:
    text = desk.crc.get(log).page.text
    assert "3 lines" in text
    assert text.index("Nausea") < text.index("Cough") < text.index("Rash")
    text = desk.crc.get(f"{log}?sort=AETERM").page.text
    assert text.index("Cough") < text.index("Nausea") < text.index("Rash")
    text = desk.crc.get(f"{log}?sort=-AETERM").page.text
    assert text.index("Rash") < text.index("Nausea") < text.index("Cough")
    found = desk.crc.get(f"{log}?find=cough").page.text
    assert ("Cough" in found, "Nausea" in found) == (True, False)
    assert "No line holds" in desk.crc.get(f"{log}?find=zebra").page.text


def test_a_log_strikes_a_line_out_and_keeps_it_visible_with_its_reason(desk: Desk, log: str) -> None:
    second = Address(desk.subject, "SE_LOG", 1, "F_AE", 2)
    assert act(desk.crc, second, "strike", reason=" ") == 422
    assert act(desk.crc, second, "strike", reason="entered twice") == 302
    page = desk.crc.get(log).page
    assert "Struck out: OTHER: entered twice" not in page.text
    assert "Struck out: entered twice" in page.text
    assert "Cough" in page.text
    line = desk.crc.open(second).page
    assert "This line was struck out: entered twice" in line.text
    assert line.form("entry").named("AETERM") == []


def test_a_log_offers_the_next_line_and_refuses_those_beyond(desk: Desk, log: str) -> None:
    add = next(found["href"] for tag, found in desk.crc.get(log).page.tags if "data-add" in found)
    assert add.endswith("/F_AE.4")
    assert desk.crc.get(add).status == 200
    assert desk.crc.get(add.replace("F_AE.4", "F_AE.5")).status == 404


def test_a_log_keeps_the_numbers_of_its_lines_for_life(desk: Desk, log: str) -> None:
    act(desk.crc, Address(desk.subject, "SE_LOG", 1, "F_AE", 3), "strike", reason="wrong child")
    add = next(found["href"] for tag, found in desk.crc.get(log).page.tags if "data-add" in found)
    assert add.endswith("/F_AE.4")


def test_a_row_of_a_table_is_added_with_the_offered_one_and_struck_out(desk: Desk) -> None:
    lesions = Address(desk.subject, "SE_SCR", 1, "F_TL")
    offered = desk.crc.open(lesions).page.form("entry")
    assert {"G_TL.1.TLID", "G_TL.1.TLLOC", "G_TL.1.TLDIAM"} <= set(offered.sent())
    assert desk.crc.save(lesions, {"G_TL.1.TLID": "T01", "G_TL.1.TLDIAM": "12"}).status == 302
    assert "G_TL.2.TLID" in desk.crc.open(lesions).page.form("entry").sent()
    only_named = desk.crc.save(lesions, {"G_TL.2.TLID": "T02"})
    assert only_named.status == 302
    page = desk.crc.open(lesions).page
    assert "G_TL.3.TLID" not in page.form("entry").sent()
    sent = {**page.form("strike").sent(), "group": "G_TL", "row": "2", "reason": "not a lesion"}
    assert desk.crc.send(f"/subjects/{lesions}/strike", sent).status == 302
    cells = desk.world.open(desk.world.user("CRC"), lesions).cells
    assert cells["G_TL.2.@struck"] == {"v": "OTHER: not a lesion"}
    after = desk.crc.open(lesions).page
    assert ("T02" in after.text, "G_TL.2.TLID" in after.form("entry").sent()) == (True, False)


def test_a_panel_keeps_each_result_in_its_own_row(desk: Desk) -> None:
    panel = Address(desk.subject, "SE_SCR", 1, "F_LB")
    page = desk.crc.open(panel).page
    names = [one.name for one in page.form("entry").controls if one.name.endswith("LBRES")]
    assert names == ["G_LB.ALT.LBRES", "G_LB.AST.LBRES"]
    assert desk.crc.save(panel, {"G_LB.AST.LBRES": "31,5", "G_LB.ALT.LBRES:missing": "ND"}).status == 302
    cells = desk.world.open(desk.world.user("CRC"), panel).cells
    assert cells == {"G_LB.AST.LBRES": {"v": "31.5"}, "G_LB.ALT.LBRES": {"m": "ND"}}


def test_a_visit_lists_its_forms_with_their_states(desk: Desk) -> None:
    desk.save(FIRST)
    page = desk.crc.get(f"/subjects/{desk.subject}/SE_SCR.1").page
    assert "F_VS" in page.text
    hrefs = [found.get("href", "") for tag, found in page.tags if tag == "a"]
    assert f"/subjects/{desk.vs}" in hrefs
    assert desk.crc.get(f"/subjects/{desk.subject}/SE_CYC.9").status == 404


def test_a_preview_tells_hidden_derived_echoes_and_messages_and_stores_nothing(desk: Desk) -> None:
    sent = desk.crc.open(desk.vs).page.form("entry").sent()
    typed = {
        **sent,
        "VSPERF": "Y",
        "WEIGHT": "150",
        "WEIGHT:unit": "kg",
        "HEIGHT": "200",
        "SEEN": "UN.11.2025",
    }
    picture = desk.crc.send(f"/subjects/{desk.vs}/preview", typed).raw.get_json()
    assert picture["hidden"] == []
    assert picture["derived"] == {"BMI": {"text": "37.5", "value": "37.5"}}
    assert picture["echoes"] == {"SEEN": {"text": "Nov 2025, day unknown", "bad": False}}
    assert [(one["path"], one["level"]) for one in picture["messages"]] == [("WEIGHT", "soft")]
    nothing = desk.crc.send(f"/subjects/{desk.vs}/preview", {**typed, "VSPERF": "N"}).raw.get_json()
    assert nothing["hidden"] == ["HEIGHT", "WEIGHT"]
    assert (desk.saves(), desk.cells()) == (0, {})
