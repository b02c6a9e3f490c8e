"""Every page of the program: one module a blueprint, one template a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.web.pages import (
    account,
    alerts,
    blanks,
    calendar,
    casebooks,
    changes,
    checking,
    copies,
    countersigning,
    deviations,
    entry,
    guide,
    health,
    history,
    home,
    inspection,
    matrix,
    overview,
    queries,
    ranges,
    session,
    signatures,
    signing,
    sites,
    study,
    subjects,
    talk,
    training,
    users,
    verifying,
    visits,
)

if TYPE_CHECKING:
    from flask import Flask

PAGES = (
    *(health, session, account, guide, home, calendar, overview, matrix, subjects, history, changes, queries),
    *(verifying, signing, signatures, casebooks, copies, countersigning, checking),
    *(study, users, sites, ranges, deviations, alerts),
    *(visits, entry, talk, blanks, inspection, training),
)


def install(app: Flask) -> None:
    """Register every blueprint."""
    for page in PAGES:
        app.register_blueprint(page.blueprint)
