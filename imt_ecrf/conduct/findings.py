"""What the rules say about one form: hidden, derived, checks that fire; the only caller of rules."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.views import Finding
from imt_ecrf.policy.permissions import STANDINGS, sees
from imt_ecrf.study.rules.run import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.study.engine import Outcome
    from imt_ecrf.study.generated import Firing
    from imt_ecrf.study.records import Record, Subject

OWED: Final = "required("
FIRES: Final = "fires"
AWAKE: Final = "awake"
CONFIRMED: Final = "confirmed"
"""What is noted beside a form when it is judged: the checks that fire, those others may wake, comments."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules' word on one form as it stands.

    `awake`: checks that a change of another form may make fire; `failed`: rules that came to no result, and
    why; `withheld`: checks whose operands not everybody who sees the form may see, counted for nobody;
    `unknown`: checks that cannot be answered while something is blank.
    """

    hidden: frozenset[str]
    derived: Mapping[str, Cell | None]
    findings: tuple[Finding, ...]
    reports: tuple[str, ...] = ()
    awake: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def counters(self) -> dict[str, int]:
        """Count what is owed, and the checks that fire and wait."""
        shown = [one for one in self.findings if one.check not in self.withheld]
        owed = sum(one.check.startswith(OWED) for one in shown)
        hard = sum(one.level == "hard" and not one.check.startswith(OWED) for one in shown)
        soft = sum(
            one.level == "soft" and not one.confirmed and not one.check.startswith(OWED) for one in shown
        )
        return {"owed": owed, "hard": hard, "soft": soft}


def judge(
    running: Study, subject: Subject, record: Record, confirmed: Mapping[str, Any] | None = None
) -> Judged:
    """Let the rules look at a form as it stands; nothing is stored."""
    return _judged(running, running.engine.outcome(subject.with_record(record), record), record, confirmed)


def judge_kept(running: Study, subject: Subject, record: Record, kept: Mapping[str, Any]) -> Judged:
    """Say what a form shows by what was noted when it was last judged; judge it when nothing was noted."""
    if AWAKE not in kept:
        return judge(running, subject, record, kept.get(CONFIRMED))
    firing = {check_of(name) for name in kept.get(FIRES, {})}
    outcome = running.engine.standing(subject, record, firing)
    return _judged(running, outcome, record, kept.get(CONFIRMED))


def _judged(running: Study, outcome: Outcome, record: Record, confirmed: Mapping[str, Any] | None) -> Judged:
    settled = confirmed or {}
    findings = tuple(finding(one, settled) for one in outcome.fires)
    failed = {one.rule: f"{one.code} {one.reason}".strip() for one in outcome.reports if one.code in FAILED}
    return Judged(
        frozenset(outcome.hidden),
        dict(outcome.derived),
        findings,
        tuple(map(str, outcome.reports)),
        outcome.awake,
        failed,
        withheld(running, record.form),
        outcome.unknown,
    )


def key(finding: Finding) -> str:
    """Name a finding within its form, for its confirmation: the check, and the row it stands in."""
    return f"{finding.check}@{finding.row}" if finding.row else finding.check


def check_of(name: str) -> str:
    """Give the check of a finding's key."""
    return name.partition("@")[0]


def mark(finding: Finding) -> str:
    """Give what the figures of a finding are compared by: it changes when one of them does."""
    return hashlib.sha256(finding.figures.encode()).hexdigest()[:8]


def stands(word: Mapping[str, Any], finding: Finding) -> bool:
    """Tell whether a confirmation was given for the figures a check fires on now."""
    return bool(word.get("mark", mark(finding)) == mark(finding))


def waiting(findings: Iterable[Finding], *, leave: bool = False) -> tuple[Finding, ...]:
    """List the findings that stand between a form and its completion.

    With `leave` a written soft check may stay unconfirmed (it becomes a query); what is owed may not.
    """
    return tuple(
        one
        for one in findings
        if one.level == "hard" or (not one.confirmed and not (leave and not one.check.startswith(OWED)))
    )


def finding(firing: Firing, settled: Mapping[str, Any]) -> Finding:
    """Give a firing as it is shown; `settled` holds the confirmations of its form."""
    shown = Finding(
        firing.check, firing.level, firing.path, firing.row, firing.en, firing.ru,
        figures=firing.figures, words=firing.words,
    )  # fmt: skip
    word = settled.get(key(shown))
    if word is None or not stands(word, shown):
        return shown
    comment, by, at = (str(word.get(name, "")) for name in ("comment", "by", "at"))
    return replace(shown, confirmed=True, said=(comment, by, at))


def visible(actor: Actor, site: str, findings: Iterable[Finding], running: Study) -> tuple[Finding, ...]:
    """Leave out messages that are for other roles only, or that tell of forms this person may not see."""
    known: dict[str, bool] = {}
    for one in findings:
        if one.check not in known:
            known[one.check] = may_read(actor, site, one.check, running)
    return tuple(one for one in findings if known[one.check])


def may_read(actor: Actor, site: str, check: str | None, running: Study) -> bool:
    """Tell whether a person may read what a check says: named for it, and sees all the forms it reads."""
    if check is None or actor.is_system():
        return True
    return _reads(running, check, actor.held(site))


def withheld(running: Study, form: str) -> frozenset[str]:
    """Name the checks of a form that a reader who is blinded, yet sees the form, may not know of."""
    if form not in running.withheld:
        blind = [role for role, standing in STANDINGS.items() if standing.side == "central"]
        roles = [role for role in blind if sees(running.book, (role,), form)]
        running.withheld[form] = frozenset(
            one.check.oid
            for one in running.engine.checks.of(form)
            if any(not _reads(running, one.check.oid, (role,)) for role in roles)
        )
    return running.withheld[form]


def _reads(running: Study, check: str, roles: Sequence[str]) -> bool:
    named = running.shown_to.get(check)
    if named and named.isdisjoint(roles):
        return False
    return all(sees(running.book, roles, form) for form in running.engine.forms_read(check))
