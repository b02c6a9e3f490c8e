"""Many casebooks asked for on the page: made by the worker, watched, cancelled, taken by who asked."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf import jobs
from imt_ecrf.conduct import accounts
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.store.tables import Event, Membership, StoredFile
from tests.web.clerk import Clerk

if TYPE_CHECKING:
    from pathlib import Path

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


def made_by(house: Office, clerk: Clerk) -> tuple[str, Path]:
    """Have a site's own copy made; give the address of its page, and its file."""
    settings = house.app.extensions["imt_ecrf"].settings
    make_seal(settings.data / keep.KEYS, "Test hospital")
    clerk.sign_in()
    page = asked(clerk)
    assert jobs.make_due(jobs.house_of(house.world.engines, settings)) == 1
    with house.world.looking() as session:
        kept = session.scalars(select(StoredFile).where(StoredFile.kind == "bulk")).one()
    return page, settings.data / kept.path


def test_who_moved_to_another_site_takes_no_copy_of_the_old_one(house: Office) -> None:
    house.world.subject("01")
    house.world.subject("02")
    investigator = house.world.user("PI", "01")
    clerk = Clerk(house, investigator.username)
    page, _path = made_by(house, clerk)
    clerk.get(f"{page}/file").raw.close()
    with house.world.acting() as session:
        admin = house.world.user_in(session, "ADMIN", None)
        accounts.grant(session, admin, investigator.username, "PI", "02")
        old = select(Membership.id).where(Membership.user_id == investigator.user_id, Membership.site == "01")
        accounts.revoke(session, admin, session.scalars(old).one(), "Moved to site 02")
    assert (clerk.get(f"{page}/file").status, clerk.get("/casebooks").status) == (404, 200)


def test_a_bundle_that_was_changed_on_the_disk_is_not_given_out(house: Office) -> None:
    house.world.subject("01")
    clerk = Clerk(house, house.world.user("PI", "01").username)
    page, path = made_by(house, clerk)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    told = clerk.get(f"{page}/file")
    assert (told.status, "is not as it was made" in told.raw.get_data(as_text=True)) == (422, True)
    with house.world.looking() as session:
        found = session.scalars(select(Event).where(Event.act.in_(["copy.damaged", "casebook.download"])))
        acts = [(one.act, one.site) for one in found]
    assert acts == [("copy.damaged", "01")]
