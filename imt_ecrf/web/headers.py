"""The headers every answer carries: nothing inline, nothing from elsewhere, nothing kept by a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from imt_ecrf.web.guard import FILES

if TYPE_CHECKING:
    from flask import Flask, Response

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
YEAR: Final = 31_536_000


def dress(response: Response) -> Response:
    """Put the headers on an answer; what tells of the study is kept by no cache."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.endpoint not in FILES:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    return response


def install(app: Flask) -> None:
    """Dress every answer of an application."""
    app.after_request(dress)
