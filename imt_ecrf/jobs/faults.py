"""What is said and logged of a job that failed; a log holds no patient's data."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting.render import PrintingFailed

if TYPE_CHECKING:
    from collections.abc import Iterator


class AccountIsClosed(Refused):
    """The account of who asked for it is closed."""

    ru = "Учётная запись запросившего закрыта."


class FaultOfProgram(Refused):
    """It could not be made because of a fault in the program; tell who runs it:"""  # noqa: D400 - where it is follows

    ru = "Это не удалось сделать из-за ошибки в программе; сообщите администратору:"


def said(fault: Exception, language: str) -> str:
    """Say to the person who waits why there is no file; values, which a fault may quote, are left out."""
    if isinstance(fault, Refused):
        return fault.text(language)
    if isinstance(fault, PrintingFailed | OSError):
        return str(fault)
    frames = traceback.extract_tb(fault.__traceback__)
    place = f"{PurePath(frames[-1].filename).name} {frames[-1].lineno}" if frames else ""
    return FaultOfProgram(", ".join(filter(None, (type(fault).__name__, place)))).text(language)


def traced(fault: BaseException) -> str:
    """Write a fault and its causes down for the log: kinds and places, without what they quote."""
    return "\n".join(_lines(fault))


def _lines(fault: BaseException | None) -> Iterator[str]:
    while fault is not None:
        named = str(fault).partition(": ")[0] if isinstance(fault, PrintingFailed) else ""
        named = fault.text() if isinstance(fault, Refused) else named
        yield f"{type(fault).__name__} {named}".strip()
        for frame in traceback.extract_tb(fault.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        fault = fault.__cause__
