"""A coordinator before one form of one child: what the tests of entry begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import ChangeSet, FormData
from tests.factories import World, make_subject

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor

FIRST: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}


class Desk:
    """A coordinator before the vital signs of a child in screening."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crc: Actor = world.user("CRC")
        self.subject = make_subject(world)
        self.vs = Address(self.subject, "SE_SCR", 1, "F_VS")

    def save(self, answers: dict[str, Any], reasons: dict[str, str] | None = None, **more: Any) -> Any:
        """Save from the version kept now."""
        return self.world.save(self.crc, self.vs, answers, reasons, **more)

    def cells(self) -> dict[str, Any]:
        """Give what is kept."""
        return dict(self.world.open(self.crc, self.vs).cells)

    def rows(self) -> tuple[int, int]:
        """Count change-sets and forms."""
        with self.world.looking() as session:
            sets = session.scalar(select(func.count()).select_from(ChangeSet))
            forms = session.scalar(select(func.count()).select_from(FormData))
        return sets or 0, forms or 0
