"""Parts are found by what shapes them, are whole or absent, and leave when nothing uses them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.parts import PartStore, part_key
from imt_ecrf.reporting.piece import Element, Piece, Places, Sheet, read, write

if TYPE_CHECKING:
    from pathlib import Path

PIECE = Piece(
    Places(1, {"F_VS.1": (0, 12.5)}),
    (Sheet(b"content", (0, -1), ()),),
    (Element("P", -1, 0, [0]),),
    {"ABC": ("PT_Sans-Web-Regular.ttf", {3: "x"})},
    {"a1.0": "<</ca 1>>"},
)


def test_a_part_is_read_as_it_was_written() -> None:
    assert read(write(PIECE)) == PIECE


def test_the_key_changes_with_text_and_with_style() -> None:
    one, two = Options("en").sheets, Options("both").sheets
    keys = {part_key("<p>a", one), part_key("<p>b", one), part_key("<p>a", two)}
    assert (len(keys), part_key("<p>a", one) in keys) == (3, True)


def test_a_damaged_part_counts_as_absent(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    store.put("ab12", b"half a part")
    assert (store.get("ab12"), store.get("cd34")) == (None, None)


def test_parts_that_nothing_used_for_long_are_removed_and_the_others_stay(tmp_path: Path) -> None:
    store, data = PartStore(tmp_path), write(PIECE)
    for key in ("ab12", "cd34"):
        store.put(key, data)
    long_ago = time.time() - 100 * 86400
    for path in tmp_path.glob("??/*"):
        os.utime(path, (long_ago, long_ago))
    assert store.get("cd34") == data
    assert (store.prune(), store.get("ab12"), store.get("cd34")) == (1, None, data)
