"""What the rules say about one form: hidden, derived, checks that fire; the only caller of rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.views import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.study.generated import Firing
    from imt_ecrf.study.records import Record, Subject

OWED: Final = "required("


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules' word on one form as it stands."""

    hidden: frozenset[str]
    derived: Mapping[str, Cell | None]
    findings: tuple[Finding, ...]
    reports: tuple[str, ...] = ()

    def counters(self) -> dict[str, int]:
        """Count what is owed, and the checks that fire and wait."""
        owed = sum(one.check.startswith(OWED) for one in self.findings)
        hard = sum(one.level == "hard" and not one.check.startswith(OWED) for one in self.findings)
        soft = sum(
            one.level == "soft" and not one.confirmed and not one.check.startswith(OWED)
            for one in self.findings
        )
        return {"owed": owed, "hard": hard, "soft": soft}


def judge(
    running: Study, subject: Subject, record: Record, confirmed: Mapping[str, Any] | None = None
) -> Judged:
    """Let the rules look at a form as it stands; nothing is stored."""
    outcome = running.engine.outcome(subject.with_record(record), record)
    settled = confirmed or {}
    findings = tuple(_finding(one, settled) for one in outcome.fires)
    return Judged(
        frozenset(outcome.hidden), dict(outcome.derived), findings, tuple(map(str, outcome.reports))
    )


def key(finding: Finding) -> str:
    """Name a finding within its form, for its confirmation: the check, and the row it stands in."""
    return f"{finding.check}@{finding.row}" if finding.row else finding.check


def waiting(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """List the findings that stand between a form and its completion."""
    return tuple(one for one in findings if one.level == "hard" or not one.confirmed)


def _finding(firing: Firing, settled: Mapping[str, Any]) -> Finding:
    shown = Finding(firing.check, firing.level, firing.path, firing.row, firing.en, firing.ru)
    return replace(shown, confirmed=key(shown) in settled)
