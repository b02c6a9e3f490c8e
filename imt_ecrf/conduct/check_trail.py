"""What the checks said of a form and what people did about it, as the log kept it; runs no check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.findings import check_of, may_read
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, moment

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

FIRED: Final = "check.fired"
CONFIRMED: Final = "check.confirmed"


@dataclass(frozen=True, slots=True)
class Spoke:
    """One step: a check spoke on some figures, or a person confirmed the value with a comment.

    `en` and `ru` are the prompt as it was shown; of a confirmation they are empty and `comment` is not.
    """

    at: dt.datetime
    check: str
    path: str
    name: str
    role: str
    version: int
    en: str
    ru: str
    comment: str

    def text(self, language: str) -> str:
        """Give the prompt in a language."""
        return self.ru if language == "ru" else self.en


def spoken(session: Session, actor: Actor, address: Address, path: str | None = None) -> tuple[Spoke, ...]:
    """List what checks said of a form, or of one item, and who confirmed what; oldest first."""
    place = locate(session, actor, address)
    site = place.subject.site
    if not actor.is_system() and not actor.may_act("see_trail", site):
        raise NotPermitted
    wanted = select(Event).where(Event.form_data_id == place.row.id, Event.act.in_((FIRED, CONFIRMED)))
    paths: dict[str, str] = {}
    found = [
        _spoke(event, paths)
        for event in session.scalars(wanted.order_by(Event.seq))
        if may_read(actor, site, check_of(event.object or ""), place.running)
    ]
    return tuple(one for one in found if path is None or one.path == path)


def _spoke(event: Event, paths: dict[str, str]) -> Spoke:
    """Read an event; a confirmation stands where its check spoke last."""
    said, check = loads(event.details), event.object or ""
    if event.act == FIRED:
        paths[check] = said.get("path", "")
    english, russian = said.get("words") or ("", "")
    first, second = said.get("message", ""), said.get("message_ru") or said.get("message", "")
    return Spoke(
        at=moment(event.at_utc),
        check=check_of(check),
        path=paths.get(check, ""),
        name=event.user_name,
        role=event.role,
        version=event.form_version or 0,
        en=first + (f" [{english}]" if first and english else ""),
        ru=second + (f" [{russian}]" if second and russian else ""),
        comment=event.reason,
    )
