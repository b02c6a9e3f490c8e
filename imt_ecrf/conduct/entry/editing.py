"""A save in the making: what the person wants, what it hides, which changes follow; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import reasons, runtime
from imt_ecrf.conduct.entry.reach import derived_changes
from imt_ecrf.conduct.findings import judge, waiting
from imt_ecrf.conduct.refused import HiddenHold
from imt_ecrf.policy.lifecycle import ENTRY, move
from imt_ecrf.store.changes import ItemChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import Cell, Document
    from imt_ecrf.study.records import Subject

MOST_ROUNDS: Final = 20


@dataclass
class Edit:
    """What a person changes in a form, with the reasons given and what becomes hidden by it."""

    place: Place
    subject: Subject
    wanted: dict[str, Cell | None]
    given: Mapping[str, str]
    cleared: dict[str, str] = field(default_factory=dict)
    adds: bool = False

    @property
    def kept(self) -> Document:
        """Give the document as it is kept now."""
        return self.place.row.document

    def document(self) -> dict[str, Cell]:
        """Give the document with what the person wants."""
        cells = {**self.kept, **self.wanted}
        return {path: cell for path, cell in cells.items() if cell}

    def add(self, actor: Actor, judged: Judged) -> None:
        """Leave a complete form complete when its saver could not complete it again and need not."""
        place = self.place
        whole = actor.is_system() or actor.may(place.book, "finish", place.form.oid, place.subject.site)
        complete = place.row.entry_state == "complete"
        self.adds = complete and not whole and not waiting(judged.findings, leave=True)

    def state(self) -> str:
        """Give the entry state the form moves to."""
        if self.adds:
            act = "add"
        elif "@not_done" in self.wanted:
            act = "mark_not_done" if self.wanted["@not_done"] else "reopen"
        else:
            act = "strike" if "@struck" in self.wanted else "save"
        return move(ENTRY, self.place.row.entry_state, act).to


def judge_edit(actor: Actor, edit: Edit, *, confirmed_clear: bool) -> Judged:
    """Let the rules look at the edited form until no answer stands behind a question that is not asked."""
    place = edit.place
    for _ in range(MOST_ROUNDS):
        record = runtime.record_of(place.row, place.book, actor.now(), edit.document())
        judged = judge(place.running, edit.subject, record, place.row.items.get("confirmed"))
        holding = _holding(edit, judged.hidden)
        if not holding:
            return judged
        if not confirmed_clear:
            raise HiddenHold(holding)
        for path in holding:
            _clear(edit, path)
    raise HiddenHold(holding)


def changes_of(edit: Edit, judged: Judged) -> tuple[ItemChange, ...]:
    """List the changes of a save with their reasons, the derived values of the form after the person's."""
    replaced = [path for path in edit.wanted if edit.kept.get(path) and path not in edit.cleared]
    why = {**reasons.reasons_for(replaced, edit.given), **edit.cleared}
    own = [
        ItemChange(path, edit.kept.get(path) or None, cell, why.get(path, ""))
        for path, cell in sorted(edit.wanted.items())
        if (edit.kept.get(path) or None) != cell
    ]
    return (*own, *derived_changes(edit.place.book, edit.kept, judged)) if own else ()


def is_hidden(hidden: frozenset[str], path: str) -> bool:
    """Tell whether a path is hidden: itself, its group, or the whole form; marks of the form never are."""
    if "@" in path:
        return False
    return path in hidden or path.partition(".")[0] in hidden or "@form" in hidden


def item_of(path: str) -> str:
    """Give the item a path ends in."""
    return path.rsplit(".", 1)[-1]


def _holding(edit: Edit, hidden: frozenset[str]) -> list[str]:
    """List the answers behind questions this save hides; what another form hid before is left alone."""
    before = frozenset(edit.place.row.items.get("hidden", ()))
    return [
        path
        for path in sorted(edit.document())
        if is_hidden(hidden, path)
        and not edit.place.book.item(item_of(path)).derived
        and (path in edit.wanted or not is_hidden(before, path))
    ]


def _clear(edit: Edit, path: str) -> None:
    if path not in edit.kept:
        edit.wanted.pop(path, None)
        return
    item = edit.place.book.item(item_of(path))
    condition = item.show_if.text if item.show_if else "the form is not expected"
    edit.wanted[path] = None
    edit.cleared[path] = reasons.NO_LONGER.format(condition)
