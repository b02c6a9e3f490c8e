"""Which forms are due at a visit of a child, who writes each, and from what; knows no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo import body, ending, imaging, screening, visiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course
    from imt_ecrf.cli.demo.saying import Answers

WRITERS: Final[dict[str, Callable[[Course, Visit], Answers]]] = {
    "F_DM": lambda course, _: screening.demographics(course),
    "F_DH": lambda course, _: screening.disease(course),
    "F_PATH": lambda course, _: screening.local_pathology(course),
    "F_GF": lambda course, _: screening.local_test(course),
    "F_PE": visiting.examination,
    "F_VS": visiting.vital_signs,
    "F_PS": visiting.performance,
    "F_EG": visiting.ecg,
    "F_CV": visiting.echo,
    "F_OE": visiting.eyes,
    "F_LBH": lambda course, at: visiting.panel(course, at, "F_LBH"),
    "F_LBC": lambda course, at: visiting.panel(course, at, "F_LBC"),
    "F_LBK": lambda course, at: visiting.panel(course, at, "F_LBK"),
    "F_LBU": visiting.urine,
    "F_PGT": visiting.pregnancy_test,
    "F_GRW": visiting.growth,
    "F_DOSE": visiting.prescription,
    "F_DA": visiting.kits,
    "F_TUI": imaging.scans,
    "F_TL": imaging.targets,
    "F_NTL": imaging.others,
    "F_NL": imaging.new,
    "F_RS": imaging.response,
    "F_EOT": lambda course, _: ending.end_of_treatment(course),
    "F_BOR": lambda course, _: imaging.best(course),
    "F_SS": ending.contact,
}
WRITTEN_BY: Final = {"F_IE": "SUBI", "F_DOSE": "SUBI", "F_RS": "SUBI", "F_BOR": "SUBI", "F_DA": "PHARM"}
"""Forms not written by the coordinator."""

TUMOUR: Final = frozenset({"F_TUI", "F_TL", "F_NTL", "F_NL", "F_RS"})
_WANTED: Final = frozenset(
    {("SE_C2D15", "F_LBH"), *(("SE_UNS", form) for form in ("F_VS", "F_LBH", "F_DOSE"))}
)
_SIXTH: Final = 6


def due(course: Course, at: Visit) -> tuple[str, ...]:
    """List the forms a site fills at a visit, in the order of the schedule, the visit form first."""
    event = course.book.events[at.event]
    return tuple(
        ref.form
        for ref in event.forms
        if ref.form in WRITERS and (ref.expected == "R" or _holds(course, at, ref.form, ref.expected))
    )


def _holds(course: Course, at: Visit, form: str, expected: str) -> bool:
    if expected == "O":
        return (at.event, form) in _WANTED
    if form == "F_PGT":
        return body.menarche(course.child.sex, course.child.age)
    if at.event == "SE_EOT":
        return at in course.assessed and (form != "F_NTL" or bool(course.child.others))
    if form in TUMOUR:
        return form != "F_NTL" or bool(course.child.others)
    return _in_cycle(form, at.repeat)


def _in_cycle(form: str, cycle: int) -> bool:
    if form == "F_EG":
        return cycle <= _SIXTH or cycle % 3 == 0
    if form == "F_OE":
        return (cycle - 2) % 3 == 0
    if form == "F_GRW":
        return cycle % 6 == 1
    return form in {"F_CV", "F_LBK", "F_LBU"} and cycle % 3 == 0
