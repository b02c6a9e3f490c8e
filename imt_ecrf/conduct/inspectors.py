"""Accounts of inspectors, which end by themselves, and what an inspector has read; changes no data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import accounts, runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store import documents

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

ROLE: Final = "AUD"
READ: Final = "page.viewed"
LONGEST: Final = 500


class EndNeeded(Refused):
    """Say the last day of the inspection: the account of an inspector ends by itself."""

    ru = "Укажите последний день инспекции: доступ инспектора прекращается сам."


def invite(
    session: Session, actor: Actor, *, username: str, name: str, email: str, password: str,
    until: dt.datetime | None, organisation: str = "", language: str = "en",
) -> str:  # fmt: skip
    """Make the account of an inspector, who reads everything at every site until a day; give its id.

    The end counts at the next request, without any job; a longer inspection is another role with its days.
    """
    if until is None:
        raise EndNeeded
    user_id = accounts.create_user(
        session, actor, username=username, name=name, email=email, password=password,
        organisation=organisation, language=language, must_change_password=True,
    )  # fmt: skip
    accounts.grant(session, actor, username, ROLE, until=until)
    return user_id


def watched(actor: Actor) -> bool:
    """Tell whether every page this person reads is written down."""
    return ROLE in actor.held()


def note(
    session: Session, actor: Actor, page: str, subject: str | None = None, address: Address | None = None
) -> None:
    """Write down that an inspector read a page, with the subject and the form it is about."""
    row = runtime.subject_named(session, subject) if subject else None
    found = documents.find_form(session.connection(), row.id, address.within) if row and address else None
    log(
        session, actor, READ, ROLE, object=page[:LONGEST], site=row.site if row else None,
        subject_id=row.id if row else None, form_data_id=found.id if found else None,
        details={"form": address.form} if address else {},
    )  # fmt: skip
