"""The table from F functions to the Python functions behind them; knows how to call, not what is computed.

How to add a function
1. Give it a line in `rules/functions.py` (arguments, result, what it reads): publication knows it then.
2. Write `def name(context, *args)` in a module of `study/` and put the module into HOMES below. It gets a
   `Context` and the values of its arguments (a written name as str, a number as int or Fraction, a date as
   `values.Date`) and gives a value of its declared type, or None for unknown. Arguments are strict: it is
   called only when all of them have a value.
3. Read the subject only through `context.value(record, item, row)` (hidden, unit, unsaved and carried values
   are right then) and ask other functions with `context.call("first_dose")`, so that a given fact takes
   precedence and an answer is computed once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Event, Record, Row, Subject
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.values import Value


class Context(Protocol):
    """What an F function may ask while a rule runs.

    `record` and `row` are those the rule runs on, unsaved values included (None for SUBJECT and for rules
    that do not run once a row); inside an aggregate `searched` is the record that is being looked at.
    """

    @property
    def subject(self) -> Subject:
        """Give the snapshot, the edited record in place."""

    @property
    def dictionary(self) -> Dictionary:
        """Give names and types."""

    @property
    def book(self) -> Book | None:
        """Give the published version; None in conformance cases."""

    @property
    def record(self) -> Record | None:
        """Give the record the rule runs on."""

    @property
    def row(self) -> Row | None:
        """Give the row the rule runs on."""

    @property
    def searched(self) -> Record | None:
        """Give the record an aggregate is looking at."""

    @property
    def event(self) -> Event | None:
        """Give the event of the record (of the schedule condition), with its date."""

    @property
    def scratch(self) -> dict[Any, Any]:
        """Give room for notes that hold until an entered answer or its visibility changes."""

    def value(self, record: Record, item: str, row: Row | None = None) -> Value | None:
        """Give the value of an item as rules see it; None for blank, missing, hidden and unreadable."""

    def rows(self, record: Record, group: str) -> tuple[Row, ...]:
        """List the rows of a group in order: fixed rows whether filled or not, struck-out rows left out."""

    def noted(self, name: str, forms: tuple[str, ...], work: Callable[[], Any]) -> Any:
        """Work something out once that rests on the records of these forms and on nothing else."""

    def call(self, name: str, *args: Value) -> Any:
        """Ask another F function, or the fact given under its call text."""


FactFunction: TypeAlias = "Callable[..., Any]"

_STUDY: Final = "imt_ecrf.study."

HOMES: Final[dict[str, str]] = {
    "references": """age_anchor any_data_in_event any_date_in_event any_text at at_rows base base_row
        changed_since_last_visit cycle event ever ever_before extra_rows_vs last_done last_done_before
        latest max_date min_date missing_rows_from prev prev_in_schedule prev_row same_site_match""",
    "milestones": """consent_date dosing_on first_dose last_alive last_contact last_dose last_scan on_hold
        overlaps_treatment sent_date sent_hours slice_mm today""",
    "progress": "done done_at hours_since_save in_event missing_required_forms open_queries status",
    "windows": "overdue window_hi window_lo",
    "settings": "site_cfg",
    "dictionaries": "dict_has lookup",
    "identifying": "looks_identifying looks_like_name",
    "eligibility": "all_criteria_met",
    "laboratory": """covers_lab_term ctcae_grade lab lab_flag_at lab_grade lab_grade_at lab_lln
        lab_standard lab_uln range_hi range_lo""",
    "dosing": "dose_level_mg_m2 dose_table expected_amount makeable",
    "growth": "growth_z vital_hi vital_lo",
    "tumour": """recist_best recist_confirmed recist_first_response recist_nadir recist_non_target
        recist_overall recist_progression recist_target tumour_timepoint""",
}
"""Module of `study/` to the functions in it; bindings to `clinical/` are modules of `study/` too."""

MODULE_OF: Final = {name: _STUDY + module for module, names in HOMES.items() for name in names.split()}

OF_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "age_anchor": ("F_DM", "F_IC"),
    "consent_date": ("F_IC",),
    "first_dose": ("F_EX",),
    "last_dose": ("F_EX",),
}
"""Functions without arguments that read the records of these forms and nothing else."""

_found: dict[str, FactFunction] = {}


def function(name: str) -> FactFunction:
    """Give the Python function behind an F function; its module is imported at the first call."""
    found = _found.get(name)
    if found is None:
        if name not in MODULE_OF:
            raise LookupError(f"no Python function is bound to {name}()")
        found = _found[name] = getattr(import_module(MODULE_OF[name]), name)
    return found


def missing() -> tuple[str, ...]:
    """Name the functions of the table that cannot be found: a test keeps this empty."""
    lost = []
    for name in MODULE_OF:
        try:
            function(name)
        except (ImportError, AttributeError):
            lost.append(name)
    return tuple(lost)
