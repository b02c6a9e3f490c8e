"""Where the packaged paper fonts lie; never a font of the system."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

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


def font_named(size: int) -> str:
    """Name a paper font by the size of its file; ValueError when the text was set in another font."""
    found = [name for name in PAPER_FONTS if _size(name) == size]
    if len(found) != 1:
        raise ValueError("a text was set in a font that is not one of the paper's")
    return found[0]


@cache
def _size(name: str) -> int:
    return len(font_file(name).read_bytes())


@cache
def font_file(name: str) -> Path:
    """Find a paper font by its file name; KeyError for any other name."""
    package, *folders = PAPER_FONTS[name]
    # not importlib.resources, which imports: one of these packages takes a second for that
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(name)
    return Path(found.submodule_search_locations[0], *folders, name)
