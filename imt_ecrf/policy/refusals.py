"""Refusals: what cannot be done and why, in the user's words; knows no act and no page."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class Refused(Exception):  # noqa: N818 - a refusal is an answer to the user, not a fault of the program
    """This cannot be done."""

    ru: ClassVar[str] = "Это действие невозможно."
    status: ClassVar[int] = 422

    def __init__(self, detail: str = "", **facts: object) -> None:
        super().__init__(detail or (type(self).__doc__ or ""))
        self.detail = detail
        self.facts = facts

    def text(self, language: str = "en") -> str:
        """Say why in the reader's language."""
        sentence = self.ru if language == "ru" else (self.__doc__ or "").strip()
        return f"{sentence} {self.detail}".strip()


class NotFound(Refused):
    """There is nothing here, or it is not for you."""

    ru = "Здесь ничего нет или эта страница не для вас."
    status = 404


class NamesRoles(Refused):
    """These roles are meant:"""  # noqa: D400 - the roles follow

    ru = "Речь об этих ролях:"

    @property
    def roles(self) -> tuple[str, ...]:
        """Name the roles that may (`roles` of the facts); none where it is not known."""
        roles = self.facts.get("roles")
        return roles if isinstance(roles, tuple) else ()

    @property
    def site(self) -> str | None:
        """Name the site at which it was asked; None when it was asked anywhere."""
        site = self.facts.get("site")
        return site if isinstance(site, str) else None

    def text(self, language: str = "en", names: Mapping[str, str] = NO_NAMES) -> str:
        """Say why, naming the roles in the reader's words where they are given."""
        said = super().text(language)
        named = ", ".join(names.get(role, role) for role in self.roles)
        return f"{said} {named}." if named else said


class NotPermitted(NamesRoles):
    """Your role may not do this."""

    ru = "Ваша роль не позволяет этого."
    status = 403

    def text(self, language: str = "en", names: Mapping[str, str] = NO_NAMES) -> str:
        """Say that it is not for this role and, where it is known (`roles`), for whom it is."""
        said = Refused.text(self, language)
        if not self.roles:
            return said
        named = ", ".join(names.get(role, role) for role in self.roles)
        return f"{said} {'Это могут' if language == 'ru' else 'These roles may'}: {named}."
