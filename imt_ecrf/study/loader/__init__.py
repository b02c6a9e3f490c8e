"""The draft in forms/ and its mistakes; knows no database. A Book in one line: `book = draft_book()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf import rooms
from imt_ecrf.study.loader.assembly import assemble
from imt_ecrf.study.loader.compilation import compile_rules
from imt_ecrf.study.loader.consistency import check_whole
from imt_ecrf.study.loader.draft import Draft
from imt_ecrf.study.loader.mistakes import Mistake
from imt_ecrf.study.publication import fingerprint, publish, read

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion

__all__ = ["DraftHasMistakes", "Mistake", "draft_book", "fingerprint", "load", "publish", "read"]


class DraftHasMistakes(Exception):  # noqa: N818 - named as what it tells the data manager
    """The draft has mistakes and cannot be used."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def load(folder: Path) -> tuple[StudyVersion, list[Mistake]]:
    """Read the draft of a folder; with mistakes the version is only good for looking at. Runs no case."""
    version, draft = read_draft(folder)
    return version, draft.mistakes.sorted()


def read_draft(folder: Path) -> tuple[StudyVersion, Draft]:
    """Read the draft of a folder with the place of everything in it."""
    draft = Draft()
    version = assemble(folder, draft)
    if draft.whole:
        check_whole(draft, version)
        draft.resolve()
        version = compile_rules(draft, version)
    return version, draft


def draft_book(folder: Path | None = None) -> Book:
    """Give the draft (of forms/ when no folder is named) as the Book that publication would give."""
    version, mistakes = load(folder or rooms.forms())
    if mistakes:
        raise DraftHasMistakes(mistakes)
    return read(publish(version))
