"""The PAdES seal on an assembled file and its verdict; knows no casebook."""

from __future__ import annotations

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from imt_ecrf.reporting.certificate import SealFiles

FIELD = "Seal"


class SealUnusable(Refused):
    """The casebook cannot be sealed: the installation's certificate or its passphrase cannot be used."""

    ru = "Карту нельзя заверить: сертификат установки или его пароль недоступен."


class SealExpired(Refused):
    """The casebook cannot be sealed: the installation's certificate is not in force today."""

    ru = "Карту нельзя заверить: сертификат установки сегодня не действует."


def seal(pdf: bytes, files: SealFiles, *, name: str, reason: str) -> bytes:
    """Certify a file (DocMDP P=2, invisible, PAdES B-B); SealUnusable without its key, SealExpired later."""
    signer = _signer(files)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, name=name, reason=reason, certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
    )  # fmt: skip
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    output: BytesIO = _finished(signers.PdfSigner(meta, signer).async_sign_pdf(writer, output=BytesIO()))
    return bytes(output.getvalue())


def genuine(pdf: bytes, authority: Path) -> bool:
    """Tell whether the file is exactly what the installation sealed (pyHanko's bottom line)."""
    reader = PdfFileReader(BytesIO(pdf))
    signatures = reader.embedded_signatures
    if len(signatures) != 1:
        return False
    start, _length, after, rest = (int(number) for number in signatures[0].byte_range)
    if start or after + rest != len(pdf):
        return False  # something stands behind the seal, were it a comment only
    trust = ValidationContext(trust_roots=[_certificate(authority)], allow_fetching=False)
    return bool(_finished(async_validate_pdf_signature(signatures[0], trust)).bottom_line)


def _finished(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, in a thread of its own: the caller's thread may run a loop already."""
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(asyncio.run, work).result()


def _open(path: Path, passphrase: bytes) -> Any:
    return signers.SimpleSigner.load_pkcs12(str(path), passphrase=passphrase)  # type: ignore[no-untyped-call]


def _certificate(path: Path) -> Any:
    return load_cert_from_pemder(str(path))  # type: ignore[no-untyped-call]


def _signer(files: SealFiles) -> signers.SimpleSigner:
    try:
        passphrase = files.passphrase.read_bytes().strip()
        signer: signers.SimpleSigner | None = _open(files.pkcs12, passphrase)
    except (OSError, ValueError) as fault:
        raise SealUnusable(str(fault)) from fault
    if signer is None:  # pyHanko logs a wrong passphrase and returns nothing
        raise SealUnusable
    certificate: Any = signer.signing_cert
    if not certificate.not_valid_before <= dt.datetime.now(dt.UTC) <= certificate.not_valid_after:
        raise SealExpired
    return signer
