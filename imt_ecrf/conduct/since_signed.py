"""What changed in forms since each was last signed, for a whole batch at once; signs nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from imt_ecrf.conduct.trail import Line
from imt_ecrf.store import documents
from imt_ecrf.store.tables import ChangeSet, Signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.signing import ToSign


def since_signed(session: Session, forms: Iterable[ToSign]) -> Mapping[str, list[Line]]:
    """List, by form, what changed after its last signature, oldest first; all of it when nobody signed it.

    The forms are those a person may sign (`signing.to_sign`), so each of them may be read by that person.
    """
    listed = {one.form_id: one for one in forms}
    newest = (
        select(Signature.form_data_id, func.max(Signature.form_version))
        .where(Signature.act == "sign", Signature.form_data_id.in_(listed))
        .group_by(Signature.form_data_id)
    )
    signed: dict[str, int] = {row[0]: row[1] for row in session.execute(newest)}
    found: dict[str, list[Line]] = defaultdict(list)
    for change in documents.trail(session.connection(), ChangeSet.form_data_id.in_(listed)):
        if change.to_version > signed.get(change.form_data_id, 0):
            one = listed[change.form_data_id]
            found[change.form_data_id].append(Line(one.address, one.site, change))
    return found
