"""Two people before one form, and what is typed and not saved: nothing is lost, nothing is joined unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import drafts
from tests.web.entry.desk import FIRST

if TYPE_CHECKING:
    from tests.web.entry.desk import Desk


def other(desk: Desk, answers: dict[str, Any]) -> None:
    """Let the investigator save meanwhile."""
    investigator = desk.crc.office.clerk("PI")
    assert investigator.save(desk.vs, {**answers, "reason": "SOURCE"}).status == 302


@pytest.mark.req("R30")
def test_changes_of_different_items_are_joined_with_one_click(desk: Desk) -> None:
    desk.save(FIRST)
    mine = desk.crc.open(desk.vs).page
    other(desk, {"HEIGHT": "101"})
    stale = desk.save({"NOTE": "mine"}, page=mine)
    assert stale.status == 409
    assert "Anna Ivanova-Pi" in stale.page.text
    assert "100 cm" in stale.page.text
    assert "101 cm" in stale.page.text
    assert desk.cells().get("NOTE") is None
    sent = next(form for form in stale.page.forms if "NOTE" in form.sent()).sent()
    assert desk.crc.send(f"/subjects/{desk.vs}", {**sent, "act": "save"}).status == 302
    assert (desk.cells()["NOTE"], desk.cells()["HEIGHT"]["v"]) == ({"v": "mine"}, "101")


@pytest.mark.parametrize(("choice", "kept"), [("mine", "14"), ("theirs", "13")])
@pytest.mark.req("R30")
def test_an_item_both_changed_needs_a_choice_and_a_reason(desk: Desk, choice: str, kept: str) -> None:
    desk.save(FIRST)
    mine = desk.crc.open(desk.vs).page
    other(desk, {"WEIGHT": "13"})
    stale = desk.save({"WEIGHT": "14", "NOTE": "mine"}, page=mine)
    form = next(form for form in stale.page.forms if "both:WEIGHT" in form.sent())
    radios = form.named("choose:WEIGHT")
    assert [(one.value, one.checked) for one in radios] == [("theirs", False), ("mine", False)]
    sent = {**form.sent(), "choose:WEIGHT": choice, "reason": "SOURCE", "act": "save"}
    assert desk.crc.send(f"/subjects/{desk.vs}", sent).status == 302
    assert desk.cells()["WEIGHT"] == {"v": kept, "u": "kg"}
    assert desk.cells()["NOTE"] == {"v": "mine"}


NO_VERSIONS = ["zzz", "-5", "9" * 40, "", " 0", "1.0", "7", "\u0661"]


@pytest.mark.req("R30")
@pytest.mark.parametrize("version", NO_VERSIONS)
def test_a_version_the_form_never_had_saves_nothing_and_keeps_what_was_typed(
    desk: Desk, version: str
) -> None:
    for saves, typed in enumerate(("mine", "yours")):
        refused = desk.save({**FIRST, "NOTE": typed, "version": version, "reason": "SOURCE"})
        assert refused.status == 422
        assert "named no version this form ever had" in refused.page.text
        sent = refused.page.form("entry").sent()
        assert (sent["NOTE"], sent["version"]) == ([typed], [str(saves)])
        assert desk.saves() == saves
        again = {**sent, "reason": "SOURCE", "act": "save"}
        assert desk.crc.send(f"/subjects/{desk.vs}", again).status == 302
        assert desk.cells()["NOTE"] == {"v": typed}


@pytest.mark.parametrize("version", NO_VERSIONS[:3])
@pytest.mark.parametrize("act", ["not-done", "complete", "draft"])
def test_no_other_act_takes_a_version_that_is_none(desk: Desk, act: str, version: str) -> None:
    desk.save(FIRST)
    sent = {"csrf_token": desk.crc.token(desk.vs), "reason": "ND", "version": version, "NOTE": "typed"}
    answered = desk.crc.send(f"/subjects/{desk.vs}/{act}?lang=ru", sent)
    assert (answered.status, "которой у формы не было" in answered.page.text) == (422, True)
    assert desk.saves() == 1


@pytest.mark.req("R30")
def test_a_form_finished_as_not_done_meanwhile_gives_the_typed_text_to_read(desk: Desk) -> None:
    mine = desk.crc.open(desk.vs).page
    investigator = desk.crc.office.clerk("PI")
    token = investigator.token(desk.vs)
    done = investigator.send(
        f"/subjects/{desk.vs}/not-done", {"csrf_token": token, "reason": "ND", "version": "0"}
    )
    assert done.status == 302
    late = desk.save({**FIRST, "NOTE": "mine"}, page=mine)
    assert late.status == 409
    assert "take that back before answering" in late.page.text
    assert "mine" in late.page.text
    assert desk.saves() == 1


@pytest.mark.req("R30")
def test_a_draft_from_an_older_version_meets_the_merge_screen_too(desk: Desk) -> None:
    desk.save(FIRST)
    mine = desk.crc.open(desk.vs).page
    sent = {**mine.form("entry").sent(), "NOTE": "typed"}
    assert desk.crc.send(f"/subjects/{desk.vs}/draft", sent).status == 200
    other(desk, {"HEIGHT": "101"})
    taken = desk.crc.open(desk.vs, "?draft=take").page
    assert taken.form("entry").sent()["HEIGHT"] == ["100"]
    assert desk.save({}, page=taken).status == 409


@pytest.mark.req("R30")
def test_what_was_typed_survives_an_expired_session_and_is_offered_again(desk: Desk) -> None:
    page = desk.crc.open(desk.vs).page
    sent = {**page.form("entry").sent(), **FIRST, "NOTE": "half a sen"}
    kept = desk.crc.send(f"/subjects/{desk.vs}/draft", sent)
    assert "answers typed, kept 12:00:00 UTC, not saved yet" in kept.raw.get_json()["text"]
    desk.world.clock.advance(minutes=16)
    refused = desk.save({**FIRST, "NOTE": "half a sentence"}, page=page)
    assert refused.status == 401
    assert refused.page.forms[-1].sent()["NOTE"] == ["half a sentence"]
    assert desk.saves() == 0
    desk.crc.sign_in()
    again = desk.crc.open(desk.vs)
    assert "Typed, not saved" in again.page.text
    taken = desk.crc.open(desk.vs, "?draft=take").page
    assert (taken.form("entry").sent()["NOTE"], taken.form("entry").sent()["WEIGHT"]) == (
        ["half a sen"],
        ["12,50"],
    )
    # the page that was held opens with its text and is saved only when the person says so
    held = desk.crc.send(f"/subjects/{desk.vs}", refused.page.forms[-1].sent())
    assert (held.status, desk.saves()) == (400, 0)
    assert desk.save({}, page=held.page).status == 302
    assert desk.cells()["NOTE"] == {"v": "half a sentence"}


def test_a_draft_is_dropped_by_saving_by_asking_and_by_taking_everything_back(desk: Desk) -> None:
    sent = {**desk.crc.open(desk.vs).page.form("entry").sent(), "NOTE": "x"}
    blank = {**sent, "NOTE": ""}
    where = f"/subjects/{desk.vs}/draft"
    for last in (blank, {**sent, "draft": "drop"}):
        desk.crc.send(where, sent)
        assert "Typed, not saved" in desk.crc.open(desk.vs).page.text
        desk.crc.send(where, last)
        assert "Typed, not saved" not in desk.crc.open(desk.vs).page.text
    desk.crc.send(where, sent)
    desk.save({"NOTE": "x"})
    with desk.world.looking() as session:
        assert drafts.mine(session, desk.world.user("CRC")) == ()


def test_a_draft_of_unreadable_answers_comes_back_as_typed(desk: Desk) -> None:
    sent = {**desk.crc.open(desk.vs).page.form("entry").sent(), "WEIGHT": "12,x", "SEEN": "30 Feb"}
    desk.crc.send(f"/subjects/{desk.vs}/draft", sent)
    taken = desk.crc.open(desk.vs, "?draft=take").page.form("entry").sent()
    assert (taken["WEIGHT"], taken["SEEN"]) == (["12,x"], ["30 Feb"])
