"""The accounts of the demo: made by the acts, with passwords by chance, told once in a file; no child."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.people import HOSPITALS, PEOPLE, person
from imt_ecrf.conduct import accounts, delegates, entrance, identity, sites, training
from imt_ecrf.conduct.actor import system

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, SimulatedClock

FILE: Final = "demo-accounts.json"
# letters and digits that are not taken for one another
SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS: Final = 4
DELEGATED_AT: Final = "02"
SIGNERS: Final = frozenset({"PI", "SUBI", "CPATH", "CREAD", "SAFE"})


def new_password() -> str:
    """Give a password of four groups of four signs (79 bits)."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(GROUPS))


def open_hospitals(session: Session, clock: SimulatedClock) -> None:
    """Open the hospitals of the demo."""
    for one in HOSPITALS:
        sites.open_site(
            session, system(clock), one.code, name=one.name, name_ru=one.name_ru, timezone=one.timezone
        )


def make_accounts(session: Session, clock: SimulatedClock) -> dict[str, str]:
    """Make every person's account with its role and give the passwords by user name."""
    told: dict[str, str] = {}
    for one in PEOPLE:
        told[one.username] = new_password()
        accounts.create_user(
            session,
            system(clock),
            username=one.username,
            name=one.name,
            email=one.email,
            password=told[one.username],
            organisation=one.organisation,
            language=one.language,
            demo=True,
        )
        accounts.grant(session, system(clock), one.username, one.role, one.site)
        if one.role in SIGNERS:
            _identify(session, clock, one.username, told[one.username])
    _delegate(session, clock)
    return told


def _identify(session: Session, clock: SimulatedClock, username: str, password: str) -> None:
    """Put on record what a signature needs: who was seen, and that the person knows what it means."""
    day = clock.now().date()
    identity.check_identity(session, system(clock), username, "Passport seen by the sponsor", day)
    signer = entrance.actor_named(session, username, clock=clock, origin="demo")
    if signer is None:
        raise LookupError(username)
    identity.accept_statement(session, signer, password)


def confirm_guidelines(session: Session, clock: SimulatedClock, fingerprint: str) -> None:
    """Let everybody read and confirm the guideline of the own role, before the first child."""
    for one in PEOPLE:
        actor = somebody(session, clock, one.role, one.site or "")
        for told in training.standings(session, actor):
            training.acknowledge(session, actor, told.role, fingerprint, read=True)


def somebody(session: Session, clock: SimulatedClock, role: str, site: str = "") -> Actor:
    """Give the person who holds a role at a site, as the one who acts at the moment of the clock."""
    named = person(role, site).username
    actor = entrance.actor_named(session, named, clock=clock, origin="demo")
    if actor is None:
        raise LookupError(named)
    return actor


def write_file(folder: Path, passwords: dict[str, str]) -> Path:
    """Write user name, password, role and site of every account into the data folder, for its owner only."""
    rows = [
        {
            "username": one.username,
            "password": passwords[one.username],
            "role": one.role,
            "site": one.site,
        }
        for one in PEOPLE
    ]
    file = folder / FILE
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(rows, opened, indent=1)
        opened.write("\n")
    return file


def _delegate(session: Session, clock: SimulatedClock) -> None:
    """At one hospital the investigator lets the sub-investigator sign visit forms."""
    investigator = somebody(session, clock, "PI", DELEGATED_AT)
    delegates.delegate_signing(session, investigator, person("SUBI", DELEGATED_AT).username, DELEGATED_AT)
