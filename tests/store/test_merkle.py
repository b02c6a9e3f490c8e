"""The tree of RFC 6962: known roots, and what must hold for every size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.store.merkle import EMPTY_ROOT, grow, includes, inclusion, leaf_hash, root, root_of

# the leaves of the published test vectors of certificate transparency logs
VECTORS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = st.lists(st.binary(max_size=3).map(leaf_hash), max_size=40)


@pytest.mark.req("R03")
@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert root_of([leaf_hash(data) for data in VECTORS[:size]]).hex() == ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256().digest()


@given(LEAVES, st.integers(0, 40))
def test_growing_in_two_steps_gives_the_tree_of_one(leaves: list[bytes], cut: int) -> None:
    frontier, size = grow((), 0, leaves[:cut])
    frontier, size = grow(frontier, size, leaves[cut:])
    assert (root(frontier), size) == (root_of(leaves), len(leaves))


@given(LEAVES.filter(bool), st.data())
def test_an_audit_path_proves_its_leaf_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, whole = inclusion(leaves, index), root_of(leaves)
    assert includes(leaves[index], index, len(leaves), path, whole)
    assert not includes(leaf_hash(b"other leaf"), index, len(leaves), path, whole)
    assert not includes(leaves[index], len(leaves), len(leaves), path, whole)
    assert not includes(leaves[index], index, len(leaves), [*path, b"\0" * 32], whole)
