"""Training on record: asked for by role and forms, again when they change; entry waits; on both databases."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from imt_ecrf.conduct import entrance, entry, settings, studies, training
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.training import GuidelineMoved, NotRead, TrainingNeeded
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.study import publication
from imt_ecrf.study.definition import Setting
from imt_ecrf.study.differences import between
from tests.factories import ROLES, World, item, make_study, make_user, small_book, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion

ASKS = Setting(training.SETTING, "boolean", "site", default=True, question=words("Is entry refused?"))
VITALS = {"VSPERF": "N"}


@cache
def trained_book(version: str = "1", *, asked: bool = False) -> Book:
    """Give the small study that asks for training; `asked`: its vital signs ask one more question."""
    base = replace(small_book().version, version=version, settings=(ASKS,))
    return publication.read(publication.publish(_one_more(base) if asked else base))


def _one_more(version: StudyVersion) -> StudyVersion:
    forms = tuple(
        replace(
            one, groups=(replace(one.groups[0], items=(*one.groups[0].items, item("PULSE", required="no"))),)
        )
        if one.oid == "F_VS"
        else one
        for one in version.forms
    )
    return replace(version, forms=forms)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give the small study that asks for training."""
    made = make_study(database_url, trained_book())
    yield made
    made.engines.dispose()


def newcomer(world: World, role: str = "CRC", site: str | None = "01", name: str = "boris.new") -> Actor:
    """Give somebody who has read nothing yet: the record of the factory is made for others only."""
    with world.acting() as session:
        make_user(session, name, role, site, world.clock, read=False)
    with world.looking() as session:
        found = entrance.actor_named(session, name, clock=world.clock, origin="screen")
    assert found is not None
    return found


def confirmed(world: World, actor: Actor, role: str) -> None:
    """Let somebody confirm a role for the version in force."""
    with world.acting() as session:
        now = studies.in_force(session).fingerprint
        training.acknowledge(session, actor, role, now, read=True)


def publish(world: World, version: str, *, asked: bool) -> None:
    """Publish another version."""
    with world.acting() as session:
        studies.publish(session, system(world.clock), trained_book(version, asked=asked).version)


def standing(world: World, actor: Actor) -> list[tuple[str, str, list[tuple[str, str, list[str]]]]]:
    """Give role, state, and what changed."""
    with world.looking() as session:
        return [
            (one.role, one.state, [(c.form, c.how, [i.item for i in c.items]) for c in one.changes])
            for one in training.standings(session, actor)
        ]


@pytest.mark.req("R22")
def test_entry_is_refused_by_every_act_until_the_guideline_is_confirmed(world: World) -> None:
    code, new = world.subject(), newcomer(world)
    address = Address(code, "SE_SCR", 1, "F_VS")
    kept = world.save(world.user("PI"), address, VITALS)
    record = world.open(new, address)
    assert (record.may_enter, record.may_finish, len(record.waits)) == (False, False, 1)
    acts: tuple[Callable[[Session], Any], ...] = (
        lambda session: entry.save_form(session, new, address, {}, {}, kept.version),
        lambda session: entry.complete_form(session, new, address, kept.version),
        lambda session: entry.reopen(session, new, address, "again"),
        lambda session: entry.not_done(session, new, Address(code, "SE_SCR", 1, "F_LB"), "ND"),
        lambda session: entry.strike_line(session, new, address, "wrong"),
    )
    for act in acts:
        with pytest.raises(TrainingNeeded), world.acting() as session:
            act(session)
    confirmed(world, new, "CRC")
    assert world.open(new, address).may_enter
    assert world.save(new, address, {"NOTE": "calm"}).version == kept.version + 1


@pytest.mark.req("R22")
def test_a_version_that_changes_forms_of_the_role_asks_again_and_lists_what_changed(world: World) -> None:
    new, reader = newcomer(world), newcomer(world, "CREAD", None, "boris.reader")
    for actor, role in ((new, "CRC"), (reader, "CREAD")):
        confirmed(world, actor, role)
    publish(world, "2", asked=False)
    assert standing(world, new) == [("CRC", "on record", [])]
    publish(world, "3", asked=True)
    assert standing(world, new) == [("CRC", "again", [("F_VS", "changed", ["PULSE"])])]
    assert standing(world, reader) == [("CREAD", "on record", [])]
    code = world.subject("02")
    with pytest.raises(TrainingNeeded):
        world.save(new, Address(world.subject(), "SE_SCR", 1, "F_LB"), {"G_LB.ALT.LBRES": "20"})
    confirmed(world, new, "CRC")
    assert standing(world, new) == [("CRC", "on record", [])]
    assert world.save(reader, Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"}).version == 1


@pytest.mark.req("R22")
def test_a_site_where_entry_is_not_refused_asks_all_the_same(world: World) -> None:
    new = newcomer(world)
    with world.acting() as session:
        admin = world.user_in(session, "ADMIN")
        settings.set_at_site(
            session, admin, trained_book(), training.SETTING, "01", value=False, reason="Trained on paper"
        )
    assert world.save(new, Address(world.subject(), "SE_SCR", 1, "F_VS"), VITALS).version == 1
    with world.looking() as session:
        assert training.untrained(session, new)


def test_nobody_is_asked_by_a_study_that_does_not_ask(database_url: str) -> None:
    world = make_study(database_url, small_book())
    new = newcomer(world)
    with world.looking() as session:
        assert (training.standings(session, new), training.untrained(session, new)) == ((), False)
    with pytest.raises(NotFound):
        confirmed(world, new, "CRC")
    assert world.save(new, Address(world.subject(), "SE_SCR", 1, "F_VS"), VITALS).version == 1
    world.engines.dispose()


@pytest.mark.req("R22")
def test_only_what_was_read_in_the_version_in_force_and_in_an_own_role_is_confirmed(world: World) -> None:
    new, before = newcomer(world), trained_book().fingerprint
    with pytest.raises(NotRead), world.acting() as session:
        training.acknowledge(session, new, "CRC", before, read=False)
    with pytest.raises(NotFound), world.acting() as session:
        training.acknowledge(session, new, "PI", before, read=True)
    publish(world, "2", asked=True)
    with pytest.raises(GuidelineMoved), world.acting() as session:
        training.acknowledge(session, new, "CRC", before, read=True)
    assert standing(world, new) == [("CRC", "never", [])]


@pytest.mark.req("R22")
def test_who_has_confirmed_what_and_when_is_listed_with_as_many_lines_as_the_log(world: World) -> None:
    new = newcomer(world)
    world.user("CRC")
    world.clock.advance(days=2)
    confirmed(world, new, "CRC")
    publish(world, "2", asked=True)
    with world.acting() as session:
        manager = world.user_in(session, "DM")
    with world.looking() as session:
        people = {(one.username, one.state, one.version) for one in training.people(session, manager)}
        log = training.history(session, manager)
        kept = session.execute(
            text("SELECT username, at_utc FROM event WHERE act = 'training.acknowledged' ORDER BY seq")
        ).all()
    assert {
        ("boris.new", "again", "1"),
        ("anna.crc.01", "again", "1"),
        ("anna.dm.all", "on record", "2"),
    } == people
    assert [one.username for one in log] == [row.username for row in kept]
    assert [one.at.isoformat()[:10] for one in log] == ["2026-03-10", "2026-03-12", "2026-03-12"]


@pytest.mark.req("R17")
@pytest.mark.parametrize("role", ROLES)
def test_the_list_is_for_those_who_oversee_training(world: World, role: str) -> None:
    actor = world.user(role)
    with world.looking() as session:
        if role in {"ADMIN", "AUD", "DM"}:
            assert isinstance(training.people(session, actor), tuple)
        else:
            with pytest.raises(NotPermitted):
                training.history(session, actor)


def test_differences_name_forms_and_questions_added_removed_and_changed() -> None:
    old, new = trained_book(), trained_book("2", asked=True)
    forms = tuple(old.forms)
    told = between(old, new, forms, forms)
    assert [(one.form, one.how, [(i.item, i.how) for i in one.items]) for one in told] == [
        ("F_VS", "changed", [("PULSE", "added")])
    ]
    back = between(new, old, forms, forms)
    assert [[(i.item, i.how) for i in one.items] for one in back] == [[("PULSE", "removed")]]
    moved = between(old, old, ("F_VS",), ("F_LB",))
    assert [(one.form, one.how) for one in moved] == [("F_LB", "added"), ("F_VS", "removed")]
