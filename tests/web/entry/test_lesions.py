"""Lesions keep their identity across visits, are laid over time, and are never measured by the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct.runtime import find_subject
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.conduct.visits import hold
from imt_ecrf.web.entry.lesions import Line, Overview, Point, overview
from tests.web.entry.filling import hold_everything

if TYPE_CHECKING:
    from tests.web.clerk import Office

BASELINE = "2026-03-02"
SCAN = "2026-03-09"


@pytest.fixture(scope="module")
def child(real_office: Office) -> str:
    """Give a child with two target lesions at screening and one assessment of them."""
    world = real_office.world
    code, crc = world.subject(), world.user("CRC")
    hold_everything(world, code)
    with world.acting() as session:
        pi = world.user_in(session, "PI")
        session.info["actor"] = pi.who("PI")
        hold(session, pi, "PI", find_subject(session, pi, code), ("SE_TA", 2))
    seen = {"TUPERF": "Y", "G_TUS.1.TUSMETH": "CT SCAN"}
    for event, day in (("SE_SCR", BASELINE), ("SE_TA", SCAN)):
        visit = {"SVOCCUR": "Y", "SVCNTMOD": "IN PERSON", "SVSTDAT": day}
        world.save(crc, Address(code, event, 1, "F_SV"), visit)
        world.save(crc, Address(code, event, 1, "F_TUI"), {**seen, "G_TUS.1.TUSDAT": day})
    found = {"TLYN": "Y", **_lesion(1, "T01", "60"), **_lesion(2, "T02", "20")}
    found |= {"G_TL.1.TLLOC": "LUNG", "G_TL.2.TLLOC": "PLEURA"}
    world.save(crc, Address(code, "SE_SCR", 1, "F_TL"), found)
    world.save(crc, Address(code, "SE_TA", 1, "F_TL"), {**_lesion(1, "T01", "40"), **_lesion(2, "T02", "16")})
    return code


def _lesion(row: int, name: str, diameter: str) -> dict[str, str | Answer | tuple[str, ...]]:
    start = f"G_TL.{row}."
    return {
        f"{start}TLID": name,
        f"{start}TLSTATE": "MEASURED",
        f"{start}TLDIAM": Answer(diameter, "mm"),
    }


def _overview(office: Office, address: Address) -> Overview | None:
    world = office.world
    actor, record = world.user("CRC"), world.open(world.user("CRC"), address)
    with office.app.test_request_context(), world.looking() as session:
        return overview(session, actor, record, "en")


def test_lesions_are_laid_over_the_time_points_with_what_follows_from_them(
    real_office: Office, child: str
) -> None:
    found = _overview(real_office, Address(child, "SE_TA", 1, "F_TL"))
    assert found is not None
    assert found.points == (
        Point("Screening", "2 Mar 2026", here=False),
        Point("Tumour assessment 1", "9 Mar 2026", here=True),
    )
    assert found.lesions == (
        Line("Target 1", "Lung", (("60.0", ""), ("40.0", ""))),
        Line("Target 2", "Pleura", (("20.0", ""), ("16.0", ""))),
    )
    sums = {line.name: [text for text, _ in line.cells] for line in found.sums}
    assert sums["Sum of diameters, mm"] == ["80.0", "56.0"]
    assert sums["Change from baseline, %"] == ["0.0", "\N{MINUS SIGN}30.0"]
    assert sums["Target response, derived"] == ["–", "Partial response"]


def test_there_is_nothing_to_compare_while_only_the_open_visit_has_lesions(
    real_office: Office, child: str
) -> None:
    other = real_office.world.subject()
    assert _overview(real_office, Address(other, "SE_SCR", 1, "F_TL")) is None
    assert _overview(real_office, Address(child, "SE_SCR", 1, "F_VS")) is None


@pytest.mark.req("R28")
def test_the_next_assessment_offers_who_each_lesion_is_and_never_how_big_it_was(
    real_office: Office, child: str
) -> None:
    page = real_office.clerk("CRC").open(Address(child, "SE_TA", 2, "F_TL")).page
    sent = page.form("entry").sent()
    assert [sent[f"G_TL.{row}.TLID"] for row in (1, 2)] == [["T01"], ["T02"]]
    assert {name: values for name, values in sent.items() if name.endswith((".TLDIAM", ".TLSTATE"))} == {
        "G_TL.1.TLDIAM": [""],
        "G_TL.2.TLDIAM": [""],
    }
    assert "Pleura" in page.text


@pytest.mark.req("R28")
def test_an_untouched_page_of_known_lesions_saves_nothing(real_office: Office, child: str) -> None:
    clerk, address = real_office.clerk("CRC"), Address(child, "SE_TA", 2, "F_TL")
    assert clerk.save(address, {}).status == 302
    assert real_office.world.open(real_office.world.user("CRC"), address).version == 0
