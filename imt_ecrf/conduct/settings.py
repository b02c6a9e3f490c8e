"""Settings of study and sites as they are in force; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import NotFound, Refused
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import Setting, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book


class FixedByTheStudy(Refused):
    """This setting is fixed by the published version of the study."""

    ru = "Эта настройка задана опубликованной версией исследования."
    status = 409


_DECIDED = (
    select(Setting.key, Setting.site, Setting.value)
    .where(or_(Setting.site == bindparam("at"), Setting.site.is_(None)), Setting.key.not_like("table.%"))
    .order_by(Setting.seq)
)


COUNT = "decisions"
"""Names, among what a page knows, how many settings were ever decided."""
COUNTED = select(func.count()).select_from(Setting).scalar_subquery()


class Decided(Mapping[str, Any]):
    """The settings of a site, asked of the database at the first question."""

    def __init__(self, ask: Callable[[], Mapping[str, Any]]) -> None:
        self._ask = ask

    @cached_property
    def _found(self) -> Mapping[str, Any]:
        return self._ask()

    def __getitem__(self, key: str) -> Any:
        """Give a setting."""
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        """List the keys."""
        return iter(self._found)

    def __len__(self) -> int:
        """Count the settings."""
        return len(self._found)


def in_force(session: Session, book: Book, site: str) -> dict[str, Any]:
    """Give every setting as it holds at a site: the site's newest decision, else the study's default."""
    found = {one.key: one.default for one in book.version.settings}
    rows = session.connection().execute(_DECIDED, {"at": site}).all()
    for general in (True, False):
        found |= {key: loads(value) for key, of, value in rows if (of is None) == general}
    return found


def set_at_site(
    session: Session, actor: Actor, book: Book, key: str, site: str, *, value: object, reason: str
) -> None:
    """Decide a setting for a site; the decisions before stay readable."""
    from imt_ecrf.conduct import due  # noqa: PLC0415 - what is due reads the settings

    role = "SYSTEM" if actor.is_system() else actor.role_for_act("set_study")
    definition = next((one for one in book.version.settings if one.key == key), None)
    if definition is None:
        raise NotFound
    if definition.scope != "site":
        raise FixedByTheStudy
    log(session, actor, "setting.changed", role, site=site, object=key, reason=reason)
    row = Setting(
        key=key,
        site=site,
        value=dumps(value),
        reason=reason,
        set_at=stamp(actor.now()),
        set_by=actor.username,
    )
    session.add(row)
    due.refresh_all(session, actor, site)
