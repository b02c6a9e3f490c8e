"""A form as who verifies it reads it: answers in words with their marks, nothing to type in; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask_babel import lazy_pgettext

from imt_ecrf.conduct import entry, sdv_lists, verifying
from imt_ecrf.conduct.sdv_marks import KINDS, SOURCE
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.web.entry.asked import asked_of
from imt_ecrf.web.language import current
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.sdv_lists import Waiting
    from imt_ecrf.conduct.sdv_marks import Kind
    from imt_ecrf.conduct.verifying import ItemMark, Sheet
    from imt_ecrf.conduct.views import Address, FormRecord
    from imt_ecrf.study.definition import ItemGroup
    from imt_ecrf.web.entry.asked import Asked
    from imt_ecrf.web.words import Words

WHY: Final = {
    "critical": lazy_pgettext("plan", "Critical"),
    "watched form": lazy_pgettext("plan", "Whole form at this site"),
    "first subjects": lazy_pgettext("plan", "First subjects of the site"),
    "first cycle": lazy_pgettext("plan", "First cycle"),
    "next subjects": lazy_pgettext("plan", "Next subjects of the site"),
    "sample": lazy_pgettext("plan", "Sample"),
    "changed": lazy_pgettext("plan", "Changed after it was verified"),
    "not drawn": lazy_pgettext("plan", "Not in the sample"),
    "not in the plan": lazy_pgettext("plan", "Not in the plan"),
    "review": lazy_pgettext("plan", "Review"),
}
"""Why the plan asks an item, or does not, in words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: where it stands, what it says now and said when it was verified, what is to be done."""

    path: str
    number: int
    group: str
    question: str
    answer: str
    earlier: str
    before: str
    critical: bool
    why: str
    state: str
    who: str
    at: Any
    box: str
    queries: tuple[Asked, ...] = ()


def kind_of(text: str) -> Kind:
    """Read which kind of mark an address asks for; NotFound for another word."""
    found = next((kind for kind in KINDS if kind == (text or SOURCE)), None)
    if found is None:
        raise NotFound
    return found


def page(session: Session, actor: Actor, address: Address, kind: Kind) -> dict[str, Any]:
    """Give everything the page of verification draws."""
    record = entry.open_form(session, actor, address)
    sheet = verifying.look(session, actor, address, kind)
    say, asked = words(record.book), asked_of(session, actor, record, current())
    rows = list(_rows(record, sheet, say, asked))
    here = [
        one
        for one in sdv_lists.waiting(session, actor, subject=address.subject, kind=kind)
        if one.address[1:3] == address[1:3]
    ]
    return {
        "address": address, "record": record, "sheet": sheet, "rows": rows, "kind": kind,
        "title": say.form(address.form), "visit": say.visit(*address[1:3]), "place": say.place(*address[1:]),
        "together": sum(bool(row.box) and not row.critical for row in rows),
        "loose": [one for path, some in asked.items() if path not in sheet.items for one in some],
        "last": say.visit(record.earlier.event, record.earlier.event_repeat) if record.earlier else "",
        "rail_of": [_link(one, say) for one in here], "say": say,
    }  # fmt: skip


def _link(one: Waiting, say: Words) -> tuple[Address, str, str]:
    name = say.form(one.address.form)
    word = f"{name} {one.address.form_repeat}" if one.address.form_repeat > 1 else name
    return one.address, word, f"{one.done} / {one.due}"


def _rows(
    record: FormRecord, sheet: Sheet, say: Words, asked: Mapping[str, tuple[Asked, ...]]
) -> Iterator[Row]:
    placed = list(_paths(record))
    rest = [("", path) for path in sorted(sheet.items) if path not in {path for _, path in placed}]
    for number, (group, path) in enumerate([*placed, *rest], 1):
        mark, earlier = sheet.items.get(path), record.earlier
        before = earlier.cells.get(path) if earlier and path.count(".") == 0 else None
        yield Row(
            path=path, number=number, group=group, question=say.question(path),
            answer=say.answer(path, record.cells.get(path)), earlier=say.answer(path, before),
            before=say.answer(path, mark.before) if mark else "",
            critical=bool(mark and mark.critical), why=str(WHY[mark.asks.why if mark else "not in the plan"]),
            state=_state(mark), who=mark.mark.name if mark and mark.mark else "",
            at=mark.at if mark else None, box=_box(mark, sheet), queries=asked.get(path, ()),
        )  # fmt: skip


def _state(mark: ItemMark | None) -> str:
    if mark is None:
        return ""
    if mark.state == "none" and not mark.asks.due:
        return ""
    return mark.state


def _box(mark: ItemMark | None, sheet: Sheet) -> str:
    """Give what a tick sends: the path with the hash of the answer; nothing where there is no box."""
    if mark is None or not sheet.may or not mark.asks.due or mark.state == "verified":
        return ""
    return f"{mark.path}@{mark.digest}"


def _paths(record: FormRecord) -> Iterator[tuple[str, str]]:
    """List the answers of a form in the order of the paper, each with the name of its section."""
    for group in record.form.groups:
        name = group.name.in_(current())
        yield from ((name, path) for path in _of_group(record, group) if path in record.cells)


def _of_group(record: FormRecord, group: ItemGroup) -> list[str]:
    items = [item.oid for item in group.items]
    if group.repeating == "no":
        return items
    fixed = [row.key for row in group.rows]
    held = {path.split(".")[1] for path in record.cells if path.startswith(f"{group.oid}.")}
    lines = fixed or sorted(held, key=lambda key: (len(key), key))
    return [f"{group.oid}.{key}.{item}" for key in lines for item in items]
