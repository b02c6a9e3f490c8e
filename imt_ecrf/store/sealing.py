"""Sealing an installation: where key and anchors lie, and the loop that seals; hashes nothing itself."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from imt_ecrf.store.queue import StoreIsBusy
from imt_ecrf.store.seal import Head, public_key, seal_key, seal_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from imt_ecrf.store.database import Engines

EVERY = 5.0
logger = logging.getLogger(__name__)


def keys(data: Path) -> Path:
    """Give the folder of an installation's sealing key."""
    return data / "keys"


def anchors(data: Path) -> Path:
    """Give the file of the heads; whoever runs the installation copies it to where the host cannot write."""
    return data / "anchors" / "heads.jsonl"


def known_key(data: Path) -> Ed25519PublicKey | None:
    """Read the public sealing key; None before the first seal."""
    return public_key(keys(data)) if (keys(data) / "seal.pub").is_file() else None


def seal_now(engines: Engines, data: Path, at: str | None = None) -> Head | None:
    """Seal what is not sealed yet, at each signature and every few seconds; None when there was nothing."""
    return seal_log(engines, seal_key(keys(data)), anchors(data), at)


def seal_soon(engines: Engines, data: Path) -> None:
    """Seal now if that is possible; what could not be sealed waits for the next turn, and is logged."""
    try:
        seal_now(engines, data)
    except (SQLAlchemyError, StoreIsBusy, OSError):
        # `audit verify` counts what is open
        logger.exception("sealing failed")


def start(engines: Engines, data: Path, every: float = EVERY) -> Callable[[], None]:
    """Begin to seal every few seconds in a thread; call what is returned to stop, after a last seal."""
    stop = threading.Event()
    thread = threading.Thread(target=_loop, args=(engines, data, every, stop), name="sealing", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end


def _loop(engines: Engines, data: Path, every: float, stop: threading.Event) -> None:
    last = False
    while not last:
        last = stop.wait(every)
        seal_soon(engines, data)
