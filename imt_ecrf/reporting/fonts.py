"""Where the packaged paper fonts lie; never a font of the system."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PT_SANS: Final = ("fontpkg_pt_sans", "files")
PT_SANS_NARROW: Final = ("fontpkg_pt_sans_narrow", "files")
DEJAVU: Final = ("rinoh_typeface_dejavusans",)

PAPER_FONTS: Final = {
    "PT_Sans-Web-Regular.ttf": PT_SANS,
    "PT_Sans-Web-Bold.ttf": PT_SANS,
    "PT_Sans-Web-Italic.ttf": PT_SANS,
    "PT_Sans-Narrow-Web-Regular.ttf": PT_SANS_NARROW,
    "PT_Sans-Narrow-Web-Bold.ttf": PT_SANS_NARROW,
    "DejaVuSans.ttf": DEJAVU,
    "DejaVuSans-Bold.ttf": DEJAVU,
}


def font_file(name: str) -> Traversable:
    """Find a paper font by its file name; KeyError for any other name."""
    package, *folders = PAPER_FONTS[name]
    found = files(package)
    for folder in (*folders, name):
        found = found.joinpath(folder)
    return found
