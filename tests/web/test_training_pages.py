"""Training on the screen: the banner, the page to confirm, the refusal beside the form, lists and files."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from imt_ecrf.conduct.views import Address
from tests.conduct.test_training import publish, trained_book
from tests.factories import make_user
from tests.web.clerk import Clerk, Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    """Give the small study that asks for training, with its pages."""
    place = office(tmp_path / "house", trained_book())
    yield place
    place.world.engines.dispose()


def newcomer(house: Office) -> Clerk:
    """Sign somebody in who has confirmed nothing."""
    with house.world.acting() as session:
        make_user(session, "boris.new", "CRC", "01", house.world.clock, read=False)
    clerk = Clerk(house, "boris.new")
    clerk.sign_in()
    return clerk


@pytest.mark.req("R22")
@pytest.mark.parametrize(
    ("language", "banner", "why"),
    [
        ("en", "Read and confirm the guideline of your role", "Entry waits until you have read"),
        ("ru", "Прочесть и подтвердить руководство для вашей роли", "Ввод откроется, когда вы прочтёте"),
    ],
)
def test_a_newcomer_is_led_to_the_guideline_and_enters_after_confirming_it(
    house: Office, language: str, banner: str, why: str
) -> None:
    clerk, address = newcomer(house), Address(house.world.subject(), "SE_SCR", 1, "F_VS")
    assert banner in clerk.get(f"/account?lang={language}").page.text
    form = clerk.open(address).page
    assert why in form.text
    assert "VSPERF" not in form.form("entry").sent()
    page = clerk.get("/training").page
    sent = page.form("/training/CRC").sent()
    assert clerk.send("/training/CRC", sent).status == 422
    assert clerk.send("/training/CRC", {**sent, "read": "yes", "version": "another"}).status == 409
    assert clerk.send("/training/CRC", {**sent, "read": "yes"}).where == "/training"
    assert banner not in clerk.get("/account").page.text
    assert clerk.save(address, {"VSPERF": "N"}).status == 302


@pytest.mark.req("R22")
def test_a_direct_post_is_refused_with_the_way_to_confirm(house: Office) -> None:
    clerk, address = newcomer(house), Address(house.world.subject(), "SE_SCR", 1, "F_VS")
    sent = {
        "csrf_token": clerk.token(address),
        "version": "0",
        "save_number": "x",
        "VSPERF": "N",
        "act": "save",
    }
    refused = clerk.send(f"/subjects/{address}", sent)
    assert refused.status == 403
    assert "Read and confirm the guideline of your role first" in refused.page.text
    with house.world.looking() as session:
        assert session.scalar(text("SELECT count(*) FROM form_data")) == 0


@pytest.mark.req("R22")
def test_a_new_version_lists_what_it_changes_for_the_role(house: Office) -> None:
    clerk = house.clerk("CRC")
    assert "On record" in clerk.get("/training").page.text
    publish(house.world, "2", asked=True)
    page = clerk.get("/training").page.text
    assert "To read again" in page
    assert "What version 2 changes" in page
    assert "pulse: new" in page


@pytest.mark.req("R22")
def test_the_manager_and_the_inspector_list_and_export_who_confirmed_what(house: Office) -> None:
    newcomer(house)
    auditor = house.clerk("AUD")
    page = auditor.get("/training/people").page.text
    assert "Never confirmed" in page
    assert "boris.new" in page
    house.clerk("DM")
    rows = list(
        csv.DictReader(io.StringIO(auditor.client.get("/training/people.csv").text.removeprefix("\ufeff")))
    )
    with house.world.looking() as session:
        kept = session.scalar(text("SELECT count(*) FROM event WHERE act = 'training.acknowledged'"))
    assert len(rows) == kept == auditor.client.get("/training/people.json").get_json()["count"]
    assert {row["role"] for row in rows} == {"DM"} | (
        {"CRC"} if any(r["role"] == "CRC" for r in rows) else set()
    )
    assert house.clerk("CRA").get("/training/people").status == 403
    assert "/training/people" in auditor.get("/inspection").page.html


def test_the_table_of_rights_says_whether_entry_waits(house: Office) -> None:
    assert "Until then data entry is refused" in house.clerk("CRC").get("/guide/rights").page.text
