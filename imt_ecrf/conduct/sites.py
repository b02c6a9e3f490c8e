"""Hospitals of the study: opened with code and time zone, listed; knows no subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import Site, stamp
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


class SiteNotPossible(Refused):
    """A site needs a new code of letters and digits, a name and a time zone such as Europe/Moscow."""

    ru = "Центру нужны новый код из букв и цифр, название и часовой пояс, например Europe/Moscow."


@dataclass(frozen=True, slots=True)
class SiteView:
    """A hospital as it is shown."""

    code: str
    name: str
    name_ru: str
    timezone: str
    active: bool

    def in_(self, language: str) -> str:
        """Give the name in a language."""
        return self.name_ru if language == "ru" and self.name_ru else self.name


def open_site(
    session: Session, actor: Actor, code: str, *, name: str, timezone: str, name_ru: str = ""
) -> None:
    """Open a hospital; its code stands in the codes of its subjects for ever."""
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("manage_accounts")
    known = session.get(Site, code) is not None
    if known or not code.isalnum() or not said(name) or not _zone(timezone):
        raise SiteNotPossible
    log(session, actor, "site.opened", role, site=code, object=code)
    row = Site(
        code=code,
        name=name.strip(),
        name_ru=name_ru.strip(),
        timezone=timezone,
        created_at=stamp(actor.now()),
        created_by=actor.username,
    )
    session.add(row)
    session.flush()


def list_sites(session: Session, actor: Actor) -> tuple[SiteView, ...]:
    """List the hospitals this person works at."""
    rows = session.scalars(select(Site).order_by(Site.code))
    return tuple(
        SiteView(row.code, row.name, row.name_ru, row.timezone, row.active)
        for row in rows
        if actor.at(row.code)
    )


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)
