"""The printing press: HTML to PDF in a process of its own; serves packaged fonts, refuses all else."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imt_ecrf.reporting.fonts import PAPER_FONTS, font_file

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

    def print(self, html: str, target: str, identifier: str) -> dict[str, Any]:
        """Print one part into a file; give its pages and its anchors (page from 0, points below the top)."""
        from weasyprint import HTML  # noqa: PLC0415

        page = HTML(string=html, url_fetcher=self.fetcher, base_url="font:")
        document = page.render(stylesheets=self.sheets, font_config=self.fonts)
        document.write_pdf(target, pdf_identifier=bytes.fromhex(identifier)[:16], pdf_tags=True)
        anchors: dict[str, list[float]] = {}
        for number, sheet in enumerate(document.pages):
            for name, place in sheet.anchors.items():
                # a section over several sheets has its anchor on each: the first one is meant
                anchors.setdefault(name, [number, round(float(place[1]) * 0.75, 2)])
        return {"pages": len(document.pages), "anchors": anchors}


def main() -> None:
    """Print parts as they are asked for, one JSON line each, until the input ends."""
    import logging  # noqa: PLC0415

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    press: Press | None = None
    loaded: list[str] = []
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if press is None or loaded != order["sheets"]:
                press, loaded = Press(order["sheets"]), order["sheets"]
            html = Path(order["html"]).read_text("utf-8")
            answer = press.print(html, order["pdf"], order["identifier"])
        except Exception as fault:  # noqa: BLE001 - the parent names the part that failed
            answer = {"error": f"{type(fault).__name__}: {fault}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
