"""Changes of items: how two documents differ, and where changes lead; knows no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Cell: TypeAlias = "Mapping[str, Any]"
Document: TypeAlias = "Mapping[str, Cell]"


class DoesNotFold(ValueError):  # noqa: N818 - it says what is so
    """A change says it replaces a value that is not there."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item before and after (None: no value); `method` names the derivation that worked it out."""

    path: str
    old: Cell | None
    new: Cell | None
    reason: str = ""
    method: str | None = None

    def entry(self) -> dict[str, Any]:
        """Write it as it stands in a change-set."""
        entry: dict[str, Any] = {"path": self.path, "old": self.old, "new": self.new}
        if self.reason:
            entry["reason"] = self.reason
        if self.method:
            entry["method"] = self.method
        return entry

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> ItemChange:
        """Read it from a change-set."""
        return cls(entry["path"], entry["old"], entry["new"], entry.get("reason", ""), entry.get("method"))


def difference(
    old: Document, new: Document, reasons: Mapping[str, str] | None = None
) -> tuple[ItemChange, ...]:
    """List what changed, by path; its reason is that of the path, else of "*"; first entries carry none."""
    given = reasons or {}
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path) or None, new.get(path) or None
        if before != after:
            reason = "" if before is None else given.get(path, given.get("*", ""))
            found.append(ItemChange(path, before, after, reason))
    return tuple(found)


def fold(document: Document, changes: Iterable[ItemChange]) -> dict[str, Cell]:
    """Give the document after the changes; DoesNotFold when one does not start from what is there."""
    result = dict(document)
    for change in changes:
        if result.get(change.path) != change.old:
            raise DoesNotFold(change.path)
        if change.new is None:
            result.pop(change.path, None)
        else:
            result[change.path] = change.new
    return result


def fold_all(change_sets: Iterable[Sequence[ItemChange]]) -> dict[str, Cell]:
    """Give the document that a form's whole history leads to, from nothing."""
    document: dict[str, Cell] = {}
    for changes in change_sets:
        document = fold(document, changes)
    return document
