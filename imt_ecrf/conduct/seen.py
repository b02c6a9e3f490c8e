"""What a signer has opened: a signature covers only what its signer looked at; signs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.signatures import signing_roles
from imt_ecrf.store.tables import Event
from imt_ecrf.study.sign_plan import milestone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

ACT: Final = "form.opened"
SIGNABLE: Final = ("complete", "not done")


def see(session: Session, actor: Actor, address: Address, version: int) -> bool:
    """Note that a person who may sign a form opened this version of it; once a version, others never."""
    place = locate(session, actor, address)
    row = place.row
    milestone = milestone_of(runtime.study(session).book, address.event, address.form)
    roles = signing_roles(actor, place.book, address.form, place.subject.site, milestone)
    if not roles or not 0 < version <= row.version or not unseen(session, actor, [(row.id, version)]):
        return False
    log(
        session,
        actor,
        ACT,
        roles[0],
        site=row.site,
        subject_id=row.subject_id,
        form_data_id=row.id,
        form_version=version,
    )
    return True


def unseen(session: Session, actor: Actor, forms: Iterable[tuple[str, int]]) -> set[str]:
    """Give those of these forms, each with the version it has, which this person has not opened so."""
    listed = dict(forms)
    wanted = select(Event.form_data_id, Event.form_version).where(
        Event.act == ACT, Event.username == actor.username, Event.form_data_id.in_(listed)
    )
    found = {(row.form_data_id, row.form_version) for row in session.connection().execute(wanted)}
    return {form for form, version in listed.items() if (form, version) not in found}
