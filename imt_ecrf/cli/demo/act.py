"""The tasks of the demo done by the acts of a user, each person in turn, by a clock set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf import store
from imt_ecrf.cli.demo import replies, rounds, tasks
from imt_ecrf.cli.demo.accounts import somebody
from imt_ecrf.conduct import deviations, queries, seen, signing, subjects, visits
from imt_ecrf.conduct.entry import complete_form, not_done, save_form, strike_line
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.findings import key
from imt_ecrf.conduct.refused import NotComplete
from imt_ecrf.conduct.views import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.cli.demo.tasks import Fill, Place, Task, Work
    from imt_ecrf.conduct.actor import Actor, SimulatedClock
    from imt_ecrf.conduct.views import Finding

SECONDS_A_FORM: Final = 210
SECONDS_AFTERWARDS: Final = 20
CLERK: Final = "CRC"
PROPOSED: Final = frozenset({deviations.OPEN})


@dataclass
class Stage:
    """The installation the demo is played on: who has which password, which code each child got.

    `leaves` says which soft checks clerks leave to be asked as queries; `settles`: they answer them later.
    """

    engines: store.Engines
    clock: SimulatedClock
    passwords: Mapping[str, str]
    codes: dict[int, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    left: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    leaves: Callable[[Address, Finding], bool] = replies.leaves
    settles: bool = True

    def perform(self, work: Work) -> None:
        """Do one person's work in one transaction; forms are completed after all of them are saved."""
        if self.clock.now() < work.at:
            self.clock.set(work.at)
        with store.writing(self.engines) as session:
            actor = somebody(session, self.clock, work.role, work.site)
            sitting = Sitting(self, session, actor, work)
            for task in work.tasks:
                sitting.do(task)
            sitting.complete()
            if self.settles and work.role == CLERK and work.child in self.codes:
                replies.settle(session, self.clock, actor, self.codes[work.child])
            if work.role == rounds.COMES_AFTER and work.child in self.codes:
                rounds.verify(session, self.clock, self.codes[work.child], work.site)


@dataclass
class Sitting:
    """One person at the screen: the session, the child in work, the forms still to be completed."""

    stage: Stage
    session: Session
    actor: Actor
    work: Work
    open: list[Place] = field(default_factory=list)

    def do(self, task: Task) -> None:
        """Do one task by its act."""
        if isinstance(task, tasks.Fill):
            self._fill(task)
        elif isinstance(task, tasks.NotDone | tasks.Strike | tasks.Ask):
            self._at_a_form(task)
        else:
            self._at_a_child(task)
        self.stage.clock.advance(seconds=SECONDS_A_FORM)

    def _at_a_form(self, task: tasks.NotDone | tasks.Strike | tasks.Ask) -> None:
        session, actor, address = self.session, self.actor, self.address(task.place)
        match task:
            case tasks.NotDone(_, reason):
                not_done(session, actor, address, reason)
            case tasks.Strike(place, reason):
                strike_line(session, actor, address, reason)
                self.open.remove(place)
            case tasks.Ask(name, _, path, text):
                self.stage.asked[name] = queries.ask(session, actor, address, text, path)

    def _at_a_child(self, task: Task) -> None:
        session, actor, stage = self.session, self.actor, self.stage
        match task:
            case tasks.Screen():
                stage.codes[self.work.child] = subjects.screen(session, actor, self.work.site)
            case tasks.Enrol():
                subjects.enrol(session, actor, self.code)
            case tasks.OpenUnscheduled():
                visits.add_unscheduled(session, actor, self.code)
            case tasks.Miss(event, repeat, reason):
                visits.miss_event(session, actor, self.code, event, repeat, reason)
            case tasks.Sign():
                self._sign(task)
            case tasks.Reply(name, text, close):
                step = queries.close if close else queries.answer
                step(session, actor, stage.asked[name], text)
            case tasks.Propose(kind, day, text):
                deviations.propose(session, actor, self.code, kind, day.isoformat(), text)
            case tasks.Decide(cause, text, accept):
                waiting = deviations.listed(session, actor, subject=self.code, states=PROPOSED)
                one = next(found for found in waiting if found.cause == cause)
                (deviations.accept if accept else deviations.decline)(session, actor, one.id, text)

    def complete(self) -> None:
        """Complete what was filled, saying why where a soft check asks; what has a hard one stays open."""
        for place in self.open:
            self._complete(place)
            self.stage.clock.advance(seconds=SECONDS_AFTERWARDS)
        self.open.clear()

    @property
    def code(self) -> str:
        """Give the code of the child in work."""
        return self.stage.codes[self.work.child]

    def address(self, place: Place) -> Address:
        """Give the address of a form of the child in work."""
        return Address(self.code, place.event, place.repeat, place.form, place.number)

    def _fill(self, task: Fill) -> None:
        address = self.address(task.place)
        version = locate(self.session, self.actor, address).row.version
        reasons = {"*": task.reason} if task.reason else {}
        save_form(self.session, self.actor, address, task.answers, reasons, version, confirmed_clear=True)
        if task.complete:
            self.open.append(task.place)

    def _complete(self, place: Place) -> None:
        address = self.address(place)
        here = locate(self.session, self.actor, address)
        row, whole = here.row, self.actor.may(here.book, "finish", address.form, here.subject.site)
        if row.entry_state != "in progress" or not whole:
            return
        try:
            complete_form(self.session, self.actor, address, row.version)
        except NotComplete as refused:
            hard = tuple(one.en for one in refused.findings if one.level == "hard")
            if hard:
                self.stage.left.append((str(address), hard))
                return
            soft = [one for one in refused.findings if not self.stage.leaves(address, one)]
            said = {key(one): replies.comment(one) for one in soft}
            complete_form(self.session, self.actor, address, row.version, said, leave=True)

    def _sign(self, task: tasks.Sign) -> None:
        self.complete()
        waiting = signing.to_sign(self.session, self.actor, self.code)
        chosen = [one for one in waiting if one.ready and (not task.only or one.address.form == task.only)]
        if chosen:
            password = self.stage.passwords[self.actor.username]
            addresses = [one.address for one in chosen]
            versions = [one.version for one in chosen]
            for one in chosen:
                seen.see(self.session, self.actor, one.address, one.version)
            signing.sign(self.session, self.actor, addresses, password, task.meaning, versions=versions)
