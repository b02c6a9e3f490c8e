"""Refusals: what cannot be done and why, in the user's words; knows no act and no page."""

from __future__ import annotations

from typing import ClassVar


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


class NotPermitted(Refused):
    """Your role may not do this."""

    ru = "Ваша роль не позволяет этого."
    status = 403

    def text(self, language: str = "en") -> str:
        """Say that it is not for this role and, where it is known (`roles`), for whom it is."""
        said = super().text(language)
        roles = self.facts.get("roles")
        if not isinstance(roles, tuple) or not roles:
            return said
        return f"{said} {'Это могут' if language == 'ru' else 'These roles may'}: {', '.join(roles)}."
