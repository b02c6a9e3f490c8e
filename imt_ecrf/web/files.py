"""Addresses on the pages: worked out once; those of the program's own files change when the file does."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import g, request, url_for

if TYPE_CHECKING:
    from flask import Flask


MOST: Final = 4096
PLAIN: Final = frozenset({str, int})


@cache
def mark(file: Path) -> str:
    """Give eight letters that stand for the contents of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8] if file.is_file() else ""


def icons() -> str:
    """Give the address of the sheet of icons, worked out once a page: a page names it many times."""
    if "icons" not in g:
        g.icons = url_for("static", filename="icons.svg")
    found: str = g.icons
    return found


def install(app: Flask) -> None:
    """Let the address of every file of the static folder carry its mark."""

    @app.url_defaults
    def _marked(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["v"] = mark(Path(str(app.static_folder), values["filename"]))

    @lru_cache(maxsize=MOST)
    def _known(root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        del root  # the program may be served below a path: it belongs to the address
        return url_for(endpoint, **dict(values))

    def _address(endpoint: str, **values: Any) -> str:
        """Give the address of a view for a template: it rests on nothing but its name and values."""
        if all(type(value) in PLAIN for value in values.values()):
            return _known(request.script_root, endpoint, tuple(values.items()))
        return url_for(endpoint, **values)

    app.jinja_env.globals["icons"] = icons
    app.jinja_env.globals["url_for"] = _address
