"""Which casebook is wanted: its language, its profile, and what it holds; knows no casebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from imt_ecrf import rooms

if TYPE_CHECKING:
    from pathlib import Path

Profile: TypeAlias = Literal["archive", "submission"]
PROFILES: Final[tuple[Profile, ...]] = ("archive", "submission")
LANGUAGES: Final = ("en", "ru", "both")
PAGES_PER_VOLUME: Final = 400


@dataclass(frozen=True, slots=True)
class Options:
    """What one wants of a copy; `both` prints English and Russian side by side."""

    language: str = "en"
    profile: Profile = "archive"
    signed_only: bool = False
    history: bool = True
    volume: int = PAGES_PER_VOLUME

    @property
    def code(self) -> str:
        """Name the choice in a few signs: the same choice has the same name."""
        signed = "-signed" if self.signed_only else ""
        return f"{self.language}-{self.profile}{signed}{'' if self.history else '-plain'}"

    @classmethod
    def of(cls, code: str) -> Options:
        """Read a choice from its name."""
        language, profile, *more = code.split("-")
        wanted: Profile = "submission" if profile == "submission" else "archive"
        return cls(language, wanted, "signed" in more, "plain" not in more)

    @property
    def sheets(self) -> tuple[Path, ...]:
        """Give the style sheets."""
        folder = rooms.reports() / "casebook"
        extra = (folder / "casebook-two.css",) if self.language == "both" else ()
        return (folder / "casebook.css", *extra)

    @property
    def archive(self) -> int:
        """Give the part of PDF/A: the second allows no attachment that is not PDF/A itself."""
        return 2 if self.profile == "submission" else 3


DEFAULT: Final = Options()
