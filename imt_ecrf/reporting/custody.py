"""The care of the installation's certificate: shown, renewed, revoked with a reason, all of it in the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import NameOID
from sqlalchemy import select

from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting.certificate import (
    certificates,
    fingerprint,
    renew_seal,
    seal_certificate,
    write_list,
)
from imt_ecrf.store.tables import Event, moment
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt

    from cryptography import x509
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.certificate import SealFiles

RENEWED: Final = "certificate.renewed"
REVOKED: Final = "certificate.revoked"
LONGEST: Final = 500


class NoCertificate(Refused):
    """This installation has no certificate in force to revoke; renewing makes one."""

    ru = "В установке нет действующего сертификата, который можно отозвать; обновление создаст новый."
    status = 409


class SayWhyRevoked(Refused):
    """Say why the certificate is revoked, in at most 500 signs."""

    ru = "Укажите причину отзыва сертификата, не более 500 знаков."


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Since when a certificate may not seal, why, and who decided it."""

    at: dt.datetime
    reason: str
    by: str
    serial: int


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that seals or sealed here; `sha256` is its fingerprint."""

    sha256: str
    serial: int
    organisation: str
    since: dt.datetime
    until: dt.datetime
    present: bool
    withdrawn: Withdrawal | None

    def state(self, now: dt.datetime) -> str:
        """Say in a word what it is: in force, expired, revoked, replaced."""
        if self.withdrawn:
            return "revoked"
        if not self.present:
            return "replaced"
        return "in force" if self.since <= now <= self.until else "expired"


def withdrawals(session: Session) -> dict[str, Withdrawal]:
    """Give the revoked certificates by fingerprint; the append-only log is what counts."""
    wanted = select(Event.at_utc, Event.reason, Event.user_name, Event.object, Event.details)
    found = {}
    for row in session.execute(wanted.where(Event.act == REVOKED).order_by(Event.seq)):
        serial = int(json.loads(row.details)["serial"], 16)
        found[row.object] = Withdrawal(moment(row.at_utc), row.reason, row.user_name, serial)
    return found


def held(session: Session, files: SealFiles) -> tuple[Held, ...]:
    """List the certificates of the installation, the present one first."""
    out = withdrawals(session)
    present = seal_certificate(files)
    return tuple(_held(one, present=one == present, out=out) for one in certificates(files))


def renew(session: Session, actor: Actor, files: SealFiles, organisation: str | None = None) -> Held:
    """Make a new key and certificate in place of the present one; copies made before stay what they are."""
    role = _role(actor)
    before = seal_certificate(files)
    known = organisation or (_organisation(before) if before else "imt-ecrf")
    made = renew_seal(files, known, actor.now())
    details = {
        "serial": f"{made.serial_number:x}",
        "before": fingerprint(before) if before else None,
        "authority": made.issuer.rfc4514_string(),
    }
    log(session, actor, RENEWED, role, object=fingerprint(made), details=details)
    return _held(made, present=True, out={})


def revoke(session: Session, actor: Actor, files: SealFiles, reason: str) -> Held:
    """Take the present certificate out of use at once: nothing is sealed until it is renewed.

    Copies made before are in the record and stay genuine; a file with this seal that is not in the record is
    ours no more, unless a time-stamp service proves it older.
    """
    role, words = _role(actor), said(reason)
    if not words or len(words) > LONGEST:
        raise SayWhyRevoked
    present, out = seal_certificate(files), withdrawals(session)
    if present is None or fingerprint(present) in out:
        raise NoCertificate
    details = {"serial": f"{present.serial_number:x}"}
    log(session, actor, REVOKED, role, object=fingerprint(present), reason=words, details=details)
    out = withdrawals(session)
    write_list(files, {one.serial: one.at for one in out.values()}, actor.now())
    return _held(present, present=True, out=out)


def _role(actor: Actor) -> str:
    return SYSTEM_ROLE if actor.is_system() else actor.role_for_act("keep_certificate")


def _held(one: x509.Certificate, *, present: bool, out: dict[str, Withdrawal]) -> Held:
    sha256 = fingerprint(one)
    return Held(
        sha256, one.serial_number, _organisation(one), one.not_valid_before_utc, one.not_valid_after_utc,
        present, out.get(sha256),
    )  # fmt: skip


def _organisation(one: x509.Certificate) -> str:
    found = one.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else "imt-ecrf"
