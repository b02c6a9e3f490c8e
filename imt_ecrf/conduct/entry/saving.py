"""Saving a form: what is sent is read, compared with what is kept, and written once; asks the rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct import beginning, training
from imt_ecrf.conduct.answers import read_answers
from imt_ecrf.conduct.entry.merging import at_version
from imt_ecrf.conduct.entry.place import locate, open_for_entry, reachable
from imt_ecrf.conduct.entry.writing import Wish, unchanged, write
from imt_ecrf.conduct.refused import FormIsNotDone, SaveRepeated, StaleVersion, Unkept
from imt_ecrf.conduct.views import Saved
from imt_ecrf.store import documents
from imt_ecrf.store.tables import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.views import Address, Answers, Cell
    from imt_ecrf.policy.permissions import Verb


def save_form(  # noqa: PLR0917 - the contract of every way to write: pages, imports, the demo
    session: Session,
    actor: Actor,
    address: Address,
    answers: Answers,
    reasons: Mapping[str, str],
    version: int,
    *,
    confirmed_clear: bool = False,
    comments: Mapping[str, str] | None = None,
    save_number: str | None = None,
) -> Saved:
    """Keep the answers that differ from what is kept; paths not sent stay as they are.

    `reasons` by path (or "*"), `version` is the one the page was built from, `comments` confirm soft
    checks by `findings.key`. Refusals: Unkept, NotBegun, StaleVersion, ReasonNeeded, HiddenHold,
    FormIsLocked and its like, NotFound, NotPermitted; each leaves everything as it was.
    """
    place = locate(session, actor, address, lock=True)
    # who only adds an item to a form (coding, a safety number) does not begin one
    verb: Verb = "enter" if place.row.version else "finish"
    actor.role_for(place.book, verb, place.form.oid, place.subject.site)
    training.permits(session, actor, place)
    before = _done_before(session, place, save_number)
    if before is not None and _holds(session, actor, place, before.version, answers):
        return before
    if before is not None:
        save_number = None  # more was typed on a page whose save was answered already: this is another save
    reachable(session, actor, place)
    open_for_entry(place)
    if place.row.entry_state == "not done":
        raise FormIsNotDone
    reading = read_answers(place.sheet(actor.language), place.row.document, answers)
    if reading.problems:
        raise Unkept(reading.problems)
    if version != place.row.version and not _news(session, place, version, reading.cells):
        return unchanged(place)
    kept = place.row.document
    wanted = {path: cell for path, cell in reading.cells.items() if cell != (kept.get(path) or None)}
    if not wanted and not comments:
        return unchanged(place)
    beginning.begin(session, actor, place, wanted)
    return write(session, actor, place, Wish(wanted, reasons, confirmed_clear, comments or {}, save_number))


def _news(session: Session, place: Place, version: int, cells: Mapping[str, Cell | None]) -> bool:
    """Refuse a save that started from an older version, unless all it changes is there already."""
    row = place.row
    base = at_version(session, row, version)
    mine = {path: cell for path, cell in cells.items() if cell != (base.get(path) or None)}
    if all((row.document.get(path) or None) == cell for path, cell in mine.items()):
        return False
    raise stale(session, place, version, mine)


def stale(
    session: Session, place: Place, version: int, mine: Mapping[str, Cell | None] | None = None
) -> StaleVersion:
    """Make the refusal that carries what the merge screen shows: base, theirs, mine."""
    row = place.row
    base = at_version(session, row, version)
    full = {path: cell for path, cell in {**base, **(mine or {})}.items() if cell}
    at = moment(row.updated_at) if row.updated_at else None
    return StaleVersion(base, row.document, full, version=row.version, at=at, by=row.updated_by)


def _holds(session: Session, actor: Actor, place: Place, version: int, answers: Answers) -> bool:
    """Tell whether a version holds all that is sent; an answer cleared as no longer asked does not count."""
    kept = at_version(session, place.row, version)
    reading = read_answers(place.sheet(actor.language), kept, answers)
    hidden = frozenset(place.row.items.get("hidden", ()))
    return not reading.problems and all(
        (kept.get(path) or None) == cell or (path not in kept and path in hidden)
        for path, cell in reading.cells.items()
    )


def _done_before(session: Session, place: Place, save_number: str | None) -> Saved | None:
    """Give the outcome of a save that was sent twice."""
    found = documents.find_save(session.connection(), save_number) if save_number else None
    if found is None:
        return None
    _, _, form_id, version = found
    if form_id != place.row.id:
        raise SaveRepeated
    return Saved(form_id, version, place.row.entry_state, ())
