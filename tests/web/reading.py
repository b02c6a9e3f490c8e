"""A page as a browser reads it: its forms, what each would send, its text; knows no study."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

INLINE = "bdi"
"""An element whose words stand in their sentence without a blank of its own."""
VOID = frozenset({"input", "br", "img", "link", "meta", "hr", "use"})


@dataclass
class Control:
    """One control of a form with the value it would send."""

    tag: str
    name: str
    kind: str
    value: str = ""
    checked: bool = True
    options: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    hidden: bool = False


@dataclass
class FormRead:
    """A form of a page: where it goes and its controls."""

    id: str
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    def sent(self) -> dict[str, list[str]]:
        """Give what a browser would send without pressing a named button."""
        found: dict[str, list[str]] = {}
        for one in self.controls:
            if one.name and one.checked and one.tag != "button":
                found.setdefault(one.name, []).append(one.value)
        return found

    def named(self, name: str) -> list[Control]:
        """Find the controls of a name."""
        return [one for one in self.controls if one.name == name]


class PageRead(HTMLParser):
    """A page taken apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.forms: list[FormRead] = []
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._form: FormRead | None = None
        self._text_in: Control | None = None
        self._skip = ""
        self._open: list[tuple[str, bool]] = []
        self._joined = self._in_words = False
        self.feed(html)

    @property
    def text(self) -> str:
        """Give the words of the page."""
        return " ".join(" ".join(self.words).split())

    def form(self, name: str) -> FormRead:
        """Find a form by its id or by how its address ends."""
        return next(one for one in self.forms if one.id == name or one.action.endswith(name))

    @property
    def links(self) -> list[str]:
        """List the addresses the page leads to."""
        return [attributes["href"] for tag, attributes in self.tags if tag == "a" and "href" in attributes]

    def element(self, name: str) -> dict[str, str]:
        """Give the attributes of the element with an id."""
        return next(attributes for _, attributes in self.tags if attributes.get("id") == name)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self._joined = tag == INLINE and self._in_words
        self._in_words = False
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self._open.append((tag, "is-hidden" in attributes.get("class", "").split()))
        if tag == "form":
            self._form = FormRead(
                attributes.get("id", ""), attributes.get("action", ""), attributes.get("method", "get")
            )
            self.forms.append(self._form)
        elif tag in {"script", "style"}:
            self._skip = tag
        else:
            self._control(tag, attributes)

    def _control(self, tag: str, attributes: dict[str, str]) -> None:
        if self._form is None:
            return
        name, kind = attributes.get("name", ""), attributes.get("type", "text")
        if tag == "input":
            checked = kind not in {"radio", "checkbox"} or "checked" in attributes
            value = attributes.get("value", "")
            self._form.controls.append(Control(tag, name, kind, value, checked, [], attributes, self._hidden))
        elif tag in {"select", "textarea", "button"}:
            one = Control(tag, name, tag, attributes.get("value", ""), attributes=attributes)
            one.hidden = self._hidden
            self._form.controls.append(one)
            self._text_in = one if tag == "textarea" else None
        elif tag == "option":
            select = self._form.controls[-1]
            select.options.append(attributes.get("value", ""))
            if "selected" in attributes:
                select.value = attributes.get("value", "")

    @property
    def _hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._joined, self._in_words = tag == INLINE, False
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "form":
            self._form = None
        if tag == self._skip:
            self._skip = ""
        if tag == "textarea":
            self._text_in = None

    def handle_data(self, data: str) -> None:
        """Note the words."""
        if self._text_in is not None:
            self._text_in.value += data
        if not self._skip and self._joined and self.words:
            self.words[-1] += data
        elif not self._skip:
            self.words.append(data)
        self._joined, self._in_words = False, True
