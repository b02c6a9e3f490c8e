"""The log of what happened: acts, views and refusals that must be remembered; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.store import journal
from imt_ecrf.store.tables import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


def log(
    session: Session,
    actor: Actor,
    act: str,
    role: str = "",
    *,
    details: Mapping[str, Any] | None = None,
    **columns: Any,
) -> int:
    """Write one event in the transaction of the act and give its number; `columns` are those of the log."""
    role = role or (SYSTEM_ROLE if actor.is_system() else next(iter(actor.held()), ""))
    who = actor.who(role)
    session.info["actor"] = who
    return journal.record(session.connection(), who, stamp(actor.now()), act, details=details, **columns)


def remember(session: Session) -> None:
    """Keep what was logged although the act is refused next: a refusal rolls everything else back."""
    session.commit()
