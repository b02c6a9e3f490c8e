"""What is kept as due equals what the forms give, after every act of a long story; on both databases."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, event, select

from imt_ecrf.conduct import (
    coming_of_age,
    cuts,
    delegates,
    due,
    entry,
    milestones,
    nightly,
    signing,
    studies,
    work,
)
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import DueWork, FormData, Subject
from tests.children import at, born, consent, decide
from tests.dated import dated_book
from tests.factories import PASSWORD, World, enrolled, filled_form, looked_at, make_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imt_ecrf.conduct.actor import Actor

SITES = ("01", "02")
ROLES = ("PI", "SUBI", "CRC", "CREAD", "CPATH", "SAFE", "CRA", "DM", "ADMIN")
VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"}
LABS = {"G_LB.ALT.LBRES": "10", "G_LB.AST.LBRES": "12"}
MANY = 60
MILESTONES = 4


@pytest.fixture
def dated(database_url: str) -> Iterator[World]:
    """Give a study whose signatures have milestones."""
    world = make_study(database_url, dated_book())
    yield world
    world.engines.dispose()


def listed(world: World, actor: Actor) -> list[tuple[Any, ...]]:
    """Give the work list of due signatures, as it is kept."""
    with world.looking() as session:
        found = work.kind_of(session, actor, "due signature")
    assert (found.total, found.overdue) == (len(found.items), sum(one.overdue for one in found.items))
    return sorted((one.subject, one.name, one.overdue, one.forms, one.until) for one in found.items)


def worked_out(world: World, actor: Actor) -> list[tuple[Any, ...]]:
    """Give the same from the forms."""
    with world.looking() as session:
        found = milestones.due_signatures(session, actor)
    return sorted(
        ((one.subject, one.value, one.state == "overdue", len(one.forms), one.due_on) for one in found),
        key=str,
    )


def agree(world: World, roles: tuple[str, ...] = ROLES) -> None:
    """Compare every role's list with what is worked out, and all that is kept with the forms."""
    for role in roles:
        for site in SITES if role in {"PI", "SUBI", "CRC"} else SITES[:1]:
            actor = world.user(role, site)
            assert sorted(listed(world, actor), key=str) == worked_out(world, actor), role
    with world.looking() as session:
        assert list(due.faults(session, system(world.clock))) == []


class Story:
    """Random acts on the forms of a few children, of which some are refused."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.by_chance = world, random.Random(seed)  # noqa: S311 - a story, not a secret
        self.children = [enrolled(world, "01"), enrolled(world, "01"), enrolled(world, "02")]

    def step(self) -> None:
        """Do one thing; what is refused changes nothing."""
        acts: tuple[Callable[[], None], ...] = (
            *(self.save,) * 6,
            *(self.complete,) * 3,
            *(self.sign,) * 2,
            *(self.wait,) * 2,
            self.reopen,
            *(self.strike, self.not_done, self.cut, self.night, self.delegate, self.dose),
        )
        with contextlib.suppress(Refused):
            self.by_chance.choice(acts)()

    def save(self) -> None:
        """Save answers of one form or another, correcting what was there."""
        place = self._place()
        number = str(self.by_chance.randint(50, 150))
        day = f"2026-03-{self.by_chance.randint(1, 28):02d}"
        answers: dict[str, dict[str, Any]] = {
            "F_SV": {**VISIT, "SVSTDAT": day},
            "F_VS": {"VSPERF": "Y", "HEIGHT": number, "WEIGHT": Answer("12.5", "kg")},
            "F_LB": {**LABS, "G_LB.ALT.LBRES": number}, "F_AE": {"AETERM": "Rash", "AESTDAT": day},
            "F_ICR": {"ICTRG": self.by_chance.choice("YN")},
        }  # fmt: skip
        self.world.save(self._writer(place), place, answers[place.form], {"*": "TYPING"})

    def complete(self) -> None:
        """Complete a form that is begun."""
        place = self._known()
        writer = self._writer(place)
        with self.world.acting() as session:
            version = entry.open_form(session, writer, place).version
            entry.complete_form(session, writer, place, version, {"*": "fine"})

    def reopen(self) -> None:
        """Take the completion of a form back."""
        place = self._known()
        writer = self._writer(place)
        with self.world.acting() as session:
            entry.reopen(session, writer, place, "More came in")

    def strike(self) -> None:
        """Strike out a line of the log."""
        place = Address(self.by_chance.choice(self.children), "SE_LOG", 1, "F_AE", 1)
        writer = self._writer(place)
        with self.world.acting() as session:
            entry.strike_line(session, writer, place, "Of another child")

    def not_done(self) -> None:
        """Call a whole form not done."""
        place = self._place()
        writer = self._writer(place)
        with self.world.acting() as session:
            entry.not_done(session, writer, place, "ND")

    def sign(self) -> None:
        """Sign all that one of those who sign may sign of a child."""
        child = self.by_chance.choice(self.children)
        actor = self.world.user(self.by_chance.choice(("PI", "PI", "SUBI", "CREAD")), child[:2])
        with self.world.acting() as session:
            ready = [one.address for one in signing.to_sign(session, actor, child) if one.ready]
            looked_at(session, actor, ready)
        if not ready:
            return
        with self.world.acting() as session:
            signing.sign(session, actor, ready[: self.by_chance.randint(1, 3)], PASSWORD)

    def dose(self) -> None:
        """Let a child have had its first dose (the small study has no dosing log)."""
        day = self.world.clock.now().date()
        with self.world.acting() as session:
            session.info["actor"] = system(self.world.clock).who("SYSTEM")
            code = self.by_chance.choice(self.children)
            row = session.scalars(select(Subject).where(Subject.code == code)).one()
            facts = loads(row.facts)
            row.facts = dumps({**facts, "anchors": {**facts.get("anchors", {}), "first dose": str(day)}})
            due.refresh(session, system(self.world.clock), row.id)

    def cut(self) -> None:
        """Plan a data cut, or none."""
        day = self.world.clock.now().date() + dt.timedelta(days=self.by_chance.randint(1, 20))
        with self.world.acting() as session:
            actor = self.world.user_in(session, "DM")
            cuts.plan_cut(session, actor, self.by_chance.choice((day, None)), "Interim")

    def wait(self) -> None:
        """Let some time pass."""
        self.world.clock.advance(hours=self.by_chance.choice((1, 7, 30, 400, 900)))

    def night(self) -> None:
        """Let the night go over the study."""
        nightly.run(self.world.engines, self.world.clock)

    def delegate(self) -> None:
        """Delegate signing, of everything or of one milestone."""
        with self.world.acting() as session:
            pi, subi = (self.world.user_in(session, role) for role in ("PI", "SUBI"))
            covers = self.by_chance.choice(((), ("MS_REST",), ("MS_CYCLE", "MS_FAST")))
            until = self.world.clock.now() + dt.timedelta(days=9)
            delegates.delegate_signing(session, pi, subi.username, "01", until=until, covers=covers)

    def _place(self) -> Address:
        child = self.by_chance.choice(self.children)
        event, form = self.by_chance.choice(
            (
                *(("SE_SCR", "F_SV"), ("SE_SCR", "F_VS"), ("SE_SCR", "F_LB"), ("SE_LOG", "F_AE")),
                *(("SE_SCR", "F_ICR"), ("SE_C1D1", "F_SV"), ("SE_C1D1", "F_VS")),
            )
        )
        return Address(child, event, 1, form, 1)

    def _known(self) -> Address:
        with self.world.looking() as session:
            rows = list(session.scalars(select(FormData).order_by(FormData.id)))
        if not rows:
            return self._place()
        row = self.by_chance.choice(rows)
        code = next(one for one in self.children if self._id(one) == row.subject_id)
        return Address(code, row.event, row.event_repeat, row.form, row.form_repeat)

    def _id(self, code: str) -> str:
        with self.world.looking() as session:
            return str(session.scalar(select(Subject.id).where(Subject.code == code)))

    def _writer(self, place: Address) -> Actor:
        return self.world.user("CREAD" if place.form == "F_ICR" else "CRC", place.subject[:2])


@pytest.mark.req("R16")
@pytest.mark.parametrize("seed", [1, 4])
def test_after_every_act_of_a_story_what_is_kept_is_what_the_forms_give(dated: World, seed: int) -> None:
    story, seen = Story(dated, seed), set()
    for _ in range(MANY):
        story.step()
        agree(dated, ("PI", "SUBI", "CREAD"))
        for role in ("PI", "CREAD"):
            seen |= {(one[1].partition(".")[0], one[2]) for one in listed(dated, dated.user(role))}
    agree(dated)
    assert len({name for name, _late in seen}) >= MILESTONES
    assert {late for _name, late in seen} == {False, True}


@pytest.mark.req("R16")
def test_each_delegation_has_the_list_of_what_it_covers_while_it_runs(dated: World) -> None:
    story, crc, pi = Story(dated, 1), dated.user("CRC"), dated.user("PI")
    child = story.children[0]
    filled_form(dated, crc, Address(child, "SE_SCR", 1, "F_SV"), VISIT)
    rash = {"AETERM": "Rash", "AESTDAT": "2026-03-10"}
    filled_form(dated, crc, Address(child, "SE_LOG", 1, "F_AE", 1), rash)
    assert [one[1] for one in listed(dated, dated.user("SUBI"))] == []
    end = dated.clock.now() + dt.timedelta(days=2)
    with dated.acting() as session:
        delegates.delegate_signing(session, pi, dated.user_in(session, "SUBI").username, "01", until=end)
    assert listed(dated, dated.user("SUBI")) == listed(dated, pi)
    assert [one[1] for one in listed(dated, pi)] == ["MS_FAST.SE_LOG.1.F_AE.1", "MS_REST.SE_SCR.1"]
    dated.clock.set(end)
    assert listed(dated, dated.user("SUBI")) == []
    agree(dated)


@pytest.mark.req("R16")
def test_a_night_turns_what_is_due_into_what_is_overdue_and_nothing_is_written(dated: World) -> None:
    child, crc, pi = enrolled(dated), dated.user("CRC"), dated.user("PI")
    filled_form(dated, crc, Address(child, "SE_SCR", 1, "F_SV"), VISIT)
    kept = _kept(dated)
    last = dt.date(2026, 4, 9)
    assert listed(dated, pi) == [(child, "MS_REST.SE_SCR.1", False, 1, last)]
    dated.clock.set(dt.datetime(2026, 4, 9, 20, 59, 59, tzinfo=dt.UTC))
    assert listed(dated, pi) == [(child, "MS_REST.SE_SCR.1", False, 1, last)]
    dated.clock.set(dt.datetime(2026, 4, 9, 21, tzinfo=dt.UTC))  # midnight at the site
    assert listed(dated, pi) == [(child, "MS_REST.SE_SCR.1", True, 1, last)]
    assert _kept(dated) == kept
    agree(dated)


def test_a_save_of_a_form_that_is_in_no_list_does_not_work_anything_out(dated: World) -> None:
    child, crc = enrolled(dated), dated.user("CRC")
    place = Address(child, "SE_SCR", 1, "F_VS")

    def asked(height: str) -> int:
        said: list[str] = []
        listen(dated, said)
        dated.save(crc, place, {"VSPERF": "Y", "HEIGHT": height}, {"*": "TYPING"})
        return sum("due_work" in one for one in said)

    assert (asked("100"), asked("101")) == (0, 0)


def listen(world: World, said: list[str]) -> None:
    """Write down what the database is asked while writing."""
    event.listen(world.engines.writing, "before_cursor_execute", lambda *given: said.append(given[2]))


def test_what_is_kept_wrong_is_named_and_worked_out_again_where_nothing_is_kept(dated: World) -> None:
    child, crc = enrolled(dated), dated.user("CRC")
    filled_form(dated, crc, Address(child, "SE_SCR", 1, "F_SV"), VISIT)
    kept = _kept(dated)
    with dated.acting() as session:
        session.connection().execute(delete(DueWork))
        assert [sentence for _id, sentence in due.faults(session, system(dated.clock))] == [
            "the signatures and consents kept as due are not those its forms give."
        ]
    assert due.fill(dated.engines, dated.clock)
    assert _kept(dated) == kept
    assert not due.fill(dated.engines, dated.clock)


def _kept(world: World) -> list[tuple[Any, ...]]:
    with world.looking() as session:
        rows = session.connection().execute(select(DueWork.__table__)).all()
    return sorted(tuple(row) for row in rows)


@pytest.mark.req("R75")
def test_consents_to_ask_again_are_counted_for_who_records_them_and_are_the_list_behind(real: World) -> None:
    child = real.subject(consented=False)
    consent(real, child)
    born(real, child, BRTHYY="2011", BRTHMO="5", BRTHDD="20", AGEIC_Y="14")
    for day in ("2026-05-19", "2026-05-20", "2026-06-17", "2026-06-18"):
        real.clock.set(dt.datetime.fromisoformat(f"{day}T09:00:00+00:00"))
        assert consents(real, "CRC") == from_facts(real), day
    assert consents(real, "CRC") == [(child, "15", True, dt.date(2026, 6, 17))]
    assert {role: len(consents(real, role)) for role in ("PI", "CRA", "DM", "PHARM", "CPATH")} == {
        "PI": 1, "CRA": 0, "DM": 0, "PHARM": 0, "CPATH": 0,
    }  # fmt: skip
    assert consents(real, "CRC", "02") == []
    decide(real, "legal_age", 16)
    agree_on_consents(real)
    own = {"ICTYPE": "PATIENT CONSENT", "ICSIGNER": "PATIENT"}
    consent(real, child, "2026-05-20", line=2, **own)
    assert consents(real, "CRC") == []
    with real.acting() as session:
        entry.strike_line(
            session, real.user_in(session, "CRC"), at(child, "SE_LOG", "F_IC", line=2), "Not signed"
        )
    assert [one[1] for one in consents(real, "CRC")] == ["15"]
    agree_on_consents(real)
    answers = {"ICWITH": "Y", "ICWITHSC": "ALL", "ICWITHDT": "2026-06-01"}
    real.save(real.user("CRC"), at(child, "SE_LOG", "F_IC"), answers, {"*": "NEW"})
    assert consents(real, "CRC") == []
    agree_on_consents(real)


def consents(world: World, role: str, site: str = "01") -> list[tuple[Any, ...]]:
    """Give the work list of consents to ask again, as it is kept."""
    actor = world.user(role, site)
    with world.looking() as session:
        found = work.kind_of(session, actor, "consent again")
    assert (found.total, found.overdue) == (len(found.items), sum(one.overdue for one in found.items))
    return [(one.subject, one.name, one.overdue, one.until) for one in found.items]


def from_facts(world: World) -> list[tuple[Any, ...]]:
    """Give the same, due and overdue, from what is known of each child."""
    with world.looking() as session:
        found = coming_of_age.reconsents(session, world.user_in(session, "CRC"))
    return [
        (one.subject, str(one.age), one.state == coming_of_age.OVERDUE, one.until)
        for one in found
        if one.state != coming_of_age.COMING
    ]


def agree_on_consents(world: World) -> None:
    """Compare the list with what the facts say, and all that is kept."""
    assert consents(world, "CRC") == from_facts(world)
    with world.looking() as session:
        assert list(due.faults(session, system(world.clock))) == []


@pytest.mark.req("R16")
def test_another_version_with_another_time_moves_what_is_kept(dated: World) -> None:
    child, crc, pi = enrolled(dated), dated.user("CRC"), dated.user("PI")
    filled_form(dated, crc, Address(child, "SE_SCR", 1, "F_SV"), VISIT)
    version = dated_book().version
    week = tuple(replace(one, default=7) if one.key == "days" else one for one in version.settings)
    with dated.acting() as session:
        studies.publish(session, system(dated.clock), replace(version, version="2", settings=week))
    assert [one[-1] for one in listed(dated, pi)] == [dt.date(2026, 3, 17)]
    agree(dated, ("PI",))


def test_two_who_finish_forms_of_a_child_at_once_leave_what_both_gave(dated: World) -> None:
    child, crc, pi = enrolled(dated), dated.user("CRC"), dated.user("PI")
    begun = [Address(child, "SE_SCR", 1, form) for form in ("F_SV", "F_VS")]
    dated.save(crc, begun[0], VISIT)
    dated.save(crc, begun[1], {"VSPERF": "N"})

    def finish(place: Address) -> None:
        with dated.acting() as session:
            version = entry.open_form(session, crc, place).version
            entry.complete_form(session, crc, place, version, {"*": "fine"})

    with ThreadPoolExecutor(2) as both:
        list(both.map(finish, begun))
    assert [(one[1], one[3]) for one in listed(dated, pi)] == [("MS_REST.SE_SCR.1", 2)]
    agree(dated, ("PI",))
