"""A copy held against what the installation made, from the command line; judges nothing itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.reporting.judge import Signed
    from imt_ecrf.reporting.verdict import Copy, Verdict

PATIENCE = 1800
"""Seconds: comparing the revisions of a long countersigned file that is in no record takes minutes."""
SINCE = {True: "; data have changed since", False: "; nothing has changed since", None: ""}
WHY = {
    "": "It was not made here, or it was changed so much that nothing of it is left.",
    "added": "A copy made here stands at its beginning; something was written behind it.",
    "begins": "It begins as a copy made here; further on it differs, or it is cut off.",
    "broken": "It carries the seal of this installation, which no longer fits its contents.",
    "damaged": "It cannot be read as a PDF: it is incomplete or damaged.",
    "encrypted": "It is encrypted, and copies made here never are. Check the file as it was handed out.",
    "no bytes": "The file is empty.",
    "no pdf": "It is not a PDF.",
    "revoked": "It is in no record, and its seal was made with a certificate revoked on {}.",
    "unrecorded": "Its seal stands, but it is in no record of this installation.",
    "unsealed": "It carries no seal. A copy without one is known by its exact bytes only.",
    "zip": "It is in no record. Unpack it and check each PDF in it by itself.",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def verify_copy(file: Path, data: Path) -> None:
    """Say whether a copy is genuine, altered or not ours, and who signed it; exit 1 unless it is genuine."""
    from imt_ecrf import jobs
    from imt_ecrf.conduct.actor import system
    from imt_ecrf.reporting.verdict import GENUINE, verdict

    with opened(data) as here:
        found = verdict(jobs.house_of(here.engines, here.settings), file, system(), seconds=PATIENCE)
    click.echo(f"{file}: {found.word}{SINCE[found.changed]}")
    for line in _lines(found):
        click.echo(f"  {line}")
    if found.word != GENUINE:
        raise SystemExit(1)


def _lines(found: "Verdict") -> "Iterator[str]":
    from imt_ecrf.reporting.verdict import GENUINE

    since = f"{found.revoked_at:%Y-%m-%d %H:%M:%S} UTC" if found.revoked_at else ""
    if found.why or found.word != GENUINE:
        yield WHY[found.why].format(since)
    elif since:
        yield f"The certificate was revoked on {since}; this copy is on record as made before."
    if found.copy:
        yield _copy(found.copy)
    yield from (_signer(one) for one in found.signers)
    if found.newer:
        yield f"A newer copy was made on {found.newer:%Y-%m-%d %H:%M:%S} UTC."
    yield f"SHA-256 {found.sha256}"


def _copy(one: "Copy") -> str:
    said = [
        f"Made {one.made_at:%Y-%m-%d %H:%M:%S} UTC",
        {"bulk": "casebooks of many"}.get(one.kind, one.kind),
    ]
    if one.subject:
        said.append(f"subject {one.subject}")
    if one.language:
        said += [one.profile, one.language]
        said += ["signed forms only"] if one.signed_only else []
        said += [] if one.history else ["without history"]
    said += [f"study version {one.study_version}"] if one.study_version else []
    said += [f"{one.pages} pages"] if one.pages else []
    return ", ".join(said) + "."


def _signer(one: "Signed") -> str:
    who = ", ".join(word for word in (one.name, one.role) if word)
    stamped = f", time stamp {one.stamped}" if one.stamped else ""
    return f"{one.field}: {who}; {one.meaning}; {one.at}{stamped}"
