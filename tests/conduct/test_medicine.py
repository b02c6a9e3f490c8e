"""What medicine derives beside what the investigator says: both are kept, and a difference is asked about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry, queries
from imt_ecrf.conduct.refused import NotComplete
from imt_ecrf.conduct.views import Address, Answer
from tests.children import cleared
from tests.factories import enrolled, opened

if TYPE_CHECKING:
    from tests.factories import World


class Tumour:
    """A boy with one lesion of 60 mm before treatment and 40 mm (-33.3 %) at week 8."""

    def __init__(self, world: World) -> None:
        self.world, self.pi = world, world.user("PI")
        world.clock.set(dt.datetime(2026, 6, 20, 9, tzinfo=dt.UTC))
        self.code = enrolled(world, consented=False)
        self.save("SE_LOG", "F_IC", ICTYPE="PARENT CONSENT", ICSIGNER="MOTHER", ICDAT="2026-01-02")
        self.save("SE_SCR", "F_DM", DMDAT="2026-01-03", BRTHYY="2012", AGEIC_Y="13", SEX="M")
        cleared(world, self.code, "2026-01-05")
        self.save("SE_LOG", "F_EX", EXSTDAT="2026-01-12", EXDOSE="250", EXDOSFRQ="BID")
        self.save("SE_C1D1", "F_SV", SVOCCUR="Y", SVSTDAT="2026-01-12")
        opened(world, self.pi, self.code, "SE_TA", 1)
        self.scan("SE_SCR", "2026-01-05", "60")
        self.lesions = self.scan("SE_TA", "2026-03-09", "40")

    def save(self, event: str, form: str, /, reason: str = "", **answers: str) -> Address:
        """Save a form."""
        address = Address(self.code, event, 1, form)
        plain = {
            path.replace("__", "."): Answer(text, "mm") if path.endswith("DIAM") else text
            for path, text in answers.items()
        }
        self.world.save(self.pi, address, plain, {"*": reason} if reason else None)
        return address

    def scan(self, event: str, day: str, mm: str) -> Address:
        """Save a scan and its lesion."""
        scan = {"TUSDAT": day, "TUSMETH": "CT SCAN", "TUSREG": "CHEST"}
        self.save(event, "F_TUI", TUPERF="Y", **{f"G_TUS__1__{name}": text for name, text in scan.items()})
        row = {"TLID": "T01", "TLLOC": "LUNG", "TLNODE": "N", "TLMETH": "CT SCAN", "TLSTATE": "MEASURED"}
        if event != "SE_SCR":
            row = {"TLID": "T01", "TLSTATE": "MEASURED"}
        cells = {f"G_TL__1__{name}": text for name, text in (row | {"TLDIAM": mm}).items()}
        return self.save(event, "F_TL", **({"TLYN": "Y"} if event == "SE_SCR" else {}), **cells)

    def cell(self, address: Address, item: str) -> Any:
        """Give what is kept."""
        return self.world.open(self.pi, address).cells.get(item, {}).get("v")

    def respond(self, target: str, overall: str, **more: str) -> Address:
        """Save the investigator's reading."""
        read = {"RSDAT": "2026-03-09", "RSTRG": target, "RSNTRG": "NA", "RSOVR": overall}
        return self.save("SE_TA", "F_RS", **read, **more)

    def firing(self, address: Address) -> set[str]:
        """Name the checks that fire on a form."""
        return {one.check for one in self.world.open(self.pi, address).warnings if one.check.startswith("C")}

    def complete(self, address: Address) -> None:
        """Complete a form, every soft check confirmed."""
        version = self.world.open(self.pi, address).version
        with self.world.acting() as session:
            entry.complete_form(session, self.pi, address, version, {"*": "as read"})


@pytest.fixture
def tumour(real: World) -> Tumour:
    """Give the boy and his two scans."""
    return Tumour(real)


def test_the_response_of_the_lesions_is_worked_out_beside_the_form(tumour: Tumour) -> None:
    figures = [tumour.cell(tumour.lesions, name) for name in ("TLSUM", "TLBASE", "TLPCBL", "TLRESPD")]
    assert figures == ["40.0", "60.0", "-33.3", "PR"]


def test_a_reading_that_differs_keeps_the_form_open_until_its_reason_is_given(tumour: Tumour) -> None:
    read = tumour.respond("SD", "SD")
    assert {"C118"} <= tumour.firing(read)
    assert [tumour.cell(read, name) for name in ("RSTRG", "RSOVR", "RSOVRD")] == ["SD", "SD", "SD"]
    assert tumour.cell(tumour.lesions, "TLRESPD") == "PR"
    with pytest.raises(NotComplete):
        tumour.complete(read)
    tumour.save("SE_TA", "F_RS", RSDIFF="measured again by another reader")
    assert "C118" not in tumour.firing(read)


def test_an_overall_response_that_is_not_that_of_the_table_is_asked_about(tumour: Tumour) -> None:
    read = tumour.respond("PR", "CR")
    assert (tumour.cell(read, "RSOVR"), tumour.cell(read, "RSOVRD")) == ("CR", "PR")
    assert "C119" in tumour.firing(read)


def test_a_measurement_corrected_later_asks_about_the_reading_and_overwrites_nothing(tumour: Tumour) -> None:
    read = tumour.respond("PR", "PR")
    assert not {"C118", "C119"} & tumour.firing(read)
    tumour.complete(read)
    tumour.save("SE_TA", "F_TL", reason="TYPING", G_TL__1__TLDIAM="50")
    assert tumour.cell(tumour.lesions, "TLRESPD") == "SD"
    assert (tumour.cell(read, "RSTRG"), tumour.cell(read, "RSOVR")) == ("PR", "PR")
    with tumour.world.looking() as session:
        asked = queries.list_queries(session, tumour.pi, queries.OPEN)
    assert "C118" in {one.check for one in asked if one.address == read}
