"""The CRF book the study was written from, when it lies beside the checkout."""

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "study"


def book() -> dict[str, dict[str, Any]]:
    """Read every file of the book by its name; skip the test when the book is not there."""
    if not FOLDER.is_dir():
        pytest.skip("the CRF book does not lie beside the checkout")
    files = sorted(FOLDER.glob("*.yaml"))
    return {file.stem: yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) for file in files}


def forms(files: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """List the forms of the book."""
    return [content for content in files.values() if content.get("kind") == "Form"]
