"""Writes XML element by element, in one pass; knows no data standard."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

# what XML 1.0 cannot say, even escaped
UNSAYABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Xml:
    """A document being written; the same calls give the same bytes."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self._out.write('<?xml version="1.0" encoding="UTF-8"?>\n')

    @contextmanager
    def within(self, name: str, **attributes: str | None) -> Iterator[None]:
        """Open an element, and close it with the block."""
        self._out.write(f"<{name}{_told(attributes)}>")
        yield
        self._out.write(f"</{name}>\n")

    def leaf(self, name: str, text: str = "", **attributes: str | None) -> None:
        """Write an element that holds text or nothing."""
        said = escape(sayable(text))
        self._out.write(
            f"<{name}{_told(attributes)}>{said}</{name}>" if said else f"<{name}{_told(attributes)}/>"
        )

    def data(self) -> bytes:
        """Give the document."""
        return self._out.getvalue().encode()


def sayable(text: str) -> str:
    """Write what XML cannot hold by its number, so that nothing is lost."""
    return UNSAYABLE.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)


def _told(attributes: dict[str, str | None]) -> str:
    given = ((name.replace("xml_", "xml:"), value) for name, value in attributes.items() if value is not None)
    return "".join(f" {name}={quoteattr(sayable(value))}" for name, value in given)
