"""The guards as data: what the database refuses, one dialect-free sentence each; runs no SQL."""

# ruff: noqa: S608 - the texts put together here are all our own: names of tables and columns

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from sqlalchemy import UniqueConstraint

from imt_ecrf.store.tables import Base

if TYPE_CHECKING:
    from sqlalchemy import Table

Moment: TypeAlias = Literal["INSERT", "UPDATE", "DELETE"]

VOLATILE: Final = frozenset({"due_work", "entry_draft", "job", "planned_visit", "web_session"})
"""Drafts, jobs, web sessions and caches of the plan: the only rows that may be overwritten and deleted."""

APPEND_ONLY: Final = frozenset(
    {
        *("change_set", "event", "signature", "query_message", "verification", "unlock", "tree_head", "leaf"),
        *("study_version", "study_tests", "setting", "lab_range", "stored_file"),
    }
)
"""Logs: a row is written once and stays as it is."""

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "account": ("id", "username", "username_key", "demo", "created_at", "created_by"),
    "site": ("code", "created_at", "created_by"),
    "membership": ("id", "user_id", "role", "site", "from_utc", "granted_at", "granted_by"),
    "delegation": ("id", "user_id", "site", "task", "from_utc", "delegated_at", "delegated_by"),
    "subject": ("id", "code", "site", "number", "screened_at", "screened_by"),
    "event_data": ("id", "subject_id", "site", "event", "event_repeat"),
    "form_data": (
        *("id", "subject_id", "site", "event", "event_repeat", "form", "form_repeat"),
        *("created_at", "created_by"),
    ),
    "query": (
        *("id", "form_data_id", "subject_id", "site", "event", "event_repeat", "form", "form_repeat"),
        *("path", "check", "origin", "opened_at", "opened_by"),
    ),
}
"""What a row is about: these columns never change."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Refuse (`message`) what the condition describes when a row is written, changed or deleted.

    Conditions are SQL both databases understand, with SHA256(…), UTC_NOW and UNEXPLAINED
    for what they say differently.
    """

    table: str
    moment: Moment
    condition: str
    message: str
    sqlite_only: bool = False


ALWAYS: Final = "TRUE"


def sentences() -> tuple[Sentence, ...]:
    """List every guard: those of all tables, then those of documents and states."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in VOLATILE]
    general = tuple(one for table in tables for one in _of_table(table))
    return (*general, *_CHANGE_SET, *_FORM_INSERT, *_FORM_UPDATE, *_STATES)


def _of_table(table: Table) -> list[Sentence]:
    found = [Sentence(table.name, "DELETE", ALWAYS, f"nothing is deleted from {table.name}")]
    # REPLACE deletes the old row without asking the DELETE guard unless recursive_triggers is on
    same = [" AND ".join(f"held.{name} = NEW.{name}" for name in key) for key in _unique_keys(table)]
    taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table.name} AS held WHERE {one})" for one in same)
    message = f"a row of {table.name} with this key is already there"
    found.append(Sentence(table.name, "INSERT", taken, message, sqlite_only=True))
    if table.name in APPEND_ONLY:
        found.append(Sentence(table.name, "UPDATE", ALWAYS, f"a row of {table.name} never changes"))
    else:
        moved = " OR ".join(f"NEW.{quoted(c)} IS DISTINCT FROM OLD.{quoted(c)}" for c in KEYS[table.name])
        found.append(Sentence(table.name, "UPDATE", moved, f"the keys of {table.name} never change"))
    return found


def _unique_keys(table: Table) -> list[tuple[str, ...]]:
    keys = [tuple(column.name for column in table.primary_key)]
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [tuple(column.name for column in one.columns) for one in unique]
    keys += [(column.name,) for column in table.columns if column.unique]
    return sorted(set(keys))


def quoted(column: str) -> str:
    """Quote the one column name that is a word of SQL."""
    return f'"{column}"' if column == "check" else column


_CHANGE_SET: Final = (
    Sentence(
        "change_set",
        "INSERT",
        # a first save replaces nothing; the sentence below holds it to that
        "NEW.from_version > 0 AND (UNEXPLAINED)",
        "a change that replaces or clears a saved value needs a reason",
    ),
    Sentence(
        "change_set",
        "INSERT",
        "NEW.to_version <> NEW.from_version + 1 OR NEW.from_version <> coalesce("
        "(SELECT f.version FROM form_data AS f WHERE f.id = NEW.form_data_id), 0)",
        "a change_set leads from the version of the form to the next one",
    ),
    Sentence(
        "unlock",
        "INSERT",
        "NEW.first_approver = NEW.second_approver OR coalesce(trim(NEW.reason), '') = '' "
        "OR (NEW.form_data_id IS NULL AND NEW.subject_id IS NULL)",
        "an unlock names a form or a subject, a reason and two different people",
    ),
)
_THE_SAVE: Final = (
    "NOT EXISTS (SELECT 1 FROM change_set AS c WHERE c.form_data_id = NEW.id AND c.to_version = NEW.version "
    "AND c.data_sha256 = NEW.data_sha256 AND c.study_version = NEW.study_version "
    "AND c.entry_state = NEW.entry_state)"
)
_FORM_INSERT: Final = (
    Sentence(
        "form_data",
        "INSERT",
        f"NEW.version <> 1 OR {_THE_SAVE}",
        "a form begins with its change_set, version 1",
    ),
    Sentence(
        "form_data",
        "INSERT",
        "NEW.data_sha256 IS DISTINCT FROM SHA256(NEW.data)",
        "the hash is not that of the document",
    ),
    Sentence(
        "form_data",
        "INSERT",
        "NEW.state_seq <> 0 OR NEW.frozen_at IS NOT NULL OR NEW.locked_at IS NOT NULL",
        "a form begins without marks",
    ),
)
_DOCUMENT_MOVES: Final = (
    "NEW.data IS DISTINCT FROM OLD.data OR NEW.data_sha256 IS DISTINCT FROM OLD.data_sha256 "
    "OR NEW.study_version IS DISTINCT FROM OLD.study_version"
)
_LEAVE: Final = (
    "NOT EXISTS (SELECT 1 FROM unlock AS u WHERE (u.form_data_id = NEW.id OR u.subject_id = NEW.subject_id) "
    "AND u.first_approver <> u.second_approver AND u.expires_at > UTC_NOW)"
)
_FORM_UPDATE: Final = (
    Sentence(
        "form_data",
        "UPDATE",
        f"(NEW.version IS DISTINCT FROM OLD.version) <> ({_DOCUMENT_MOVES})",
        "a document and its version change only together",
    ),
    Sentence(
        "form_data",
        "UPDATE",
        f"NEW.version IS DISTINCT FROM OLD.version AND (NEW.version <> OLD.version + 1 OR {_THE_SAVE})",
        "a document changes only with its change_set, one version on",
    ),
    Sentence(
        "form_data",
        "UPDATE",
        "NEW.version IS DISTINCT FROM OLD.version AND NEW.data_sha256 IS DISTINCT FROM SHA256(NEW.data)",
        "the hash is not that of the document",
    ),
    Sentence(
        "form_data",
        "UPDATE",
        "NEW.state_seq < OLD.state_seq OR (NEW.version = OLD.version AND "
        "NEW.entry_state IS DISTINCT FROM OLD.entry_state AND (NEW.state_seq = OLD.state_seq OR "
        "NOT EXISTS (SELECT 1 FROM event AS e WHERE e.seq = NEW.state_seq AND e.form_data_id = NEW.id "
        "AND e.form_version = NEW.version AND e.to_state = NEW.entry_state)))",
        "the state of a form changes only with its change_set or an event",
    ),
    Sentence(
        "form_data",
        "UPDATE",
        "(OLD.frozen_at IS NOT NULL OR OLD.locked_at IS NOT NULL) AND "
        "(NEW.version IS DISTINCT FROM OLD.version OR NEW.entry_state IS DISTINCT FROM OLD.entry_state)",
        "a frozen or locked form changes only its review marks",
    ),
    Sentence(
        "form_data",
        "UPDATE",
        "((OLD.locked_at IS NOT NULL AND NEW.locked_at IS DISTINCT FROM OLD.locked_at) OR "
        "(OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS DISTINCT FROM OLD.frozen_at)) "
        f"AND {_LEAVE}",
        "a frozen or locked form opens only under an unlock by two people",
    ),
)
_STATES: Final = (
    Sentence(
        "event_data",
        "UPDATE",
        "NEW.state_seq < OLD.state_seq OR ((NEW.state IS DISTINCT FROM OLD.state OR "
        "NEW.reason IS DISTINCT FROM OLD.reason) AND (NEW.state_seq = OLD.state_seq OR "
        "NOT EXISTS (SELECT 1 FROM event AS e WHERE e.seq = NEW.state_seq AND e.event_data_id = NEW.id "
        "AND e.to_state = NEW.state)))",
        "the state of a visit changes only with an event",
    ),
    Sentence(
        "query",
        "UPDATE",
        "NEW.message_seq < OLD.message_seq OR (NEW.state IS DISTINCT FROM OLD.state AND "
        "(NEW.message_seq = OLD.message_seq OR NOT EXISTS (SELECT 1 FROM query_message AS m "
        "WHERE m.seq = NEW.message_seq AND m.query_id = NEW.id AND m.to_state = NEW.state)))",
        "the state of a query changes only with a message",
    ),
    Sentence(
        "membership",
        "UPDATE",
        "OLD.ended_at IS NOT NULL",
        "a membership that has ended stays as it is: grant a new one",
    ),
    Sentence(
        "delegation",
        "UPDATE",
        "OLD.ended_at IS NOT NULL",
        "a delegation that has ended stays as it is: give a new one",
    ),
)
