"""The normal ranges the laboratories of the demo state, written into the table of ranges; no value."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from imt_ecrf.cli.demo.accounts import somebody
from imt_ecrf.cli.demo.laboratory import NAMES, PANELS, site_ranges
from imt_ecrf.conduct.events import log
from imt_ecrf.store.tables import LabRange, stamp

if TYPE_CHECKING:
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import SimulatedClock
    from imt_ecrf.study.book import Book


def register(session: Session, clock: SimulatedClock, site: str, book: Book) -> None:
    """Register the ranges of a site's laboratory by its laboratory manager."""
    manager = somebody(session, clock, "LABM", site)
    units = {row.key: row.units[0] for group in PANELS.values() for row in book.groups[group][1].rows}
    since = clock.now().date() - dt.timedelta(days=365)
    log(session, manager, "ranges.registered", "LABM", site=site, object=NAMES[site])
    for one in site_ranges(site):
        session.add(
            LabRange(
                site=site,
                laboratory=NAMES[site],
                test=one.test,
                unit=units[one.test],
                low=_text(one.low),
                high=_text(one.high),
                valid_from=since.isoformat(),
                entered_at=stamp(clock.now()),
                entered_by=manager.username,
            )
        )
    session.flush()


def _text(limit: Fraction | None) -> str | None:
    return None if limit is None else f"{float(limit):g}"
