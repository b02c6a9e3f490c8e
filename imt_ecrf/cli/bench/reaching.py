"""One save that reaches 100 other forms, by the act and the rules of the real study; knows no page."""

import datetime as dt
import time
from collections.abc import Mapping
from statistics import median

from sqlalchemy import func, select

from imt_ecrf import store
from imt_ecrf.cli.bench.hospital import USER, hospital
from imt_ecrf.conduct import entrance, subjects, visits
from imt_ecrf.conduct.actor import ServerClock
from imt_ecrf.conduct.entry import save_form
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import ChangeSet

REACHED = 100
IC = ("SE_LOG", 1, "F_IC")
FIRST_DAY = dt.date(2025, 3, 3)
CONSENT = {"ICTYPE": "PARENT CONSENT", "ICSIGNER": "MOTHER", "ICDAT": "2025-03-01"}
CHILD = {"DMDAT": "2025-03-01", "BRTHYY": "2012", "AGEIC_Y": "12", "SEX": "M"}
CONSENTS = ("2025-02-01", "2025-03-01")


def cpu_ms(engines: store.Engines, rounds: int) -> float:
    """Correct the date of consent, from which the ages on 100 forms are counted; give the median CPU."""
    child = _child(engines)
    taken = []
    for number in range(rounds + 1):
        before = _count(engines)
        begun = time.thread_time()
        saved = _save(engines, Address(child, *IC), {"ICDAT": CONSENTS[number % 2]}, number + 1)
        taken.append(time.thread_time() - begun)
        _must_be(saved, REACHED)
        _must_be(_count(engines) - before, REACHED + 1)
    return median(taken[1:]) * 1000


def _child(engines: store.Engines) -> str:
    """Make study, site, coordinator and a child whose age was written down at 100 unscheduled visits."""
    hospital(engines, "11")
    with store.writing(engines) as session:
        person = entrance.actor_named(session, USER, clock=ServerClock(), origin="cli")
        assert person is not None  # noqa: S101 - made above
        child = subjects.screen(session, person, "11")
    _save(engines, Address(child, *IC), CONSENT, 0)
    _save(engines, Address(child, "SE_SCR", 1, "F_DM"), CHILD, 0)
    for number in range(1, REACHED + 1):
        day = (FIRST_DAY + dt.timedelta(days=number)).isoformat()
        answers = {"PSPERF": "Y", "PSDAT": day, "PSSCALE": "LANSKY", "PSLANSKY": "90"}
        _save(engines, Address(child, "SE_UNS", number, "F_PS"), answers, 0)
    return child


def _save(engines: store.Engines, address: Address, answers: Mapping[str, str], version: int) -> int:
    """Save by the coordinator in a transaction; give the number of other forms that were written."""
    with store.writing(engines) as session:
        actor = entrance.actor_named(session, USER, clock=ServerClock(), origin="cli")
        assert actor is not None  # noqa: S101 - made above
        if address.event == "SE_UNS":
            visits.add_unscheduled(session, actor, address.subject)
        given = {path: Answer(value) for path, value in answers.items()}
        saved = save_form(session, actor, address, given, {"*": "copied wrongly"}, version)
    return len(saved.reached)


def _count(engines: store.Engines) -> int:
    with store.reading(engines) as session:
        return session.scalar(select(func.count()).select_from(ChangeSet)) or 0


def _must_be(found: int, wanted: int) -> None:
    if found != wanted:
        raise AssertionError(f"{wanted} forms were to be written, {found} were")
