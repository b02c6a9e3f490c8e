"""A child of the real study with saved, changed, signed, voided, struck and unsigned forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry, queries, signing
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.reporting.copy import make
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.parts import PartStore
from imt_ecrf.reporting.render import Printer
from tests.factories import PASSWORD, World, filled_form, looked_at, make_study, make_subject, real_book

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imt_ecrf.reporting.copy import Made
    from imt_ecrf.reporting.metadata import Attachment
    from imt_ecrf.reporting.pages import Casebook

    Press = Callable[..., Made]

LAB = ("G_LBC.ALT", "168", "U/L"), ("G_LBC.CREAT", "52", "umol/L"), ("G_LBC.K", "3,3", "mmol/L")
VITALS: dict[str, Any] = {
    "VSPERF": "Y", "VSDAT": "2026-03-09",
    "VS_WEIGHT": Answer("34,10", "kg"), "VS_HEIGHT": Answer("148.6", "cm"),
    "VS_SYSBP": "104", "VS_DIABP": "62", "VS_HR": "72", "VS_RESP": "18", "VS_TEMP": Answer("36.6", "C"),
    "VS_SPO2": Answer(missing="ND"), "VS_HTPOS": "STANDING",
}  # fmt: skip


def lab_answers() -> dict[str, Any]:
    """Give three results of a chemistry panel."""
    found: dict[str, Any] = {"LBCPERF": "Y", "LBCDAT": "2026-03-09", "LBCNAM": "Лаборатория 1"}
    for row, value, unit in LAB:
        found |= {f"{row}.LBCORRES": value, f"{row}.LBCORRESU": unit}
    return found


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> PartStore:
    """Give one store of printed parts for all tests: what does not change is printed once."""
    return PartStore(tmp_path_factory.mktemp("parts"))


@pytest.fixture
def press(store: PartStore) -> Press:
    """Give the making of a casebook with that store."""

    def make_one(
        casebook: Casebook, language: str = "en", *, attachments: Sequence[Attachment] = (), **more: Any
    ) -> Made:
        options = Options(language, **more)
        with Printer(options.sheets, store) as printer:
            (made,) = make(casebook, options, printer, attachments=attachments)
        return made

    return make_one


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """Give the real study."""
    made = make_study(sqlite_url, real_book())
    yield made
    made.engines.dispose()


@pytest.fixture
def child(world: World) -> str:
    """Give a child in screening with forms in every state."""
    return fill_child(world)


def fill_child(world: World) -> str:
    """Make a child in screening with forms in every state."""
    code = make_subject(world, consented=False)
    crc, pi, cra = world.user("CRC"), world.user("PI"), world.user("CRA")
    vitals = Address(code, "SE_SCR", 1, "F_VS")
    filled_form(world, crc, Address(code, "SE_LOG", 1, "F_IC", 1), {
        "ICTYPE": "PARENT CONSENT", "ICVERS": "2.0", "ICDAT": "2026-03-08",
        "ICSIGNER": "MOTHER"})  # fmt: skip
    filled_form(world, crc, Address(code, "SE_SCR", 1, "F_DM"), {
        "BRTHYY": "2014", "AGEIC_Y": "11", "SEX": "F", "SCREENDT": "2026-03-08", "DMDAT": "2026-03-08",
        "CHILDPOT": "N"})  # fmt: skip
    filled_form(world, crc, vitals, VITALS)
    world.save(crc, Address(code, "SE_SCR", 1, "F_LBC"), lab_answers())
    for line, term in ((1, "Тошнота <b>сильная</b>"), (2, "Vomiting")):
        world.save(crc, Address(code, "SE_LOG", 1, "F_AE", line), {"AETERM": term, "AESTDAT": "2026-03"})
    with world.acting() as session:
        entry.strike_line(session, crc, Address(code, "SE_LOG", 1, "F_AE", 2), "Entered twice by mistake")
    with world.acting() as session:
        looked_at(session, pi, [vitals, Address(code, "SE_SCR", 1, "F_DM")])
        signing.sign(session, pi, [vitals, Address(code, "SE_SCR", 1, "F_DM")], PASSWORD)
    world.save(crc, vitals, {"VS_WEIGHT": Answer("34.60", "kg")}, {"*": "SOURCE"})
    with world.acting() as session:
        queries.ask(session, cra, vitals, "Source says 34.1 kg?", "VS_WEIGHT")
    return code
