"""The normal ranges the laboratories of the demo state, registered by their managers; no value."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from imt_ecrf.cli.demo.accounts import somebody
from imt_ecrf.cli.demo.laboratory import NAMES, site_ranges
from imt_ecrf.conduct import ranges
from imt_ecrf.conduct.range_wish import RangeWish

if TYPE_CHECKING:
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import SimulatedClock
    from imt_ecrf.study.book import Book


def register(session: Session, clock: SimulatedClock, site: str, book: Book) -> None:
    """Register the ranges of a site's laboratory by its laboratory manager."""
    manager = somebody(session, clock, "LABM", site)
    since = clock.now().date() - dt.timedelta(days=365)
    wishes = [
        RangeWish(NAMES[site], one.test, one.unit, since, low=_text(one.low), high=_text(one.high))
        for one in site_ranges(site, book)
    ]
    ranges.add_ranges(session, manager, site, wishes)


def _text(limit: Fraction | None) -> str | None:
    return None if limit is None else f"{float(limit):g}"
