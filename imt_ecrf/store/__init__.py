"""What is kept: tables, guards, engines and the append-only log; knows SQL and no HTTP."""

from __future__ import annotations

from imt_ecrf.store.database import Engines, NoActor, engines, reading, writing
from imt_ecrf.store.schema import NotReady, migrate, require
from imt_ecrf.store.who import DERIVATION, SYSTEM, Who

__all__ = [
    "DERIVATION",
    "SYSTEM",
    "Engines",
    "NoActor",
    "NotReady",
    "Who",
    "engines",
    "migrate",
    "reading",
    "require",
    "writing",
]
