"""A coordinator before the vital signs of a child of the small study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from imt_ecrf.conduct.views import Address
from imt_ecrf.store.tables import ChangeSet

if TYPE_CHECKING:
    from tests.web.clerk import Answered, Clerk

FIRST: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": "12,50", "WEIGHT:unit": "kg", "HEIGHT": "100"}


class Desk:
    """A coordinator before the vital signs of a child in screening."""

    def __init__(self, crc: Clerk) -> None:
        self.crc = crc
        self.world = crc.office.world
        self.subject = self.world.subject()
        self.vs = Address(self.subject, "SE_SCR", 1, "F_VS")

    def save(self, answers: dict[str, Any], **more: Any) -> Answered:
        """Fill the form as it stands and save."""
        return self.crc.save(self.vs, answers, **more)

    def cells(self) -> Any:
        """Give what is kept."""
        return dict(self.world.open(self.world.user("CRC"), self.vs).cells)

    def saves(self) -> int:
        """Count the change-sets."""
        with self.world.looking() as session:
            return session.scalar(select(func.count()).select_from(ChangeSet)) or 0
