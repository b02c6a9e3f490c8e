"""Striking out: a line of a log or a row of a table stays for ever, visible as struck, and counts no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct import training
from imt_ecrf.conduct.entry.place import REPEATING, locate, open_for_entry
from imt_ecrf.conduct.entry.saving import stale
from imt_ecrf.conduct.entry.writing import Wish, unchanged, write
from imt_ecrf.conduct.reasons import read_reason
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.study.records import STRUCK

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.views import Address, Saved


def strike_line(
    session: Session, actor: Actor, address: Address, reason: str, version: int | None = None
) -> Saved:
    """Strike out a whole line of a log (a specimen, a reading) with a reason."""
    place = _open(session, actor, address, version)
    if place.form.repeating not in REPEATING:
        raise NotFound
    return write(session, actor, place, Wish({STRUCK: {"v": read_reason(reason)}}, confirmed_clear=True))


def strike_row(  # noqa: PLR0917 - a row is named by its form, group and number
    session: Session,
    actor: Actor,
    address: Address,
    group: str,
    row: str,
    reason: str,
    version: int | None = None,
) -> Saved:
    """Strike out a row of a table inside a form (a lesion, a kit) with a reason."""
    place = _open(session, actor, address, version)
    definition = next((one for one in place.form.groups if one.oid == group), None)
    kept = any(path.startswith(f"{group}.{row}.") for path in place.row.document)
    if definition is None or definition.repeating != "log" or not kept:
        raise NotFound
    path = f"{group}.{row}.{STRUCK}"
    if path in place.row.document:
        return unchanged(place)
    return write(session, actor, place, Wish({path: {"v": read_reason(reason)}}, confirmed_clear=True))


def _open(session: Session, actor: Actor, address: Address, version: int | None) -> Place:
    place = locate(session, actor, address, lock=True)
    actor.role_for(place.book, "finish", address.form, place.subject.site)
    training.permits(session, actor, place)
    if not place.row.version:
        raise NotFound
    open_for_entry(place)
    if version is not None and version != place.row.version:
        raise stale(session, place, version)
    return place
