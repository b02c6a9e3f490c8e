"""YAML files as plain values that remember their file and line; knows nothing of a study."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from imt_ecrf.study.loader.mistakes import Mark, Mistakes

if TYPE_CHECKING:
    from pathlib import Path


class TheQuickReaderIsMissing(Exception):  # noqa: N818 - named as what it tells
    """PyYAML was built without its C library (libyaml); install it with the library."""


try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]
except ImportError as reason:
    # the Python parser needs seven times as long, and reads some numbers otherwise
    raise TheQuickReaderIsMissing(str(TheQuickReaderIsMissing.__doc__)) from reason

_TAG = "tag:yaml.org,2002:"
_WORDS = re.compile(r"^(?:null|~|)$"), re.compile(r"^(?:true|false)$")
_INTEGER, _DECIMAL = re.compile(r"^-?(?:0|[1-9][0-9]*)$"), re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$")


class Map(dict[str, Any]):
    """A mapping with the place of itself and of every key."""

    mark: Mark
    marks: dict[str, Mark]


class Seq(list[Any]):
    """A list with the place of itself and of every member."""

    mark: Mark
    marks: list[Mark]


class _Words(yaml.resolver.BaseResolver):
    """Only null, true, false, whole numbers and decimals are not text: Y, N, No, On, dates and 1_0 are."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {  # type: ignore[misc]
        **{first: [(f"{_TAG}null", _WORDS[0])] for first in ("n", "~", "")},
        **{first: [(f"{_TAG}bool", _WORDS[1])] for first in "tf"},
        **{first: [(f"{_TAG}int", _INTEGER), (f"{_TAG}float", _DECIMAL)] for first in "-0123456789"},
    }


class _Composer(CParser, _Words):
    """The C parser with our words; it makes nodes, never objects."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        _Words.__init__(self)


def read(path: Path, name: str, mistakes: Mistakes) -> Map | None:
    """Read a file that holds one mapping; what cannot be read is a mistake and gives None."""
    try:
        node = _Composer(path.read_text(encoding="utf-8")).get_single_node()
    except UnicodeDecodeError:
        mistakes.add(Mark(name, 1), "the file is not written in UTF-8")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        mistakes.add(Mark(name, mark.line + 1 if mark else 1), f"this is not YAML: {error.problem}")
        return None
    value = _Values(name, mistakes).value(node) if node is not None else None
    if isinstance(value, Map):
        return value
    mistakes.add(Mark(name, 1), "the file must hold keys and values")
    return None


def empty(mark: Mark) -> Map:
    """Give a mapping of nothing at a place."""
    made = Map()
    made.mark, made.marks = mark, {}
    return made


class _Values:
    """Turns the nodes of one file into values."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.file = file
        self.mistakes = mistakes

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._map(node)
        if isinstance(node, yaml.SequenceNode):
            return self._seq(node)
        return self._scalar(node)

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self.file, node.start_mark.line + 1)

    def _map(self, node: yaml.MappingNode) -> Map:
        made = empty(self._mark(node))
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.add(mark, "a key must be a word")
                continue
            key = unicodedata.normalize("NFC", key_node.value)
            if key in made:
                self.mistakes.add(mark, f"{key} stands twice; the first is on line {made.marks[key].line}")
                continue
            made[key], made.marks[key] = self.value(value_node), mark
        return made

    def _seq(self, node: yaml.SequenceNode) -> Seq:
        made = Seq(self.value(member) for member in node.value)
        made.mark, made.marks = self._mark(node), [self._mark(member) for member in node.value]
        return made

    def _scalar(self, node: yaml.Node) -> Any:
        kind, text = node.tag.removeprefix(_TAG), str(node.value)
        if kind == "str":
            return unicodedata.normalize("NFC", text)
        if kind == "null":
            return None
        if kind == "bool":
            return text == "true"
        if kind in {"int", "float"} and (_INTEGER.match(text) or _DECIMAL.match(text)):
            return int(text) if kind == "int" else Decimal(text)
        self.mistakes.add(self._mark(node), f"the tag {node.tag} is not used here")
        return text


def plain(value: Any) -> Any:
    """Give a value without its places, ready for JSON; decimals become text."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value
