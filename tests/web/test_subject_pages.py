"""Subjects on the screen: screened, found, shown, enrolled, their visits opened and missed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import signing
from imt_ecrf.conduct.views import Address
from tests.factories import PASSWORD, enrolled, filled_form, looked_at, opened

if TYPE_CHECKING:
    from tests.web.clerk import Clerk, Office

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}


def post(clerk: Clerk, page: str, ends: str, **more: str) -> tuple[int, str, str]:
    """Press the button of the form whose address ends so."""
    forms = [one for one in clerk.get(page).page.forms if one.method == "post"]
    form = next(one for one in forms if one.action.endswith(ends)) if ends else forms[-1]
    answer = clerk.send(form.action or page, {**form.sent(), **more})
    return answer.status, answer.where, answer.page.text


def test_a_coordinator_screens_a_child_at_her_own_site_only(house: Office) -> None:
    clerk = house.clerk("CRC", "01")
    page = clerk.get("/subjects/new").page
    assert [control.options for control in page.forms[-1].named("site")] == [["01"]]
    assert post(clerk, "/subjects/new", "", site="01")[1] == "/subjects/01-001"
    assert post(clerk, "/subjects/new", "", site="02")[0] == 404
    assert "Subject 01-001" in clerk.get("/subjects/01-001").page.text


def test_a_refused_enrolment_lists_every_reason_on_the_page(house: Office) -> None:
    subject, clerk = house.world.subject("01"), house.clerk("CRC", "01")
    status, _where, text = post(clerk, f"/subjects/{subject}", "/enrol")
    assert status == 422
    assert "No signed consent with its date is recorded." in text
    assert "The eligibility form has not been filled." in text
    status, _where, text = post(clerk, f"/subjects/{subject}?lang=ru", "/enrol")
    assert "Нет записи о подписанном согласии с датой." in text


def test_the_page_of_a_subject_shows_its_visits_with_window_state_and_figures(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    crc = world.user("CRC")
    filled_form(world, crc, Address(subject, "SE_C1D1", 1, "F_SV"), VISIT)
    text = house.clerk("CRC").get(f"/subjects/{subject}").page.text
    assert "SE_C1D1" in text
    assert "10 Mar 2026" in text
    assert "1 / 3" in text
    assert "In progress" in text


def test_an_unscheduled_visit_is_added_in_one_action(house: Office) -> None:
    subject, clerk = house.world.subject("01"), house.clerk("CRC", "01")
    assert post(clerk, f"/subjects/{subject}", "/unscheduled")[1] == f"/subjects/{subject}/SE_UNS.1"
    house.world.save(house.world.user("CRC"), Address(subject, "SE_UNS", 1, "F_SV"), VISIT)
    assert post(clerk, f"/subjects/{subject}", "/unscheduled")[1] == f"/subjects/{subject}/SE_UNS.2"


def sent_twice(clerk: Clerk, page: str, ends: str, **more: str) -> list[str]:
    """Press a button twice before the page has gone."""
    forms = [one for one in clerk.get(page).page.forms if one.method == "post"]
    form = next(one for one in forms if one.action.endswith(ends)) if ends else forms[-1]
    return [clerk.send(form.action or page, {**form.sent(), **more}).where for _ in range(2)]


def test_a_page_sent_twice_screens_one_child(house: Office) -> None:
    clerk = house.clerk("CRC", "01")
    assert sent_twice(clerk, "/subjects/new", "", site="01") == ["/subjects/01-001"] * 2
    assert clerk.get("/subjects/01-002").status == 404
    assert post(clerk, "/subjects/new", "", site="01")[1] == "/subjects/01-002"


def test_a_page_sent_twice_opens_one_visit(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    filled_form(world, world.user("CRC"), Address(subject, "SE_C1D1", 1, "F_SV"), VISIT)
    world.clock.advance(days=30)
    clerk, page = house.clerk("CRC"), f"/subjects/{subject}"
    assert sent_twice(clerk, page, "/unscheduled") == [f"{page}/SE_UNS.1"] * 2
    assert sent_twice(clerk, page, "/open", event="SE_CYC") == [f"{page}/SE_CYC.1"] * 2
    assert clerk.get(f"{page}/SE_UNS.2").status == 404


def test_an_unscheduled_visit_is_not_added_while_the_last_one_is_empty(house: Office) -> None:
    subject, clerk = house.world.subject("01"), house.clerk("CRC", "01")
    post(clerk, f"/subjects/{subject}", "/unscheduled")
    status, _where, text = post(clerk, f"/subjects/{subject}", "/unscheduled")
    assert (status, "Nothing is entered yet at the last unscheduled visit" in text) == (409, True)
    _status, _where, text = post(clerk, f"/subjects/{subject}?lang=ru", "/unscheduled")
    assert "В последний внеплановый визит ещё ничего не внесено" in text


def test_the_next_cycle_is_opened_with_its_own_number(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    filled_form(world, world.user("CRC"), Address(subject, "SE_C1D1", 1, "F_SV"), VISIT)
    world.clock.advance(days=30)
    clerk = house.clerk("CRC")
    opened_at = [post(clerk, f"/subjects/{subject}", "/open", event="SE_CYC")[1] for _ in range(2)]
    assert opened_at == [f"/subjects/{subject}/SE_CYC.1", f"/subjects/{subject}/SE_CYC.2"]


def test_a_visit_is_marked_as_missed_with_a_reason_of_the_list(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    page = f"/subjects/{subject}/SE_SCR.1/missed"
    clerk = house.clerk("CRC")
    choices = [one.value for one in clerk.get(page).page.forms[-1].named("reason")]
    assert choices == ["PATIENT", "OTHER"]
    assert post(clerk, page, "", reason="PATIENT")[1] == f"/subjects/{subject}"
    assert "Missed" in clerk.get(f"/subjects/{subject}").page.text


def test_a_visit_with_answers_cannot_be_missed(house: Office) -> None:
    world = house.world
    subject = world.subject("01")
    clerk = house.clerk("CRC")
    form = clerk.get(f"/subjects/{subject}/SE_SCR.1/missed").page.forms[-1].sent()
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_SV"), VISIT)
    answer = clerk.send(f"/subjects/{subject}/SE_SCR.1/missed", {**form, "reason": "PATIENT"})
    assert answer.status == 409
    assert "holds answers and cannot be marked as missed" in answer.page.text


def test_the_matrix_says_each_cell_as_a_sentence(house: Office) -> None:
    world = house.world
    subject = world.subject("01")
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_SV"), VISIT)
    page = house.clerk("DM").get("/subjects").page
    cells = [found for tag, found in page.tags if tag == "a" and "cell" in found.get("class", "").split()]
    names = [found["aria-label"] for found in cells]
    assert names[0] == f"{subject}, SE_SCR: In progress, 0 of 1 forms finished"


def test_the_matrix_is_filtered_by_site_state_and_need(house: Office) -> None:
    world = house.world
    for site in ("01", "02"):
        world.subject(site)
    clerk = house.clerk("DM")
    assert "01-001" not in clerk.get("/subjects?site=02").page.text
    assert "02-001" in clerk.get("/subjects?site=02").page.text
    assert "No subject fits these filters." in clerk.get("/subjects?status=DIED").page.text
    assert "01-001" in clerk.get("/subjects?show=work").page.text


def test_a_code_that_is_typed_opens_the_subject_and_a_wrong_one_says_so(house: Office) -> None:
    subject, clerk = house.world.subject("01"), house.clerk("CRC")
    assert clerk.get(f"/subjects/find?find={subject.upper()}").where == f"/subjects/{subject}"
    where = clerk.get("/subjects/find?find=77-777").where
    assert "No subject fits these filters." in clerk.get(where).page.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_matrix_asks_the_database_as_often_for_three_subjects_as_for_one(
    house: Office, count: int
) -> None:
    from sqlalchemy import event  # noqa: PLC0415

    for _ in range(count):
        house.world.subject("01")
    clerk, asked = house.clerk("DM"), []
    with house.app.app_context():
        from imt_ecrf.web.db import installation  # noqa: PLC0415

        engine = installation().engines.reading
    event.listen(engine, "before_cursor_execute", lambda *found: asked.append(found[2]))
    clerk.get("/subjects")
    assert len(asked) <= 16


def test_forms_in_progress_wait_in_visits_and_in_logs(house: Office) -> None:
    world = house.world
    subject, crc = world.subject("01"), world.user("CRC")
    world.save(crc, Address(subject, "SE_SCR", 1, "F_SV"), VISIT)
    world.save(crc, Address(subject, "SE_LOG", 1, "F_AE"), {"AETERM": "Cough"})
    text = house.clerk("CRC").get(f"/subjects/{subject}").page.text
    waiting = text.split("Waiting", 1)[1].split("Enrolment")[0]
    assert "SE_SCR In progress. 0 / 3" in waiting
    assert "In progress F_AE" in waiting


def test_a_void_signature_on_a_line_of_a_log_waits(house: Office) -> None:
    world = house.world
    subject, crc = world.subject("01"), world.user("CRC")
    line = Address(subject, "SE_LOG", 1, "F_AE")
    filled_form(world, crc, line, {"AETERM": "Cough", "AESTDAT": "2026-03"})
    with world.acting() as session:
        looked_at(session, world.user_in(session, "PI"), [line])
        signing.sign(session, world.user_in(session, "PI"), [line], PASSWORD)
    assert "Signature void F_AE" not in house.clerk("CRC").get(f"/subjects/{subject}").page.text
    world.save(crc, line, {"AETERM": "Dry cough"}, {"*": "TYPING"})
    assert "Signature void F_AE" in house.clerk("CRC").get(f"/subjects/{subject}").page.text


def test_nothing_is_due_for_a_central_reader_where_no_form_of_his_is_expected(house: Office) -> None:
    text = house.clerk("CREAD").get(f"/subjects/{enrolled(house.world)}").page.text
    assert "Nothing waits for this subject." in text
    assert "Due" not in text.split("Waiting", 1)[1]


@pytest.mark.req("R17")
def test_a_blinded_reader_sees_neither_state_nor_dates_nor_other_forms(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    filled_form(world, world.user("CRC"), Address(subject, "SE_SCR", 1, "F_SV"), VISIT)
    reader = house.clerk("CREAD")
    for page in (
        f"/subjects/{subject}",
        "/subjects",
        f"/subjects/{subject}/history",
        "/changes?since=2026-03-01",
    ):
        answer = reader.get(page)
        assert answer.status == 200
        for hidden in ("Enrolled", "10 Mar 2026", "F_SV", "SVSTDAT", "F_VS"):
            assert hidden not in answer.page.text.replace("10 Mar 2026, 12:00 UTC", "").replace(
                "Screening since", ""
            )


def test_every_time_on_the_work_list_has_its_zone_and_every_link_leads_somewhere(house: Office) -> None:
    world = house.world
    subject = world.subject("01")
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_SV"), VISIT)
    clerk = house.clerk("CRC")
    page = clerk.get("/").page
    assert "10 Mar 2026, 12:00 UTC" in page.text
    links = {
        attributes["href"]
        for tag, attributes in page.tags
        if tag == "a" and attributes["href"].startswith("/")
    }
    assert {clerk.get(link).status for link in links - {"/next"}} <= {200, 202}
    assert clerk.get("/next").where == f"/subjects/{subject}/SE_SCR.1/F_SV.1"


def test_opening_a_repeating_visit_needs_one(house: Office) -> None:
    world = house.world
    subject = enrolled(world)
    assert opened(world, world.user("CRC"), subject, "SE_C1D1") == 1
    assert world.clock.now().date() == dt.date(2026, 3, 10)


def test_every_page_counts_the_forms_of_a_visit_alike_optional_ones_only_when_begun(house: Office) -> None:
    world, code = house.world, house.world.subject("01")
    crc, visit = world.user("CRC"), {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_SV"), visit)
    clerk, form = house.clerk("CRC"), f"/subjects/{code}/SE_SCR.1/F_VS.1"
    assert "1 / 3" in clerk.get(f"/subjects/{code}").page.text
    assert "1 of 3 complete" in clerk.get(form).page.text
    world.save(crc, Address(code, "SE_SCR", 1, "F_TL"), {"G_TL.1.TLLOC": "Lung"})
    assert "1 / 4" in clerk.get(f"/subjects/{code}").page.text
    assert "1 of 4 complete" in clerk.get(form).page.text


def test_the_page_of_all_logs_counts_their_lines_and_calls_none_of_them_due(house: Office) -> None:
    world = house.world
    subject, crc = world.subject("01"), world.user("CRC")
    for line, term in enumerate(("Cough", "Fever"), 1):
        world.save(crc, Address(subject, "SE_LOG", 1, "F_AE", line), {"AETERM": term})
    text = house.clerk("CRC").get(f"/subjects/{subject}/SE_LOG.1").page.text
    assert "F_AE In progress 2 10 Mar 2026" in text
    assert "A log is never finished" in text
    assert ("Due" in text, "no date yet" in text, "required" in text) == (False, False, False)
