"""The table role by form that is printed for an inspector; made from the permissions, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.policy.permissions import STANDINGS, VERBS, Verb, may, originators

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book


@dataclass(frozen=True, slots=True)
class TableRow:
    """One form: what each role may do with it, and the items only some roles may write."""

    form: str
    rights: dict[str, tuple[Verb, ...]]
    items: dict[str, tuple[str, ...]]


def table(book: Book) -> tuple[TableRow, ...]:
    """Give the whole table, in the order of the forms of the study."""
    roles = [role for role in book.roles if role in STANDINGS]
    return tuple(_row(book, form, roles) for form in book.forms)


def _row(book: Book, form: str, roles: list[str]) -> TableRow:
    rights = {role: tuple(verb for verb in VERBS if may(book, role, form, verb)) for role in roles}
    items = book.forms[form].items()
    named = {item.oid: originators(book, form, item.oid) for item in items}
    return TableRow(form, rights, {item: roles for item, roles in named.items() if roles})
