"""What the signatures of one PDF are worth, in this process or in one of its own; knows no database.

A file from outside is hostile: it is judged in a child with limits of time, memory and files.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS: Final = 60
MEMORY: Final = 2_000_000_000
OPEN_FILES: Final = 64


class JudgingTookTooLong(Refused):
    """This file could not be judged in a minute; `imt-ecrf verify-copy` at the installation takes longer."""

    ru = "Этот файл не удалось проверить за минуту; дольше проверяет `imt-ecrf verify-copy` в установке."


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures and whose stamps are believed: authorities as PEM."""

    signers: tuple[bytes, ...]
    stampers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature of a file, oldest first; `good` is pyHanko's bottom line, times are UTC (ISO).

    `whole`: nothing stands behind it; `stamped`: the time by a service that is believed, else empty;
    `digest` is that of the bytes it covers.
    """

    field: str
    good: bool
    whole: bool
    certificate: str
    name: str
    role: str
    meaning: str
    at: str
    stamped: str
    digest: str


def judge(pdf: bytes, trust: Trust, *, known: bool = False) -> tuple[Signed, ...]:
    """Judge every signature of a file; ValueError when it cannot be read.

    `known` is for bytes we made ourselves: pyHanko's comparison of the revisions is left out then, because
    it takes minutes for long files and can find nothing. It is left out where the file failed already:
    only who holds our key can make us compare.
    """
    with ThreadPoolExecutor(max_workers=1) as one:  # the caller's thread may run a loop already
        found = one.submit(asyncio.run, _judged(pdf, trust, known=True)).result()
        if known or not found or not (found[-1].whole and all(sign.good for sign in found)):
            return found
        return one.submit(asyncio.run, _judged(pdf, trust, known=False)).result()


def judge_apart(file: Path, trust: Trust, seconds: float = SECONDS) -> tuple[Signed, ...] | None:
    """Judge a file from outside in a process of its own; None for one it cannot read.

    JudgingTookTooLong after so many seconds.
    """
    order = {
        "file": str(file),
        "seconds": seconds,
        "signers": [one.decode() for one in trust.signers],
        "stampers": [one.decode() for one in trust.stampers],
    }
    command = [sys.executable, "-m", "imt_ecrf.reporting.judge"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=json.dumps(order), capture_output=True, text=True, encoding="utf-8",
            timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise JudgingTookTooLong from None
    if done.returncode:
        return None
    return tuple(Signed(**one) for one in json.loads(done.stdout))


def main() -> None:
    """Judge the file named on the input, within limits, and print what was found."""
    order = json.load(sys.stdin)
    pdf = Path(order["file"]).read_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    cpu = int(order["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    named = [tuple(one.encode() for one in order[key]) for key in ("signers", "stampers")]
    found = judge(pdf, Trust(*named))
    sys.stdout.write(json.dumps([asdict(one) for one in found]))


async def _judged(pdf: bytes, trust: Trust, *, known: bool) -> tuple[Signed, ...]:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - a child that judges loads it alone

    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        return tuple([await _one(one, pdf, trust, known=known) for one in signatures])
    except Exception as fault:
        # a file made to break the reader breaks it in its own way: each of them means the same
        raise ValueError(f"{type(fault).__name__}: {fault}") from fault


async def _one(signature: Any, pdf: bytes, trust: Trust, *, known: bool) -> Signed:
    from pyhanko.sign.validation import async_validate_pdf_signature  # noqa: PLC0415

    said = signature.sig_object
    claimed = signature.self_reported_timestamp
    stamps = _context(trust.stampers, claimed) if trust.stampers else None
    status = await async_validate_pdf_signature(
        signature, _context(trust.signers, claimed), stamps or _context((), None), skip_diff=known
    )
    start, _length, after, rest = (int(number) for number in signature.byte_range)
    stamp = status.timestamp_validity
    return Signed(
        field=str(signature.field_name),
        good=bool(status.bottom_line),
        # a comment behind the last signature is a change too, though no reader shows it
        whole=start == 0 and after + rest == len(pdf),
        certificate=str(signature.signer_cert.sha256.hex()),
        name=str(said.get("/Name", "")),
        role=str(said.get("/Location", "")),
        meaning=str(said.get("/Reason", "")),
        at=_utc(claimed),
        stamped=_utc(stamp.timestamp) if stamp is not None and stamp.trusted else "",
        digest=signature.compute_digest().hex(),
    )


def _context(roots: Sequence[bytes], moment: dt.datetime | None) -> Any:
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    loaded = [one for pem in roots for one in load_certs_from_pemder_data(pem)]
    return ValidationContext(trust_roots=loaded, moment=moment, allow_fetching=False)


def _utc(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


if __name__ == "__main__":
    main()
