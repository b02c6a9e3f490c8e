"""Every role with every form at both sites through the acts themselves: done, not permitted, or not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from imt_ecrf.conduct import entrance, entry, queries, subjects, visits
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.permissions import STANDINGS, may, sees
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.tables import ChangeSet
from tests.factories import (
    ROLES,
    World,
    enrolled,
    make_study,
    make_subject,
    opened,
    plain,
    real_book,
    small_book,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.conduct.actor import Actor

ANSWERS: dict[str, dict[str, str | Answer]] = {
    "F_SV": {"SVOCCUR": "Y"},
    "F_VS": {"VSPERF": "Y"},
    "F_DO": {"DODAT": "2026-03-01"},
    "F_LB": {"G_LB.ALT.LBRES": "20"},
    "F_TL": {"G_TL.1.TLID": "T01"},
    "F_ICR": {"ICTRG": "Y"},
    "F_AE": {"AETERM": "Rash"},
    "F_SIGN": {"SGREV": "Y"},
}
PLACES = {"F_DO": ("SE_C1D1", 1), "F_AE": ("SE_LOG", 1), "F_SIGN": ("SE_EOS", 1)}


def outcome(world: World, act: Callable[..., Any]) -> str:
    """Say what became of an act; whatever it wrote is undone."""
    try:
        with world.acting() as session:
            act(session)
            session.rollback()
    except (NotFound, NotPermitted) as refused:
        return type(refused).__name__
    return "done"


@pytest.fixture
def world(sqlite_url: str) -> World:
    return make_study(sqlite_url, small_book())


@pytest.mark.req("R17", "R18", "R19")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_enters_exactly_what_the_table_says(world: World, role: str) -> None:
    book = small_book()
    own, other = enrolled(world), enrolled(world, "02")
    for code, site in ((own, "01"), (other, "02")):
        opened(world, world.user("CRC", site), code, "SE_C1D1")
    actor = world.user(role)
    everywhere = not STANDINGS[role].of_site
    for subject, at_site in ((own, True), (other, everywhere)):
        for form in book.forms:
            address = Address(subject, *PLACES.get(form, ("SE_SCR", 1)), form)
            visible = at_site and sees(book, (role,), form)
            enters = visible and may(book, role, form, "finish")
            found = {
                "open": outcome(world, lambda session, a=address: entry.open_form(session, actor, a)),
                "save": outcome(world, lambda session, a=address: save(session, actor, a)),
                "history": outcome(world, lambda session, a=address: entry.history(session, actor, a)),
                "preview": outcome(world, lambda session, a=address: entry.preview(session, actor, a, {})),
                "not done": outcome(world, lambda session, a=address: not_done(session, actor, a)),
            }
            enter = "done" if enters else "NotPermitted" if visible else "NotFound"
            see = "done" if visible else "NotFound"
            assert found == {
                "open": see,
                "save": enter,
                "history": see,
                "preview": "done" if visible and may(book, role, form, "enter") else enter,
                "not done": enter,
            }, (subject, form)
    with world.looking() as session:
        assert session.scalar(select(func.count()).select_from(ChangeSet)) == 0


def save(session: Any, actor: Actor, address: Address) -> None:
    """Save one answer of a form."""
    entry.save_form(session, actor, address, plain(ANSWERS[address.form]), {}, 0)


def not_done(session: Any, actor: Actor, address: Address) -> None:
    """Mark a form as not done."""
    entry.not_done(session, actor, address, "ND")


@pytest.mark.req("R26")
def test_an_item_of_another_originator_is_refused_to_who_may_enter_the_form(world: World) -> None:
    subject = enrolled(world)
    opened(world, world.user("CRC"), subject, "SE_C1D1")
    dose = Address(subject, "SE_C1D1", 1, "F_DO")
    with pytest.raises(NotPermitted):
        world.save(world.user("PI"), dose, {"DOSE": "100"})
    with pytest.raises(NotPermitted):
        world.save(world.user("SAFE"), dose, {"DODAT": "2026-03-01"})
    with pytest.raises(NotPermitted):
        world.save(world.user("SAFE"), dose, {"DOSE": "100"})
    world.save(world.user("PI"), dose, {"DODAT": "2026-03-01"})
    assert world.save(world.user("SAFE"), dose, {"DOSE": "100"}, version=1).changed == ("DOSE",)
    assert world.open(world.user("SAFE"), dose).may_items == frozenset({"DOSE"})


@pytest.mark.req("R19")
def test_who_adds_single_items_does_nothing_to_the_form_as_a_whole(world: World) -> None:
    subject = enrolled(world)
    opened(world, world.user("CRC"), subject, "SE_C1D1")
    dose = Address(subject, "SE_C1D1", 1, "F_DO")
    world.save(world.user("PI"), dose, {"DODAT": "2026-03-01"})
    safe = world.user("SAFE")
    acts = {
        "complete": lambda session: entry.complete_form(session, safe, dose, 1, {"*": "so"}),
        "reopen": lambda session: entry.reopen(session, safe, dose, "OTHER: so"),
        "not done": lambda session: entry.not_done(session, safe, dose, "ND", 1),
        "strike": lambda session: entry.strike_line(session, safe, dose, "so", 1),
        "strike row": lambda session: entry.strike_row(session, safe, dose, "G", "1", "so", 1),
    }
    found = {name: outcome(world, act) for name, act in acts.items()}
    assert found == dict.fromkeys(acts, "NotPermitted")
    record = world.open(safe, dose)
    assert (record.may_enter, record.may_finish) == (True, False)


def test_a_single_item_added_to_a_complete_form_leaves_it_complete_a_change_of_who_may_finish_it_does_not(
    world: World,
) -> None:
    subject = enrolled(world)
    opened(world, world.user("CRC"), subject, "SE_C1D1")
    dose, pi, safe = Address(subject, "SE_C1D1", 1, "F_DO"), world.user("PI"), world.user("SAFE")
    world.save(pi, dose, {"DODAT": "2026-03-01"})
    with world.acting() as session:
        entry.complete_form(session, pi, dose, 1, {"*": "seen"})
    saved = world.save(safe, dose, {"DOSE": "100"})
    assert (saved.state, world.open(pi, dose).state) == ("complete", "complete")
    assert world.save(pi, dose, {"DODAT": "2026-03-02"}, {"*": "TYPING"}).state == "in progress"


@pytest.mark.req("R17", "R18")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_exactly_the_acts_of_its_side(world: World, role: str) -> None:
    subject, stranger = make_subject(world), make_subject(world, "02")
    actor = world.user(role)
    investigates, enters = role in {"CRC", "SUBI", "PI"}, role in {"CRC", "SUBI", "PI", "PHARM"}
    hospital, clinical = STANDINGS[role].of_site, role != "ADMIN"
    refused = "NotPermitted"
    unseen = "NotFound" if not clinical else refused
    found = {
        "screen": outcome(world, lambda s: subjects.screen(s, actor, "01")),
        "screen elsewhere": outcome(world, lambda s: subjects.screen(s, actor, "02")),
        "unscheduled": outcome(world, lambda s: visits.add_unscheduled(s, actor, subject)),
        "unscheduled elsewhere": outcome(world, lambda s: visits.add_unscheduled(s, actor, stranger)),
        "visits": outcome(world, lambda s: visits.events_of(s, actor, subject)),
        "visits elsewhere": outcome(world, lambda s: visits.events_of(s, actor, stranger)),
        "state": outcome(world, lambda s: subjects.subject_state(s, actor, subject)),
    }
    assert found == {
        "screen": "done" if investigates else refused,
        "screen elsewhere": "NotFound" if hospital else refused,
        "unscheduled": "done" if enters else unseen,
        "unscheduled elsewhere": "NotFound" if hospital else unseen,
        "visits": "done" if clinical else "NotFound",
        "visits elsewhere": "NotFound" if hospital or not clinical else "done",
        "state": "done" if role not in {"CPATH", "CREAD", "ADMIN"} else unseen,
    }


@pytest.mark.req("R18")
def test_a_form_of_another_site_and_one_that_does_not_exist_are_told_alike(world: World) -> None:
    crc = world.user("CRC")
    stranger = make_subject(world, "02")
    told = []
    for subject in (stranger, "02-999", "99-001"):
        with pytest.raises(NotFound) as refused:
            world.open(crc, Address(subject, "SE_SCR", 1, "F_VS"))
        told.append((refused.value.text("en"), refused.value.text("ru"), refused.value.status))
    assert len(set(told)) == 1


@pytest.mark.parametrize(
    ("event", "repeat", "form", "form_repeat"),
    [
        ("SE_SCR", 1, "F_DO", 1),
        ("SE_SCR", 1, "F_NOPE", 1),
        ("SE_NOPE", 1, "F_VS", 1),
        ("SE_SCR", 2, "F_VS", 1),
        ("SE_SCR", 0, "F_VS", 1),
        ("SE_SCR", 1, "F_VS", 2),
        ("SE_C1D1", 1, "F_VS", 1),
        ("SE_CYC", 3, "F_VS", 1),
        ("SE_UNS", 1, "F_VS", 1),
    ],
)
def test_a_form_not_scheduled_or_a_visit_not_open_is_not_found(
    world: World, event: str, repeat: int, form: str, form_repeat: int
) -> None:
    crc = world.user("CRC")
    with pytest.raises(NotFound):
        world.open(crc, Address(make_subject(world), event, repeat, form, form_repeat))


@pytest.mark.req("R18")
def test_a_blinded_reader_learns_nothing_from_lists(world: World) -> None:
    subject = make_subject(world)
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_VS"), {"VSPERF": "Y"})
    reader = world.user("CREAD")
    with world.looking() as session:
        (seen,) = subjects.list_subjects(session, reader)
        shown = visits.events_of(session, reader, subject)
    assert seen.state is None
    assert [(one.oid, one.state, [cell.form for cell in one.forms]) for one in shown] == [
        ("SE_SCR", "planned", ["F_ICR"])
    ]


@pytest.mark.req("R34")
def test_the_site_answers_and_only_who_asked_or_the_data_manager_closes(world: World) -> None:
    address = Address(make_subject(world), "SE_SCR", 1, "F_VS")
    crc, cra, dm, medmon = (world.user(role) for role in ("CRC", "CRA", "DM", "MEDMON"))
    world.save(crc, address, {"VSPERF": "Y"})
    with world.acting() as session:
        query = queries.ask(session, cra, address, "Please look at the weight.", "WEIGHT")
    with pytest.raises(NotPermitted), world.acting() as session:
        queries.close(session, crc, query)
    with world.acting() as session:
        queries.answer(session, crc, query, "It is right.")
    with pytest.raises(NotPermitted), world.acting() as session:
        queries.close(session, medmon, query)
    with world.acting() as session:
        queries.reopen(session, dm, query, "Which scale?")
    with world.acting() as session:
        queries.answer(session, crc, query, "The one of the ward.")
    assert world.open(crc, address).open_queries == 0
    with world.acting() as session:
        queries.close(session, cra, query, "Thank you.")
    with world.looking() as session:
        (view,) = queries.queries_of(session, cra, address)
    assert [(one.act, one.role) for one in view.messages] == [
        ("ask", "CRA"),
        ("answer", "CRC"),
        ("reopen", "DM"),
        ("answer", "CRC"),
        ("close", "CRA"),
    ]
    assert (view.state, view.may) == ("closed", ("reopen",))


def test_a_role_that_ended_may_do_nothing_from_that_moment(world: World) -> None:
    from imt_ecrf.conduct import accounts  # noqa: PLC0415

    subject = make_subject(world)
    crc = world.user("CRC")
    with world.acting() as session:
        accounts.revoke(session, world.user_in(session, "ADMIN"), granted(session, crc), "left the hospital")
    with world.looking() as session:
        now = entrance.actor_of(session, crc.user_id or "", clock=world.clock)
    assert now is not None
    assert now.held() == ()
    with pytest.raises(NotFound):
        world.open(now, Address(subject, "SE_SCR", 1, "F_VS"))


def granted(session: Any, actor: Actor) -> str:
    """Give the id of somebody's role."""
    from imt_ecrf.store.tables import Membership  # noqa: PLC0415

    return str(session.scalars(select(Membership.id).where(Membership.user_id == actor.user_id)).one())


@pytest.mark.req("R19")
def test_the_real_study_lets_no_sponsor_role_write_site_data(sqlite_url: str) -> None:
    world = make_study(sqlite_url, real_book())
    subject = make_subject(world)
    visit = Address(subject, "SE_SCR", 1, "F_SV")
    for role in ("CRA", "DM", "SAFE", "MEDMON", "STAT", "SPON", "AUD"):
        with pytest.raises(NotPermitted):
            world.save(world.user(role), visit, {"SVOCCUR": "Y"}, version=0)
    for role in ("CODER", "CPATH", "CREAD", "ADMIN"):
        with pytest.raises(NotFound):
            world.save(world.user(role), visit, {"SVOCCUR": "Y"}, version=0)
