"""What cannot be done: a page in the reader's language, nothing half done, nothing told about what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Blueprint
from sqlalchemy import func, select

from imt_ecrf.app import BODY_LIMIT, create_app
from imt_ecrf.store.tables import Event
from imt_ecrf.web import pages
from imt_ecrf.web.db import installation
from imt_ecrf.web.guard import ViewWithoutPermission, permit
from imt_ecrf.web.headers import HEADERS

if TYPE_CHECKING:
    from tests.web.clerk import Office


@pytest.mark.req("R18")
def test_a_subject_of_another_site_answers_as_one_that_does_not_exist(house: Office) -> None:
    own, other = house.world.subject("01"), house.world.subject("02")
    clerk = house.clerk("CRC", "01")
    assert clerk.get(f"/subjects/{own}").status == 200
    for page in (
        "",
        "/history",
        "/history.csv",
        "/casebook.pdf",
        "/casebook.json",
        "/SE_SCR.1/F_VS.1/history",
    ):
        strange, missing = clerk.get(f"/subjects/{other}{page}"), clerk.get(f"/subjects/99-999{page}")
        assert (strange.status, missing.status) == (404, 404)
        assert strange.raw.data == missing.raw.data


@pytest.mark.req("R18")
@pytest.mark.parametrize(
    "address", ["/", "/subjects", "/subjects/find?find=02-001", "/changes", "/casebooks", "/queries"]
)
def test_no_page_of_a_site_names_a_subject_of_another(house: Office, address: str) -> None:
    house.world.subject("02")
    house.world.subject("01")
    answer = house.clerk("CRC", "01").client.get(address, follow_redirects=True)
    assert "02-001" not in answer.text.replace("find=02-001", "").replace('value="02-001"', "")
    assert "Second Hospital" not in answer.text


@pytest.mark.req("R19")
def test_an_act_the_role_may_not_do_is_refused_and_stands_in_the_log(house: Office) -> None:
    subject = house.world.subject("01")
    clerk = house.clerk("CRA")
    token = clerk.get("/account").page.form("/logout").sent()
    answer = clerk.send(f"/subjects/{subject}/enrol", token)
    assert answer.status == 403
    assert "Your role may not do this. These roles may: CRC, SUBI, PI." in answer.page.text
    with house.world.looking() as session:
        row = session.scalars(select(Event).where(Event.act == "access.refused")).one()
    assert (row.username, row.outcome) == (clerk.username, "refused")
    assert "subjects.enrol" in row.details


@pytest.mark.req("R68")
def test_a_post_without_its_token_is_refused_at_every_address(house: Office) -> None:
    house.world.subject("01")
    people = [house.clerk(role, "01") for role in ("PI", "ADMIN", "DM", "CRA", "LABM")]
    adapter = house.app.url_map.bind("localhost")
    names: dict[str, Any] = {
        "subject": "01-001", "event": "SE_SCR", "repeat": 1, "form": "F_VS", "form_repeat": 1, "query": "x",
        "step": "close", "delegation": "x", "line": 1, "row": "1", "group": "G_TL",
        "username": "x", "membership": "x", "job": "x", "range_id": "x", "act": "close", "site": "01",
        "proposal": "x", "decision": "accept", "role": "CRC",
    }  # fmt: skip
    checked = []
    for rule in house.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            path = adapter.build(rule.endpoint, {name: names[name] for name in rule.arguments}, "POST")
            # who may not, or may not see it, is told so; who may is stopped by the missing token
            checked.append((path, frozenset(one.send(path, {}).status for one in people)))
    assert [one for one in checked if 400 not in one[1] or not one[1] <= {400, 403, 404}] == []
    assert len(checked) > 10


def test_a_text_with_the_character_nul_is_refused_before_anything_is_written(house: Office) -> None:
    clerk = house.clerk("CRC")
    with house.world.looking() as session:
        before = session.scalar(select(func.count()).select_from(Event))
    answer = clerk.send("/account/language", {"language": "e\0n"})
    assert answer.status == 400
    assert "A sign was sent that no text can hold" in answer.page.text
    with house.world.looking() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before


@pytest.mark.parametrize(
    "address", ["/subjects/01-001%00", "/?lang=%00", "/queries?q=%00", "/waiting/%00", "/login?next=/%00"]
)
def test_an_address_with_the_character_nul_is_refused_as_a_page(house: Office, address: str) -> None:
    answer = house.clerk("CRC").get(address)
    assert answer.status == 400
    assert "A sign was sent that no text can hold" in answer.page.text


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 10_000_000])
def test_a_body_that_no_form_needs_is_refused_as_a_page(house: Office, size: int) -> None:
    clerk = house.clerk("CRC")
    answer = clerk.send("/account/language", {"language": "x" * size})
    assert answer.status == 413
    assert "More was sent than one form can hold" in answer.page.text


@pytest.mark.parametrize(
    "page",
    [
        "SE_SCR.{n}",
        "SE_SCR.{n}/F_VS.1",
        "SE_SCR.1/F_VS.{n}",
        "SE_SCR.1/F_VS.{n}/history",
        "SE_SCR.{n}/missed",
    ],
)
def test_a_number_no_form_can_have_is_nothing_here(house: Office, page: str) -> None:
    address = f"/subjects/{house.world.subject('01')}/{page}"
    clerk = house.clerk("CRC")
    assert {clerk.get(address.format(n=n)).status for n in ("10000", "9" * 23)} == {404}


def test_the_language_of_a_blank_form_is_one_the_program_has(house: Office) -> None:
    clerk = house.clerk("CRC")
    with clerk.client.get("/blank/SE_SCR.pdf?form=F_VS&language=..%2f..%2fetc%0d%0aX:y") as response:
        said = response.headers["Content-Disposition"]
        assert (response.status_code, said) == (200, "inline; filename=blank-f-vs-en.pdf")


@pytest.mark.parametrize(("language", "title"), [("en", "Nothing here"), ("ru", "Здесь ничего нет")])
def test_an_unknown_address_has_a_page_in_the_readers_language(
    house: Office, language: str, title: str
) -> None:
    answer = house.clerk("CRC").get(f"/no/such/page?lang={language}")
    assert answer.status == 404
    assert title in answer.page.text


def test_a_wrong_method_has_a_page(house: Office) -> None:
    answer = house.clerk("CRC").get("/logout")
    assert answer.status == 405
    assert "not used in this way" in answer.page.text


def test_a_program_that_asks_for_data_gets_its_refusal_as_data(house: Office) -> None:
    answer = house.clerk("CRC").client.get("/no/such/page", headers={"Accept": "application/json"})
    assert answer.json == {
        "status": 404, "title": "Nothing here", "text": "There is nothing here, or it is not for you.",
        "reference": "",
    }  # fmt: skip


@pytest.mark.req("R68")
def test_every_answer_carries_the_headers_that_keep_a_page_to_itself(house: Office) -> None:
    clerk = house.clerk("CRC")
    for path in ("/login", "/", "/subjects", "/no/such/page", "/static/app.css", "/health"):
        with clerk.client.get(path) as response:
            found = response.headers
        assert {name: found[name] for name in HEADERS} == HEADERS
        assert ("no-store" in found["Cache-Control"]) == (path != "/static/app.css")


@pytest.mark.req("R68")
def test_no_page_holds_script_or_style_of_its_own(house: Office) -> None:
    subject = house.world.subject("01")
    clerk = house.clerk("PI", "01")
    for path in ("/", "/subjects", f"/subjects/{subject}", "/sign", "/guide/first-steps", "/guide/rights"):
        for tag, attributes in clerk.get(path).page.tags:
            assert tag != "style"
            assert tag != "script" or "src" in attributes or attributes.get("type") == "application/json"
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]


def test_cookies_are_for_this_site_and_not_for_scripts(house: Office) -> None:
    header = house.clerk("CRC").client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_a_fault_of_the_program_shows_a_number_and_nothing_else(
    house: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faulty = Blueprint("faulty", __name__)

    @faulty.get("/faulty")
    @permit("anyone")
    def fail() -> str:
        raise ZeroDivisionError("secret of the program")

    with house.app.app_context():
        settings = installation().settings
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, type("page", (), {"blueprint": faulty})))
    app = create_app(settings, clock=house.world.clock)
    answer = app.test_client().get("/faulty")
    number = answer.text.split('class="mono">')[1][:8]
    assert answer.status_code == 500
    assert "secret of the program" not in answer.text
    assert f"fault {number} at GET faulty.fail" in caplog.text


@pytest.mark.req("R17")
def test_a_view_that_does_not_say_who_may_open_it_stops_the_start(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = Blueprint("careless", __name__)
    careless.add_url_rule("/careless", view_func=lambda: "open", endpoint="show")
    with house.app.app_context():
        settings = installation().settings
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, type("page", (), {"blueprint": careless})))
    with pytest.raises(ViewWithoutPermission, match=r"careless\.show"):
        create_app(settings)


def test_a_permission_nobody_knows_is_refused_where_it_is_written() -> None:
    with pytest.raises(ViewWithoutPermission, match="fly is no permission"):
        permit("fly")
