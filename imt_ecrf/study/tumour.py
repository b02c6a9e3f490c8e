"""Tumour response as rules ask for it: the subject's lesion records as a RECIST 1.1 history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from imt_ecrf.clinical import recist, recist_course
from imt_ecrf.clinical.recist_course import History
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.values import Date

if TYPE_CHECKING:
    from imt_ecrf.clinical.recist import RecistSettings
    from imt_ecrf.study.records import Record
    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Number

IMAGING, BASELINE_EVENT = "F_TUI", "SE_SCR"
HISTORY = (IMAGING, "F_TL", "F_NTL", "F_NL", "F_RS", "F_STX", "F_EX")
"""Forms the history of the tumour is read from."""
Numbered = dict[tuple[str | None, int], int]


def tumour_timepoint(context: Context) -> int | None:
    """Give this tumour assessment its number: 0 at baseline, then by scan date (M_TPNO)."""
    record = context.record
    return None if record is None else _numbers(context).get(_place(record))


def recist_nadir(context: Context) -> Number | None:
    """Give the smallest full sum before this time point, baseline included."""
    course, number = _history(context), _number(context)
    if course is None or number is None or number == 0:
        return None
    return recist_course.recist_nadir(course, number)


def recist_target(context: Context) -> str | None:
    """Give the response of the target lesions at this time point; none at baseline."""
    found = _assessed(context)
    return None if found is None else found.target


def recist_non_target(context: Context) -> str | None:
    """Give the response of the non-target lesions at this time point; none at baseline."""
    found = _assessed(context)
    return None if found is None else found.non_target


def recist_overall(context: Context, target: str, non_target: str, new: str) -> str | None:
    """Look the overall response up in the response table."""
    del context
    if target not in recist.TARGETS or non_target not in recist.NON_TARGETS:
        return None
    return recist.recist_overall(cast("Any", target), cast("Any", non_target), new=new == "Y")


def recist_confirmed(context: Context) -> str | None:
    """Tell whether the response of this time point is confirmed."""
    course, number = _history(context), _number(context)
    if course is None or number is None or number == 0:
        return None
    return recist_course.recist_confirmed(course, number, _settings(context))


def recist_best(context: Context) -> str | None:
    """Give the best overall response; none before the first assessment after baseline."""
    course = _history(context)
    if course is None or not course.assessments:
        return None
    return recist_course.recist_best(course, _settings(context))


def recist_first_response(context: Context) -> Date | None:
    """Give the date of the first response that was confirmed."""
    course = _history(context)
    found = recist_course.recist_first_response(course, _settings(context)) if course else None
    return Date.of(found) if found else None


def recist_progression(context: Context) -> Date | None:
    """Give the date of progression."""
    course = _history(context)
    found = recist_course.recist_progression(course, _settings(context)) if course else None
    return Date.of(found) if found else None


def _settings(context: Context) -> RecistSettings:
    return medicine(context.book).recist if context.book else recist.RecistSettings()


def _place(record: Record) -> tuple[str | None, int]:
    return record.event, record.event_repeat


def _number(context: Context) -> int | None:
    return None if context.record is None else _numbers(context).get(_place(context.record))


def _assessed(context: Context) -> recist_course.Assessed | None:
    course, number = _history(context), _number(context)
    if course is None or not number:
        return None
    done = context.noted("tumour assessed", HISTORY, lambda: recist_course.assess(course, _settings(context)))
    return next((one for one in done if one.point.number == number), None)


def _imaging(context: Context) -> list[Record]:
    records = context.subject.valid_records(IMAGING)
    return sorted(records, key=lambda record: record.event != BASELINE_EVENT)


def _scans(context: Context, record: Record) -> list[Date]:
    values = [context.value(record, "TUSDAT", row) for row in context.rows(record, "G_TUS")]
    return sorted((v for v in values if isinstance(v, Date) and v.full), key=lambda day: day.lo)


def _numbers(context: Context) -> Numbered:
    found: Numbered = context.noted("tumour numbers", (IMAGING,), lambda: _numbered(context))
    return found


def _numbered(context: Context) -> Numbered:
    records = _imaging(context)
    if not records or records[0].event != BASELINE_EVENT:
        return {}
    scans = [_scans(context, record) for record in records]
    numbers = recist_course.tumour_timepoints([days[0].first if days else None for days in scans])
    return {_place(record): n for record, n in zip(records, numbers, strict=True) if n is not None}


def _history(context: Context) -> History | None:
    found: History | None = context.noted("tumour history", HISTORY, lambda: _read_history(context))
    return found


def _read_history(context: Context) -> History | None:
    numbers = _numbers(context)
    points = []
    for record in _imaging(context):
        number, scans = numbers.get(_place(record)), _scans(context, record)
        if number is not None and scans:
            points.append(_point(context, record, number, scans))
    points.sort(key=lambda point: point.number)
    if not points or points[0].number != 0:
        return None
    first: Date | None = context.call("first_dose")
    return History(points[0], tuple(points[1:]), first.first if first else None, _new_therapy(context))


def _new_therapy(context: Context) -> Any:
    found = [context.value(record, "STXSTDAT") for record in context.subject.valid_records("F_STX")]
    days = [day.first for day in found if isinstance(day, Date)]
    return min(days, default=None)


def _point(context: Context, record: Record, number: int, scans: list[Date]) -> recist.TimePoint:
    def beside(form: str) -> Record | None:
        return context.subject.record(form, record.event, record.event_repeat)

    answers = beside("F_RS")
    overall: Any = context.value(answers, "RSOVR") if answers else None
    return recist.TimePoint(
        number,
        scans[0].first,
        scans[-1].first,
        _targets(context, beside("F_TL")),
        _non_targets(context, beside("F_NTL")),
        _new_lesions(context, beside("F_NL")),
        overall,
    )


def _targets(context: Context, record: Record | None) -> tuple[recist.TargetLesion, ...]:
    rows = _cells(context, record, "G_TL", ("TLID", "TLSTATE", "TLDIAM", "TLNODE"))
    return tuple(recist.TargetLesion(one, state, size, node == "Y") for one, state, size, node in rows)


def _non_targets(context: Context, record: Record | None) -> tuple[recist.NonTargetLesion, ...]:
    return tuple(
        recist.NonTargetLesion(*row) for row in _cells(context, record, "G_NTL", ("NTLID", "NTLSTATE"))
    )


def _new_lesions(context: Context, record: Record | None) -> tuple[recist.NewLesion, ...]:
    rows = _cells(context, record, "G_NL", ("NLID", "NLCERT", "NLDAT"))
    return tuple(
        recist.NewLesion(one, certain, seen.first if isinstance(seen, Date) else None)
        for one, certain, seen in rows
    )


def _cells(context: Context, record: Record | None, group: str, items: tuple[str, ...]) -> list[list[Any]]:
    if record is None:
        return []
    rows = [[context.value(record, item, row) for item in items] for row in context.rows(record, group)]
    return [row for row in rows if row[0] is not None]
