"""Queries on a weight for the tests of queries: asked, answered, settled by people of the small study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.conduct import queries
from imt_ecrf.conduct.views import Address, Answer

if TYPE_CHECKING:
    from tests.factories import World


def weighed(world: World, site: str = "01", weight: str = "18") -> Address:
    """Save a weight of a new child."""
    address = Address(world.subject(site), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC", site), address, {"VSPERF": "Y", "WEIGHT": Answer(weight, "kg")})
    world.clock.advance(minutes=1)
    return address


def panel_saved(world: World, site: str = "01") -> Address:
    """Save a panel of a new child with two results."""
    address = Address(world.subject(site), "SE_SCR", 1, "F_LB")
    world.save(world.user("CRC", site), address, {"G_LB.ALT.LBRES": "41", "G_LB.AST.LBRES": "30"})
    world.clock.advance(minutes=1)
    return address


def asked(world: World, address: Address, path: str = "WEIGHT", role: str = "CRA") -> str:
    """Raise a query."""
    with world.acting() as session:
        found = queries.ask(session, world.user_in(session, role), address, "Is this right?", path)
    world.clock.advance(minutes=1)
    return found


def take(world: World, role: str, act: str, query: str, words: str = "said", **more: Any) -> None:
    """Take a step."""
    with world.acting() as session:
        getattr(queries, act)(session, world.user_in(session, role), query, words, **more)
    world.clock.advance(minutes=1)


def in_state(world: World, address: Address, state: str, path: str = "WEIGHT") -> str:
    """Give a query of the monitor in a state."""
    query = asked(world, address, path)
    steps = {
        "open": (),
        "answered": (("CRC", "answer"),),
        "re-opened": (("CRC", "answer"), ("CRA", "reopen")),
        "closed": (("CRC", "answer"), ("CRA", "close")),
        "cancelled": (("CRA", "cancel"),),
    }
    for role, act in steps[state]:
        take(world, role, act, query)
    return query
