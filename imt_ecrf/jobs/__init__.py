"""Long work: a job looks up what is due in the database and does it; a lost one is harmless."""

from imt_ecrf.jobs.casebooks import ask_bulk, ask_casebook, bulk_codes, cancel, house_of, make_due, wish
from imt_ecrf.jobs.lease import CANCELLED, DONE, FAILED, RUNNING, WAITING
from imt_ecrf.jobs.printing import print_due
from imt_ecrf.jobs.queue import prepare, queue, wake, work

__all__ = [
    "CANCELLED",
    "DONE",
    "FAILED",
    "RUNNING",
    "WAITING",
    "ask_bulk",
    "ask_casebook",
    "bulk_codes",
    "cancel",
    "house_of",
    "make_due",
    "prepare",
    "print_due",
    "queue",
    "wake",
    "wish",
    "work",
]
