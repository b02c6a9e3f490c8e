"""A copy of the study's draft in which a test makes one mistake."""

import shutil
from pathlib import Path

from imt_ecrf import rooms
from imt_ecrf.study.loader.tested import run_cases


def copy(folder: Path) -> Path:
    """Copy the draft of the study into a folder named forms."""
    return Path(shutil.copytree(rooms.forms(), folder / "forms"))


def change(forms: Path, file: str, old: str, new: str) -> None:
    """Put one text in the place of another that stands exactly once in a file."""
    path = forms / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def mistakes(forms: Path) -> list[tuple[str, str, str]]:
    """List the mistakes of a draft and of its cases: the file, what stands on the line, what is wrong."""
    tested = run_cases(forms)
    found = sorted([*tested.mistakes, *tested.untested, *tested.failed])
    return [(one.file, _line(forms.parent / one.file, one.line), one.what) for one in found]


def _line(file: Path, number: int) -> str:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return lines[number - 1].strip() if len(lines) >= number else ""
