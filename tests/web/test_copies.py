"""Many casebooks asked for on the page: made by the worker, watched, cancelled, taken by who asked."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from imt_ecrf import jobs
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal
from tests.web.clerk import Clerk

if TYPE_CHECKING:
    from tests.web.clerk import Office


def asked(clerk: Clerk) -> str:
    """Ask for the site's own copy; give the address of the page that waits."""
    form = next(one for one in clerk.get("/casebooks").page.forms if "copies" in one.action)
    sent = {**form.sent(), "site": "01", "data": "on", "language": "en"}
    answered = clerk.send("/copies", sent)
    assert answered.status == 302
    return answered.where


@pytest.mark.req("R49")
def test_an_investigator_takes_the_copy_of_the_own_site_alone(house: Office) -> None:
    own, _other = house.world.subject("01"), house.world.subject("02")
    settings = house.app.extensions["imt_ecrf"].settings
    make_seal(settings.data / keep.KEYS, "Test hospital")
    clerk = Clerk(house, house.world.user("PI", "01").username)
    clerk.sign_in()
    page = asked(clerk)
    assert clerk.get(f"{page}/state.json").raw.get_json()["state"] == "waiting"
    assert jobs.make_due(jobs.house_of(house.world.engines, settings)) == 1
    taken = clerk.get(f"{page}/file")
    with zipfile.ZipFile(io.BytesIO(taken.raw.get_data())) as whole:
        names = {name for name in whole.namelist() if name.endswith((".pdf", ".xml", ".csv"))}
    taken.raw.close()
    assert all(own in name for name in names)
    assert {name.rpartition(".")[2] for name in names} == {"pdf", "xml", "csv"}
    other = Clerk(house, house.world.user("PI", "02").username)
    other.sign_in()
    assert other.get(f"{page}/file").status == 404


def test_a_wish_taken_back_is_not_made(house: Office) -> None:
    house.world.subject("01")
    settings = house.app.extensions["imt_ecrf"].settings
    clerk = Clerk(house, house.world.user("PI", "01").username)
    clerk.sign_in()
    page = asked(clerk)
    form = next(one for one in clerk.get(page).page.forms if "cancel" in one.action)
    assert clerk.send(f"{page}/cancel", form.sent()).status == 302
    assert jobs.make_due(jobs.house_of(house.world.engines, settings)) == 0
    assert "cancelled" in clerk.get(page).raw.get_data(as_text=True)


def test_chosen_subjects_are_taken_and_nobody_elses(house: Office) -> None:
    first, second, other = (house.world.subject(site) for site in ("01", "01", "02"))
    settings = house.app.extensions["imt_ecrf"].settings
    make_seal(settings.data / keep.KEYS, "Test hospital")
    clerk = Clerk(house, house.world.user("PI", "01").username)
    clerk.sign_in()
    form = next(one for one in clerk.get("/casebooks").page.forms if "copies" in one.action)
    chosen = {**form.sent(), "site": "01", "subject": second, "plain": "on", "language": "en"}
    assert clerk.send("/copies", {**chosen, "subject": other}).status == 404
    page = clerk.send("/copies", chosen).where
    assert jobs.make_due(jobs.house_of(house.world.engines, settings)) == 1
    taken = clerk.get(f"{page}/file")
    with zipfile.ZipFile(io.BytesIO(taken.raw.get_data())) as whole:
        names = [name for name in whole.namelist() if name.endswith(".pdf")]
    taken.raw.close()
    assert ([second in name for name in names], first in "".join(names)) == ([True], False)
