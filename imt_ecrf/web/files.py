"""Addresses of the program's own files, which change when the file does, so that a browser may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import g, url_for

if TYPE_CHECKING:
    from flask import Flask


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

    app.jinja_env.globals["icons"] = icons
