"""Work due by a day that no visit plans: whose it is, and what its day is; works nothing out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_

from imt_ecrf.conduct.signing_parts import own_parts
from imt_ecrf.conduct.work.items import BY_DAY
from imt_ecrf.store.tables import DueWork, moment, stamp
from imt_ecrf.study.gates import gates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from imt_ecrf.conduct.work.scope import Scope

_MOMENT: Final = "T"
"""What a moment has and a day does not."""


def owed(scope: Scope, kind: str) -> ColumnElement[bool] | None:
    """Hold what is kept to what a person is to do by now; None for who has no such work."""
    signs = kind == "due signature"
    parts: dict[frozenset[str], list[str]] = {}
    for site in scope.zones:
        own = own_parts(scope.actor, scope.book, site) if signs else _consents(scope, site)
        if own:
            parts.setdefault(own, []).append(site)
    if not parts:
        return None
    mine = (and_(DueWork.site.in_(sites), DueWork.part.in_(sorted(own))) for own, sites in parts.items())
    return and_(DueWork.kind == BY_DAY[kind], or_(*mine), DueWork.listed_from <= stamp(scope.actor.now()))


def due_day(site: str, due: str, zones: Mapping[str, str]) -> tuple[dt.date | None, dt.datetime | None]:
    """Read the last day as the calendar of the site has it, and the moment where hours count."""
    if _MOMENT not in due:
        return (dt.date.fromisoformat(due) if due else None), None
    at = moment(due).astimezone(ZoneInfo(zones[site]))
    return at.date(), at


def _consents(scope: Scope, site: str) -> frozenset[str]:
    """Let consent be asked by who writes the form it is recorded in."""
    rule = gates(scope.book).consent
    asks = rule is not None and scope.actor.may(scope.book, "finish", rule.form, site)
    return frozenset({""}) if asks else frozenset()
