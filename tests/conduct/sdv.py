"""A small study with critical items and a deviation form, and children with answers to verify."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from imt_ecrf.conduct import sdv_plan, verifying
from imt_ecrf.conduct.sdv_marks import SOURCE
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.study import publication
from tests.factories import World, filled_form, small_book

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.sdv_marks import Kind
    from imt_ecrf.conduct.verifying import Sheet
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form

CRITICAL = frozenset({"WEIGHT", "SVSTDAT", "ICTRG"})
FIGURES = {"deviation": ["F_SV", "SVOCCUR", "SVREASOC", "OTHER"], "watched": {"N": ["F_LB"]}}
MEASURED: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100", "NOTE": "calm"}
NONE_BUT_CRITICAL = {"sample": 0, "first_subjects": 0}


@cache
def sdv_book() -> Book:
    """Give the small study with three critical items."""
    version = small_book().version
    forms = tuple(_with_critical(form) for form in version.forms)
    tables = {**version.tables, "sdv": {"figures": FIGURES}}
    return publication.read(publication.publish(replace(version, forms=forms, tables=tables)))


def _with_critical(form: Form) -> Form:
    groups = tuple(
        replace(group, items=tuple(replace(one, critical=one.oid in CRITICAL) for one in group.items))
        for group in form.groups
    )
    return replace(form, groups=groups)


def measured(world: World, site: str = "01", code: str = "") -> Address:
    """Give a complete form of vital signs."""
    address = Address(code or world.subject(site), "SE_SCR", 1, "F_VS")
    filled_form(world, world.user("CRC", site), address, MEASURED)
    return address


def planned(world: World, figures: dict[str, int], reason: str = "Decided by the sponsor") -> None:
    """Let the data manager change the plan, and count every site anew."""
    with world.acting() as session:
        verifying.change_plan(session, world.user_in(session, "DM"), figures, reason)


def looked(world: World, actor: Actor, address: Address, kind: Kind = SOURCE) -> Sheet:
    """Look at a form as a monitor does."""
    with world.looking() as session:
        return verifying.look(session, actor, address, kind)


def verified(world: World, actor: Actor, address: Address, *paths: str, **more: Any) -> int:
    """Verify these items (every due one when none is named) as they are seen now."""
    sheet = looked(world, actor, address, more.get("kind", SOURCE))
    chosen = paths or tuple(one.path for one in sheet.due if one.state != "verified")
    with world.acting() as session:
        seen = {path: sheet.items[path].digest for path in chosen}
        return verifying.verify(session, actor, address, seen, **more)


def plan_of(world: World) -> sdv_plan.Plan:
    """Give the plan in force."""
    with world.looking() as session:
        return sdv_plan.in_force(session)


def counts(world: World, address: Address) -> tuple[Any, ...]:
    """Read what is counted beside a form: due, verified, lapsed, critical due and verified, the mark."""
    wanted = text(
        "SELECT due_items, verified_items, lapsed_items, due_critical, verified_critical, verified "
        "FROM form_data f JOIN subject s ON s.id = f.subject_id WHERE s.code = :code AND f.form = :form"
    )
    with world.looking() as session:
        row = session.execute(wanted, {"code": address.subject, "form": address.form}).one()
    return tuple(row)
