"""A copy in a real browser: read, countersigned with the password, and judged by somebody nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from imt_ecrf import jobs
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.reporting.options import Options
from tests.factories import PASSWORD
from tests.journeys.accessible import faults, overflow
from tests.journeys.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.conftest import Desk

pytestmark = pytest.mark.journey
WORDS = {
    "en": {
        "sign": "Sign this copy", "done": "The copy is signed.", "choose": "The file: a PDF",
        "check": "Check the copy", "genuine": "This copy is genuine", "altered": "This copy was altered",
        "same": "have not changed since it was made",
    },
    "ru": {
        "sign": "Подписать эту копию", "done": "Копия подписана.", "choose": "Файл: PDF",
        "check": "Проверить копию", "genuine": "Эта копия подлинная", "altered": "Эта копия изменена",
        "same": "данные пациента не менялись",
    },
}  # fmt: skip


@pytest.fixture
def copy(desk: Desk) -> str:
    """Give a subject whose casebook the investigator has had made."""
    world, settings = desk.office.world, desk.office.app.extensions["imt_ecrf"].settings
    code = world.subject("01")
    make_seal(settings.data / keep.KEYS, "Test hospital")
    keep.make_and_keep(jobs.house_of(world.engines, settings), world.user("PI"), code, Options("en"))
    return code


@pytest.mark.req("R44")
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_copy_is_countersigned_and_anybody_can_have_it_judged(
    desk: Desk, copy: str, tmp_path: Path, language: str, width: int
) -> None:
    words, file = WORDS[language], tmp_path / "copy.pdf"
    page = desk.signed_in("PI", width=width)
    page.goto(f"/casebooks?lang={language}")
    page.goto(f"/subjects/{copy}/countersign?language=en&lang={language}")
    assert faults(page) == []
    assert overflow(page) <= 0
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name=words["sign"]).click()
    expect(page.get_by_text(words["done"])).to_be_visible()
    assert faults(page) == []
    file.write_bytes(page.request.get(f"/subjects/{copy}/countersign/copy?language=en").body())

    nobody = desk.page(width=width)
    nobody.goto(f"/check-copy?lang={language}")
    assert faults(nobody) == []
    nobody.get_by_label(words["choose"]).set_input_files(file)
    nobody.get_by_role("button", name=words["check"]).click()
    expect(nobody.get_by_text(words["genuine"])).to_be_visible()
    expect(nobody.get_by_text(words["same"])).to_be_visible()
    expect(nobody.get_by_text("Investigator / Исследователь")).to_be_visible()
    assert faults(nobody) == []
    assert overflow(nobody) <= 0

    file.write_bytes(file.read_bytes() + b"%")
    nobody.get_by_label(words["choose"]).set_input_files(file)
    nobody.get_by_role("button", name=words["check"]).click()
    expect(nobody.get_by_text(words["altered"])).to_be_visible()
    assert faults(nobody) == []
