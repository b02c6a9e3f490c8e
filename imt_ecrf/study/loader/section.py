"""One mapping of a draft read key by key with the type each key must have; knows no definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.definition import TranslatedText
from imt_ecrf.study.loader.mistakes import Mark, Mistakes, near
from imt_ecrf.study.loader.source import Map, Seq, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LANGUAGES = ("en", "ru")


@dataclass(slots=True)
class Section:
    """A mapping and who it is about ("item AESER"); `done` names the keys that nobody asked for."""

    mistakes: Mistakes
    source: Map
    who: str
    asked: set[str] = field(default_factory=set)

    def has(self, key: str) -> bool:
        """Tell whether a key is written."""
        return key in self.source

    def mark(self, key: str | None = None) -> Mark:
        """Give the place of a key, or of the mapping itself."""
        return self.source.marks.get(key, self.source.mark) if key else self.source.mark

    def wrong(self, key: str | None, what: str) -> None:
        """Note a mistake at a key."""
        self.mistakes.add(self.mark(key), f"{self.who}: {what}")

    def raw(self, key: str, *, needed: bool = False) -> Any:
        """Give a value as it stands; an empty one is a mistake, a missing one when it is needed."""
        value = self.source.get(key)
        if value is None and key in self.source and key not in self.asked:
            self.wrong(key, f"{key} is empty: fill it or leave it out")
        elif value is None and needed and key not in self.source:
            self.wrong(None, f"{key} is missing")
        self.asked.add(key)
        return value

    def text(self, key: str, default: str = "") -> str:
        """Give a text that must be there."""
        value = self.maybe(key, needed=True)
        return default if value is None else value

    def maybe(self, key: str, *, needed: bool = False) -> str | None:
        """Give a text that may be absent."""
        value = self.raw(key, needed=needed)
        if value is None or (isinstance(value, str) and value):
            return value
        self.wrong(key, f"{key} must be a text{_hint(value)}")
        return None

    def said(self, key: str) -> str | None:
        """Give a text or a number as its text (days and factors of the book)."""
        value = self.raw(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return str(value)
        self.wrong(key, f"{key} must be a number or a text")
        return None

    def number(self, key: str, least: int = 0) -> int | None:
        """Give a whole number that may be absent."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.wrong(key, f"{key} must be a whole number, at least {least}")
        return None

    def flag(self, key: str) -> bool:
        """Give true or false; absent is false."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(key, f"{key} must be true or false")
        return False

    def word(self, key: str, words: Collection[str], default: str) -> str:
        """Give one of some words; the default when it is absent or wrong."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, str) and value in words:
            return value
        hint = near(str(value), words)
        self.wrong(key, f"{key} must be one of {', '.join(words)}, not {plain(value)}{hint}")
        return default

    def names(self, key: str) -> tuple[str, ...]:
        """Give a list of texts; absent is empty."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, Seq):
            self.wrong(key, f"{key} must be a list: [A, B]")
            return ()
        good = tuple(member for member in value if isinstance(member, str) and member)
        if len(good) != len(value):
            self.wrong(key, f"{key} must hold texts only; write a number in quotes")
        if len(set(good)) != len(good):
            self.wrong(key, f"{key} names something twice")
        return good

    def both(self, key: str, *, needed: bool = True) -> TranslatedText | None:
        """Give a text in both languages; a missing language is a mistake."""
        if self.raw(key, needed=needed) is None:
            return None
        inner = self.section(key, f"{self.who}: {key}")
        if inner is None:
            return None
        texts = {language: self._language(inner, key, language) for language in LANGUAGES}
        inner.done()
        return TranslatedText(**texts)

    def translated(self, key: str) -> TranslatedText:
        """Give a text in both languages that must be there."""
        return self.both(key) or TranslatedText("", "")

    def _language(self, inner: Section, key: str, language: str) -> str:
        value = inner.raw(language)
        if isinstance(value, str) and value:
            return value
        name = {"en": "English", "ru": "Russian"}[language]
        inner.mistakes.add(self.mark(key), f"{self.who}: {key} has no {name} text")
        return ""

    def section(self, key: str, who: str) -> Section | None:
        """Give the mapping at a key."""
        value = self.raw(key)
        if isinstance(value, Map):
            return Section(self.mistakes, value, who)
        if value is not None:
            self.wrong(key, f"{key} must hold keys and values")
        return None

    def sections(self, key: str, who: str, *, needed: bool = False) -> Iterator[Section]:
        """Give the mappings of a list, each named by its `oid`."""
        value = self.raw(key, needed=needed)
        if value is None:
            return
        if not isinstance(value, Seq):
            self.wrong(key, f"{key} must be a list")
            return
        for member, mark in zip(value, value.marks, strict=True):
            if isinstance(member, Map):
                name = member.get("oid")
                yield Section(self.mistakes, member, f"{who} {name}" if isinstance(name, str) else who)
            else:
                self.mistakes.add(mark, f"{self.who}: {key} must hold keys and values, not {plain(member)}")

    def done(self) -> None:
        """Note every key that means nothing here."""
        for key in self.source:
            if key not in self.asked:
                self.wrong(key, f"{key} means nothing here{near(key, self.asked)}")


def _hint(value: object) -> str:
    return "; write the number in quotes" if isinstance(value, (int, Decimal)) else ""
