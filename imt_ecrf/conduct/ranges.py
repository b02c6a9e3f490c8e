"""Normal ranges of laboratories: added, replaced, withdrawn by who keeps them; results follow at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.clinical.labs import laboratory_key
from imt_ecrf.conduct import range_results, registered, runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.range_wish import RangeWish, checked
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.tables import LabRange, Site, moment, new_id, stamp
from imt_ecrf.study.values import normal
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.registered import Standing
    from imt_ecrf.conduct.views import Address

LONGEST_REASON: Final = 500


class RangeStands(Refused):
    """A range for this laboratory, test, sex and age is already in force from this day; replace it."""

    ru = "Для этой лаборатории, показателя, пола и возраста границы с этого дня уже заданы; замените их."
    status = 409


class RangeOfSexStands(Refused):
    """Ranges for girls or boys of this age go before one for any sex; replace those first."""

    ru = (
        "Для девочек или мальчиков этого возраста действуют отдельные границы, они важнее общих; "
        "сначала замените их."
    )
    status = 409


class RangeIsPast(Refused):
    """This range was replaced or withdrawn already; open the list again."""

    ru = "Эти границы уже заменены или отозваны; откройте список снова."
    status = 409


class RangeReasonNeeded(Refused):
    """Say why the range is replaced or withdrawn."""

    ru = "Укажите, почему границы заменяются или отзываются."


@dataclass(frozen=True, slots=True)
class RangeView:
    """A registered range as it is listed; `until` is the first day it no longer holds."""

    id: str
    site: str
    wish: RangeWish
    until: dt.date | None
    corrected: bool
    withdrawn: bool
    replaces: str | None
    reason: str
    entered_at: dt.datetime
    entered_by: str

    @property
    def holds(self) -> bool:
        """Tell whether the range is in force on some day."""
        return not self.corrected and not self.withdrawn

    def on(self, day: dt.date) -> bool:
        """Tell whether the range is in force on a day."""
        return self.holds and self.wish.valid_from <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a change of ranges did: the ids of the new rows, and the forms whose values followed."""

    ids: tuple[str, ...]
    reached: tuple[Address, ...] = ()
    voided: tuple[str, ...] = ()


def list_ranges(session: Session, actor: Actor, site: str | None = None) -> tuple[RangeView, ...]:
    """List every range of the sites this person works at, also replaced and withdrawn ones."""
    if not actor.is_system() and not actor.may_act("see_ranges", site):
        raise NotFound
    sites = [site] if site else [row.code for row in session.query(Site).order_by(Site.code)]
    found = [
        _view(one)
        for code in sites
        if actor.is_system() or actor.may_act("see_ranges", code)
        for one in registered.of_site(session, code)
    ]
    return tuple(sorted(found, key=_order))


def find_range(session: Session, actor: Actor, range_id: str) -> RangeView:
    """Give one range by its id; NotFound at a strange site as for one that does not exist."""
    row = session.query(LabRange).filter(LabRange.id == range_id).first()
    if row is None or row.withdrawn or not actor.at(row.site):
        raise NotFound
    return next(one for one in list_ranges(session, actor, row.site) if one.id == range_id)


def add_ranges(
    session: Session, actor: Actor, site: str, wishes: Iterable[RangeWish], reason: str = ""
) -> Kept:
    """Register ranges of a site's laboratory, all or none; results they reach get them at once.

    RangeNotPossible names what is wrong with a range; RangeStands and RangeOfSexStands when another
    one of the same key stands. The faults of a whole table (gaps) are `range_wish.table_faults`.
    """
    role = _role(session, actor, site)
    book = runtime.study(session).book
    ready = [checked(book, wish) for wish in wishes]
    there = [one for one in registered.of_site(session, site) if one.holds]
    rows = []
    for wish in ready:
        _alone(there, wish)
        rows.append(_row(actor, site, wish, reason=_said(reason)))
        there.append(registered.Standing(rows[-1], wish.valid_to))
    return _keep(session, actor, role, site, rows, act="range.added")


def replace_range(session: Session, actor: Actor, range_id: str, wish: RangeWish, reason: str) -> Kept:
    """Replace a range: from a later day the old one holds until then, from its own day it is corrected."""
    old, role = _old(session, actor, range_id, reason)
    book = runtime.study(session).book
    ready = checked(book, wish)
    stands = [one for one in registered.of_site(session, old.site) if one.holds and one.row.id != range_id]
    _alone(stands, ready)
    row = _row(actor, old.site, ready, reason=_said(reason), replaces=range_id)
    return _keep(session, actor, role, old.site, [row], act="range.replaced", before=old.wish)


def withdraw_range(session: Session, actor: Actor, range_id: str, reason: str) -> Kept:
    """Withdraw a range that never held; what it had ended holds again."""
    old, role = _old(session, actor, range_id, reason)
    row = _row(actor, old.site, old.wish, reason=_said(reason), replaces=range_id, withdrawn=True)
    return _keep(session, actor, role, old.site, [row], act="range.withdrawn")


def _role(session: Session, actor: Actor, site: str) -> str:
    if session.get(Site, site) is None:
        raise NotFound
    return "SYSTEM" if actor.is_system() else actor.role_for_act("keep_ranges", site)


def _old(session: Session, actor: Actor, range_id: str, reason: str) -> tuple[RangeView, str]:
    old = find_range(session, actor, range_id)
    role = _role(session, actor, old.site)
    if not old.holds:
        raise RangeIsPast
    if not _said(reason):
        raise RangeReasonNeeded
    return old, role


def _said(reason: str) -> str:
    return normal(said(reason))[:LONGEST_REASON]


def _keep(
    session: Session,
    actor: Actor,
    role: str,
    site: str,
    rows: Sequence[LabRange],
    *,
    act: str,
    before: RangeWish | None = None,
) -> Kept:
    """Write the rows and the log, and let every result of the site follow, in this one transaction."""
    for row in rows:
        log(
            session, actor, act, role, site=site, object=f"{row.laboratory}: {row.test}", reason=row.reason,
            details={"range": row.id, "replaces": row.replaces, **_of(row).plain()},
        )  # fmt: skip
        session.add(row)
    session.flush()
    since = min((_of(row).valid_from for row in rows), default=dt.date.max)
    if before is not None:
        since = min(since, before.valid_from)
    tests = {row.test for row in rows} | ({before.test} if before else set())
    cause = rows[0].id if rows else ""
    reached, voided = range_results.follow(session, actor, site, tests=tests, since=since, cause=cause)
    return Kept(tuple(row.id for row in rows), reached, voided)


def _row(
    actor: Actor,
    site: str,
    wish: RangeWish,
    *,
    reason: str,
    replaces: str | None = None,
    withdrawn: bool = False,
) -> LabRange:
    return LabRange(
        id=new_id(),
        site=site,
        laboratory=wish.laboratory,
        test=wish.test,
        unit=wish.unit,
        sex=wish.sex,
        age_from_days=wish.age_from,
        age_to_days=wish.age_to,
        low=wish.low,
        high=wish.high,
        valid_from=wish.valid_from.isoformat(),
        valid_to=wish.valid_to.isoformat() if wish.valid_to else None,
        replaces=replaces,
        withdrawn=withdrawn,
        reason=reason,
        entered_at=stamp(actor.now()),
        entered_by=actor.username,
    )


def _alone(there: Iterable[Standing], wish: RangeWish) -> None:
    """Refuse a range beside which another one would say something else of the same child and day."""
    key = laboratory_key(wish.laboratory)
    for one in there:
        row = one.row
        same = laboratory_key(row.laboratory) == key and row.test == wish.test
        if not same or not _ages_meet(row, wish):
            continue
        if row.sex == wish.sex and row.valid_from == wish.valid_from.isoformat():
            raise RangeStands(wish.told())
        open_then = one.until is None or one.until > wish.valid_from
        if wish.sex is None and row.sex is not None and open_then and row.unit == wish.unit:
            before_end = wish.valid_to is None or one.since < wish.valid_to
            if before_end and one.since < wish.valid_from:
                raise RangeOfSexStands(wish.told())


def _ages_meet(row: Any, wish: RangeWish) -> bool:
    starts = row.age_from_days or 0
    return (wish.age_to is None or starts < wish.age_to) and (
        row.age_to_days is None or wish.age_from < row.age_to_days
    )


def _of(row: Any) -> RangeWish:
    return RangeWish(
        row.laboratory,
        row.test,
        row.unit,
        dt.date.fromisoformat(row.valid_from),
        low=row.low,
        high=row.high,
        sex=row.sex,
        age_from=row.age_from_days or 0,
        age_to=row.age_to_days,
        valid_to=dt.date.fromisoformat(row.valid_to) if row.valid_to else None,
    )


def _view(one: Standing) -> RangeView:
    row = one.row
    return RangeView(
        row.id,
        row.site,
        replace(_of(row)),
        one.until,
        one.corrected,
        one.withdrawn,
        row.replaces,
        row.reason,
        moment(row.entered_at),
        row.entered_by,
    )


def _order(one: RangeView) -> tuple[Any, ...]:
    wish = one.wish
    band = (wish.sex or "", wish.age_from, wish.age_to or 10**6)
    return one.site, wish.laboratory.casefold(), wish.test, *band, wish.valid_from, one.entered_at
