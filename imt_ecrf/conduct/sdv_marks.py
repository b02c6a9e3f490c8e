"""Marks on items as the log tells them, and the counts kept beside each form; decides no permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from sqlalchemy import bindparam, insert, select, update

from imt_ecrf.conduct import runtime, sdv_plan
from imt_ecrf.conduct.sdv_plan import Spot
from imt_ecrf.store import documents, journal
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.tables import FormData, Site, Verification, new_id
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.book import path as take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Table
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.sdv_plan import Asks, Terms
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.who import Who
    from imt_ecrf.study.book import Book

Kind: TypeAlias = Literal["source", "data", "medical"]
SOURCE: Final[Kind] = "source"
KINDS: Final[tuple[Kind, ...]] = ("source", "data", "medical")
"""Verification against the source, data-management review, medical review: separate marks of one sort."""
VERIFY, UNVERIFY, LAPSE = "verify", "unverify", "lapse"
_MARK, _FORM = cast("Table", Verification.__table__), cast("Table", FormData.__table__)
_COLUMNS: Final = (
    *("seq", "act", "path", "form_version", "value_sha256", "at_utc"),
    *("username", "user_name", "role", "reason"),
)
_OF_FORM: Final = (
    select(*(_MARK.c[name] for name in _COLUMNS))
    .where(_MARK.c.form_data_id == bindparam("form_id"))
    .order_by(_MARK.c.seq)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest step of one item's mark, and the version at which it was last verified."""

    word: str
    version: int
    value_sha256: str
    at: str
    username: str
    name: str
    role: str
    reason: str

    @property
    def state(self) -> str:
        """Name the state of the item in the table of verification."""
        return {VERIFY: "verified", LAPSE: "lapsed"}.get(self.word, "none")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far one form is: items due, verified and lapsed, the critical ones apart."""

    due_items: int = 0
    verified_items: int = 0
    lapsed_items: int = 0
    due_critical: int = 0
    verified_critical: int = 0
    verified: str = "none"
    data_reviewed_at: str | None = None
    medically_reviewed_at: str | None = None


_KEEP: Final = (
    update(_FORM)
    .where(_FORM.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in Counts.__dataclass_fields__})
)


def digest(cell: Cell | None) -> str:
    """Hash an answer as it is seen: value, unit and missing reason; an empty one too."""
    return sha256(dumps(dict(cell) if cell else None))


def act_of(kind: Kind, word: str) -> str:
    """Write a step as the log keeps it: `verify`, `data verify`, `medical lapse`."""
    return word if kind == SOURCE else f"{kind} {word}"


def marks_of(connection: Connection, form_id: str) -> dict[Kind, dict[str, Mark]]:
    """Give the newest mark of each kind on each item of a form."""
    found: dict[Kind, dict[str, Mark]] = {kind: {} for kind in KINDS}
    for row in connection.execute(_OF_FORM, {"form_id": form_id}):
        kind, word = _read_act(row.act)
        before = found[kind].get(row.path)
        keeps = word != VERIFY and before is not None
        version, seen = (before.version, before.value_sha256) if keeps and before else (row[3], row[4])
        person = row.username, row.user_name, row.role, row.reason
        found[kind][row.path] = Mark(word, version, seen, row.at_utc, *person)
    return found


def write(
    connection: Connection, row: FormRow, who: Who, at: str, *, kind: Kind, word: str,
    values: Mapping[str, str], reason: str = "", cause: str | None = None,
) -> None:  # fmt: skip
    """Write one step of a mark on each of these items (path -> hash of the answer)."""
    same = {
        **journal.by(who), "at_utc": at, "act": act_of(kind, word), "form_data_id": row.id,
        "form_version": row.version, "reason": reason, "cause": cause,
    }  # fmt: skip
    for path in sorted(values):
        connection.execute(insert(_MARK).values(id=new_id(), path=path, value_sha256=values[path], **same))


def lapse(
    connection: Connection, row: FormRow, paths: Iterable[str], who: Who, *, at: str, cause: str
) -> None:
    """Take the marks of every kind back from items whose answer changed."""
    changed = set(paths)
    for kind, marks in marks_of(connection, row.id).items():
        gone = {path: "" for path, mark in marks.items() if path in changed and mark.word == VERIFY}
        write(connection, row, who, at, kind=kind, word=LAPSE, values=gone, cause=cause)


def entered(book: Book, row: FormRow) -> list[str]:
    """List the items of a form that hold an answer somebody entered, without struck rows."""
    if row.struck:
        return []
    gone = {path.rsplit(".", 1)[0] for path in row.document if path.endswith(".@struck")}
    return [
        path
        for path in row.document
        if "@" not in path and path.rsplit(".", 1)[0] not in gone and _asked(book, row.form, path)
    ]


def spot_of(row: FormRow, subject: SubjectRow) -> Spot:
    """Say where a form stands, as far as the plan asks."""
    return Spot(subject.code, subject.number, *row.address)


def asks_of(
    terms: Terms, book: Book, row: FormRow, subject: SubjectRow, marks: Mapping[str, Mark]
) -> dict[str, Asks]:
    """Say for each answer of a form what the plan asks; a lapsed item is due whatever it says."""
    spot, found = spot_of(row, subject), {}
    lapsed = {path for path, mark in marks.items() if mark.word == LAPSE} if not row.struck else set()
    for path in sorted({*entered(book, row), *lapsed}):
        here = sdv_plan.asks(terms, book, spot, book.item(take_apart(path).item))
        again = sdv_plan.Asks(due=True, tier=here.tier, why=here.why if here.due else "changed")
        found[path] = again if path in lapsed else here
    return found


def recount(session: Session, row: FormRow) -> Counts:
    """Work the counts of a form out anew from its document, the log and the plan, and keep them."""
    counts = counts_of(session, row)
    values = {f"new_{name}": getattr(counts, name) for name in Counts.__dataclass_fields__}
    session.connection().execute(_KEEP, {"row_id": row.id, **values})
    return counts


def recount_site(session: Session, site: str) -> None:
    """Work the counts of every form of a site out anew: the plan there has changed."""
    book = runtime.study(session).book
    for row in documents.forms_of_site(session.connection(), site, list(book.forms), without=""):
        recount(session, row)


def recount_all(session: Session) -> None:
    """Work the counts of every form out anew: the plan of the study has changed."""
    for site in session.scalars(select(Site.code).order_by(Site.code)).all():
        recount_site(session, site)


def counts_of(session: Session, row: FormRow) -> Counts:
    """Work out how far a form is, from its document, the log and the plan."""
    book = runtime.study(session, row.study_version).book
    subject = session.get_one(SubjectRow, row.subject_id)
    marks = marks_of(session.connection(), row.id)
    own = marks[SOURCE]
    asked = asks_of(sdv_plan.terms(session, row.site), book, row, subject, own)
    due = [path for path, one in asked.items() if one.due]
    stands = {path for path in asked if path in own and own[path].word == VERIFY}
    critical = [path for path in due if book.item(take_apart(path).item).critical]
    lapsed = [path for path in due if path in own and own[path].word == LAPSE]
    done = [path for path in due if path in stands]
    state = "none" if not stands and not lapsed else "part" if len(done) < len(due) else "all due"
    return Counts(
        len(due),
        len(done),
        len(lapsed),
        len(critical),
        len(stands & set(critical)),
        state,
        _reviewed(entered(book, row), marks["data"]),
        _reviewed(entered(book, row), marks["medical"]),
    )


def _reviewed(paths: list[str], marks: Mapping[str, Mark]) -> str | None:
    """Say since when every answer of a form carries a mark; None while one is without."""
    standing = [marks[path].at for path in paths if path in marks and marks[path].word == VERIFY]
    return max(standing) if standing and len(standing) == len(paths) else None


def _asked(book: Book, form: str, path: str) -> bool:
    place: Any = book.places.get(take_apart(path).item)
    return place is not None and place.form.oid == form and place.item.required not in sdv_plan.UNASKED


def _read_act(act: str) -> tuple[Kind, str]:
    kind, space, word = act.partition(" ")
    return (cast("Kind", kind), word) if space else (SOURCE, act)
