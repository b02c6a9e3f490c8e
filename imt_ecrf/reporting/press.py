"""The printing press: HTML to printed parts in a process of its own; serves its fonts, refuses all else."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imt_ecrf.reporting.fonts import PAPER_FONTS, font_file
from imt_ecrf.reporting.piece import Places, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weasyprint.urls import URLFetcher

FONT_SCHEME = "font:"


def paper_fetcher() -> URLFetcher:
    """Make the only fetcher the press knows: `font:NAME` of the packaged fonts, nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - only the child loads WeasyPrint

    class PaperFetcher(URLFetcher):  # type: ignore[misc]
        """Serves fonts by name; field contents can therefore fetch nothing."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            """Give a packaged font, or refuse."""
            del headers
            name = url.removeprefix(FONT_SCHEME)
            if not url.startswith(FONT_SCHEME) or name not in PAPER_FONTS:
                message = f"the press fetches nothing but its fonts: {url[:60]}"
                raise ValueError(message)
            return URLFetcherResponse(url, font_file(name).read_bytes(), {"Content-Type": "font/ttf"})

    return PaperFetcher()


class Press:
    """One warmed-up press: style sheets and fonts are read once for many parts."""

    def __init__(self, sheets: Iterable[str]) -> None:
        from weasyprint import CSS  # noqa: PLC0415
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

        self.fonts = FontConfiguration()
        self.fetcher = paper_fetcher()
        self.sheets = [
            CSS(string=Path(sheet).read_text("utf-8"), font_config=self.fonts, url_fetcher=self.fetcher)
            for sheet in sheets
        ]

    def print(self, html: str) -> bytes:
        """Print one part; give it as it is kept."""
        from weasyprint import HTML  # noqa: PLC0415

        from imt_ecrf.reporting.trim import trim  # noqa: PLC0415

        page = HTML(string=html, url_fetcher=self.fetcher, base_url="font:")
        document = page.render(stylesheets=self.sheets, font_config=self.fonts)
        anchors: dict[str, tuple[int, float]] = {}
        for number, sheet in enumerate(document.pages):
            for name, place in sheet.anchors.items():
                # a section over several sheets has its anchor on each: the first one is meant
                anchors.setdefault(name, (number, round(float(place[1]) * 0.75, 2)))
        places, found = Places(len(document.pages), anchors), []

        def finish(painted: Any, pdf: Any) -> None:
            found.append(trim(painted, pdf, places))
            del pdf.objects[1:]  # the file itself is not wanted

        document.write_pdf(BytesIO(), finisher=finish, pdf_tags=True, uncompressed_pdf=True)
        return write(found[0])


def main() -> None:
    """Print parts as they are asked for, one JSON line and the part each, until the input ends."""
    import logging  # noqa: PLC0415

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    press: Press | None = None
    loaded: list[str] = []
    for line in sys.stdin.buffer:
        order, part = json.loads(line), b""
        try:
            if press is None or loaded != order["sheets"]:
                press, loaded = Press(order["sheets"]), order["sheets"]
                _calm()
            part = press.print(order["html"])
            answer: dict[str, Any] = {"cpu_s": time.process_time(), "size": len(part)}
        except Exception as fault:  # noqa: BLE001 - the parent names the part that failed
            answer = {"error": f"{type(fault).__name__}: {fault}"}
        gc.collect()
        try:
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + part)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os._exit(0)  # who asked was killed: nobody waits


def once(source: Path, sheet: str) -> dict[str, float]:
    """Print one HTML in one plain call, as the bench's yardstick; give its pages and CPU seconds."""
    from weasyprint import HTML  # noqa: PLC0415

    press = Press([sheet])
    begun = time.process_time()
    page = HTML(string=source.read_text("utf-8"), url_fetcher=press.fetcher, base_url="font:")
    document = page.render(stylesheets=press.sheets, font_config=press.fonts)
    document.write_pdf(BytesIO(), pdf_tags=True)
    return {"pages": len(document.pages), "cpu_s": time.process_time() - begun}


def _calm() -> None:
    """Collect between parts and not within: layout makes cycles by the million, a third of its time."""
    gc.collect()
    gc.freeze()
    gc.disable()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(once(Path(sys.argv[2]), sys.argv[3])))
    else:
        main()
