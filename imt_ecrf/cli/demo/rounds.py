"""What the demo's monitor verifies on the way: complete forms of the last days but the newest ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.accounts import somebody
from imt_ecrf.conduct import sdv_lists, verifying

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import SimulatedClock

MONITOR: Final = "CRA"
COMES_AFTER: Final = "PI"
LAG: Final = dt.timedelta(days=45)
"""A monitor comes every six weeks: what is younger waits for the next visit."""
AGAIN: Final = dt.timedelta(days=10)


def verify(session: Session, clock: SimulatedClock, subject: str, site: str) -> int:
    """Verify what is due of a child and was saved long enough ago; how many items that were."""
    monitor, done = somebody(session, clock, MONITOR, site), 0
    for one in sdv_lists.waiting(session, monitor, site=site, subject=subject):
        if clock.now() - one.since > (AGAIN if one.lapsed else LAG):
            sheet = verifying.look(session, monitor, one.address)
            seen = {item.path: item.digest for item in sheet.due if item.state != "verified"}
            done += verifying.verify(session, monitor, one.address, seen)
    return done
