"""What waits for a person, by kind: counts and pages from the database, never by opening forms."""

from imt_ecrf.conduct.work.items import BY_DAY, CENTRAL, GROUPED, KINDS, WorkItem, WorkKind
from imt_ecrf.conduct.work.listing import first, kind_of, work_counts, work_list

__all__ = [
    "BY_DAY",
    "CENTRAL",
    "GROUPED",
    "KINDS",
    "WorkItem",
    "WorkKind",
    "first",
    "kind_of",
    "work_counts",
    "work_list",
]
