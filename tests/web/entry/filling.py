"""Plausible answers for any form of a study, from its definition and the page that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct.runtime import find_subject
from imt_ecrf.conduct.visits import held, hold

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Item
    from tests.factories import World
    from tests.web.reading import PageRead

TODAY = "2026-03-09"


def answers_for(book: Book, form: str, page: PageRead) -> dict[str, str]:
    """Answer every question of a page that is asked now and has a box."""
    found: dict[str, str] = {}
    for control in page.form("entry").controls:
        path = control.name
        place = book.places.get(path.rsplit(".", 1)[-1])
        if place is None or place.form.oid != form or path in found or control.hidden:
            continue
        value = _answer(book, place.item, control.options)
        if value and not _answered(page, path):
            found[path] = value
            units = [one for one in page.form("entry").named(f"{path}:unit") if one.tag == "select"]
            if units:
                found[f"{path}:unit"] = units[0].options[1]
    return found


def _answered(page: PageRead, path: str) -> bool:
    return any(one.value and one.checked for one in page.form("entry").named(path) if one.kind != "hidden")


PLAIN = {
    "date": TODAY,
    "partial_date": TODAY,
    "datetime": f"{TODAY}T10:30",
    "time": "10:30",
    "record_ref": "",
}


def _answer(book: Book, item: Item, options: list[str]) -> str:
    if item.codelist:
        values = [one.value for one in book.codelists[item.codelist].items]
        return "Y" if "Y" in values else values[0]
    if options:
        return next((one for one in options if one), "")
    if item.data_type in {"integer", "float"}:
        return _number(item)
    return PLAIN.get(item.data_type, "words"[: item.length or None])


def _number(item: Item) -> str:
    if item.range and (limits := item.range.soft or item.range.hard):
        return limits[1].split(".", maxsplit=1)[0]
    return "7"


def hold_everything(world: World, subject: str) -> None:
    """Hold every visit of the plan, so that each form may be opened somewhere."""
    with world.acting() as session:
        actor = world.user_in(session, "PI")
        session.info["actor"] = actor.who("PI")
        row = find_subject(session, actor, subject)
        taken = {event for event, _ in held(session, row.id)}
        for event in world.book.version.events:
            if event.kind != "common" and event.oid not in taken:
                hold(session, actor, "PI", row, (event.oid, 3 if event.oid == "SE_CYC" else 1))
