"""Drafts open only with the key and only for what they were written for; secrets only for their owner."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.store.crypt import DraftUnreadable, decrypt, draft_key, encrypt
from imt_ecrf.store.keyfile import read_or_make
from imt_ecrf.store.seal import public_key, seal_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = draft_key(b"secret of the installation")


def test_a_draft_comes_back_as_it_was() -> None:
    sealed = encrypt(KEY, '{"A":{"v":"проба"}}', "u-1/F_VS")
    assert "проба" not in sealed
    assert decrypt(KEY, sealed, "u-1/F_VS") == '{"A":{"v":"проба"}}'


def test_the_same_draft_is_written_differently_each_time() -> None:
    assert encrypt(KEY, "x", "u-1/F_VS") != encrypt(KEY, "x", "u-1/F_VS")


@pytest.mark.parametrize(("key", "bound"), [(KEY, "u-2/F_VS"), (draft_key(b"another"), "u-1/F_VS")])
def test_a_draft_opens_for_nobody_else(key: bytes, bound: str) -> None:
    with pytest.raises(DraftUnreadable):
        decrypt(key, encrypt(KEY, "x", "u-1/F_VS"), bound)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "one"
    assert read_or_make(file, lambda: b"first") == b"first"
    assert read_or_make(file, lambda: b"second") == b"first"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["one"]


@pytest.mark.req("R69")
def test_a_secret_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one"
    read_or_make(file, lambda: b"first")
    file.chmod(0o644)
    with pytest.raises(PermissionError, match="may be read by others"):
        read_or_make(file, lambda: b"first")


def test_the_public_key_stands_beside_the_sealing_key(tmp_path: Path) -> None:
    key = seal_key(tmp_path)
    assert public_key(tmp_path).public_bytes_raw() == key.public_key().public_bytes_raw()
    assert seal_key(tmp_path).private_bytes_raw() == key.private_bytes_raw()
