"""Where the folders beside the package are (study, pages, paper, migrations); knows not what is in them."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


class RoomIsMissing(Exception):  # noqa: N818 - named as what is the case
    """A folder the program cannot work without is not where it should be."""


def forms() -> Path:
    """Return the folder with the study's draft (YAML); `IMT_ECRF_FORMS` names another."""
    return _find("forms", os.environ.get("IMT_ECRF_FORMS"))


def templates() -> Path:
    """Return the folder with the pages (Jinja); `IMT_ECRF_TEMPLATES` names another."""
    return _find("templates", os.environ.get("IMT_ECRF_TEMPLATES"))


def reports() -> Path:
    """Return the folder with paper and listings; `IMT_ECRF_REPORTS` names another."""
    return _find("reports", os.environ.get("IMT_ECRF_REPORTS"))


def migrations() -> Path:
    """Return the folder with the database's history (Alembic); it has no other place."""
    return _find("migrations", None)


def checkout() -> Path | None:
    """Return the checkout this package runs from, or None when it was installed from a wheel."""
    parent = _PACKAGE.parent
    return parent if (parent / "pyproject.toml").is_file() and (parent / "imt_ecrf").is_dir() else None


def _find(name: str, override: str | None) -> Path:
    if override:
        return _existing(Path(override), f"IMT_ECRF_{name.upper()} names {override}, which is not a folder")
    # the wheel carries the folders inside the package; a checkout and an editable install have them beside it
    inside = _PACKAGE / "_rooms" / name
    if inside.is_dir():
        return inside
    beside = checkout()
    if beside is None:
        raise RoomIsMissing(f"The folder {name} is missing from this installation: {inside} is not there.")
    return _existing(beside / name, f"The folder {name} is missing from the checkout {beside}")


def _existing(folder: Path, otherwise: str) -> Path:
    if not folder.is_dir():
        raise RoomIsMissing(f"{otherwise}.")
    return folder.resolve()
