"""The time on a signature by an outside service (RFC 3161), believed only under its own authority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyhanko.keys import load_cert_from_pemder
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.config import Settings

PATIENCE: Final = 10
"""Seconds a service may take for one stamp."""


class TimeStampRefused(Refused):
    """The copy was not made: the time-stamp service gave no stamp that can be believed. Ask again later."""

    ru = "Копия не создана: служба штампов времени не дала штампа, которому можно верить. Повторите позже."
    status = 503


@dataclass(frozen=True, slots=True)
class Service:
    """A time-stamp service: its address, and the authority (PEM) its stamps must stand under."""

    url: str
    authority: Path

    def stamper(self) -> RequestsHTTPTimeStamper:
        """Give pyHanko a client of the service; each stamp is checked before it is used."""
        return _Checked(self)


def service_of(settings: Settings) -> Service | None:
    """Give the service an installation uses, if any."""
    url, authority = settings.timestamp_url, settings.timestamp_authority_file
    return Service(url, authority) if url and authority else None


class _Checked(RequestsHTTPTimeStamper):
    """A client that takes no stamp of a foreign authority; whatever goes wrong names the service."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.url, timeout=PATIENCE)  # type: ignore[no-untyped-call]
        self._service = service

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        """Ask for a stamp; TimeStampRefused when none comes or it cannot be believed."""
        try:
            root = load_cert_from_pemder(str(self._service.authority))  # type: ignore[no-untyped-call]
            token: Any = await super().async_timestamp(message_digest, md_algorithm)
            trust = ValidationContext(trust_roots=[root], allow_fetching=False)
            found = await validate_tst_signed_data(token["content"], trust, lambda _name: message_digest)
        except (TimestampRequestError, OSError, ValueError, TypeError, KeyError) as fault:
            raise TimeStampRefused(self._service.url) from fault
        if not (found["valid"] and found["intact"] and found["trust_problem_indic"] is None):
            raise TimeStampRefused(self._service.url)
        return token
