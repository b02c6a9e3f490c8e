"""The printed tables of the guide: in words, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.clerk import Office


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tables_of_the_guide_show_words_and_no_codes(house: Office, language: str) -> None:
    clerk = house.clerk("CRC")
    states = clerk.get(f"/guide/states?lang={language}").page.text
    rights = clerk.get(f"/guide/rights?lang={language}").page.text
    assert [code for code in ("mark_not_done", "IEENROL", "SYSTEM") if code in states] == []
    assert [code for code in ("see_subjects", "settle_any_query") if code in rights] == []
    words = ("not started", "a reason is given") if language == "en" else ("не начата", "указана причина")
    assert all(word in states for word in words)
    assert ("not started" in states) == (language == "en")


@pytest.mark.parametrize(
    ("language", "none"), [("en", "none was ever revoked here"), ("ru", "здесь отозванных не было")]
)
def test_the_list_of_revoked_certificates_is_offered_once_there_is_one(
    house: Office, language: str, none: str
) -> None:
    clerk, address = house.clerk("CRC"), "/check-copy/withdrawn.crl"
    before = clerk.get(f"/guide/casebook?lang={language}").page
    assert (address in before.links, none in before.text) == (False, True)
    file = installation_keys(house) / "withdrawn.crl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a signed list", encoding="utf-8")
    after = clerk.get(f"/guide/casebook?lang={language}").page
    assert (address in after.links, none in after.text) == (True, False)
    given = clerk.get(address)
    given.raw.close()
    assert given.status == 200


def installation_keys(house: Office) -> Path:
    """Name the folder with the installation's keys."""
    return Path(house.app.extensions["imt_ecrf"].settings.data) / "keys"
