"""What a casebook says, as frozen plain values ready for paper; knows no database and no PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["signed", "draft", "void", "plain"]
SectionKind: TypeAlias = Literal["items", "panel", "records"]


@dataclass(frozen=True, slots=True)
class Both:
    """A text in both languages; a plain str is a text that is never translated (names, free text).

    `together` is how both are said at once where that is not simply one after the other.
    """

    en: str
    ru: str
    together: str = ""


Said: TypeAlias = str | Both


@dataclass(frozen=True, slots=True)
class CellView:
    """One answer on paper: a text, or a missing reason, or nothing; with its marks."""

    number: str
    label: Said
    text: Said | None
    missing: Said | None = None
    unit: Said = ""
    verified: str = ""
    derived: bool = False
    changed_in: str = ""
    queries: tuple[str, ...] = ()
    long: bool = False
    kept: bool = False
    asked: bool = True
    note: Said = ""
    oid: str = ""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A laboratory result with the limits it was compared with; `more` holds what no column shows."""

    key: str
    number: str
    label: Said
    result: CellView
    sign: Said
    unit: Said
    range: Said
    flag: Said
    flag_shape: str
    grade: str
    significant: CellView
    more: tuple[CellView, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row or a log line: what is compared in columns, and what runs in below."""

    number: str
    columns: tuple[CellView, ...]
    more: tuple[CellView, ...]
    struck: Said = ""
    lines: tuple[Said, ...] = ()
    key: str = ""

    @property
    def below(self) -> tuple[CellView, ...]:
        """Give what stands below the columns: what is too long for one, then what runs in."""
        return (*(one for one in self.columns if one.long), *self.more)

    @property
    def long(self) -> bool:
        """Tell whether what stands below may break over two sheets."""
        return any(one.long for one in self.below)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of a form on paper; which of the three tables it is printed as is its `kind`."""

    kind: SectionKind
    name: Said
    cells: tuple[CellView, ...] = ()
    rows: tuple[PanelRow | RecordRow, ...] = ()
    heads: tuple[Said, ...] = ()
    widths: tuple[float, ...] = ()
    skipped: str = ""
    lab: bool = False


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature as printed: the name at signing, meaning, time and validity."""

    name: str
    role: Said
    meaning: Said
    when: str
    valid: bool
    version: int
    sha256: str
    why: Said = ""
    form: Said = ""


@dataclass(frozen=True, slots=True)
class QueryStep:
    """One message of a query."""

    when: str
    act: Said
    who: Said
    text: Said


@dataclass(frozen=True, slots=True)
class QueryThread:
    """A query with everything that was said."""

    number: str
    item: Said
    state: Said
    origin: Said
    steps: tuple[QueryStep, ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One changed item of a save."""

    item: str
    label: Said
    old: Said
    new: Said
    why: Said
    long: bool = False


@dataclass(frozen=True, slots=True)
class SaveLine:
    """One save: who, when, how; first entries run in, changes one by one."""

    title: Said
    when: str
    who: Said
    kind: Said
    first: tuple[tuple[str, Said], ...]
    changes: tuple[ChangeLine, ...]
    long: bool = False


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment: beside which item, on which check, by whom and when."""

    number: str
    item: Said
    when: str
    who: Said
    text: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One step of verification or review: who, when, and the items it was about."""

    when: str
    who: Said
    what: Said
    items: str
    why: Said = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A filled form (or all lines of a log) with everything known about it."""

    anchor: str
    name: Said
    where: Said
    mark: Mark
    notice: tuple[Said, ...]
    facts: tuple[tuple[tuple[str, Said], tuple[str, Said]], ...]
    sections: tuple[Section, ...]
    signatures: tuple[SignatureLine, ...]
    queries: tuple[QueryThread, ...]
    saves: tuple[SaveLine, ...]
    entries: int
    checks: tuple[CheckLine, ...] = ()
    comments: tuple[CommentLine, ...] = ()
    note: Said = ""
    signed_on: str = ""
    open_queries: int = 0
    changed_at: str = ""
    title: Said = ""
    day: str = ""
    domain: str = ""
    version: str = ""
    finished: bool = True
    with_history: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A run of forms of one event with one signature mark: printed in one piece."""

    key: str
    event: Said
    heading: Said
    sub: Said
    mark: Mark
    who: Said
    record: Said
    forms: tuple[FormPage, ...]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A visit in an overview: its name, its day, and the shape of its form's signature."""

    name: Said
    day: str
    shape: str


@dataclass(frozen=True, slots=True)
class GridCell:
    """What a form says at one visit: its value, what stands below it, and a sign before it."""

    text: Said
    below: tuple[Said, ...]
    sign: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """A test or a lesion over the visits."""

    label: Said
    cells: tuple[GridCell, ...]
    unit: Said = ""
    range: Said = ""
    note: Said = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet of an overview: the same questions at several visits."""

    key: str
    name: Said
    kind: Literal["labs", "lesions"]
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    mark: Mark = "draft"

    @property
    def widths(self) -> tuple[float, ...]:
        """Give the widths of the columns in mm."""
        if self.kind == "labs":
            return (178 - 41 - 19 * len(self.columns), 18, 23, *(19 for _ in self.columns))
        return (178 - 20.5 * len(self.columns), *(20.5 for _ in self.columns))


@dataclass(frozen=True, slots=True)
class CountRow:
    """A line of the table on the cover."""

    part: str
    numbers: tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Signer:
    """One line per signer and meaning on the cover."""

    name: str
    role: Said
    meaning: Said
    when: str
    valid: bool
    forms: int


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand a signature is: how and when the identity was checked, and the statement accepted."""

    name: str
    username: str
    check: str
    checked: str
    accepted: str
    statement: Both


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """A volume in the list of all; a file before its seal can be summed only by the volumes after it."""

    number: int
    name: str
    pages: str
    first: Said
    last: Said
    pages_sha256: str
    file_sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Casebook:
    """Everything of one subject that one reader may see, at one moment."""

    study: Said
    study_oid: str
    subject: str
    site: str
    who: str
    mark: Mark
    status: Said
    facts: tuple[tuple[str, Said], ...]
    counts: tuple[CountRow, ...]
    signers: tuple[Signer, ...]
    prints: tuple[tuple[str, Said], ...]
    parts: tuple[Part, ...]
    manifest: tuple[SignatureLine, ...]
    empty: tuple[tuple[Said, Said, Said], ...]
    hands: tuple[Hand, ...]
    grids: tuple[Grid, ...]
    fingerprint: str
    as_of: str
    demo: bool = False
    entries: int = 0
    volume: Said = ""
    volumes: tuple[VolumeLine, ...] = ()
