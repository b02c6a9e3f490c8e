"""How much a request may bring, and how often, where a view takes more than a form; knows no page."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import current_app, request

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

MINUTE: Final = 60.0
MOST_KNOWN: Final = 10_000
RATES: Final = "imt_ecrf_rates"

View = TypeVar("View", bound="Callable[..., Any]")


class FileTooLarge(Refused):
    """The file is larger than 50 MB, which this page does not take."""

    ru = "Файл больше 50 МБ; эта страница таких не принимает."
    status = 413


class TooOften(Refused):
    """Too many files came from your address; try again in a minute."""

    ru = "С вашего адреса пришло слишком много файлов; повторите через минуту."
    status = 429


class NoText(Refused):
    """A sign was sent that no text can hold (NUL); nothing was saved."""

    ru = "Прислан знак, которого не бывает в тексте (NUL); ничего не сохранено."
    status = 400


@dataclass
class Rate:
    """How often each address may send something, counted in this process."""

    a_minute: int
    _seen: dict[str, deque[float]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, address: str, now: float) -> bool:
        """Count one request; False when the address has used up its minute."""
        with self._guard:
            if len(self._seen) >= MOST_KNOWN:
                self._seen = {key: times for key, times in self._seen.items() if times[-1] > now - MINUTE}
            times = self._seen.setdefault(address, deque())
            while times and times[0] <= now - MINUTE:
                times.popleft()
            if len(times) >= self.a_minute:
                return False
            times.append(now)
            return True


def takes(most: int, a_minute: int) -> Callable[[View], View]:
    """Declare that a view takes a body of so many bytes, and so many of them a minute from one address."""

    def declare(view: View) -> View:
        view.takes = (most, a_minute)  # type: ignore[attr-defined]
        return view

    return declare


def install(app: Flask) -> None:
    """Let a view take what it declares; asked before anything of a request's body is read."""
    app.extensions[RATES] = {}
    app.before_request(_allow)
    app.before_request(_texts)


def _allow() -> None:
    found = getattr(current_app.view_functions.get(request.endpoint or ""), "takes", None)
    if found is None or request.method != "POST":
        return
    most, a_minute = found
    rates: dict[str, Rate] = current_app.extensions[RATES]
    rate = rates.setdefault(request.endpoint or "", Rate(a_minute))
    if not rate.take(request.remote_addr or "", time.monotonic()):
        raise TooOften
    if (request.content_length or 0) > most:  # of a body of unknown length no more than this is read
        raise FileTooLarge
    request.max_content_length = most


def _texts() -> None:
    """Refuse the character NUL in what is sent: no seal and only one of the databases can hold it."""
    if hasattr(current_app.view_functions.get(request.endpoint or ""), "takes"):
        return
    sent = (texts for some in (request.args, request.form) for texts in some.listvalues())
    if "\0" in request.path or any("\0" in text for texts in sent for text in texts):
        raise NoText
