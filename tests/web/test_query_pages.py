"""Queries on the screen: listed, answered by the site, settled by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import queries, raising, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.raising import Spoken
from imt_ecrf.conduct.views import Address, Finding
from imt_ecrf.store.tables import Event, Query

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
