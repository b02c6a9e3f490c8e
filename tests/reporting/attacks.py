"""What somebody may write behind a sealed file: each attack is an honest update of the format."""

# mypy: disable-error-code=no-untyped-call
# pyHanko writes the attacks, and has no types

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

if TYPE_CHECKING:
    from collections.abc import Callable


def content(writer: IncrementalPdfFileWriter) -> None:
    """Draw more on a page."""
    page = writer.root["/Pages"]["/Kids"][0]
    stream = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    page["/Contents"] = generic.ArrayObject([*page["/Contents"], stream])
    writer.update_container(page)


def note(writer: IncrementalPdfFileWriter) -> None:
    """Put a text note on a page."""
    page = writer.root["/Pages"]["/Kids"][1]
    note = generic.DictionaryObject({
        generic.NameObject("/Type"): generic.NameObject("/Annot"),
        generic.NameObject("/Subtype"): generic.NameObject("/FreeText"),
        generic.NameObject("/Rect"): generic.ArrayObject(map(generic.NumberObject, (9, 9, 99, 99))),
        generic.NameObject("/Contents"): generic.TextStringObject("signed"),
    })  # fmt: skip
    page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def language(writer: IncrementalPdfFileWriter) -> None:
    """Say another language."""
    writer.root["/Lang"] = generic.TextStringObject("de")
    writer.update_root()


def title(writer: IncrementalPdfFileWriter) -> None:
    """Call a bookmark otherwise."""
    writer.root["/Outlines"]["/First"]["/Title"] = generic.TextStringObject("Other")
    writer.update_container(writer.root["/Outlines"]["/First"])


def page(writer: IncrementalPdfFileWriter) -> None:
    """Leave a page out."""
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(1)])
    pages["/Count"] = generic.NumberObject(1)
    writer.update_container(pages)


def script(writer: IncrementalPdfFileWriter) -> None:
    """Run a script when it is opened."""
    action = {"/S": generic.NameObject("/JavaScript"), "/JS": generic.TextStringObject("app.alert(1)")}
    names = {generic.NameObject(key): value for key, value in action.items()}
    writer.root["/OpenAction"] = generic.DictionaryObject(names)
    writer.update_root()


ATTACKS: Final = (content, note, language, title, page, script)


def attacked(pdf: bytes, attack: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Write an attack behind a file."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    attack(writer)
    changed = BytesIO()
    writer.write(changed)
    return changed.getvalue()
