"""Roles and their rights on forms and items read from roles.yaml; knows no person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.study.definition import FormRights, Role
from imt_ecrf.study.loader.draft import Reference
from imt_ecrf.study.loader.source import Seq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

ALL, NONE = "all", "none"


@dataclass(frozen=True, slots=True)
class People:
    """The roles, and for each role the forms it may see (None: every form)."""

    roles: tuple[Role, ...]
    sees: dict[str, frozenset[str] | None]

    def blind(self, form: str) -> tuple[str, ...]:
        """List the roles that may not see a form."""
        forms = ((role.oid, self.sees[role.oid]) for role in self.roles)
        return tuple(role for role, seen in forms if seen is not None and form not in seen)


def read_people(draft: Draft, section: Section) -> People:
    """Read the roles and what each may see."""
    roles, sees = [], {}
    for inner in section.sections("roles", "role", needed=True):
        role = Role(draft.name("role", inner), inner.translated("name"), inner.text("can"))
        roles.append(role)
        sees[role.oid] = _sees(draft, inner)
        inner.done()
    return People(tuple(roles), sees)


def _sees(draft: Draft, section: Section) -> frozenset[str] | None:
    value = section.raw("sees")
    if value is None or value == ALL:
        return None
    if isinstance(value, Seq):
        return frozenset(draft.use_all("form", section, "sees"))
    if value != NONE:
        section.wrong("sees", "sees must be all, none or a list of forms")
    return frozenset()


def read_rights(draft: Draft, section: Section, people: People) -> Iterator[FormRights]:
    """Read who enters, verifies and signs each form; blinding comes from the roles."""
    rights = section.section("rights", "rights")
    for form in rights.source if rights else ():
        inner = rights.section(form, f"rights of {form}") if rights else None
        if rights is None or inner is None:
            continue
        draft.used.append(Reference("form", form, rights.mark(form), "rights"))
        draft.sections["right", form] = inner
        right = FormRights(
            form=form,
            enter=draft.use_all("role", inner, "enter"),
            verify=draft.use_all("role", inner, "verify"),
            sign=draft.use_all("role", inner, "sign"),
            hidden_from=people.blind(form),
            item_enter=_items(draft, inner),
        )
        inner.done()
        _not_blind(inner, right)
        draft.originators.update(right.item_enter)
        yield right


def _items(draft: Draft, section: Section) -> dict[str, tuple[str, ...]]:
    items = section.section("items", section.who)
    return {item: draft.use_all("role", items, item) for item in draft.use_keys("item", items) if items}


def _not_blind(section: Section, right: FormRights) -> None:
    named = {key: getattr(right, key) for key in ("enter", "verify", "sign")}
    named["items"] = tuple(role for roles in right.item_enter.values() for role in roles)
    for key, roles in named.items():
        for role in roles:
            if role in right.hidden_from:
                section.wrong(key, f"{role} stands in {key} but may not see {right.form}")
