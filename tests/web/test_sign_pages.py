"""Signing on the screen: what is listed, what is signed, what a change does, what the register shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store import seal
from imt_ecrf.store.tables import Event, User
from tests.factories import PASSWORD, enrolled, filled_form, opened

if TYPE_CHECKING:
    from tests.web.clerk import Answered, Clerk, Office

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
BOX = "SE_SCR.1/F_SV.1@1"


@pytest.fixture
def subject(house: Office) -> str:
    """Give a subject whose visit form is complete and unsigned."""
    code = house.world.subject("01")
    filled_form(house.world, house.world.user("CRC"), Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    return code


def sign(clerk: Clerk, subject: str, password: str = PASSWORD, boxes: tuple[str, ...] = (BOX,)) -> Answered:
    for box in boxes:
        clerk.get(f"/subjects/{subject}/{box.rpartition('@')[0]}")
    form = clerk.get(f"/sign/{subject}").page.form("signing").sent()
    return clerk.send(f"/sign/{subject}", {**form, "form": list(boxes), "password": password})


def test_the_list_names_the_subjects_that_wait(house: Office, subject: str) -> None:
    page = house.clerk("PI").get("/sign").page
    assert "1 subject waits for your signature" in page.text
    assert subject in page.text


def test_a_signature_is_sealed_at_once(house: Office, subject: str) -> None:
    sign(house.clerk("PI"), subject)
    with house.world.engines.reading.connect() as connection:
        assert (seal.last_head(connection) is not None, seal.unsealed(connection)) == (True, 0)


@pytest.mark.req("R09")
def test_the_register_shows_printed_name_utc_time_and_meaning_also_after_renaming(
    house: Office, subject: str
) -> None:
    clerk = house.clerk("PI")
    assert sign(clerk, subject).where == f"/sign/{subject}"
    with house.world.acting() as session:
        session.info["actor"] = house.world.user_in(session, "ADMIN").who("ADMIN")
        session.scalars(select(User).where(User.username == clerk.username)).one().name = "Anna Married"
    for role in ("PI", "SPON", "AUD"):
        text = house.clerk(role).get("/signatures").page.text
        assert "10 Mar 2026, 12:00:00 UTC" in text
        assert "Anna Ivanova-Pi" in text
        assert "I have reviewed these data and confirm that they are complete and accurate" in text
        assert "Valid" in text


@pytest.mark.req("R11")
@pytest.mark.parametrize("password", ["", "wrong", "another-lamp-by-the-sea"])
def test_a_session_without_the_password_signs_nothing_and_the_try_is_logged(
    house: Office, subject: str, password: str
) -> None:
    clerk = house.clerk("PI")
    answer = sign(clerk, subject, password)
    assert answer.status == 403
    assert "The password is not right." in answer.page.text
    assert "1 subject waits" in clerk.get("/sign").page.text
    with house.world.looking() as session:
        assert session.scalars(select(Event.act).where(Event.act == "password.failed")).all() == [
            "password.failed"
        ]


@pytest.mark.req("R11")
def test_the_second_signature_of_a_session_asks_for_the_password_again(house: Office, subject: str) -> None:
    clerk = house.clerk("PI")
    filled_form(house.world, house.world.user("CRC"), Address(subject, "SE_SCR", 1, "F_VS"), {"VSPERF": "N"})
    assert sign(clerk, subject).status == 302
    assert sign(clerk, subject, "", ("SE_SCR.1/F_VS.1@1",)).status == 403


def test_one_password_signs_every_form_that_was_chosen(house: Office, subject: str) -> None:
    clerk = house.clerk("PI")
    filled_form(house.world, house.world.user("CRC"), Address(subject, "SE_SCR", 1, "F_VS"), {"VSPERF": "N"})
    sign(clerk, subject, boxes=(BOX, "SE_SCR.1/F_VS.1@1"))
    page = clerk.get(f"/sign/{subject}").page
    assert "2 forms are signed." in page.text
    assert "Nothing of this subject waits for your signature." in page.text


def test_a_changed_value_voids_the_signature_and_is_listed_with_old_new_and_reason(
    house: Office, subject: str
) -> None:
    clerk, world = house.clerk("PI"), house.world
    sign(clerk, subject)
    address, crc = Address(subject, "SE_SCR", 1, "F_SV"), world.user("CRC")
    saved = world.save(crc, address, {"SVSTDAT": "2026-03-09"}, {"*": "SOURCE"})
    with world.acting() as session:
        from imt_ecrf.conduct import entry  # noqa: PLC0415

        entry.complete_form(session, crc, address, saved.version, {"*": "seen"})
    text = clerk.get(f"/sign/{subject}").page.text
    assert "Changed after the signature" in text
    assert "10 Mar 2026 → became 9 Mar 2026 Corrected to the source document" in text
    assert "Void" in clerk.get("/signatures").page.text


def test_a_form_that_was_not_opened_cannot_be_chosen_and_is_not_signed(house: Office, subject: str) -> None:
    clerk = house.clerk("PI")
    page = clerk.get(f"/sign/{subject}").page
    assert "1 form is not opened yet" in page.text
    assert "Open a form first; then it can be chosen." in page.text
    sent = page.form("signing").sent()
    answer = clerk.send(f"/sign/{subject}", {**sent, "form": [BOX], "password": PASSWORD})
    assert (answer.status, "Open each form first" in answer.page.text) == (409, True)
    assert "0 signatures" in clerk.get("/signatures").page.text


def test_the_next_form_to_sign_is_the_first_that_was_not_opened(house: Office, subject: str) -> None:
    clerk = house.clerk("PI")
    following = clerk.get(f"/sign/{subject}/next")
    assert following.where == f"/subjects/{subject}/SE_SCR.1/F_SV.1"
    assert "Next form to sign" in clerk.get(following.where).page.text
    assert clerk.get(f"/sign/{subject}/next").where == f"/sign/{subject}"
    assert "Seen" in clerk.get(f"/sign/{subject}").page.text


def test_who_may_not_sign_is_offered_no_form_to_sign(house: Office, subject: str) -> None:
    text = house.clerk("CRC").get(f"/subjects/{subject}/SE_SCR.1/F_SV.1").page.text
    assert "Next form to sign" not in text


def test_a_form_saved_after_the_list_was_shown_is_not_signed(house: Office, subject: str) -> None:
    clerk, world = house.clerk("PI"), house.world
    form = clerk.get(f"/sign/{subject}").page.form("signing").sent()
    world.save(
        world.user("CRC"), Address(subject, "SE_SCR", 1, "F_SV"), {"SVSTDAT": "2026-03-09"}, {"*": "TYPING"}
    )
    answer = clerk.send(f"/sign/{subject}", {**form, "form": [BOX], "password": PASSWORD})
    assert answer.status == 409
    assert "0 signatures" in clerk.get("/signatures").page.text


def test_a_form_waits_under_the_name_of_who_entered_it_also_after_a_recalculation(house: Office) -> None:
    world = house.world
    code, crc, pi = enrolled(world), world.user("CRC"), world.user("PI")
    opened(world, crc, code, "SE_C1D1")
    measured, dose = (Address(code, "SE_C1D1", 1, form) for form in ("F_VS", "F_DO"))
    weighed = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
    filled_form(world, crc, measured, weighed)
    filled_form(world, pi, dose, {"DODAT": "2026-03-10"})
    world.clock.advance(hours=1)
    world.save(crc, measured, {"WEIGHT": Answer("13", "kg")}, {"*": "TYPING"})
    page = house.clerk("PI").get(f"/sign/{code}?form=SE_C1D1.1/F_DO.1").page
    assert "Anna Ivanova-Pi, 10 Mar 2026, 12:00 UTC" in page.text
    assert "System" not in page.text


@pytest.mark.req("R19")
@pytest.mark.parametrize(
    ("boxes", "status"),
    [(("SE_SCR.1/F_NONE.1@1",), 404), (("SE_SCR.1/F_SV.99999999999999999999@1",), 404), ((BOX,), 403)],
)
def test_a_refused_attempt_to_sign_stands_in_the_log(
    house: Office, subject: str, boxes: tuple[str, ...], status: int
) -> None:
    clerk = house.clerk("SUBI" if status == 403 else "PI")
    token = clerk.get("/account").page.form("/logout").sent()
    sent = {**token, "form": list(boxes), "password": PASSWORD, "meaning": "reviewed"}
    assert clerk.send(f"/sign/{subject}", sent).status == status
    with house.world.looking() as session:
        row = session.scalars(select(Event).where(Event.act == "access.refused")).one()
    assert (row.username, "signing.sign" in row.details) == (clerk.username, True)


@pytest.mark.req("R19")
def test_signing_at_another_site_is_refused_and_stands_in_the_log(house: Office, subject: str) -> None:
    clerk = house.clerk("PI", "02")
    token = clerk.get("/account").page.form("/logout").sent()
    assert clerk.send(f"/sign/{subject}", {**token, "form": [BOX], "password": PASSWORD}).status == 404
    with house.world.looking() as session:
        row = session.scalars(select(Event).where(Event.act == "access.refused")).one()
    assert (row.username, row.outcome, subject in row.details) == (clerk.username, "refused", True)


@pytest.mark.parametrize("boxes", [("nonsense",), ("SE_SCR.1/F_NONE.1@1",), ("SE_SCR.x/F_SV.1@1",), ()])
def test_boxes_nobody_offered_sign_nothing(house: Office, subject: str, boxes: tuple[str, ...]) -> None:
    assert sign(house.clerk("PI"), subject, boxes=boxes).status in {404, 409}


def test_a_sub_investigator_signs_while_the_investigator_has_delegated_it(
    house: Office, subject: str
) -> None:
    deputy = house.clerk("SUBI")
    assert "0 subjects wait" in deputy.get("/sign").page.text
    chief = house.clerk("PI")
    form = chief.get("/sign/delegation").page.forms[-1].sent()
    assert chief.send("/sign/delegation", {**form, "person": f"{deputy.username}/01"}).status == 302
    house.world.clock.advance(seconds=1)
    assert sign(deputy, subject).status == 302
    page = chief.get("/sign/delegation").page
    assert "In force" in page.text
    end = next(one for one in page.forms if one.action.endswith("/end"))
    assert chief.send(end.action, end.sent()).status == 302
    house.world.clock.advance(seconds=1)
    assert "Ended" in chief.get("/sign/delegation").page.text


def test_the_last_day_of_a_delegation_is_shown_as_it_was_typed(house: Office) -> None:
    person = f"{house.world.user('SUBI').username}/01"
    chief = house.clerk("PI")
    form = chief.get("/sign/delegation").page.forms[-1].sent()
    chief.send("/sign/delegation", {**form, "person": person, "until": "31.12.2026"})
    assert "31 Dec 2026 In force" in chief.get("/sign/delegation").page.text


@pytest.mark.req("R13")
@pytest.mark.parametrize(
    ("until", "said"),
    [("31.13.2026", "«Last day»"), ("09.03.2026", "The last day lies in the past or before the first")],
)
def test_a_delegation_with_a_last_day_that_cannot_be_kept_is_refused_and_the_text_stays(
    house: Office, until: str, said: str
) -> None:
    person = f"{house.world.user('SUBI').username}/01"
    chief = house.clerk("PI")
    form = chief.get("/sign/delegation").page.forms[-1].sent()
    answer = chief.send("/sign/delegation", {**form, "person": person, "until": until})
    assert (answer.status, said in answer.page.text) == (422, True)
    kept = answer.page.forms[-1].sent()
    assert (kept["person"], kept["until"]) == ([person], [until])
    assert "Nobody signs in your place." in chief.get("/sign/delegation").page.text


@pytest.mark.req("R09")
@pytest.mark.req("R12")
@pytest.mark.req("R15")
def test_a_form_shows_who_signed_it_when_what_that_says_and_what_made_it_void(
    house: Office, subject: str
) -> None:
    sign(house.clerk("PI"), subject)
    page, clerk = f"/subjects/{subject}/SE_SCR.1/F_SV.1", house.clerk("CRC")
    text = clerk.get(page).page.text
    meaning = "I have reviewed these data and confirm that they are complete and accurate"
    checked = "identity checked 10 Mar 2026 by the program: Passport seen"
    assert f"Anna Ivanova-Pi, PI 10 Mar 2026, 12:00:00 UTC {meaning} {checked};" in text
    assert "statement on signatures accepted 10 Mar 2026, 12:00 UTC History of signatures" in text
    assert (
        "Данные мною проверены; подтверждаю их полноту и достоверность"
        in clerk.get(f"{page}?lang=ru").page.text
    )
    answers = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-09", "reason": "TYPING", "version": "1", "act": "save"}
    form = clerk.get(f"{page}?lang=en").page.form("entry").sent()
    assert clerk.send(page, {**form, **answers}).status == 302
    text = clerk.get(page).page.text
    assert "1 signature became void by this change; it is asked for again." in text
    assert "void since" in text
    assert "changed: svstdat" in text


def test_nobody_delegates_at_another_site(house: Office) -> None:
    other = house.world.user("SUBI", "02")
    chief = house.clerk("PI", "01")
    form = chief.get("/account").page.form("/logout").sent()
    assert chief.send("/sign/delegation", {**form, "person": f"{other.username}/02"}).status == 404
