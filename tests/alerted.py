"""The small study with two alerts: on what a person enters, and on a value worked out from another form."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from imt_ecrf.study import publication
from imt_ecrf.study.definition import Alert, Rule, Setting
from imt_ecrf.study.rules.environment import dictionary_of
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule
from tests.factories import small_book, words

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion

LOUD = "AETERM == 'Loud'"
HEAVY = "DOWEIGHT > 20"
TOLD = ("PI", "SAFE", "MEDMON")


@cache
def alerted_book() -> Book:
    """Give the small study; a loud event is told within 24 hours, a heavy child by no time."""
    version = small_book("alerted").version
    alerts = (
        Alert("AL_LOUD", words("Loud"), "F_AE", _rule(version, LOUD, "F_AE"), TOLD, "hours"),
        Alert("AL_HEAVY", words("Heavy"), "F_DO", _rule(version, HEAVY, "F_DO"), ("PI",)),
    )
    setting = Setting("hours", "integer", "study", 24)
    version = replace(version, alerts=alerts, settings=(*version.settings, setting))
    return publication.read(publication.publish(version))


def _rule(version: StudyVersion, text: str, form: str) -> Rule:
    found = parse_and_check(text, dictionary_of(version), home=form, use="show_if")
    assert isinstance(found, CompiledRule), found
    return Rule(text, found.to_json())
