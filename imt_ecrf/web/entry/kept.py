"""What this person typed and did not save, unsealed with the installation's key; knows no page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from imt_ecrf.conduct import drafts
from imt_ecrf.store.crypt import draft_key
from imt_ecrf.web.db import installation

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address, Answers
    from imt_ecrf.config import Settings


@lru_cache(maxsize=8)
def _key(settings: Settings) -> bytes:
    return draft_key(settings.secret_key())


def keep(
    session: Session, actor: Actor, address: Address, answers: Answers, base_version: int
) -> dt.datetime:
    """Keep what was typed so far in place of what was kept before."""
    key = _key(installation().settings)
    return drafts.keep(session, actor, address, answers, base_version=base_version, key=key)


def offer(session: Session, actor: Actor, address: Address) -> drafts.Draft | None:
    """Give what this person typed into a form and did not save; None when there is none."""
    if actor.user_id is None or not drafts.may_have(session, actor):
        return None
    return drafts.offer(session, actor, address, key=_key(installation().settings))
