"""The growth reference of an installation: imported whole, kept in versions, followed by every z-score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import entry, growth_kept, growth_reference
from imt_ecrf.conduct.growth_reference import GrowthNotPossible
from imt_ecrf.conduct.reasons import GROWTH_CHANGED, reason_text
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.tables import Event

if TYPE_CHECKING:
    from tests.factories import World

# invented: it describes no child
INVENTED = """# invented for this test
kind,sex,age_months,L,M,S
WEIGHT,M,150,1,40,0.1
WEIGHT,M,162,1,40,0.1
"""


def measured(world: World) -> Address:
    """Give a boy of 13 who weighs 44 kg."""
    crc, code = world.user("CRC"), world.subject(consented=False)
    consent = {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2026-01-02"}
    world.save(crc, Address(code, "SE_LOG", 1, "F_IC"), consent)
    child = {"DMDAT": "2026-01-03", "BRTHYY": "2012", "AGEIC_Y": "13", "SEX": "M"}
    world.save(crc, Address(code, "SE_SCR", 1, "F_DM"), child)
    address = Address(code, "SE_SCR", 1, "F_VS")
    weight: dict[str, Any] = {"VSPERF": "Y", "VSDAT": "2026-01-03", "VS_WEIGHT": Answer("44", "kg")}
    world.save(crc, address, weight)
    return address


def imported(world: World, text: str = INVENTED, source: str = "Invented 2026", role: str = "ADMIN") -> Any:
    """Import a reference."""
    actor = world.user(role)
    with world.acting() as session:
        return growth_reference.import_reference(session, actor, text.splitlines(), source, "first")


def score(world: World, address: Address) -> str | None:
    """Give the score of the weight."""
    return world.open(world.user("CRC"), address).cells.get("VS_WTZ", {}).get("v")


def test_scores_follow_an_imported_reference_and_its_successor(real: World) -> None:
    address = measured(real)
    assert score(real, address) is None
    # 44 kg is a tenth above the middle of 40, and S is a tenth
    assert imported(real) == (address,)
    assert score(real, address) == "1.00"
    assert imported(real, INVENTED.replace(",40,", ",44,"), "Invented 2027") == (address,)
    assert score(real, address) == "0.00"
    with real.looking() as session:
        last = entry.history(session, real.user("CRC"), address, "VS_WTZ")[-1]
        assert [one.source for one in growth_kept.references(session)] == ["Invented 2027", "Invented 2026"]
        acts = session.scalars(select(Event.object).where(Event.act == "growth.imported")).all()
    assert (last.reason, reason_text(last.reason or "", "ru")) == (
        GROWTH_CHANGED,
        "пересчитано: загружен ростовой стандарт",
    )
    assert acts == ["Invented 2026", "Invented 2027"]


def test_a_form_saved_later_has_its_score_at_once(real: World) -> None:
    imported(real)
    assert score(real, measured(real)) == "1.00"


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        (INVENTED, "  ", "Name its source."),
        ("kind,sex\n", "x", "the first line must name the columns kind, sex, age_months, L, M, S"),
        (INVENTED.splitlines()[1], "x", "It has no rows."),
        (INVENTED.replace("162,1", "162,one"), "x", "line 4: WEIGHT, M, 162, one, 40, 0.1 is not kind"),
        (INVENTED.replace("162", "150"), "x", "line 4: WEIGHT M month 150 is there twice"),
    ],
)
def test_what_is_no_reference_is_refused_with_its_line(
    real: World, text: str, source: str, said: str
) -> None:
    with pytest.raises(GrowthNotPossible, match=said):
        imported(real, text, source)
    with real.looking() as session:
        assert growth_kept.in_force(session) is None


@pytest.mark.parametrize("role", ["CRC", "PI", "DM", "LABM"])
def test_only_who_sets_the_study_up_imports_a_reference(real: World, role: str) -> None:
    with pytest.raises(NotPermitted):
        imported(real, role=role)


def test_a_reference_is_no_setting_of_the_study(real: World) -> None:
    imported(real)
    address = measured(real)
    assert growth_kept.KEY not in dict(real.open(real.user("CRC"), address).sight.subject.settings)  # type: ignore[union-attr]
