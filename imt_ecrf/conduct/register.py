"""The register of signatures: every one a person may see, valid and void; signs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.signature_history import views_by_form
from imt_ecrf.conduct.views import Address
from imt_ecrf.store.tables import FormData, Signature
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SignatureView


@dataclass(frozen=True, slots=True)
class Entry:
    """A signature and the form it stands on."""

    address: Address
    site: str
    signature: SignatureView


def register(
    session: Session, actor: Actor, *, subject: str | None = None, first: int = 0, count: int = 100
) -> tuple[list[Entry], int]:
    """Give a stretch of the register, newest first, and how many signatures there are in all."""
    found = _visible(session, actor, subject)
    places = {row.id: (row.form_data_id, Address(*row[2:7]), row.site) for row in found}
    wanted = list(places)[first : first + count]
    seen = views_by_form(session, (places[signature][0] for signature in wanted))
    listed = [
        Entry(address, site, seen[form_id][signature])
        for signature in wanted
        for form_id, address, site in [places[signature]]
    ]
    return listed, len(places)


def _visible(session: Session, actor: Actor, subject: str | None) -> list:  # type: ignore[type-arg]
    book, own = runtime.study(session).book, actor.sites()
    place = (FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat)
    wanted = select(Signature.id, Signature.form_data_id, SubjectRow.code, *place, FormData.site)
    wanted = wanted.join(FormData, FormData.id == Signature.form_data_id)
    wanted = wanted.join(SubjectRow, SubjectRow.id == FormData.subject_id).where(Signature.act == "sign")
    if own is not None:
        wanted = wanted.where(FormData.site.in_(own))
    if subject is not None:
        wanted = wanted.where(SubjectRow.id == runtime.find_subject(session, actor, subject).id)
    rows = session.execute(wanted.order_by(Signature.seq.desc()))
    return [row for row in rows if actor.sees(book, row.form, row.site)]
