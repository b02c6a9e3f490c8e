"""From rule text to an allowed Python syntax tree (errors S01-S07); knows neither names nor types."""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from imt_ecrf.study.rules.errors import RuleError, error

MAX_SIGNS: Final = 2000
MAX_PARTS: Final = 300
MAX_LEVELS: Final = 50
MAX_MEMBERS: Final = 100
NUMBER_SIGNS: Final = 30

_NUMBER_RUN = re.compile(r"(?<![0-9A-Za-z_.])(?:[0-9]|\.[0-9])[0-9A-Za-z_.]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_FIRST_PRINTED = " "
_DELETE = "\x7f"
_BLANKED = "\x00"
_SURROGATES = ("\ud800", "\udfff")

_EXPRESSIONS: Final = (
    ast.BoolOp,
    ast.UnaryOp,
    ast.BinOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Name,
    ast.Constant,
    ast.Tuple,
)
_OPERATORS: Final = (
    ast.And,
    ast.Or,
    ast.Not,
    ast.USub,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Mod,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
)
_CONSTANTS: Final = (int, float, str, bool, type(None))
_WRITTEN: Final[dict[str, str]] = {
    "Pow": "**",
    "FloorDiv": "//",
    "Is": "is",
    "IsNot": "is not",
    "Attribute": "A point after a name",
    "Subscript": "A square bracket after a name",
    "List": "A list in square brackets",
    "BitAnd": "&",
    "BitOr": "|",
    "BitXor": "^",
    "Invert": "~",
    "UAdd": "A plus sign before a value",
    "Lambda": "lambda",
    "keyword": "A named argument",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A rule text as it is read: NFC, line breaks as blanks; `shift` signs were cut from its start."""

    text: str
    tree: ast.expr
    shift: int

    def sign(self, node: ast.expr) -> int:
        """Count the characters up to a node, from 1 (ast counts bytes of UTF-8)."""
        return self.shift + _characters(self.text, node.col_offset) + 1

    def written(self, node: ast.expr) -> str:
        """Give the text of a node."""
        data = self.text.encode()
        return data[node.col_offset : node.end_col_offset].decode()


def parse(text: str) -> Source | RuleError:
    """Read a rule text; the first mistake of its signs or of its form is given back."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > MAX_SIGNS:
        return error("S06")
    spans = _texts(text)
    bare = _without(text, spans)
    mistake = _wrong_sign(text, bare) or _wrong_text(text, spans) or _wrong_number(bare)
    if mistake:
        return mistake
    line = text.replace("\r", " ").replace("\n", " ")
    shift = len(line) - len(line.lstrip(" \t"))
    tree = _ast(line.strip(" \t"), shift)
    if isinstance(tree, RuleError):
        return tree
    if "#" in bare:
        return error("S02", bare.index("#") + 1, construct="#")
    source = Source(line.strip(" \t"), tree, shift)
    return _wrong_form(source) or source


def _characters(text: str, byte_offset: int) -> int:
    return byte_offset if text.isascii() else len(text.encode()[:byte_offset].decode())


def _texts(text: str) -> list[tuple[int, int]]:
    """Find the written texts, quotes included; the last may run to the end without a closing quote."""
    spans, place = [], 0
    while place < len(text):
        if text[place] not in "'\"":
            place += 1
            continue
        end = text.find(text[place], place + 1)
        end = len(text) if end < 0 else end + 1
        spans.append((place, end))
        place = end
    return spans


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Blank out the written texts, so that what stands outside keeps its place."""
    signs = list(text)
    for start, end in spans:
        signs[start:end] = [_BLANKED] * (end - start)
    return "".join(signs)


def _wrong_sign(text: str, bare: str) -> RuleError | None:
    for place, sign in enumerate(text):
        control = (sign < _FIRST_PRINTED and sign not in "\t\r\n") or sign == _DELETE
        outside = not sign.isascii() and bare[place] == sign
        if control or outside or _SURROGATES[0] <= sign <= _SURROGATES[1]:
            return error("S07", place + 1, c=sign if sign.isprintable() else hex(ord(sign)), n=place + 1)
    return None


def _wrong_text(text: str, spans: list[tuple[int, int]]) -> RuleError | None:
    before = -1
    for start, end in spans:
        prefix = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")
        beside = before >= 0 and not text[before:start].strip(" \t\r\n")
        if prefix or beside or any(sign in "\\\r\n" for sign in text[start:end]):
            return error("S04", start + 1)
        before = end
    return None


def _wrong_number(bare: str) -> RuleError | None:
    for run in _NUMBER_RUN.finditer(bare):
        if len(run[0]) > NUMBER_SIGNS or not _NUMBER.fullmatch(run[0]):
            return error("S03", run.start() + 1, text=run[0])
    return None


def _ast(source: str, shift: int) -> ast.expr | RuleError:
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError as found:
        if "too many nested" in (found.msg or ""):
            return error("S06")
        sign = shift + max(1, min(found.offset or 1, len(source)))
        return error("S01", sign, n=sign, reason=found.msg)
    except (MemoryError, RecursionError):
        return error("S06")


def _wrong_form(source: Source) -> RuleError | None:
    parts = _walk(source.tree)
    for node, _ in parts:
        refused = _refused(node)
        if refused:
            return error("S02", source.sign(node), construct=refused)
    for node, _ in parts:
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            return error("S05", source.sign(node))
    levels = max(level for _, level in parts)
    members = max((len(n.elts) for n, _ in parts if isinstance(n, ast.Tuple)), default=0)
    too_long = len(parts) > MAX_PARTS or levels > MAX_LEVELS or members > MAX_MEMBERS
    return error("S06") if too_long else None


def _walk(tree: ast.expr) -> list[tuple[ast.expr, int]]:
    """List the parts with their level, from the left; names of functions are no parts of their own."""
    found: list[tuple[ast.expr, int]] = []
    todo = [(tree, 1)]
    while todo:
        node, level = todo.pop()
        found.append((node, level))
        if isinstance(node, _EXPRESSIONS):
            below = [*node.args] if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
            inner = [(child, level + 1) for child in below if isinstance(child, ast.expr)]
            todo.extend(reversed(inner))
    return found


def _refused(node: ast.expr) -> str | None:
    """Name what stands here when it is no part of the language."""
    if not isinstance(node, _EXPRESSIONS):
        return _name(node)
    if isinstance(node, ast.Call):
        if node.keywords:
            return _name(node.keywords[0])
        return None if isinstance(node.func, ast.Name) else _name(node.func)
    if isinstance(node, ast.Constant) and not isinstance(node.value, _CONSTANTS):
        return _name(node)
    operators = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr | ast.Load)]
    return next((_name(one) for one in operators if not isinstance(one, _OPERATORS)), None)


def _name(node: ast.AST) -> str:
    return _WRITTEN.get(type(node).__name__, type(node).__name__)
