"""Queries on the screen: listed, answered by the site, settled by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import queries, raising, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.raising import Spoken
from imt_ecrf.conduct.views import Address, Answer, Finding
from imt_ecrf.store.tables import Event, Query
from tests.conduct.asking import panel_saved

if TYPE_CHECKING:
    from tests.web.clerk import Answered, Clerk, Office


@pytest.fixture
def query(house: Office) -> str:
    """Give a query of the monitor on a weight."""
    world = house.world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y"})
    with world.acting() as session:
        return queries.ask(session, world.user_in(session, "CRA"), address, "Is this <b>right</b>?", "WEIGHT")


def say(clerk: Clerk, query: str, step: str, text: str) -> Answered:
    form = clerk.get(f"/queries/{query}").page.forms[-1].sent()
    return clerk.send(f"/queries/{query}/{step}", {**form, "text": text})


def test_a_query_is_answered_closed_and_listed_with_its_thread(house: Office, query: str) -> None:
    crc, cra = house.clerk("CRC"), house.clerk("CRA")
    assert "1 query" in crc.get("/queries").page.text
    assert say(crc, query, "answer", "Yes, see the source.").status == 302
    assert "Answered" in cra.get("/queries").page.text
    assert say(cra, query, "close", "Thank you.").status == 302
    page = cra.get(f"/queries/{query}").page
    assert "Yes, see the source." in page.text
    assert "Is this <b>right</b>?" not in page.html
    assert "No open queries." in cra.get("/queries").page.text
    assert "1 query" in cra.get("/queries?state=settled").page.text


def test_a_query_closed_without_a_word_says_so_in_the_language_of_the_page(house: Office, query: str) -> None:
    cra = house.clerk("CRA")
    assert say(house.clerk("CRC"), query, "answer", "Yes.").status == 302
    assert say(cra, query, "close", "").status == 302
    assert "Closed without a word." in cra.get(f"/queries/{query}").page.text
    russian = cra.get(f"/queries/{query}?lang=ru").page.text
    assert ("Закрыт без комментария." in russian, "Closed" in russian) == (True, False)


@pytest.mark.parametrize(("language", "why"), [("en", "Nobody has answered"), ("ru", "никто не ответил")])
def test_a_query_nobody_answered_is_closed_with_a_reason_only(
    house: Office, query: str, language: str, why: str
) -> None:
    cra = house.clerk("CRA")
    cra.get(f"/queries?lang={language}")
    refused = say(cra, query, "close", "\u200b\u202e\u200b")
    assert (refused.status, why in refused.page.text) == (422, True)
    assert say(cra, query, "close", "Settled by telephone.").status == 302
    assert "Settled by telephone." in cra.get(f"/queries/{query}").page.text


def test_the_site_may_answer_but_not_close(house: Office, query: str) -> None:
    clerk = house.clerk("CRC")
    assert "Close the query" not in clerk.get(f"/queries/{query}").page.text
    assert say(clerk, query, "close", "done").status == 403
    with house.world.looking() as session:
        row = session.scalars(select(Event).where(Event.act == "access.refused")).one()
    assert (row.username, "queries.take" in row.details) == (clerk.username, True)


def test_an_empty_answer_is_refused_beside_the_field(house: Office, query: str) -> None:
    answer = say(house.clerk("CRC"), query, "answer", " ")
    assert answer.status == 422
    assert "Write at least a few words" in answer.page.text


@pytest.mark.req("R18")
def test_a_query_of_another_site_or_of_a_hidden_form_does_not_exist(house: Office, query: str) -> None:
    for role, site in (("CRC", "02"), ("CREAD", "01")):
        clerk = house.clerk(role, site)
        assert clerk.get(f"/queries/{query}").status == 404
        assert clerk.get("/queries/nothing").status == 404
        assert "0 queries" in clerk.get("/queries").page.text


def test_a_query_on_a_subject_as_a_whole_leads_to_its_page(house: Office) -> None:
    world = house.world
    code = world.subject("01")
    with world.acting() as session:
        row = runtime.find_subject(session, system(world.clock), code)
        said = Spoken(
            *(None, "", "", 0, 0), complete=True,
            findings=(Finding("C155", "soft", None, None, "No dose for 6 weeks.", "Нет дозы 6 недель."),),
            checks=frozenset({"C155"}), failed=frozenset(), unknown=frozenset(), withheld=frozenset(),
            before=None, asked=True,
        )  # fmt: skip
        raising.settle(session, system(world.clock), row, [said])
    crc = house.clerk("CRC")
    assert "The subject as a whole" in crc.get("/queries").page.text
    page = crc.get(f"/subjects/{code}").page
    assert "No dose for 6 weeks." in page.text
    with world.looking() as session:
        link = f"/queries/{session.scalars(select(Query.id)).one()}"
    assert f'href="{link}"' in page.html
    assert "Open the subject" in crc.get(link).page.text
    assert "Нет дозы 6 недель." in crc.get(f"{link}?lang=ru").page.text


def test_rules_that_failed_are_listed_for_the_data_manager_only(house: Office) -> None:
    world = house.world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    saved = world.save(world.user("CRC"), address, {"VSPERF": "Y"})
    manager = house.clerk("DM")
    assert "Every rule came to a result." in manager.get("/queries/rules-failed").page.text
    with world.acting() as session:
        row = runtime.find_subject(session, system(world.clock), address.subject)
        log(
            session, system(world.clock), "rule.failed", site="01", subject_id=row.id,
            form_data_id=saved.id, form_version=1, object="C155", details={"reason": "X03 a defect"},
        )  # fmt: skip
    text = manager.get("/queries/rules-failed").page.text
    assert ("C155" in text, "X03 a defect" in text, address.subject in text) == (True, True, True)
    assert house.clerk("CRC").get("/queries/rules-failed").status == 403


def weighed(house: Office) -> Address:
    """Save a weight of a new child."""
    world = house.world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y", "WEIGHT": Answer("18", "kg")})
    world.clock.advance(minutes=1)
    return address


def asked(house: Office, address: Address, path: str = "WEIGHT", text: str = "Is this right?") -> str:
    """Let the monitor ask, on the page, and give the query."""
    world, cra = house.world, house.clerk("CRA")
    page = cra.get(f"/subjects/{address}/talk?item={path}").page
    form = page.form("/talk/ask").sent()
    assert form["path"] == [path]
    assert cra.send(f"/subjects/{address}/talk/ask", {**form, "text": text}).status == 302
    world.clock.advance(minutes=1)
    with world.looking() as session:
        return str(session.scalars(select(Query.id).order_by(Query.opened_at.desc())).first())


def test_an_answer_beside_the_question_saves_the_changed_value_with_it(house: Office) -> None:
    address = weighed(house)
    query, crc = asked(house, address), house.clerk("CRC")
    sent = {f"say:{query}": "Corrected.", "WEIGHT": "19", "reason": "QUERY"}
    answer = crc.save(address, sent, act=f"answer:{query}")
    assert (answer.status, answer.where.rpartition("#")[2]) == (302, "item-WEIGHT")
    thread = house.clerk("CRA").get(f"/queries/{query}").page
    assert "Value changed: from 18 kg → to 19 kg" in thread.text
    assert thread.text.index("Value changed") < thread.text.index("Corrected.")
    assert "Saved; the query is answered." in crc.open(address).page.text


def test_an_answer_without_a_change_leaves_the_value_and_the_version(house: Office) -> None:
    address = weighed(house)
    query, crc = asked(house, address), house.clerk("CRC")
    assert crc.save(address, {f"say:{query}": "It is right."}, act=f"answer:{query}").status == 302
    assert "The query is answered; the value stays." in crc.open(address).page.text
    assert house.world.open(house.world.user("CRC"), address).version == 1


def test_an_answer_whose_query_was_closed_meanwhile_saves_nothing_and_keeps_what_was_typed(
    house: Office,
) -> None:
    address = weighed(house)
    query, crc = asked(house, address), house.clerk("CRC")
    page = crc.open(address).page
    with house.world.acting() as session:
        queries.close(session, house.world.user_in(session, "CRA"), query, "No longer needed.")
    sent = {f"say:{query}": "My long answer.", "WEIGHT": "19", "reason": "QUERY"}
    answer = crc.save(address, sent, page=page, act=f"answer:{query}")
    assert answer.status == 409
    assert "Somebody else took the next step" in answer.page.text
    assert "My long answer." in answer.page.text
    assert f'href="/queries/{query}"' in answer.page.html
    assert answer.page.form("entry").sent()["WEIGHT"] == ["19"]
    assert house.world.open(house.world.user("CRC"), address).version == 1


def test_a_step_on_the_page_of_a_query_that_moved_is_refused_with_the_text_kept(house: Office) -> None:
    query = asked(house, weighed(house))
    crc, cra = house.clerk("CRC"), house.clerk("CRA")
    form = crc.get(f"/queries/{query}").page.forms[-1].sent()
    assert say(cra, query, "close", "No longer needed.").status == 302
    told = crc.send(f"/queries/{query}/answer", {**form, "text": "Typed in vain?"})
    assert (told.status, "Typed in vain?" in told.page.text) == (409, True)
    assert "No longer needed." in told.page.text
    told = crc.send(f"/queries/{query}/answer?lang=ru", {**form, "text": "Зря набрано"})
    assert ("сделал другой человек" in told.page.text, "Зря набрано" in told.page.text) == (True, True)


def test_a_reply_typed_while_the_form_is_saved_is_not_lost(house: Office) -> None:
    address = weighed(house)
    query, crc = asked(house, address), house.clerk("CRC")
    page = crc.save(address, {f"say:{query}": "Half an answer", "NOTE": "x"}).page
    assert "typed but not sent" in page.text
    assert page.form("entry").sent()[f"say:{query}"] == ["Half an answer"]


def test_a_reply_goes_through_the_merge_of_two_saves(house: Office) -> None:
    address = weighed(house)
    query, crc = asked(house, address), house.clerk("CRC")
    page = crc.open(address).page
    world = house.world
    world.save(world.user("PI"), address, {"NOTE": "meanwhile"})
    sent = {f"say:{query}": "Corrected.", "WEIGHT": "19", "reason": "QUERY"}
    merge = crc.save(address, sent, page=page, act=f"answer:{query}")
    assert merge.status == 409
    joined = merge.page.form(f"{address.form}.1").sent()
    done = crc.send(f"/subjects/{address}", {**joined, "reason": "QUERY", "act": f"answer:{query}"})
    assert done.status == 302
    with world.looking() as session:
        assert session.scalars(select(Query.state)).all() == ["answered"]


def test_the_site_and_a_reader_are_told_who_settles_a_query(house: Office) -> None:
    query = asked(house, weighed(house))
    assert say(house.clerk("CRC"), query, "answer", "Yes.").status == 302
    for role, words in (("CRC", "The site answers a query"), ("SPON", "Your role reads queries")):
        clerk = house.clerk(role)
        token = next(sent for one in clerk.get("/queries").page.forms if "csrf_token" in (sent := one.sent()))
        told = clerk.send(f"/queries/{query}/close", {**token, "text": "x"})
        assert (told.status, words in told.page.text) == (403, True)
        told = clerk.send(f"/queries/{query}/close?lang=ru", {**token, "text": "x"})
        assert "менеджер данных" in told.page.text


def test_a_query_on_a_visit_is_asked_and_read_on_its_page(house: Office) -> None:
    address = weighed(house)
    cra = house.clerk("CRA")
    visit = f"/subjects/{address.subject}/SE_SCR.1"
    form = cra.get(visit).page.form("/ask").sent()
    assert cra.send(f"{visit}/ask", {**form, "text": "Why so late?"}).status == 302
    for where in (visit, f"/subjects/{address.subject}", "/queries"):
        assert "Why so late?" in house.clerk("CRC").get(where).page.text
    assert "the visit as a whole" in house.clerk("CRC").get("/queries").page.text
    assert "/ask" not in [one.action for one in house.clerk("CRC").get(visit).page.forms]


@pytest.mark.req("R34")
def test_a_row_is_asked_about_where_it_stands_and_found_again_from_the_list(house: Office) -> None:
    address = panel_saved(house.world)
    cra, there = house.clerk("CRA"), f"/subjects/{address}"
    talk = f"{there}/talk?item=G_LB.ALT"
    assert talk in cra.open(address).page.links
    form = cra.get(talk).page.form("/talk/ask").sent()
    assert form["path"] == ["G_LB.ALT"]
    assert cra.send(f"{there}/talk/ask", {**form, "text": "Is this row of the same day?"}).status == 302
    listed = cra.get("/queries").page
    assert "the whole row" in listed.text
    assert f"{there}#item-G_LB.ALT" in listed.links
    shown = house.clerk("CRC").open(address).page
    assert 'id="item-G_LB.ALT"' in shown.html
    assert "The whole row: Is this row of the same day?" in shown.text


def test_a_note_stands_on_the_form_and_in_the_log_and_opens_no_query(house: Office) -> None:
    address, crc = weighed(house), house.clerk("CRC")
    form = crc.get(f"/subjects/{address}/talk?item=WEIGHT").page.form("/talk/note").sent()
    assert crc.send(f"/subjects/{address}/talk/note", {**form, "text": "New <b>scales</b>."}).status == 302
    assert "1 note" in house.clerk("CRA").open(address).page.text
    assert "New <b>scales</b>." in house.clerk("CRA").open(address).page.text
    assert "New <b>scales</b>." in house.clerk("SPON").get(f"/subjects/{address}/history").page.text
    assert "New <b>" not in house.clerk("SPON").get(f"/subjects/{address}/history?item=HEIGHT").page.text
    assert "0 queries" in house.clerk("CRA").get("/queries").page.text
    assert "New <b>scales</b>." in house.clerk("DM").get("/inspection/events?act=note.written").page.text
    assert crc.send(f"/subjects/{address}/talk/note", {**form, "text": " "}).status == 422


def test_the_list_is_filtered_and_its_files_hold_the_same_rows_and_are_written_down(house: Office) -> None:
    first, second = weighed(house), weighed(house)
    kept = [asked(house, address, text=f"About {number}") for number, address in enumerate((first, second))]
    dm = house.clerk("DM")
    assert "2 queries" in dm.get("/queries").page.text
    assert "1 query" in dm.get(f"/queries?subject={first.subject}").page.text
    assert "No query fits" in dm.get("/queries?text=nowhere").page.text
    taken = dm.get("/queries/list.json?order=age").raw
    assert [row["id"] for row in taken.get_json()["lines"]] == kept
    assert [row["question"] for row in taken.get_json()["lines"]] == ["About 0", "About 1"]
    one = dm.get(f"/queries/list.csv?subject={second.subject}").raw
    assert one.get_data(as_text=True).count("\n") == 2
    assert house.clerk("CRC", "02").get("/queries/list.json").raw.get_json()["count"] == 0
    with house.world.looking() as session:
        logged = session.scalars(select(Event).where(Event.act == "trail.exported").order_by(Event.seq)).all()
    assert [one.object for one in logged] == ["queries"] * 3
    assert taken.headers["X-Content-SHA256"] in logged[0].details


def test_several_queries_are_closed_on_one_page_that_says_what_cannot_be(house: Office) -> None:
    address = weighed(house)
    done, also, waits = asked(house, address), asked(house, address), asked(house, address, "")
    with house.world.acting() as session:
        of_dm = queries.ask(session, house.world.user_in(session, "DM"), address, "Mine", "WEIGHT")
    for one in (done, also):
        assert say(house.clerk("CRC"), one, "answer", "Yes.").status == 302
    cra = house.clerk("CRA")
    page = cra.get(f"/queries/together?step=close&id={done}&id={also}&id={waits}&id={of_dm}").page
    assert "2 queries will be closed" in page.text
    assert "2 queries stay as they are" in page.text
    assert "only answered queries are closed together" in page.text
    assert "Somebody else, or a check, asked this query" in page.text
    form = page.form("/together").sent()
    assert cra.send("/queries/together", {**form, "text": "Thank you."}).status == 302
    assert "2 queries" in cra.get("/queries?state=settled").page.text
    again = cra.send("/queries/together", {**form, "text": "Thank you."})
    assert (again.status, "Thank you." in again.page.html) == (409, False)
    assert house.clerk("CRC").get(f"/queries/together?step=close&id={of_dm}").status == 403
    assert cra.get("/queries/together?step=answer").status == 404


def test_words_that_turn_the_reading_direction_stand_apart_and_are_kept_as_written(
    house: Office, query: str
) -> None:
    written = "It is \u2069\u202eright\u202d"
    assert say(house.clerk("CRC"), query, "answer", written).status == 302
    shown = house.clerk("CRA").get(f"/queries/{query}").page.html
    assert "<bdi>It is \u202eright\u202d\u202c\u202c</bdi>" in shown
    with house.world.looking() as session:
        thread = queries.one(session, house.world.user("CRA"), query).messages
    assert thread[-1].text == written
