"""The installation's authority and its seal certificate: made, renewed, listed as withdrawn; asks nobody."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imt_ecrf.reporting.timestamp import Service

VALID_DAYS: Final = 3650
AUTHORITY_DAYS: Final = 2 * VALID_DAYS
OWNER_ONLY: Final = 0o600
PAST: Final = "past"
PEM: Final = serialization.Encoding.PEM


class KeyUnusable(Refused):
    """The key of the seal cannot be opened: its file or its passphrase is wrong or missing. File:"""  # noqa: D400 - the file follows

    ru = "Ключ заверения не открывается: файл или пароль к нему неверен или отсутствует. Файл:"


@dataclass(frozen=True, slots=True)
class SealFiles:
    """Where the seal lies (PKCS#12, its passphrase, the authority to import), and what sealing must know.

    `service` stamps the time; `withdrawn` are the SHA-256 of certificates that may not seal any more.
    """

    pkcs12: Path
    passphrase: Path
    authority: Path
    service: Service | None = None
    withdrawn: frozenset[str] = field(default=frozenset())

    @property
    def certificate(self) -> Path:
        """Name the file of the seal certificate without its key."""
        return self.pkcs12.with_suffix(".pem")

    @property
    def authority_key(self) -> Path:
        """Name the file of the authority with its key; it may be kept elsewhere between renewals."""
        return self.authority.with_suffix(".p12")

    @property
    def list(self) -> Path:
        """Name the list of withdrawn certificates (CRL) that the authority signs."""
        return self.authority.with_name("withdrawn.crl")

    @property
    def past(self) -> Path:
        """Name the folder of the certificates and authorities that were before."""
        return self.authority.with_name(PAST)


def seal_files(folder: Path, **more: Service | frozenset[str] | None) -> SealFiles:
    """Name the seal's files in the keys folder of an installation."""
    paths = folder / "seal.p12", folder / "seal-passphrase", folder / "authority.pem"
    return SealFiles(*paths, **more)  # type: ignore[arg-type]


def make_seal(folder: Path, organisation: str, now: datetime | None = None) -> SealFiles:
    """Make authority and seal certificate unless they are there."""
    paths = seal_files(folder)
    if not paths.pkcs12.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        moment = now or datetime.now(UTC)
        _write_private(paths.passphrase, secrets.token_urlsafe(32).encode())
        _make(paths, organisation, _new_authority(paths, organisation, moment), moment)
    return paths


def renew_seal(files: SealFiles, organisation: str, now: datetime) -> x509.Certificate:
    """Make a new key and certificate; the old key is destroyed, the old certificate kept to judge by.

    Without the authority's key a new authority is made too, which readers must import again.
    """
    authority = authority_key(files)
    files.past.mkdir(exist_ok=True, mode=0o700)
    for kept in (files.certificate, files.authority):
        if kept.is_file():
            held = x509.load_pem_x509_certificate(kept.read_bytes())
            (files.past / f"{kept.stem}-{fingerprint(held)[:16]}.pem").write_bytes(kept.read_bytes())
    if authority is None or authority[1].not_valid_after_utc < now + timedelta(days=VALID_DAYS):
        authority = _new_authority(files, organisation, now)
    return _make(files, organisation, authority, now)


def authority_key(files: SealFiles) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """Open the authority with its key; None when the key is not in the folder."""
    if not files.authority_key.is_file():
        return None
    return _opened(files.authority_key, files.passphrase)


def seal_certificate(files: SealFiles) -> x509.Certificate | None:
    """Give the certificate that seals now; None before one was made."""
    if files.certificate.is_file():
        return x509.load_pem_x509_certificate(files.certificate.read_bytes())
    return _opened(files.pkcs12, files.passphrase)[1] if files.pkcs12.is_file() else None


def certificates(files: SealFiles) -> tuple[x509.Certificate, ...]:
    """List the certificates that ever sealed here, the present one first."""
    now = seal_certificate(files)
    return ((now,) if now else ()) + _held(files.past, "seal")


def authorities(files: SealFiles) -> tuple[x509.Certificate, ...]:
    """List the authorities of this installation, the present one first: copies of each are ours."""
    there = files.authority.is_file()
    now = (x509.load_pem_x509_certificate(files.authority.read_bytes()),) if there else ()
    return now + tuple(one for one in _held(files.past, "authority") if one not in now)


def stamp_authorities(files: SealFiles) -> tuple[bytes, ...]:
    """Give the authorities (PEM) of the time-stamp services whose stamps stand on copies made here."""
    there = files.service.authority if files.service else None
    now = (there.read_bytes(),) if there is not None and there.is_file() else ()
    return now + tuple(file.read_bytes() for file in sorted(files.past.glob("stamps-*.pem")))


def keep_stamp_authority(files: SealFiles) -> None:
    """Keep the authority of the service in use: its stamps are judged also after the service was changed."""
    if files.service is not None:
        pem = files.service.authority.read_bytes()
        files.past.mkdir(exist_ok=True, mode=0o700)
        (files.past / f"stamps-{sha256(pem).hexdigest()[:16]}.pem").write_bytes(pem)


def fingerprint(certificate: x509.Certificate) -> str:
    """Give the SHA-256 of a certificate."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def write_list(files: SealFiles, withdrawn: Mapping[int, datetime], now: datetime) -> bool:
    """Write the signed list of withdrawn certificates (serial, since when); False without a usable key."""
    try:
        authority = authority_key(files)
    except KeyUnusable:  # a revocation counts by the log: a lost passphrase must not stand in its way
        authority = None
    if authority is None:
        return False
    key, certificate = authority
    builder = x509.CertificateRevocationListBuilder().issuer_name(certificate.subject)
    builder = builder.last_update(now).next_update(now + timedelta(days=VALID_DAYS))
    for serial, since in sorted(withdrawn.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    files.list.write_bytes(builder.sign(key, hashes.SHA384()).public_bytes(PEM))
    return True


def _held(folder: Path, kind: str) -> tuple[x509.Certificate, ...]:
    files = sorted(folder.glob(f"{kind}-*.pem"), key=lambda file: file.stat().st_mtime, reverse=True)
    return tuple(x509.load_pem_x509_certificate(file.read_bytes()) for file in files)


def _opened(bundle: Path, passphrase: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        found = pkcs12.load_key_and_certificates(bundle.read_bytes(), passphrase.read_bytes().strip())
    except (OSError, ValueError) as problem:
        raise KeyUnusable(bundle.name) from problem
    return found[0], found[1]  # type: ignore[return-value]


def _new_authority(
    files: SealFiles, organisation: str, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP384R1())
    certificate = _authority(organisation, key, now)
    _write_bundle(files.authority_key, files.passphrase, key, certificate)
    files.authority.write_bytes(certificate.public_bytes(PEM))
    return key, certificate


def _make(
    files: SealFiles, organisation: str, authority: tuple[ec.EllipticCurvePrivateKey, x509.Certificate],
    now: datetime,
) -> x509.Certificate:  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(organisation, key, authority[1], authority[0], now)
    files.certificate.write_bytes(certificate.public_bytes(PEM))
    _write_bundle(files.pkcs12, files.passphrase, key, certificate, authority[1])
    return certificate


def _write_bundle(
    path: Path, passphrase: Path, key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate
) -> None:
    secret = serialization.BestAvailableEncryption(passphrase.read_bytes().strip())
    name = f"imt-ecrf {path.stem}".encode()
    _write_private(path, pkcs12.serialize_key_and_certificates(name, key, chain[0], chain[1:], secret))


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    path.write_bytes(content)


def _name(organisation: str, common: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, organisation[:64]), (NameOID.COMMON_NAME, common[:64])]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs_data: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_data, content_commitment=signs_data, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=not signs_data,
        crl_sign=not signs_data, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _authority(organisation: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name(organisation, "imt-ecrf installation authority")
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
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
    builder = _builder(name, authority.subject, key.public_key(), now, VALID_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    return builder.add_extension(_usage(signs_data=True), critical=True).sign(authority_key, hashes.SHA384())
