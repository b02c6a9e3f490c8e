"""Proves that documents and signatures follow from the change-sets; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from imt_ecrf.store.canonical import dumps, loads, sha256
from imt_ecrf.store.changes import Cell, DoesNotFold, ItemChange, fold
from imt_ecrf.store.documents import STRUCK, FormRow
from imt_ecrf.store.faults import Fault
from imt_ecrf.store.signed import content_sha256
from imt_ecrf.store.tables import ChangeSet, Event, FormData, Signature, StudyVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_SET_COLUMNS = (
    *("seq", "form_data_id", "from_version", "to_version", "study_version", "entry_state", "diff"),
    *("data_sha256", "reason"),
)
_SETS = select(*(getattr(ChangeSet, name) for name in _SET_COLUMNS)).order_by(
    ChangeSet.form_data_id, ChangeSet.to_version
)
_FORMS = select(*(getattr(FormData, one.name) for one in fields(FormRow)))
_MOVES = select(Event.form_data_id, Event.form_version, Event.to_state).where(
    Event.form_data_id.is_not(None), Event.to_state.is_not(None)
)


@dataclass
class _Told:
    """What the change-sets of one form say about it."""

    version: int = 0
    document: dict[str, Cell] = field(default_factory=dict)
    state: str = ""
    study_version: str = ""
    contents: dict[int, tuple[str, str]] = field(default_factory=dict)


def faults(connection: Connection) -> Iterator[Fault]:
    """List versions, documents, states and signatures that are not what was published, saved and signed."""
    for version in connection.execute(
        select(StudyVersion.seq, StudyVersion.fingerprint, StudyVersion.document)
    ):
        if sha256(version.document) != version.fingerprint:
            yield Fault(
                "study_version", str(version.seq), "the study version is not the one that was published."
            )
    told: dict[str, _Told] = {}
    rows = connection.execute(_SETS, execution_options={"yield_per": 500})
    for form, sets in groupby(rows, key=lambda row: row.form_data_id):
        told[form] = _Told()
        for row in sets:
            yield from _one_set(told[form], row)
    yield from _forms(connection, told)


def _one_set(told: _Told, row: Any) -> Iterator[Fault]:
    def fault(what: str) -> Fault:
        return Fault("change_set", str(row.seq), what)

    if (row.from_version, row.to_version) != (told.version, told.version + 1):
        yield fault(f"version {told.version + 1} of the form was expected, this is {row.to_version}.")
    try:
        changes = [ItemChange.of(entry) for entry in loads(row.diff)]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        yield fault("its changes cannot be read.")
        changes = []
    for change in changes:
        if change.old is not None and not (change.reason or row.reason).strip():
            yield fault(f"{change.path} was changed without a reason.")
    try:
        told.document = fold(told.document, changes)
    except DoesNotFold as error:
        yield fault(f"{error} did not have the value that is said to be replaced.")
    if sha256(dumps(told.document)) != row.data_sha256:
        yield fault("the changes do not lead to the document with this hash.")
        told.document = {**told.document, **{one.path: one.new for one in changes if one.new is not None}}
    told.version, told.state, told.study_version = row.to_version, row.entry_state, row.study_version
    told.contents[row.to_version] = (row.study_version, row.data_sha256)


def _forms(connection: Connection, told: dict[str, _Told]) -> Iterator[Fault]:
    moved = {
        (row.form_data_id, row.form_version): row.to_state
        for row in connection.execute(_MOVES.order_by(Event.seq))
    }
    signatures: dict[str, list[Any]] = {}
    for signature in connection.execute(select(Signature).where(Signature.act == "sign")):
        signatures.setdefault(signature.form_data_id, []).append(signature)
    for values in connection.execute(_FORMS.order_by(FormData.id), execution_options={"yield_per": 500}):
        row = FormRow(*values)
        history = told.pop(row.id, _Told())
        yield from _one_form(row, history, moved.get((row.id, row.version), history.state))
        yield from _signatures(row, history, signatures.pop(row.id, []))
    for form in told:
        yield Fault("form_data", form, "the form is gone, its change_sets are there.")


def _one_form(row: FormRow, told: _Told, state: str) -> Iterator[Fault]:
    if row.version != told.version:
        yield Fault(
            "form_data",
            row.id,
            f"the form is at version {row.version}, its change_sets end at {told.version}.",
        )
        return
    if sha256(row.data) != row.data_sha256:
        yield Fault("form_data", row.id, "the document does not have its hash.")
    elif row.data != dumps(told.document):
        yield Fault("form_data", row.id, "the document is not what its change_sets lead to.")
    if row.entry_state != state:
        yield Fault("form_data", row.id, f"the state is {row.entry_state}, the log says {state}.")
    if row.study_version != told.study_version:
        yield Fault("form_data", row.id, "the form version is not that of its last change_set.")
    if row.struck != (STRUCK in told.document):
        yield Fault("form_data", row.id, "the mark of a struck-out line does not follow from the document.")


def _signatures(row: FormRow, told: _Told, signatures: list[Any]) -> Iterator[Fault]:
    for signature in signatures:
        study_version, data_sha256 = told.contents.get(signature.form_version, ("", ""))
        signed = replace(row, study_version=study_version, data_sha256=data_sha256)
        if content_sha256(signed) != signature.content_sha256:
            yield Fault(
                "signature", str(signature.seq), "the signature does not belong to what it stands under."
            )
