"""The form of a page, the forms its rules read and whether notes stand beside it, asked in one question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, exists, or_, select

from imt_ecrf.store.documents import FORM_COLUMNS, FormRow
from imt_ecrf.store.tables import Event, FormData

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Select

MOST: Final = 64
_SIZES: Final = (4, 16, MOST)
_PLACE: Final = ("event", "event_repeat", "form", "form_repeat")


def _asking(size: int) -> Select[Any]:
    """Make the question for lists of a fixed length: with one of any length it would be written each time."""
    forms: list[BindParameter[str]] = [bindparam(f"form_{number}", "") for number in range(size)]
    here = and_(*(getattr(FormData, name) == bindparam(name) for name in _PLACE))
    noted = exists().where(Event.form_data_id == FormData.id, Event.act == bindparam("note"))
    return (
        select(*(getattr(FormData, name) for name in FORM_COLUMNS), noted)
        .where(FormData.subject_id == bindparam("subject_id"), or_(here, FormData.form.in_(forms)))
        .order_by(*(getattr(FormData, name) for name in _PLACE))
    )


_ASKING: Final = {size: _asking(size) for size in _SIZES}


class PageRead(NamedTuple):
    """The row of the form (None: not saved yet), the rows of each form read with it, whether notes stand."""

    row: FormRow | None
    beside: dict[str, list[FormRow]]
    noted: bool


def read(
    connection: Connection,
    subject_id: str,
    address: tuple[str, int, str, int],
    forms: Collection[str],
    note: str,
) -> PageRead:
    """Read a form by its place and all rows of some forms of its subject; `note` names the act of a note.

    Of more than 64 forms the first are read; who needs the others asks for them.
    """
    chosen = sorted(forms)[:MOST]
    size = next(size for size in _SIZES if size >= len(chosen))
    known = {"subject_id": subject_id, "note": note, **dict(zip(_PLACE, address, strict=True))}
    known |= {f"form_{number}": form for number, form in enumerate(chosen)}
    beside: dict[str, list[FormRow]] = {form: [] for form in chosen}
    own, noted = None, False
    for *columns, mark in connection.execute(_ASKING[size], known):
        row = FormRow(*columns)
        if row.form in beside:
            beside[row.form].append(row)
        if row.address == address:
            own, noted = row, bool(mark)
    return PageRead(own, beside, noted)
