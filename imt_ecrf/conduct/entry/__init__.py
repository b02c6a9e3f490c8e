"""Entering data: forms opened, saved, completed, struck out, merged, followed through their history."""

from __future__ import annotations

from imt_ecrf.conduct.entry.finishing import complete_form, not_done, reopen
from imt_ecrf.conduct.entry.merging import Compared, Merge, merge
from imt_ecrf.conduct.entry.opening import check_answers, open_form, preview
from imt_ecrf.conduct.entry.saving import save_form
from imt_ecrf.conduct.entry.striking import strike_line, strike_row
from imt_ecrf.conduct.entry.trail import history
from imt_ecrf.conduct.entry.way import lines_of, next_incomplete, records_of

__all__ = [
    "Compared",
    "Merge",
    "check_answers",
    "complete_form",
    "history",
    "lines_of",
    "merge",
    "next_incomplete",
    "not_done",
    "open_form",
    "preview",
    "records_of",
    "reopen",
    "save_form",
    "strike_line",
    "strike_row",
]
