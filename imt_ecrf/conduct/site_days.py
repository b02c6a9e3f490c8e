"""The calendar day at a site of a moment as it is stored, in Python and in the database; knows no form."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Integer, Interval, case, cast, func, literal

from imt_ecrf.store.tables import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

EPOCH: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
"""No installation is older: before it a zone is taken to be as it was that day."""
AHEAD: Final = 2
"""For so many years from now the changes of a zone are looked up."""
HOUR, TEN = 60, 10
DAY: Final = 10
"""A day is written with so many signs: `2026-03-09`."""
SECOND: Final = 19
"""A moment is stored with so many signs to its second: `2026-03-09T21:50:00`."""


class Days(dict[str, int]):
    """The day at a site, as its ordinal, of moments as they are stored, each hour worked out once."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.zone = ZoneInfo(zone)
        minutes = [offset for _since, offset in offsets(zone)]
        # two moments with the same first signs fall on one day: midnight is at a whole hour of UTC, mostly
        self.signs = 13 if _whole(minutes, HOUR) else 15 if _whole(minutes, TEN) else 16

    def __missing__(self, signs: str) -> int:
        """Work a day out from the first signs of a moment."""
        at = dt.datetime.fromisoformat(f"{signs}{'2026-01-01T00:00'[len(signs) :]}").replace(tzinfo=dt.UTC)
        found = self[signs] = at.astimezone(self.zone).date().toordinal()
        return found


def _whole(minutes: list[int], part: int) -> bool:
    return all(one % part == 0 for one in minutes)


def offsets(zone: str) -> tuple[tuple[str, int], ...]:
    """List from when on (as moments are stored) a zone is how many minutes before UTC, the newest first."""
    return _offsets(zone, dt.datetime.now(dt.UTC).year + AHEAD)


@lru_cache(maxsize=256)
def _offsets(zone: str, until: int) -> tuple[tuple[str, int], ...]:
    place, at, end = ZoneInfo(zone), EPOCH, dt.datetime(until, 1, 1, tzinfo=dt.UTC)
    found = [("", _minutes(place, at))]
    while at < end:
        after = at + dt.timedelta(days=1)
        if _minutes(place, after) != _minutes(place, at):
            found.append((stamp(_change(place, at, after)), _minutes(place, after)))
        at = after
    return tuple(reversed(found))


def _minutes(place: ZoneInfo, at: dt.datetime) -> int:
    offset = at.astimezone(place).utcoffset() or dt.timedelta()
    return int(offset.total_seconds()) // 60


def _change(place: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """Find the minute of a day in which a zone changed."""
    while after - before > dt.timedelta(minutes=1):
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        middle = middle if middle > before else before + dt.timedelta(minutes=1)
        if _minutes(place, middle) == _minutes(place, before):
            before = middle
        else:
            after = middle
    return after


def since(session: Session, day: Any, saved: Any, site: Any, zones: Mapping[str, str]) -> Any:
    """Count, in the database's words, the days from a clinical date to the day of a moment at its site."""
    ahead = _ahead(site, saved, zones)
    at = func.substr(saved, 1, SECOND)
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.julianday(func.date(at, ahead)) - func.julianday(day), Integer)
    local = cast(cast(at, DateTime) + cast(ahead, Interval), Date)
    return local - cast(func.nullif(func.substr(day, 1, DAY), ""), Date)


def _ahead(site: Any, saved: Any, zones: Mapping[str, str]) -> ColumnElement[str]:
    """Say by how much the clock of a site was before UTC at a moment, as both databases read it."""
    places: dict[str, list[str]] = {}
    for code, zone in zones.items():
        places.setdefault(zone, []).append(code)
    parts = [(site.in_(codes), _of_zone(zone, saved)) for zone, codes in places.items()]
    return case(*parts, else_=_said(0)) if parts else literal(_said(0))


def _of_zone(zone: str, saved: Any) -> ColumnElement[str]:
    *later, (_begin, first) = offsets(zone)
    parts = [(saved >= begin, _said(minutes)) for begin, minutes in later]
    return case(*parts, else_=_said(first)) if parts else literal(_said(first))


def _said(minutes: int) -> str:
    return f"{minutes:+d} minutes"
