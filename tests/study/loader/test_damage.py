"""Whatever happens to a line of the draft, the loader answers with places and never with a crash."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imt_ecrf import rooms
from imt_ecrf.study.definition import StudyVersion
from imt_ecrf.study.loader import load
from tests.study.loader.draft import copy

FILES = sorted(path.relative_to(rooms.forms()).as_posix() for path in rooms.forms().rglob("*.yaml"))
VALUES = ["7", "null", "x", "[a, b]", "{a: b}", "[{a: b}]", "true", "-1.5", "''", "2026-02-16"]
DAMAGE = st.one_of(
    st.just(("cut", "")),
    st.just(("twice", "")),
    st.just(("indented", "")),
    st.sampled_from(VALUES).map(lambda value: ("other value", value)),
)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("damage"))


def _damaged(lines: list[str], place: int, how: str, value: str) -> list[str]:
    line = lines[place]
    new = {
        "cut": [],
        "twice": [line, line],
        "indented": [f"  {line}"],
        "other value": [f"{line.partition(':')[0]}: {value}"],
    }
    return lines[:place] + new[how] + lines[place + 1 :]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.sampled_from(FILES), at=st.floats(0, 1, exclude_max=True), damage=DAMAGE)
def test_a_damaged_line_never_stops_the_loader(
    forms: Path, file: str, at: float, damage: tuple[str, str]
) -> None:
    path = forms / file
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    path.write_text("\n".join(_damaged(lines, int(at * len(lines)), *damage)), encoding="utf-8")
    try:
        version, found = load(forms)
    finally:
        path.write_text(text, encoding="utf-8")
    assert isinstance(version, StudyVersion)
    assert all((forms.parent / one.file).is_file() and one.line > 0 and one.what for one in found)
