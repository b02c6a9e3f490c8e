"""Who writes what of a child and when, up to the last day of the demo; knows no database."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from imt_ecrf.cli.demo import ending, imaging, logs, screening, slips, visiting
from imt_ecrf.cli.demo.calendar import working_day
from imt_ecrf.cli.demo.dice import dice
from imt_ecrf.cli.demo.logs import Later, Line
from imt_ecrf.cli.demo.people import HOSPITALS
from imt_ecrf.cli.demo.schedule import WRITERS, WRITTEN_BY, due
from imt_ecrf.cli.demo.tasks import (
    Enrol,
    Fill,
    Miss,
    NotDone,
    OpenUnscheduled,
    Place,
    Screen,
    Sign,
    Task,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.cli.demo.calendar import Visit
    from imt_ecrf.cli.demo.course import Course

MORNING: Final = 10
HOURS_LATER: Final = {"CRC": 0, "SUBI": 3, "PHARM": 4, "CPATH": 2, "CREAD": 2, "SAFE": 5, "CRA": 4, "PI": 6}
ORDER: Final = ("F_IC", "F_MH", "F_PT", "F_PR", "F_AE", "F_AESI", "F_SAE", "F_EX", "F_CM", "F_DV", "F_STX")
ON_CONSENT: Final = frozenset({"F_SV", "F_DM", "F_DH", "F_PATH", "F_GF", "F_PE", "F_VS", "F_PS"})
OF_SCANS: Final = frozenset({"F_TUI", "F_TL", "F_NTL"})
NEW_INFORMATION: Final = "NEW"


class Diary:
    """Everything written of one child, in the order of time."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.zone = ZoneInfo(next(one.timezone for one in HOSPITALS if one.code == course.child.site))
        self.waiting = _log_entries(course)
        self.created: set[tuple[str, int]] = set()
        self.last = course.calendar.consent
        self.works: list[Work] = []

    def write(self) -> tuple[Work, ...]:
        """Give the works of the child; what would be written after the last day is left out."""
        self._screening()
        for visit in self.course.calendar.visits:
            if visit.event != "SE_SCR":
                self._visit(visit)
        self._end()
        self.works += slips.works(self.course, self.moment)
        limit = self.moment(self.course.until, "PI")
        return tuple(work for work in sorted(self.works, key=lambda one: one.at) if work.at <= limit)

    def moment(self, day: dt.date, role: str) -> dt.datetime:
        """Give the moment a role sits down on a day, by the clock of the site."""
        hour = MORNING + HOURS_LATER[role]
        local = dt.datetime.combine(day, dt.time(hour, (7 * self.course.child.number) % 55), self.zone)
        return local.astimezone(dt.UTC)

    def _work(self, day: dt.date, role: str, tasks: Iterable[Task]) -> None:
        listed = tuple(tasks)
        if listed:
            child = self.course.child
            self.works.append(Work(self.moment(day, role), child.number, child.site, role, listed))

    def _screening(self) -> None:
        course, child = self.course, self.course.child
        visit = course.calendar.visits[0]
        consent, sampled = course.calendar.consent, course.sampled(visit)
        forms = due(course, visit)
        begin = [Screen(), *self._logs(consent), *self._opening(visit)]
        begin += [self._form(visit, form) for form in forms if form in ON_CONSENT]
        self._work(consent, "CRC", begin)
        self._central(visit)
        scans = [self._form(visit, form) for form in forms if form in OF_SCANS]
        self._work(working_day(course.baseline_scan + dt.timedelta(days=1)), "CRC", scans)
        tests = [form for form in forms if form not in ON_CONSENT | OF_SCANS]
        if child.failure == "CONSENT":
            self._work(sampled, "CRC", [NotDone(Place("SE_SCR", 1, form), "REF") for form in tests])
        else:
            last: list[Task] = [self._visit_form(visit, frozenset({"F_CM"}))]
            last += [self._form(visit, form) for form in tests]
            self._work(working_day(sampled + dt.timedelta(days=1)), "CRC", last)
        self._decision(sampled)

    def _opening(self, visit: Visit) -> list[Task]:
        """Begin the visit form on the first day of screening: its last day is not known yet."""
        task = self._visit_form(visit, frozenset({"F_CM"}))
        answers = {item: answer for item, answer in task.answers.items() if item != "SVENDAT"}
        finished = self.course.child.failure == "CONSENT"
        return [Fill(task.place, answers, complete=finished)]

    def _central(self, visit: Visit) -> None:
        """Let the central laboratory write its own reading of the tissue some days after consent."""
        course = self.course
        if course.child.ending == "screening" or course.child.failure == "CONSENT":
            return
        day = working_day(course.calendar.consent + dt.timedelta(days=5))
        tissue = Fill(Place(visit.event, 1, "F_PATH", 2), screening.central_pathology(course, day))
        test = Fill(Place(visit.event, 1, "F_GF", 2), screening.central_test(course, day))
        self._work(day, "CPATH", [tissue, test, Sign("central review")])

    def _decision(self, sampled: dt.date) -> None:
        course, child = self.course, self.course.child
        failed = None if child.treated else course.calendar.ended
        decided = failed or working_day(sampled + dt.timedelta(days=2))
        if child.ending == "screening":
            return
        self._work(decided, "CRC", self._logs(decided))
        answers = screening.eligibility(course, decided)
        self._work(decided, "SUBI", [Fill(Place("SE_SCR", 1, "F_IE"), answers)])
        if not child.failure:
            self._work(decided, "PI", [Sign(only="F_IE"), Enrol()])

    def _visit(self, visit: Visit) -> None:
        """Write a visit: the logs first, the coordinator's forms, then those of others on the same day."""
        course = self.course
        lag = dice(course.seed, course.child.number, "lag", *visit.key).choice((0, 0, 1, 1, 2, 3))
        if visit.missed:
            self._work(
                visit.day + dt.timedelta(days=4), "CRC", [Miss(visit.event, visit.repeat, visit.missed)]
            )
            return
        day = working_day(max(visit.day + dt.timedelta(days=lag), self.last + dt.timedelta(days=1)))
        self._serious(visit.day)
        self.last = day
        entries = self._logs(visit.day)
        tasks: list[Task] = list(entries)
        news = frozenset(task.place.form for task in entries)
        forms = [form for form in due(course, visit) if form not in WRITTEN_BY]
        if visit.event == "SE_EOT" and visit in course.assessed and not course.child.others:
            tasks.append(NotDone(Place("SE_EOT", 1, "F_NTL"), "NA"))
        written: list[Task] = [self._visit_form(visit, news), *(self._form(visit, form) for form in forms)]
        if visit.event == "SE_UNS":
            written.insert(0, OpenUnscheduled())
        if visit.late:
            self._work(day, "CRC", tasks)
            day = working_day(visit.day + dt.timedelta(days=visit.late))
            self._work(day, "CRC", written)
        else:
            self._work(day, "CRC", [*tasks, *written])
        for role in ("SUBI", "PHARM"):
            own = [form for form in due(course, visit) if WRITTEN_BY.get(form) == role]
            self._work(day, role, [self._form(visit, form) for form in own])

    def _serious(self, until: dt.date) -> None:
        """Report serious events on the day the site hears of them, before the next visit."""
        for line, sponsor in logs.serious(self.course):
            if ("F_SAE", line.number) in self.created or line.known > until:
                continue
            tasks = [*self._logs(line.known), Fill(Place("SE_LOG", 1, "F_SAE", line.number), line.answers)]
            self.created.add(("F_SAE", line.number))
            self._work(line.known, "CRC", tasks)
            place = Place("SE_LOG", 1, "F_SAE", line.number)
            self._work(
                line.known + dt.timedelta(days=1), "SAFE", [Fill(place, sponsor), Sign("safety review")]
            )

    def _logs(self, day: dt.date) -> list[Fill]:
        """Take the entries of the logs the site knows of by a day; a line and its change become one save."""
        found: dict[tuple[str, int], Fill] = {}
        left = []
        for entry in self.waiting:
            key = (entry.form, entry.number)
            if entry.known > day:
                left.append(entry)
                continue
            before = found.get(key)
            fresh = isinstance(entry, Line) or (before is not None and not before.reason)
            answers = (before.answers if before else {}) | entry.answers
            reason = "" if fresh else NEW_INFORMATION
            found[key] = Fill(Place("SE_LOG", 1, *key), answers, entry.finished, reason)
            self.created.add(key)
        self.waiting = left
        return sorted(found.values(), key=lambda one: (ORDER.index(one.place.form), one.place.number))

    def _end(self) -> None:
        course, child = self.course, self.course.child
        calendar = course.calendar
        if child.ending == "lost" and calendar.stopped:
            missed = Miss("SE_EOT", 1, "LOST")
            told = Fill(Place("SE_EOT", 1, "F_EOT"), ending.end_of_treatment(course))
            self._work(calendar.stopped, "CRC", [*self._logs(calendar.stopped), missed, told])
            best = Fill(Place("SE_EOT", 1, "F_BOR"), imaging.best(course))
            self._work(calendar.stopped, "SUBI", [best])
        ends = child.ending in ending.END_REASONS and (child.treated or child.failure == "LIVER")
        if calendar.ended is None or not ends:
            return
        day = calendar.ended + dt.timedelta(days=1)
        tasks: list[Task] = list(self._logs(calendar.ended))
        tasks.append(Fill(Place("SE_EOS", 1, "F_EOS"), ending.end_of_study(course, calendar.ended)))
        if child.ending == "died":
            tasks.append(Fill(Place("SE_EOS", 1, "F_DD"), ending.death(course, calendar.ended)))
        self._work(day, "CRC", tasks)

    def _visit_form(self, visit: Visit, news: frozenset[str]) -> Fill:
        place = Place(visit.event, visit.repeat, "F_SV")
        return Fill(place, visiting.visit(self.course, visit, news))

    def _form(self, visit: Visit, form: str) -> Task:
        place = Place(visit.event, visit.repeat, form)
        if "not done" in self.course.child.slips and visit.event == "SE_C2D1" and form == "F_OE":
            return NotDone(place, "ND")
        return Fill(place, WRITERS[form](self.course, visit))


def diary(course: Course) -> tuple[Work, ...]:
    """Give everything written of one child, in the order of time."""
    return Diary(course).write()


def _log_entries(course: Course) -> list[Line | Later]:
    told: Iterator[Line | Later] = chain(
        logs.consents(course),
        logs.history(course),
        logs.before(course),
        logs.adverse(course),
        logs.details(course),
        logs.doses(course),
        logs.medication(course),
        logs.deviations(course),
        logs.discharges(course),
        (one for one in (logs.operation(course), logs.next_therapy(course)) if one is not None),
    )
    return sorted(
        told, key=lambda one: (one.known, isinstance(one, Later), ORDER.index(one.form), one.number)
    )
