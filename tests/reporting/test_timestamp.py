"""The time on a seal: by a real service on this machine, under its own authority, or a clear refusal."""

# mypy: disable-error-code=import-untyped
# pyHanko's stamper for tests speaks asn1crypto, which has no types

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from imt_ecrf import config
from imt_ecrf.reporting.assemble import assemble
from imt_ecrf.reporting.certificate import SealFiles, make_seal
from imt_ecrf.reporting.judge import judge
from imt_ecrf.reporting.render import Printer
from imt_ecrf.reporting.seal import INVESTIGATOR, countersign, seal, trust_of
from imt_ecrf.reporting.timestamp import Service, TimeStampRefused, service_of
from tests.reporting.test_press_and_seal import COPY, CSS, PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIXED = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)


@dataclass
class Responder:
    """A time-stamp service that answers over HTTP on this machine."""

    service: Service
    asked: list[int]
    broken: bool = False


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give a file of one page, not sealed."""
    sheet = tmp_path_factory.mktemp("css") / "paper.css"
    sheet.write_text(CSS)
    with Printer((sheet,)) as printer:
        return assemble([printer.print("one", PAGE.format("Vital signs"))], [], COPY)


@pytest.fixture
def keys(tmp_path: Path) -> SealFiles:
    """Give the certificate of a new installation."""
    return make_seal(tmp_path / "keys", "Test hospital")


def authority(folder: Path) -> tuple[Path, DummyTimeStamper]:
    """Make the key and certificate of a service, and what stamps with it at a fixed time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time of the test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(FIXED - dt.timedelta(days=9))
    builder = builder.not_valid_after(FIXED + dt.timedelta(days=3650))
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(key, hashes.SHA256())
    file = folder / "time.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own = asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    return file, DummyTimeStamper(own, asn1_keys.PrivateKeyInfo.load(der), fixed_dt=FIXED)


@pytest.fixture
def responder(tmp_path: Path) -> Iterator[Responder]:
    """Answer time-stamp requests on a free port until the test ends."""
    file, stamper = authority(tmp_path)
    asked: list[int] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(len(body))
            reply = stamper.request_tsa_response(tsp.TimeStampReq.load(body))
            self.send_response(503 if found.broken else 200)
            self.send_header("Content-Type", "text/html" if found.broken else "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(b"busy" if found.broken else reply.dump())

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = Responder(Service(f"http://127.0.0.1:{server.server_port}/tsa", file), asked)
    yield found
    server.shutdown()
    server.server_close()


@pytest.mark.req("R44")
def test_seal_and_countersignature_carry_the_time_of_the_service(
    page: bytes, keys: SealFiles, responder: Responder
) -> None:
    files = replace(keys, service=responder.service)
    pdf = seal(page, files, name="Casebook", reason="copy")
    pdf = countersign(pdf, files, INVESTIGATOR, name="A. P.", role="Investigator", meaning="Reviewed")
    found = judge(pdf, trust_of(files))
    assert [(one.field, one.good, one.stamped) for one in found] == [
        ("Seal", True, "2026-11-22T10:00:00Z"),
        ("Investigator", True, "2026-11-22T10:00:00Z"),
    ]
    assert responder.asked
    # the stamps are judged by what was kept, also after the installation uses no service any more
    assert all(one.good for one in judge(pdf, trust_of(keys)))


def test_without_a_service_the_seal_carries_no_stamp(page: bytes, keys: SealFiles) -> None:
    (found,) = judge(seal(page, keys, name="Casebook", reason="copy"), trust_of(keys))
    assert (found.good, found.stamped) == (True, "")


def test_a_service_that_does_not_answer_is_named_in_a_refusal(page: bytes, keys: SealFiles) -> None:
    silent = Service("http://127.0.0.1:9/tsa", keys.authority)
    with pytest.raises(TimeStampRefused) as refused:
        seal(page, replace(keys, service=silent), name="Casebook", reason="copy")
    assert refused.value.text().endswith("Ask again later. http://127.0.0.1:9/tsa")


def test_a_service_that_answers_nonsense_is_refused(
    page: bytes, keys: SealFiles, responder: Responder
) -> None:
    responder.broken = True
    with pytest.raises(TimeStampRefused):
        seal(page, replace(keys, service=responder.service), name="Casebook", reason="copy")


def test_a_stamp_under_another_authority_is_refused(
    page: bytes, keys: SealFiles, responder: Responder
) -> None:
    strange = Service(responder.service.url, keys.authority)
    with pytest.raises(TimeStampRefused):
        seal(page, replace(keys, service=strange), name="Casebook", reason="copy")


def test_the_settings_name_the_service_and_its_authority_together(tmp_path: Path) -> None:
    url, file = "https://time.example/tsa", "time.pem"
    made = config.create(tmp_path / "one", "test", timestamp_url=url, timestamp_authority_file=file)
    assert service_of(made) == Service(url, made.data / file)
    assert service_of(config.create(tmp_path / "two", "test")) is None
    with pytest.raises(config.SettingsProblem, match="belong together"):
        config.create(tmp_path / "three", "test", timestamp_url=url)
