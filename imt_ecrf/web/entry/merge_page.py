"""The merge screen in words: base, theirs and mine of each changed item; a choice where both changed it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.reasons import CHANGE_REASONS
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Drawing
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry import Compared
    from imt_ecrf.conduct.refused import StaleVersion
    from imt_ecrf.conduct.views import Address, Cell, FormRecord
    from imt_ecrf.web.entry.posted import Posted


def merge_page(
    session: Session, actor: Actor, address: Address, posted: Posted, stale: StaleVersion
) -> dict[str, Any]:
    """Give the three groups of the merge screen and the values each choice would send."""
    record = entry.open_form(session, actor, address)
    drawn = sheet(record.book, address.form, current())
    drawing = Drawing(record, drawn, current())
    found = entry.merge(stale)
    derived = {path for path in (*stale.base, *stale.theirs, *stale.mine) if _derived(record, path)}
    closed = record.frozen or record.locked or (record.signature and record.signature.state == "valid")

    def lines(some: Iterable[Compared]) -> list[dict[str, Any]]:
        return [_line(drawing, one) for one in some if one.path not in derived]

    return {
        "record": record, "sheet": drawn, "address": address, "stale": stale, "posted": posted,
        "both": lines(found.both), "theirs": lines(found.theirs), "mine": lines(found.mine),
        "closed": bool(closed), "save_number": uuid.uuid4().hex,
        "reasons": [(code, texts[current() == "ru"]) for code, texts in CHANGE_REASONS.items()],
    }  # fmt: skip


def _derived(record: FormRecord, path: str) -> bool:
    place = record.book.places.get(path.rsplit(".", 1)[-1])
    return place is None or place.item.derived


def _line(drawing: Drawing, one: Compared) -> dict[str, Any]:
    control = drawing.sheet.controls[one.path.rsplit(".", 1)[-1]]
    row = f"{one.path.split('.')[1]}: " if "." in one.path else ""

    def words(cell: Cell | None) -> str:
        return drawing.words(control, cell or {})

    return {
        "path": one.path, "label": row + control.label, "base": words(one.base),
        "theirs": words(one.theirs), "mine": words(one.mine),
        "mine_cell": one.mine or {}, "theirs_cell": one.theirs or {},
    }  # fmt: skip
