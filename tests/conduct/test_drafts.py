"""Drafts: kept, offered to their author, dropped by a save; never a datum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from imt_ecrf.conduct import drafts
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.crypt import draft_key
from imt_ecrf.store.tables import ChangeSet, EntryDraft
from tests.factories import World, make_subject, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = draft_key(b"a secret of this installation")
TYPED = plain({"NOTE": "half a sen", "WEIGHT": Answer("12,x", "kg"), "SYMPTOMS": ("ALT",)})


def test_what_was_typed_is_offered_to_its_author_only_and_is_unreadable_in_the_database(small: World) -> None:
    crc, pi = small.user("CRC"), small.user("PI")
    address = Address(make_subject(small), "SE_SCR", 1, "F_VS")
    keep(small, address, TYPED)
    keep(small, address, {**TYPED, "NOTE": Answer("half a sentence")})
    with small.looking() as session:
        mine = drafts.offer(session, crc, address, key=KEY)
        assert mine is not None
        assert (mine.base_version, mine.answers["NOTE"], mine.answers["WEIGHT"]) == (
            0,
            Answer("half a sentence"),
            Answer("12,x", "kg"),
        )
        assert mine.answers["SYMPTOMS"] == Answer(("ALT",))
        assert drafts.offer(session, pi, address, key=KEY) is None
        assert drafts.offer(session, crc, address, key=draft_key(b"another")) is None
        assert [one[0] for one in drafts.mine(session, crc)] == [address]
        assert "half" not in session.scalar(select(EntryDraft.answers))  # type: ignore[operator]
        assert session.scalar(select(func.count()).select_from(ChangeSet)) == 0


def keep(world: World, address: Address, answers: Mapping[str, Answer]) -> None:
    """Keep what the coordinator typed."""
    with world.acting() as session:
        drafts.keep(session, world.user_in(session, "CRC"), address, answers, base_version=0, key=KEY)


def test_a_save_turns_the_draft_into_data_and_dropping_asks_nothing(small: World) -> None:
    crc = small.user("CRC")
    address = Address(make_subject(small), "SE_SCR", 1, "F_VS")
    keep(small, address, TYPED)
    small.save(crc, address, {"NOTE": "a sentence"})
    with small.looking() as session:
        assert drafts.offer(session, crc, address, key=KEY) is None
    keep(small, address, TYPED)
    with small.acting() as session:
        drafts.drop(session, crc, address)
    with small.looking() as session:
        assert drafts.mine(session, crc) == ()


def test_who_may_not_enter_a_form_keeps_no_draft_of_it(small: World) -> None:
    address = Address(make_subject(small), "SE_SCR", 1, "F_VS")
    for role, refusal in (("CRA", NotPermitted), ("CREAD", NotFound)):
        actor = small.user(role)
        with pytest.raises(refusal), small.acting() as session:
            drafts.keep(session, actor, address, TYPED, base_version=0, key=KEY)
