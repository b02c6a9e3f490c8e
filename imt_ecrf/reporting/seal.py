"""The PAdES signatures on an assembled file: the seal, then countersignatures; knows no casebook."""

from __future__ import annotations

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError

from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting.certificate import authorities, keep_stamp_authority, stamp_authorities
from imt_ecrf.reporting.judge import Trust, judge

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from imt_ecrf.reporting.certificate import SealFiles

FIELD: Final = "Seal"
INVESTIGATOR: Final = "Investigator"
SPONSOR: Final = "Sponsor"
PREPARED: Final = {
    INVESTIGATOR: "Countersignature of the investigator / Подпись исследователя",
    SPONSOR: "Countersignature of the sponsor / Подпись спонсора",
}
"""The empty fields that wait under the seal: signing one of them is the only change the seal allows."""


class SealUnusable(Refused):
    """The casebook cannot be sealed: the installation's certificate or its passphrase cannot be used."""

    ru = "Карту нельзя заверить: сертификат установки или его пароль недоступен."


class SealExpired(Refused):
    """The casebook cannot be sealed: the installation's certificate is not in force today. Renew it."""

    ru = "Карту нельзя заверить: сертификат установки сегодня не действует. Его нужно обновить."


class SealWithdrawn(Refused):
    """The casebook cannot be sealed: the installation's certificate was revoked. Renew it."""

    ru = "Карту нельзя заверить: сертификат установки отозван. Его нужно обновить."


def usable(files: SealFiles) -> None:
    """Refuse what would be refused when the file is printed already: see `seal`."""
    _signer(files)


def seal(pdf: bytes, files: SealFiles, *, name: str, reason: str) -> bytes:
    """Certify a file (DocMDP P=2, invisible, PAdES B-B, B-T with a time-stamp service).

    SealUnusable without its key, SealExpired or SealWithdrawn when it may not be used, TimeStampRefused.
    """
    signer = _signer(files)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    for field, words in PREPARED.items():
        append_signature_field(writer, SigFieldSpec(field, readable_field_name=words))
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, name=name, reason=reason, certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
    )  # fmt: skip
    return _signed(writer, meta, signer, files)


def countersign(pdf: bytes, files: SealFiles, field: str, *, name: str, role: str, meaning: str) -> bytes:
    """Add a person's signature under the seal, as an update: name, role and meaning are signed with it."""
    signer = _signer(files)
    meta = signers.PdfSignatureMetadata(
        field_name=field, name=name, location=role, reason=meaning, subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )  # fmt: skip
    return _signed(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer, files)


def genuine(pdf: bytes, authority: Path) -> bool:
    """Tell whether the file is exactly what the installation sealed or countersigned (pyHanko's verdict)."""
    found = judge(pdf, Trust((authority.read_bytes(),)))
    return bool(found) and found[0].field == FIELD and all(one.good for one in found) and found[-1].whole


def trust_of(files: SealFiles) -> Trust:
    """Give whom to believe: every authority of the installation, and those of its time-stamp services."""
    own = tuple(one.public_bytes(Encoding.PEM) for one in authorities(files))
    return Trust(own, stamp_authorities(files))


def _signed(
    writer: IncrementalPdfFileWriter,
    meta: signers.PdfSignatureMetadata,
    signer: signers.SimpleSigner,
    files: SealFiles,
) -> bytes:
    stamper = files.service.stamper() if files.service else None
    work = signers.PdfSigner(meta, signer, timestamper=stamper).async_sign_pdf(writer, output=BytesIO())
    try:
        output: BytesIO = _finished(work)
    except SigningError as fault:
        raise SealUnusable(str(fault)) from fault
    keep_stamp_authority(files)
    return bytes(output.getvalue())


def _finished(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, in a thread of its own: the caller's thread may run a loop already."""
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(asyncio.run, work).result()


def _open(path: Path, passphrase: bytes) -> Any:
    return signers.SimpleSigner.load_pkcs12(str(path), passphrase=passphrase)  # type: ignore[no-untyped-call]


def _signer(files: SealFiles) -> signers.SimpleSigner:
    try:
        passphrase = files.passphrase.read_bytes().strip()
        # pyHanko would write its whole traceback to the log and give nothing: opened here first
        load_key_and_certificates(files.pkcs12.read_bytes(), passphrase)
        signer: signers.SimpleSigner | None = _open(files.pkcs12, passphrase)
    except OSError as fault:
        raise SealUnusable(f"{Path(str(fault.filename)).name}: {fault.strerror}.") from fault
    except ValueError as fault:
        raise SealUnusable(str(fault)) from fault
    if signer is None:
        raise SealUnusable
    certificate: Any = signer.signing_cert
    if certificate.sha256.hex() in files.withdrawn:
        raise SealWithdrawn
    if not certificate.not_valid_before <= dt.datetime.now(dt.UTC) <= certificate.not_valid_after:
        raise SealExpired
    return signer
