"""Reads a tagged PDF as a screen reader does: the rows of its tables, cell by cell."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = list[tuple[str, str]]


def rows(pdf: bytes) -> list[Row]:
    """Give every row of every table in reading order: the tag and the text (without blanks) of each cell."""
    file: Any
    with pikepdf.open(BytesIO(pdf)) as file:
        fonts = _fonts(file.pages[0].obj.Resources.Font)
        texts = {page.obj.objgen: _texts(page, fonts) for page in file.pages}
        tree = file.Root.StructTreeRoot.K[0]
        return [[(str(cell.S), _text(cell, texts)) for cell in _below(row, {"/TD", "/TH"})]
                for row in _below(tree, {"/TR"})]  # fmt: skip


def _fonts(fonts: Any) -> dict[str, dict[int, str]]:
    found = {}
    for name, font in fonts.items():
        pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", font.ToUnicode.read_bytes())
        said = {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}
        found[str(name)] = said
    return found


def _texts(page: Any, fonts: dict[str, dict[int, str]]) -> dict[int, str]:
    """Give the text of each marked content of a page."""
    texts: dict[int, str] = {}
    stack: list[int | None] = []
    font: dict[int, str] = {}
    for one in pikepdf.parse_content_stream(page):
        operator, operands = str(one.operator), one.operands
        if operator == "BDC":
            within = stack[-1] if stack else None
            if "/ActualText" in operands[1] and within is not None:
                texts[within] = texts.get(within, "") + str(operands[1].ActualText)
            stack.append(int(operands[1].MCID) if "/MCID" in operands[1] else None)
        elif operator == "BMC":
            stack.append(None)
        elif operator == "EMC":
            stack.pop()
        elif operator == "Tf":
            font = fonts[str(operands[0])]
        elif operator in {"Tj", "TJ"} and stack and stack[-1] is not None:
            strings = operands[0] if operator == "TJ" else [operands[0]]
            said = b"".join(bytes(piece) for piece in strings if isinstance(piece, pikepdf.String))
            glyphs = (int.from_bytes(said[at : at + 2]) for at in range(0, len(said), 2))
            texts[stack[-1]] = texts.get(stack[-1], "") + "".join(font[glyph] for glyph in glyphs)
    return texts


def _kids(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _below(node: Any, tags: set[str]) -> Iterator[Any]:
    for kid in _kids(node):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            if str(kid.S) in tags:
                yield kid
            else:
                yield from _below(kid, tags)


def _text(node: Any, texts: dict[tuple[int, int], dict[int, str]]) -> str:
    found = []
    for kid in _kids(node):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found.append(_text(kid, texts))
        elif not isinstance(kid, pikepdf.Dictionary):
            found.append(texts[node.Pg.objgen].get(int(kid), ""))
    return "".join("".join(found).split())
