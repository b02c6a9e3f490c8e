"""The hot path: filled forms and their change-sets, with statements made once; knows no rule."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, cast

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from imt_ecrf import __version__
from imt_ecrf.store.base import new_id
from imt_ecrf.store.canonical import dumps, loads, sha256
from imt_ecrf.store.changes import Cell, ItemChange, fold
from imt_ecrf.store.tables import ChangeSet, FormData

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Table

    from imt_ecrf.store.who import Who

STRUCK = "@struck"


class VersionMoved(Exception):  # noqa: N818 - it says what is so
    """Somebody else saved this form in between."""


class NothingChanged(ValueError):  # noqa: N818 - it says what is so
    """A save without a change writes nothing: do not put it."""


class Caches(TypedDict, total=False):
    """What lists need of a form and anybody can work out anew: columns of `form_data`."""

    item_state: str
    owed: int
    hard: int
    soft: int
    open_queries: int
    answered_queries: int
    signature: str
    verified: str


@dataclass(frozen=True)
class FormRow:
    """One row of `form_data`; version 0 stands for a form that nobody has saved yet."""

    id: str
    subject_id: str
    site: str
    event: str
    event_repeat: int
    form: str
    form_repeat: int
    study_version: str
    version: int = 0
    entry_state: str = "not started"
    state_seq: int = 0
    data: str = "{}"
    data_sha256: str = ""
    struck: bool = False
    item_state: str = "{}"
    owed: int = 0
    hard: int = 0
    soft: int = 0
    open_queries: int = 0
    answered_queries: int = 0
    signature: str = "none"
    verified: str = "none"
    data_reviewed_at: str | None = None
    medically_reviewed_at: str | None = None
    frozen_at: str | None = None
    locked_at: str | None = None
    created_at: str = ""
    created_by: str = ""
    updated_at: str = ""
    updated_by: str = ""

    @cached_property
    def document(self) -> dict[str, Cell]:
        """The flat map item path -> cell, decoded at the first question."""
        return cast("dict[str, Cell]", loads(self.data))

    @cached_property
    def items(self) -> dict[str, Any]:
        """The cache `item_state`, decoded at the first question."""
        return cast("dict[str, Any]", loads(self.item_state))

    @property
    def address(self) -> tuple[str, int, str, int]:
        """Name the form within its subject: event, event repeat, form, form repeat."""
        return self.event, self.event_repeat, self.form, self.form_repeat


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that was written: the row as it is now, and the change-set's number and id."""

    row: FormRow
    seq: int
    change_set: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A save that is not written yet: the row it starts from, the row as it will be, its change-set."""

    before: FormRow
    row: FormRow
    values: dict[str, Any]

    @property
    def change_set(self) -> str:
        """Give the id of the change-set."""
        return str(self.values["id"])


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the audit trail of one item."""

    seq: int
    change_set: str
    form_data_id: str
    at_utc: str
    user_id: str | None
    username: str
    user_name: str
    role: str
    organisation: str
    to_version: int
    study_version: str
    origin: str
    cause: str | None
    program_version: str
    path: str
    old: Cell | None
    new: Cell | None
    reason: str
    method: str | None


_FORM = cast("Table", FormData.__table__)
_SET = cast("Table", ChangeSet.__table__)
FORM_COLUMNS = tuple(field.name for field in fields(FormRow))
_ALL = select(*(_FORM.c[name] for name in FORM_COLUMNS))
_BY_ID = _ALL.where(_FORM.c.id == bindparam("id"))
_BY_ADDRESS = _ALL.where(
    _FORM.c.subject_id == bindparam("subject_id"),
    *(_FORM.c[name] == bindparam(name) for name in ("event", "event_repeat", "form", "form_repeat")),
)
_ORDER = (_FORM.c.event, _FORM.c.event_repeat, _FORM.c.form, _FORM.c.form_repeat)
_OF_SUBJECT = _ALL.where(_FORM.c.subject_id == bindparam("subject_id")).order_by(*_ORDER)
_SIZES = (1, 4, 16, 64)
# lists of a fixed length: a statement with a list of any length is written anew each time it is asked
_THESE_OF_SUBJECT = {
    size: _OF_SUBJECT.where(_FORM.c.form.in_([bindparam(f"form_{place}", "") for place in range(size)]))
    for size in _SIZES
}
_ANY_OF_SUBJECT = _OF_SUBJECT.where(_FORM.c.form.in_(bindparam("forms", expanding=True)))
_OF_SITE = (
    _ALL.where(
        _FORM.c.site == bindparam("site"),
        _FORM.c.subject_id != bindparam("without"),
        _FORM.c.form.in_(bindparam("forms", expanding=True)),
    )
    .order_by(_FORM.c.subject_id, *_ORDER)
)  # fmt: skip
_RACE = ("unique", "is already there", "leads from the version of the form")
_INSERT_SET, _INSERT_FORM = insert(_SET), insert(_FORM)
_WRITTEN = (
    *("study_version", "version", "entry_state", "data", "data_sha256", "struck", "updated_at", "updated_by"),
    *Caches.__annotations__,
)
_UPDATE_FORM = (
    update(_FORM)
    .where(_FORM.c.id == bindparam("row_id"), _FORM.c.version == bindparam("row_version"))
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)
_OF_SAVE = select(_SET.c.id, _SET.c.seq, _SET.c.form_data_id, _SET.c.to_version).where(
    _SET.c.save_number == bindparam("save_number")
)
_TRAIL_COLUMNS = (
    *("seq", "id", "form_data_id", "at_utc", "user_id", "username", "user_name", "role", "organisation"),
    *("to_version", "study_version", "origin", "cause", "program_version"),
)
_TRAIL = select(*(_SET.c[name] for name in _TRAIL_COLUMNS), _SET.c.diff, _SET.c.reason).order_by(_SET.c.seq)
_TRAIL_OF_FORM = _TRAIL.where(_SET.c.form_data_id == bindparam("form_id"))


def load_form(connection: Connection, form_id: str, *, lock: bool = False) -> FormRow | None:
    """Load one form by id; `lock` keeps other writers of it waiting until the transaction ends."""
    row = connection.execute(_BY_ID.with_for_update() if lock else _BY_ID, {"id": form_id}).first()
    return None if row is None else FormRow(*row)


def find_form(
    connection: Connection, subject_id: str, address: tuple[str, int, str, int], *, lock: bool = False
) -> FormRow | None:
    """Load one form by its place: event, event repeat, form, form repeat."""
    names = ("event", "event_repeat", "form", "form_repeat")
    values = {"subject_id": subject_id, **dict(zip(names, address, strict=True))}
    row = connection.execute(_BY_ADDRESS.with_for_update() if lock else _BY_ADDRESS, values).first()
    return None if row is None else FormRow(*row)


def forms_of_subject(
    connection: Connection, subject_id: str, forms: Collection[str] | None = None
) -> list[FormRow]:
    """Load the forms of a subject, or only those of the given OIDs; documents are decoded when asked for."""
    known: dict[str, Any] = {"subject_id": subject_id}
    size = next((size for size in _SIZES if forms is not None and size >= len(forms)), None)
    if forms is None:
        rows = connection.execute(_OF_SUBJECT, known)
    elif size is None:
        rows = connection.execute(_ANY_OF_SUBJECT, {**known, "forms": list(forms)})
    else:
        known |= {f"form_{place}": form for place, form in enumerate(forms)}
        rows = connection.execute(_THESE_OF_SUBJECT[size], known)
    return [FormRow(*row) for row in rows]


def forms_of_site(
    connection: Connection, site: str, forms: Collection[str], *, without: str
) -> list[FormRow]:
    """Load some forms of every subject of a site but one; documents are decoded when asked for."""
    rows = connection.execute(_OF_SITE, {"site": site, "forms": list(forms), "without": without})
    return [FormRow(*row) for row in rows]


def new_form(subject_id: str, site: str, address: tuple[str, int, str, int], study_version: str) -> FormRow:
    """Give the row of a form nobody has saved yet (version 0); nothing is written."""
    return FormRow(new_id(), subject_id, site, *address, study_version)


def put(
    connection: Connection,
    row: FormRow,
    changes: Sequence[ItemChange],
    who: Who,
    *,
    at: str,
    entry_state: str = "in progress",
    caches: Caches | None = None,
    study_version: str | None = None,
    reason: str = "",
    cause: str | None = None,
    save_number: str | None = None,
) -> Saved:
    """Write one save: the change-set and the document it leads to, one version on.

    The arguments are those of `prepare`; `save_number` makes a double submit visible (`find_save`).
    VersionMoved when the form was saved in between; the transaction is then to be rolled back.
    """
    saving = prepare(
        row, changes, who,
        at=at, entry_state=entry_state, caches=caches,
        study_version=study_version, reason=reason, cause=cause,
    )  # fmt: skip
    saving.values["save_number"] = save_number
    with _races_told():
        key = connection.execute(_INSERT_SET, saving.values).inserted_primary_key
        _write(connection, row, saving.row)
    return Saved(saving.row, key[0] if key else 0, saving.change_set)


def put_all(connection: Connection, saves: Sequence[Pending]) -> None:
    """Write saves of different forms, all saved before, in two statements for all of them.

    VersionMoved when one of the forms was saved in between; the transaction is then to be rolled back.
    """
    if not saves:
        return
    with _races_told():
        connection.execute(_INSERT_SET, [one.values for one in saves])
        moved = connection.execute(_UPDATE_FORM, [_moved(one.before, one.row) for one in saves])
        if moved.rowcount != len(saves):
            raise VersionMoved(VersionMoved.__doc__)


def prepare(
    row: FormRow,
    changes: Sequence[ItemChange],
    who: Who,
    *,
    at: str,
    entry_state: str = "in progress",
    caches: Caches | None = None,
    study_version: str | None = None,
    reason: str = "",
    cause: str | None = None,
) -> Pending:
    """Work out a save: the change-set, and the row it leads to; nothing is written.

    `row` is what the save started from; the document is folded from it. `cause` is the id of the
    user's change-set for derived saves.
    """
    if not changes and study_version in (None, row.study_version):
        raise NothingChanged(NothingChanged.__doc__)
    columns: dict[str, Any] = {"study_version": study_version or row.study_version, **(caches or {})}
    after = _after(row, changes, who, at, entry_state=entry_state, **columns)
    values: dict[str, Any] = {
        "id": new_id(), "at_utc": at, "user_id": who.user_id, "username": who.username,
        "user_name": who.name, "role": who.role, "organisation": who.organisation,
        "form_data_id": row.id, "study_version": after.study_version, "from_version": row.version,
        "to_version": after.version, "entry_state": entry_state,
        "diff": dumps([change.entry() for change in changes]), "data_sha256": after.data_sha256,
        "reason": reason, "cause": cause, "origin": who.origin, "program_version": __version__,
        "save_number": None,
    }  # fmt: skip
    return Pending(row, after, values)


@contextmanager
def _races_told() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        # a guard's refusal is an IntegrityError too and must not be taken for a race
        if not any(sign in str(error.orig).lower() for sign in _RACE):
            raise
        raise VersionMoved(VersionMoved.__doc__) from error


def set_caches(connection: Connection, form_id: str, caches: Caches) -> None:
    """Write counters and marks of lists anew; the document and its version stay."""
    connection.execute(update(_FORM).where(_FORM.c.id == form_id).values(dict(caches)))


def find_save(connection: Connection, save_number: str) -> tuple[str, int, str, int] | None:
    """Find the save with a number: change-set id, seq, form id, version; None when it is new."""
    row = connection.execute(_OF_SAVE, {"save_number": save_number}).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


def history(connection: Connection, form_id: str, path: str | None = None) -> list[Change]:
    """List the changes of a form's items (or of one item), oldest first."""
    rows = connection.execute(_TRAIL_OF_FORM, {"form_id": form_id})
    return [change for row in rows for change in _changes(row) if path in (None, change.path)]


def trail(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Change]:
    """Stream the changes of items whose change-sets meet the conditions (columns of ChangeSet)."""
    rows = connection.execute(_TRAIL.where(*conditions), execution_options={"yield_per": 500})
    for row in rows:
        yield from _changes(row)


def _changes(row: Any) -> Iterator[Change]:
    *columns, diff, whole = row
    for entry in loads(diff):
        change = ItemChange.of(entry)
        reason = change.reason or (whole if change.old is not None else "")
        item: tuple[Any, ...] = (change.path, change.old, change.new, reason, change.method)
        yield Change(*columns, *item)


def _after(row: FormRow, changes: Sequence[ItemChange], who: Who, at: str, **columns: Any) -> FormRow:
    document = fold(row.document, changes)
    data = dumps(document)
    moved = {
        "version": row.version + 1, "data": data, "data_sha256": sha256(data), "struck": STRUCK in document,
        "created_at": row.created_at or at, "created_by": row.created_by or who.username,
        "updated_at": at, "updated_by": who.username,
    }  # fmt: skip
    return FormRow(**{**_columns(row), **moved, **columns})


def _columns(row: FormRow) -> dict[str, Any]:
    known = row.__dict__  # with decoded documents beside the columns
    return {name: known[name] for name in FORM_COLUMNS}


def _write(connection: Connection, before: FormRow, after: FormRow) -> None:
    if before.version == 0:
        connection.execute(_INSERT_FORM, _columns(after))
        return
    if connection.execute(_UPDATE_FORM, _moved(before, after)).rowcount != 1:
        raise VersionMoved(VersionMoved.__doc__)


def _moved(before: FormRow, after: FormRow) -> dict[str, Any]:
    values = {f"new_{name}": getattr(after, name) for name in _WRITTEN}
    return {"row_id": before.id, "row_version": before.version, **values}
