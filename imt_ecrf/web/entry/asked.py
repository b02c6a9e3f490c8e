"""The queries of a form as they stand beside its questions; settles none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.conduct import queries
from imt_ecrf.study.book import is_row
from imt_ecrf.web.query_rows import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import FormRecord
    from imt_ecrf.web.query_rows import Step


@dataclass(frozen=True, slots=True)
class Asked:
    """A query beside its question: its state, its thread, what this person may do with it.

    `saves`: the answer is sent with the form, so that a changed value goes with it; `reply`: typed already.
    """

    id: str
    state: str
    path: str
    steps: tuple[Step, ...]
    may: tuple[str, ...] = ()
    seen: int = 0
    saves: bool = False
    reply: str = ""

    @property
    def whole_row(self) -> bool:
        """Tell whether a row as a whole is asked about."""
        return is_row(self.path)


def asked_of(
    session: Session,
    actor: Actor,
    record: FormRecord,
    language: str,
    replies: Mapping[str, str] | None = None,
    *,
    saves: bool = False,
) -> dict[str, tuple[Asked, ...]]:
    """Give the queries of a form by path, open ones first; a form that waits for none costs nothing."""
    if not record.open_queries and not record.answered_queries:
        return {}
    found: dict[str, tuple[Asked, ...]] = {}
    for one in queries.queries_of(session, actor, record.address):
        query = Asked(
            one.id, one.state, one.path, steps(one, language), one.may, one.seen,
            saves and "answer" in one.may, (replies or {}).get(one.id, ""),
        )  # fmt: skip
        found[one.path] = (*found.get(one.path, ()), query)
    return {path: tuple(sorted(some, key=_settled)) for path, some in found.items()}


def _settled(query: Asked) -> bool:
    return query.state in {"closed", "cancelled"}
