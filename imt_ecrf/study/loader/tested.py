"""A draft with its cases run: what is untested or fails, with file and line; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imt_ecrf.study.loader import publish, read, read_draft
from imt_ecrf.study.loader.mistakes import Mark, Mistake, Mistakes
from imt_ecrf.study.proving import Proving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from imt_ecrf.study.definition import StudyVersion
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.source import Map
    from imt_ecrf.study.proving import Failure, Kind, Results


@dataclass(frozen=True, slots=True)
class Tested:
    """A draft: its version, its mistakes, and, when it has none, what its cases showed.

    `untested`, `failed` and `warnings` are what the cases say, by file and line; while only checks have
    mistakes, the cases of all others are run too, so that one run tells everything.
    """

    version: StudyVersion
    mistakes: list[Mistake]
    results: Results | None = None
    untested: tuple[Mistake, ...] = ()
    failed: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()


def run_cases(folder: Path, browser: Callable[[Proving], Sequence[Failure]] | None = None) -> Tested:
    """Read a draft and run its cases in Python and, when it is given, in the browser's evaluator."""
    version, draft = read_draft(folder)
    mistakes = draft.mistakes.sorted()
    faulty = {_check_of(one) for one in mistakes}
    if None in faulty:
        return Tested(version, mistakes)
    sound = replace(version, checks=tuple(one for one in version.checks if one.oid not in faulty))
    proving = Proving(read(publish(sound)))
    results = proving.results(browser(proving) if browser else ())
    places = _Places(draft, version)
    return Tested(
        version,
        mistakes,
        None if mistakes else results,
        places.all((one.kind, one.oid, None, one.what) for one in results.untested),
        places.all((one.kind, one.oid, one.number, one.what) for one in results.failed),
        places.all((one.kind, one.oid, None, one.what) for one in results.unrefuted),
    )


def _check_of(mistake: Mistake) -> str | None:
    """Name the check a mistake is about; None for a mistake that others may suffer from."""
    kind, _, rest = mistake.what.partition(" ")
    return rest.partition(":")[0] if kind == "check" else None


class _Places:
    """Where the cases of a draft stand."""

    def __init__(self, draft: Draft, version: StudyVersion) -> None:
        self.draft = draft
        items = (item for form in version.forms for item in form.items() if item.show_if)
        self.items = {item.condition: item.oid for item in items}

    def all(self, found: Iterable[tuple[Kind, str, int | None, str]]) -> tuple[Mistake, ...]:
        """Give what was found in the order of the files."""
        noted = Mistakes()
        for kind, oid, number, what in found:
            who = f"item {self.items[oid]}: show_if" if oid in self.items else f"{kind} {oid}"
            noted.add(self._mark(kind, oid, number), f"{who}: {what}")
        return tuple(noted.sorted())

    def _mark(self, kind: Kind, oid: str, number: int | None) -> Mark:
        source, rule = self._source(kind, oid)
        if "cases" not in source:
            return source.marks.get(rule, source.mark)
        return source["cases"].marks[number - 1] if number else source.marks["cases"]

    def _source(self, kind: Kind, oid: str) -> tuple[Map, str]:
        if kind == "check":
            return self.draft.sections["check", oid].source, "rule"
        if kind == "method":
            return self.draft.sections["method", oid].source, "oid"
        if oid in self.items:
            return self.draft.sections["item", self.items[oid]].source, "show_if"
        event, _, form = oid.partition("/")
        when: Map = self.draft.sections["event", event].source["forms"][form]
        return when, "when"
