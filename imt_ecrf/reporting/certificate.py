"""The installation's authority and seal certificate: made once at `init`, kept as PKCS#12 with the data."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

VALID_DAYS = 3650
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class SealFiles:
    """Where the seal lies: key and certificate (PKCS#12), its passphrase, and the authority to import."""

    pkcs12: Path
    passphrase: Path
    authority: Path


def seal_files(folder: Path) -> SealFiles:
    """Name the seal's files in the keys folder of an installation."""
    return SealFiles(folder / "seal.p12", folder / "seal-passphrase", folder / "authority.pem")


def make_seal(folder: Path, organisation: str, now: datetime | None = None) -> SealFiles:
    """Make authority and seal certificate unless they are there; the authority's key is not kept."""
    paths = seal_files(folder)
    if paths.pkcs12.exists():
        return paths
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = now or datetime.now(UTC)
    authority_key = ec.generate_private_key(ec.SECP384R1())
    seal_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(organisation, authority_key, moment)
    certificate = _certificate(organisation, seal_key, authority, authority_key, moment)
    passphrase = secrets.token_urlsafe(32)
    bundle = pkcs12.serialize_key_and_certificates(
        b"imt-ecrf seal", seal_key, certificate, [authority],
        serialization.BestAvailableEncryption(passphrase.encode()),
    )  # fmt: skip
    _write_private(paths.passphrase, passphrase.encode())
    paths.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    _write_private(paths.pkcs12, bundle)
    return paths


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    path.write_bytes(content)


def _name(organisation: str, common: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, organisation[:64]), (NameOID.COMMON_NAME, common[:64])]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=VALID_DAYS))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs_data: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_data, content_commitment=signs_data, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=not signs_data,
        crl_sign=not signs_data, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _authority(organisation: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name(organisation, "imt-ecrf installation authority")
    builder = _builder(name, name, key.public_key(), now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_usage(signs_data=False), critical=True).sign(key, hashes.SHA384())


def _certificate(
    organisation: str,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    name = _name(organisation, "imt-ecrf casebook seal")
    builder = _builder(name, authority.subject, key.public_key(), now)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    return builder.add_extension(_usage(signs_data=True), critical=True).sign(authority_key, hashes.SHA384())
