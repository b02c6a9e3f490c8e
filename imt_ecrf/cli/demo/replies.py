"""What people of the demo do when a check speaks: confirm it, leave it, answer and settle its query."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.accounts import somebody
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.conduct import queries

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, SimulatedClock
    from imt_ecrf.conduct.query_thread import QueryView
    from imt_ecrf.conduct.views import Address, Finding

ANSWER_AFTER: Final = dt.timedelta(days=6)
CLOSE_AFTER: Final = dt.timedelta(days=3)
COMMENTS: Final = {
    "range": "Measured twice, the same value each time",
    "required": "Not in the source; asked for, will follow when it is known",
    "SAEEXP": "To be assessed by the sponsor",
    "SAESPREL": "To be assessed by the sponsor",
    "C055": "Asleep during the measurement; the heart rate was regular",
    "C098": "The capsules were taken again the next day; the dosing log follows",
    "C127": "Agreed with the reader; the lesion is left out from now on",
    "C136": "A laboratory value only; the child was well and stayed at home",
    "C140": "The medicine is entered in the medication log",
    "C181": "The sample was repeated, the count was confirmed by a smear",
}
OTHERWISE: Final = "Checked against the source, correct as written"
ANSWERS: Final = {
    "C006": "No visit took place; the form only tells why treatment ended.",
    "C069": "The eye clinic had no appointment earlier; it is booked for next week.",
    "C122": "The scan was postponed because of a cold; it is booked.",
}
SILENT, AGREED = 4, "Agreed, thank you."


def comment(finding: Finding) -> str:
    """Give what a clerk writes when a soft check is confirmed."""
    name, _, rest = finding.check.partition("(")
    return COMMENTS.get(rest.rstrip(")")) or COMMENTS.get(name, OTHERWISE)


def leaves(address: Address, finding: Finding) -> bool:
    """Tell whether a clerk leaves a soft check to be asked as a query; what is owed is always explained."""
    return finding.check.startswith("C") and dice("leave", str(address), finding.check).randrange(2) == 0


def settle(session: Session, clock: SimulatedClock, clerk: Actor, subject: str) -> None:
    """Answer the queries that checks asked a while ago; the data manager closes what was answered."""
    for view in _of(session, clerk, subject, queries.OPEN, clock.now() - ANSWER_AFTER):
        if dice("answer", str(view.address), view.path, view.check).randrange(SILENT):
            queries.answer(session, clerk, view.id, ANSWERS.get(view.check or "", OTHERWISE + "."))
    manager = somebody(session, clock, "DM")
    for view in _of(session, manager, subject, ("answered",), clock.now() - CLOSE_AFTER):
        if dice("close", str(view.address), view.path, view.check).randrange(SILENT):
            queries.close(session, manager, view.id, AGREED)


def _of(
    session: Session, actor: Actor, subject: str, states: tuple[str, ...], before: dt.datetime
) -> list[QueryView]:
    found = queries.list_queries(session, actor, states)
    return [
        view for view in found if view.check and view.address.subject == subject and view.changed_at <= before
    ]
