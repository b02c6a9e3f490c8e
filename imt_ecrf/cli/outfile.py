"""A file a command writes for a person: refused before the work, whole or not there; knows no paper."""

import os
from pathlib import Path

import click

from imt_ecrf.store.held import half_file


def place_for(out: Path, *, folder: bool = False) -> None:
    """Refuse in one sentence a place that cannot take what will be written; `folder`: several files."""
    try:
        near = out if out.is_dir() else out.absolute().parent
        is_file = out.is_file()
    except OSError as problem:  # a name no disk takes
        raise _no(out, str(problem.strerror)) from None
    if folder and is_file:
        raise click.ClickException(f"{out} is a file: several files are written, into a folder.")
    while not near.exists() and near != near.parent:
        near = near.parent
    if not near.is_dir():
        raise _no(out, f"{near} is not a folder")
    if not os.access(near, os.W_OK | os.X_OK):
        raise _no(out, f"no permission to write into {near}")


def put(out: Path, name: str, content: bytes) -> Path:
    """Write a file whole, into `out` under its own name where that is a folder, and give where it is."""
    target = out / name if out.is_dir() else out
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with half_file(target.parent, target.name) as half:
            half.file.write(content)
            half.become(target)
    except OSError as problem:
        raise _no(target, str(problem.strerror)) from None
    return target


def _no(out: Path, why: str) -> click.ClickException:
    return click.ClickException(f"Cannot write {out}: {why}.")
