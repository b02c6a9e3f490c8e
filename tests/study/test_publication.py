import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf import rooms
from imt_ecrf.study.definition import StudyVersion, TranslatedText
from imt_ecrf.study.loader import draft_book, load
from imt_ecrf.study.publication import NotAStudyVersion, fingerprint, publish, read

CHECKOUT = Path(__file__).resolve().parents[2]
BOOK = draft_book()
LINE = "import sys; from imt_ecrf.study.loader import draft_book; sys.stdout.write(draft_book().fingerprint)"


def _fingerprint_elsewhere(seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", LINE], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


@pytest.mark.req("R57")
def test_the_same_draft_gives_the_same_bytes_in_every_process() -> None:
    assert {_fingerprint_elsewhere("1"), _fingerprint_elsewhere("77")} == {BOOK.fingerprint}


def test_a_published_version_is_read_back_as_it_was() -> None:
    version, _ = load(rooms.forms())
    document = publish(version)
    assert read(document).version == version
    assert publish(read(document).version) == document


def test_the_document_is_canonical_json() -> None:
    document = publish(BOOK.version)
    assert msgspec.json.encode(msgspec.json.decode(document), order="sorted") == document
    assert "Кризотиниб у детей" in document.decode()


def test_the_fingerprint_is_the_sha_256_of_the_document() -> None:
    assert fingerprint(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert read(publish(BOOK.version)).fingerprint == fingerprint(publish(BOOK.version))


@pytest.mark.req("R57")
def test_any_change_of_a_text_is_another_version() -> None:
    changed = replace(BOOK.version, name=TranslatedText(BOOK.version.name.en, f"{BOOK.version.name.ru}."))
    assert fingerprint(publish(changed)) != BOOK.fingerprint


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"study_oid": 7}', b"\xff"])
def test_what_is_no_study_version_is_refused(document: bytes) -> None:
    with pytest.raises(NotAStudyVersion):
        read(document)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(en=TEXTS, ru=TEXTS, note=TEXTS, days=st.integers(1, 10**6))
def test_every_text_and_number_survives_publication(en: str, ru: str, note: str, days: int) -> None:
    version = StudyVersion(
        study_oid=en, name=TranslatedText(en, ru), version=note, cycle_days=days, events=(), forms=(),
        codelists=(), units=(), methods=(), checks=(), settings=(), roles=(), rights=(),
        tables={"notes": {"a": [note, None, True, days]}},
    )  # fmt: skip
    assert read(publish(version)).version == version
