"""Settings are kept between pages, and a new decision counts at the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct import runtime
from tests.children import decide

if TYPE_CHECKING:
    from tests.factories import World


def setting(world: World, code: str, key: str) -> object:
    """Read a setting as the rules of a page do."""
    crc = world.user("CRC")
    with world.looking() as session:
        row = runtime.find_subject(session, crc, code)
        return runtime.snapshot(session, crc, runtime.study(session), row).settings[key]


def test_a_decision_counts_at_the_next_page(real: World) -> None:
    code = real.subject()
    before = setting(real, code, "assent_age")
    assert (before, setting(real, code, "assent_age")) == (10, 10)
    decide(real, "assent_age", 12)
    assert setting(real, code, "assent_age") == 12
    decide(real, "assent_age", 11)
    assert setting(real, code, "assent_age") == 11


def test_a_decision_of_another_site_changes_nothing_here(real: World) -> None:
    code = real.subject()
    decide(real, "assent_age", 12, site="02")
    assert setting(real, code, "assent_age") == 10
