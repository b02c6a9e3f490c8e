"""The trail as pages and files has exactly the lines of the database its reader may see, however filtered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.permissions import sees
from tests.factories import filled_form, small_book
from tests.web.test_inspection_pages import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.clerk import Office

ALL = "since=2026-01-01"
FROM, STAMP, AFTER = "11 Mar 2026 12:01", "2026-03-11T12:01", "2026-03-11T12:02"
_ROWS = text(
    "SELECT c.diff, c.at_utc, c.username, f.site, f.form, f.event, s.code FROM change_set c "
    "JOIN form_data f ON f.id = c.form_data_id JOIN subject s ON s.id = f.subject_id"
)
Entry = dict[str, Any]


@pytest.fixture
def codes(house: Office) -> list[str]:
    """Give three subjects at two sites: corrected, emptied and derived values, a reading, a log line."""
    world, made = house.world, []
    for site in ("01", "01", "02"):
        code, crc = world.subject(site), world.user("CRC", site)
        vitals = Address(code, "SE_SCR", 1, "F_VS")
        measured = {"VSPERF": "Y", "WEIGHT": Answer("34.1", "kg"), "HEIGHT": "120", "NOTE": "calm"}
        filled_form(world, crc, vitals, measured)
        world.clock.advance(days=1)
        world.save(crc, vitals, {"WEIGHT": Answer("38.1", "kg"), "NOTE": ""}, {"*": "TYPING"})
        world.clock.advance(minutes=2)
        filled_form(world, world.user("CREAD"), Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
        world.save(crc, Address(code, "SE_LOG", 1, "F_AE"), {"AETERM": "Cough", "AESTDAT": "2026"})
        made.append(code)
    return made


def kept(house: Office, role: str, site: str | None, fits: Callable[[Entry], bool]) -> int:
    """Count the changed items of the database by plain SQL, within what the role may see."""
    with house.world.looking() as session:
        rows = session.execute(_ROWS).all()
    entries = [{**entry, **row._mapping} for row in rows for entry in json.loads(row.diff)]
    seen = [
        one for one in entries if sees(small_book(), (role,), one["form"]) and site in {None, one["site"]}
    ]
    return sum(bool(fits(one)) for one in seen)


READERS = [("AUD", None), ("DM", None), ("CRA", None), ("CRC", "01"), ("CREAD", None), ("SPON", None)]


@pytest.mark.req("R05")
@pytest.mark.req("R18")
@pytest.mark.parametrize(("role", "site"), READERS)
def test_every_file_has_as_many_lines_as_the_database_within_what_the_reader_may_see(
    house: Office, codes: list[str], role: str, site: str | None
) -> None:
    clerk, own = house.clerk(role), codes[0]
    asked: dict[str, Callable[[Entry], bool]] = {
        f"/changes/changes.csv?{ALL}": lambda _one: True,
        f"/changes/changes.csv?{ALL}&site=01": lambda one: one["site"] == "01",
        f"/changes/changes.csv?{ALL}&subject={own}": lambda one: one["code"] == own,
        f"/changes/changes.csv?{ALL}&form=F_VS": lambda one: one["form"] == "F_VS",
        f"/changes/changes.csv?{ALL}&item=WEIGHT": lambda one: one["path"] == "WEIGHT",
        f"/changes/changes.csv?{ALL}&person=anna.cread.all": lambda one: one["username"] == "anna.cread.all",
        f"/changes/changes.csv?{ALL}&until=2026-03-10": lambda one: one["at_utc"] < "2026-03-11",
        "/changes/changes.csv?since=2026-03-11": lambda one: one["at_utc"] >= "2026-03-11",
        f"/changes/changes.csv?since={FROM.replace(' ', '+')}": lambda one: one["at_utc"] >= STAMP,
        f"/changes/changes.csv?{ALL}&until={FROM.replace(' ', '+')}": lambda one: one["at_utc"] < AFTER,
        f"/changes/changes.csv?since={FROM.replace(' ', '+')}&until=12+Mar+2026": lambda one: (
            STAMP <= one["at_utc"] < "2026-03-13"
        ),
        f"/changes/changes.csv?{ALL}&change=emptied": lambda one: one["new"] is None,
        f"/changes/changes.csv?{ALL}&change=changed&item=WEIGHT": lambda one: (
            one["path"] == "WEIGHT" and one["old"] is not None
        ),
        f"/subjects/{own}/history.csv": lambda one: one["code"] == own,
    }
    wrong = {}
    for address, fits in asked.items():
        wanted, got = kept(house, role, site, fits), len(lines(clerk, address))
        data = clerk.client.get(address.replace(".csv", ".json")).get_json()
        if (got, data["count"], len(data["lines"])) != (wanted, wanted, wanted):
            wrong[address] = (wanted, got, data["count"])
    assert wrong == {}
    assert kept(house, role, site, lambda _one: True) > 0


@pytest.mark.req("R05")
def test_the_history_of_a_form_and_of_an_item_has_the_lines_of_the_database(
    house: Office, codes: list[str]
) -> None:
    clerk, form = house.clerk("AUD"), f"/subjects/{codes[0]}/SE_SCR.1/F_VS.1/history"
    of_form = kept(house, "AUD", None, lambda one: (one["code"], one["form"]) == (codes[0], "F_VS"))
    of_item = kept(house, "AUD", None, lambda one: (one["code"], one["path"]) == (codes[0], "WEIGHT"))
    assert (len(lines(clerk, f"{form}.csv")), len(lines(clerk, f"{form}.csv?item=WEIGHT"))) == (
        of_form,
        of_item,
    )
    assert of_item == 2
    assert house.clerk("CREAD").get(form).status == 404


@pytest.mark.req("R05")
def test_the_sum_in_the_header_the_data_and_the_log_is_the_one_of_the_lines(
    house: Office, codes: list[str]
) -> None:
    import hashlib  # noqa: PLC0415

    from imt_ecrf.store.canonical import dumps  # noqa: PLC0415

    clerk = house.clerk("AUD")
    answer = clerk.client.get(f"/changes/changes.json?{ALL}")
    data = answer.get_json()
    total = hashlib.sha256("\n".join(dumps(line) for line in data["lines"]).encode()).hexdigest()
    assert (data["sha256"], answer.headers["X-Content-SHA256"]) == (total, total)
    told = text("SELECT details FROM event WHERE act = 'trail.exported' ORDER BY seq DESC LIMIT 1")
    with house.world.looking() as session:
        logged = json.loads(session.execute(told).scalar_one())
    assert (logged["sha256"], logged["count"]) == (total, len(data["lines"]))
