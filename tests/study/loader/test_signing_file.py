"""Mistakes in signing.yaml are said with file and line; a study without the file signs by no date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.study.loader import load
from imt_ecrf.study.loader.draft import Draft
from imt_ecrf.study.loader.milestones import check_milestones, read_milestones
from imt_ecrf.study.loader.section import Section
from imt_ecrf.study.loader.source import read
from tests.dated import PLAN, dated_book
from tests.study.loader.draft import copy

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.study.definition import Milestone

WRITTEN = """\
milestones:
  - oid: MS_ENTRY
    name: {en: Before the dose, ru: Before the dose (ru)}
    each: subject
    forms: [F_LB]
    events: [SE_SCR]
    within: days
    before: first dose
  - oid: MS_FAST
    name: {en: Event, ru: Event (ru)}
    each: form
    forms: [F_AE]
    within: hours
    unit: hours
    since: [AESTDAT]
"""
SLIPS = [
    ("each: subject", "each: child", 4, "each must be one of subject, cycle, visit, form, not child"),
    ("forms: [F_AE]", "forms: [F_AD]", 12, "there is no form F_AD"),
    ("events: [SE_SCR]", "events: [SE_SCREEN]", 6, "there is no event SE_SCREEN"),
    ("within: days", "within: weeks", 7, "there is no setting weeks"),
    ("within: hours", "within: words", 13, "words must be a setting of type integer"),
    ("since: [AESTDAT]", "since: [AETERM]", 15, "since is a date, or a date and a time, of one form"),
    ("since: [AESTDAT]", "since: [AEWHEN]", 15, "there is no item AEWHEN"),
    ("since: [AESTDAT]", "since: [DODAT]", 15, "since must stand in one of its forms when each is form"),
    ("before: first dose", "before: event", 8, "before must be first dose, last dose, data cut or an event"),
    ("before: first dose", "before: SE_NEVER", 8, "there is no event SE_NEVER"),
    ("before: first dose", "before: data cut\n    since: [DODAT]", 9, "since is where within begins"),
    ("    within: days\n    before: first dose\n", "", 2, "write within or before: a milestone has a time"),
    ("oid: MS_FAST", "oid: MS_ENTRY", 9, "the milestone MS_ENTRY exists already"),
    ("unit: hours", "until: hours", 14, "until means nothing here"),
]


def taken(folder: Path, text: str) -> tuple[tuple[Milestone, ...], list[tuple[int, str]]]:
    """Read a file of milestones against the small study; give them, and the mistakes by line."""
    (folder / "signing.yaml").write_text(text, encoding="utf-8")
    draft, version = Draft(), dated_book().version
    source = read(folder / "signing.yaml", "forms/signing.yaml", draft.mistakes)
    assert source is not None
    section = Section(draft.mistakes, source, "signing.yaml")
    items = [item.oid for form in version.forms for item in form.items()]
    draft.sections |= {("form", form.oid): section for form in version.forms}
    draft.sections |= {("event", event.oid): section for event in version.events}
    draft.sections |= {("item", item): section for item in items}
    draft.sections |= {("setting", key): section for key in ("days", "hours", "words")}
    milestones = tuple(read_milestones(draft, section))
    section.done()
    draft.resolve()
    check_milestones(draft, replace(version, milestones=milestones))
    return milestones, [(one.line, one.what) for one in draft.mistakes.sorted()]


@pytest.mark.req("R16")
@pytest.mark.parametrize(("old", "new", "line", "said"), SLIPS)
def test_a_mistake_in_a_milestone_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert WRITTEN.count(old) == 1
    _milestones, mistakes = taken(tmp_path, WRITTEN.replace(old, new))
    assert any(where == line and said in what for where, what in mistakes), mistakes


@pytest.mark.req("R16")
def test_milestones_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert taken(tmp_path, WRITTEN) == (PLAN[:2], [])


@pytest.mark.req("R16")
def test_a_study_without_the_file_has_no_milestones_and_no_mistake(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    (forms / "signing.yaml").unlink()
    version, mistakes = load(forms)
    assert (version.milestones, mistakes) == ((), [])
