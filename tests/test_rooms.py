from pathlib import Path

import pytest

from imt_ecrf import rooms

CHECKOUT = Path(__file__).resolve().parent.parent


def test_the_rooms_of_a_checkout_stand_beside_the_package() -> None:
    assert rooms.checkout() == CHECKOUT
    assert rooms.migrations() == CHECKOUT / "migrations"


@pytest.mark.parametrize("name", ["forms", "templates", "reports"])
def test_a_variable_names_another_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"IMT_ECRF_{name.upper()}", str(tmp_path))
    assert getattr(rooms, name)() == tmp_path


def test_a_variable_that_names_no_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "nowhere"
    monkeypatch.setenv("IMT_ECRF_FORMS", str(nowhere))
    with pytest.raises(rooms.RoomIsMissing) as raised:
        rooms.forms()
    assert str(raised.value) == f"IMT_ECRF_FORMS names {nowhere}, which is not a folder."
