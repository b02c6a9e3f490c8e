"""Files of the program come packed to who takes them so; pages never do."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import imt_ecrf
from imt_ecrf.cli.browser_rules import MODULES
from tests.factories import small_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.web.clerk import Office

STATIC = Path(imt_ecrf.__file__).parent / "static"
PACKED = {"Accept-Encoding": "gzip, deflate"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    """Give an installation with its pages."""
    made = office(tmp_path / "data", small_book())
    yield made
    made.world.engines.dispose()


def fetched(place: Office, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """Give status, headers and body of a file."""
    with place.app.test_client().get(path, headers=headers) as answer:
        return answer.status_code, dict(answer.headers), answer.data


def test_a_script_comes_packed_to_who_takes_it_so_and_plain_to_others(place: Office) -> None:
    wanted = (STATIC / "rules" / "evaluate.js").read_bytes()
    _, headers, body = fetched(place, "/static/rules/evaluate.js", **PACKED)
    assert (headers["Content-Encoding"], "Accept-Encoding" in headers["Vary"]) == ("gzip", True)
    assert (gzip.decompress(body), int(headers["Content-Length"])) == (wanted, len(body))
    _, headers, body = fetched(place, "/static/rules/evaluate.js")
    assert (headers.get("Content-Encoding"), body) == (None, wanted)
    assert "Accept-Encoding" in headers["Vary"]


def test_a_packed_script_is_not_sent_again_while_it_is_the_same(place: Office) -> None:
    _, headers, _ = fetched(place, "/static/entry/entry.js", **PACKED)
    status, _, body = fetched(place, "/static/entry/entry.js", **PACKED, **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


def test_a_page_is_never_packed(place: Office) -> None:
    assert "Content-Encoding" not in fetched(place, "/login", **PACKED)[1]


@pytest.mark.req("R31")
def test_the_evaluator_of_the_rules_is_sent_in_ten_kilobytes(place: Office) -> None:
    files = sorted(file.name for file in MODULES.glob("*.js"))
    sent = {name: len(fetched(place, f"/static/rules/{name}", **PACKED)[2]) for name in files}
    assert sum(sent.values()) <= 10 * 1024, sent
