"""Parts printed ahead: what was completed or signed lately is ready when somebody asks for the casebook."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from imt_ecrf import store
from imt_ecrf.conduct.actor import system
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting.copy import parts_of
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.options import LANGUAGES, Options
from imt_ecrf.reporting.parts import FOLDER
from imt_ecrf.reporting.render import PrintingFailed
from imt_ecrf.store.tables import ChangeSet, FormData, Job, Signature, StoredFile, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.reporting.keep import House
    from imt_ecrf.reporting.pages import Part

LOOKED = "looked.json"
FINISHED = ("complete", "not done")
AHEAD = 2  # subjects in one look: who asks for a casebook does not wait long behind it

logger = logging.getLogger(__name__)


def print_due(house: House) -> int:
    """Print the finished parts of subjects that changed since the last look; give how many were looked at.

    What was looked at is noted beside the parts. Without the note nothing is printed behind: it starts now.
    """
    note = house.data / FOLDER / LOOKED
    with store.reading(house.engines) as session:
        newest = [session.scalar(select(func.max(table.seq))) or 0 for table in (ChangeSet, Signature)]
        seen, left = _noted(note, newest)
        left += [code for code in _changed(session, seen) if code not in left]
        languages = _languages(session)
        if session.scalar(select(Job.id).where(Job.state == "waiting").limit(1)):
            return 0
    now, later = left[:AHEAD], left[AHEAD:]
    if now or seen != newest or not note.is_file():
        _set(note, newest, left)
    for code in now:
        _print(house, code, languages)
    if now:
        _set(note, newest, later)
    return len(now)


def _noted(note: Path, newest: list[int]) -> tuple[list[int], list[str]]:
    try:
        kept = json.loads(note.read_text())
        return [int(number) for number in kept["seen"]], list(kept["left"])
    except (OSError, ValueError, KeyError):
        return newest, []


def _set(note: Path, seen: list[int], left: list[str]) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    half = note.with_suffix(".half")
    half.write_text(json.dumps({"seen": seen, "left": left}))
    half.replace(note)


def _changed(session: Session, seen: list[int]) -> list[str]:
    """List the subjects with a completed or signed form since these numbers of the log."""
    found: set[str] = set()
    for table, number in ((ChangeSet, seen[0]), (Signature, seen[1])):
        wanted = select(Subject.code).join(FormData, FormData.subject_id == Subject.id)
        wanted = wanted.join(table, table.form_data_id == FormData.id).where(table.seq > number)
        if table is ChangeSet:
            wanted = wanted.where(FormData.entry_state.in_(FINISHED))
        found |= set(session.scalars(wanted.distinct()))
    return sorted(found)


def _languages(session: Session) -> list[str]:
    """Give the languages casebooks were asked for in, English before any was."""
    scopes = session.scalars(select(StoredFile.scope).distinct())
    found = {scope.split("-")[0] for scope in scopes} & set(LANGUAGES)
    return sorted(found) or ["en"]


def _print(house: House, code: str, languages: list[str]) -> None:
    for language in languages:
        options = Options(language)
        try:
            with store.reading(house.engines) as session:
                casebook = gather(session, system(), code, demo=house.demo, options=options)
            with house.printer(options) as printer:
                printer.print_all(parts_of(casebook, options, _finished))
        except (Refused, PrintingFailed, OSError) as fault:
            logger.warning("parts of %s were not printed ahead: %s", code, fault)


def _finished(part: Part) -> bool:
    return all(form.finished for form in part.forms)
