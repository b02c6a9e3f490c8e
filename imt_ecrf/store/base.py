"""What all tables share: the Base, ids, stamps and the columns that say who; knows no theme."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Identity, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
APPEND_ONLY: Final[dict[str, Any]] = {"sqlite_autoincrement": True}


_LAST = [0, 0]
_LOCK = threading.Lock()
_COUNTER_BITS = 12


def new_id() -> str:
    """Make a UUIDv7: ordered by time, and within one process by the order of making."""
    with _LOCK:
        now = time.time_ns() // 1_000_000
        if now > _LAST[0]:
            _LAST[:] = [now, int.from_bytes(os.urandom(2)) >> 5]
        else:
            _LAST[1] += 1
            if _LAST[1] >> _COUNTER_BITS:  # the counter is full: borrow the next millisecond
                _LAST[:] = [_LAST[0] + 1, 0]
        moment, counter = _LAST
    random = int.from_bytes(os.urandom(8)) >> 2
    number = moment << 80 | 7 << 76 | counter << 64 | 2 << 62 | random
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Base(DeclarativeBase):
    """The plain declarative base; `app.py` binds the same tables for requests."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {str: Text()}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class Numbered:
    """A row of an append-only log: its number is given by the database and never used again."""

    seq: Mapped[int] = mapped_column(NUMBER, Identity(always=True), primary_key=True, sort_order=-10)
    id: Mapped[str] = mapped_column(unique=True, default=new_id, sort_order=-9)
    at_utc: Mapped[str] = mapped_column(sort_order=-8)
    # PostgreSQL's transaction number, written by the guard: identity order is not commit order there
    xid: Mapped[int | None] = mapped_column(BigInteger, sort_order=90)


class ByPerson:
    """Who did it, as the person was called at that time; `user_id` is empty for the system."""

    user_id: Mapped[str | None] = mapped_column(sort_order=-7)
    username: Mapped[str] = mapped_column(sort_order=-6)
    user_name: Mapped[str] = mapped_column(sort_order=-5)
    role: Mapped[str] = mapped_column(sort_order=-4)
    organisation: Mapped[str] = mapped_column(sort_order=-3)


def stamp(moment: datetime) -> str:
    """Write an aware time as UTC with microseconds: `2026-03-01T10:00:00.000000Z`."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone is not a stamp")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read a stamp back as an aware UTC time."""
    return datetime.fromisoformat(text)
