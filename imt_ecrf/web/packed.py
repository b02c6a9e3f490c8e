"""The program's own files, sent packed to browsers that take them so; packs no page."""

from __future__ import annotations

import gzip
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import request

from imt_ecrf.web.guard import FILES

if TYPE_CHECKING:
    from flask import Flask, Response

KINDS: Final = frozenset({"text/javascript", "application/javascript", "text/css", "image/svg+xml"})
LEAST: Final = 256
"""A smaller file gains nothing."""


def pack(response: Response) -> Response:
    """Pack a file of the program; a page is left alone: its packed length would tell of secrets in it."""
    if (
        request.endpoint not in FILES
        or response.mimetype not in KINDS
        or response.status_code != HTTPStatus.OK
    ):
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip") or request.range:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST:
        return response
    response.set_data(_packed(body))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = f'W/"{response.get_etag()[0]}"'
    return response


@lru_cache(maxsize=128)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def install(app: Flask) -> None:
    """Pack the files an application sends."""
    app.after_request(pack)
