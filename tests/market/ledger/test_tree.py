"""Rules of the ledger's tree, against the reference values of transparency-dev/merkle and RFC 9162."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.ledger import tree

REFERENCE = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
REFERENCE.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 70


def grow(entries):
    """Return every stored node and the root of each size."""
    nodes, frontier, roots = {}, (), [tree.EMPTY_ROOT]
    for size, entry in enumerate(entries):
        frontier, completed = tree.append(frontier, size, entry)
        nodes |= {(level, index): value for level, index, value in completed}
        roots.append(tree.root_of_frontier(frontier))
    return nodes, roots


NODES, GROWN = grow([b"%d" % n for n in range(MOST)])


def get(level, index):
    return NODES[level, index]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_equal_the_reference(size):
    assert tree.root(REFERENCE[:size]).hex() == ROOTS[size]


def test_leaf_and_node_hashes_equal_the_reference():
    assert tree.leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    joined = tree.node_hash(b"N123", b"N456").hex()
    assert joined == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_the_consistency_proof_from_1_to_8_equals_the_reference():
    nodes, _ = grow(REFERENCE)
    path = tree.consistency_path(lambda level, index: nodes[level, index], 1, 8)
    assert [step.hex() for step in path] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_the_proofs_have_the_shapes_of_rfc_9162():
    a, b, c, d, e, f, j = (NODES[0, n] for n in range(7))
    g, h, i = (tree.node_hash(*pair) for pair in ((a, b), (c, d), (e, f)))
    k, l_ = tree.node_hash(g, h), tree.node_hash(i, j)
    assert tree.inclusion_path(get, 0, 7) == (b, h, l_)
    assert tree.inclusion_path(get, 3, 7) == (c, g, l_)
    assert tree.inclusion_path(get, 4, 7) == (f, j, k)
    assert tree.inclusion_path(get, 6, 7) == (i, k)
    assert tree.consistency_path(get, 3, 7) == (c, d, g, l_)
    assert tree.consistency_path(get, 4, 7) == (l_,)
    assert tree.consistency_path(get, 6, 7) == (i, j, k)


def test_every_leaf_of_every_size_is_proved_and_only_at_its_place():
    for size in range(1, MOST + 1):
        for index in range(size):
            path = tree.inclusion_path(get, index, size)
            leaf, root = NODES[0, index], GROWN[size]
            assert tree.verify_inclusion(leaf, index, size, path, root)
            assert not tree.verify_inclusion(leaf, index, size, (*path, leaf), root)
            assert not tree.verify_inclusion(leaf, index, size, path, GROWN[size - 1])
            assert not tree.verify_inclusion(leaf, index + 1, size, path, root)
            assert not path or not tree.verify_inclusion(leaf, index, size, path[:-1], root)


def test_every_size_is_proved_a_prefix_of_every_later_one():
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            path = tree.consistency_path(get, old, new)
            assert tree.verify_consistency(old, new, GROWN[old], GROWN[new], path)
            assert not tree.verify_consistency(old, new, GROWN[old - 1], GROWN[new], path)
            assert not tree.verify_consistency(old, new, GROWN[old], GROWN[new - 1], path)
            assert not tree.verify_consistency(old, new, GROWN[old], GROWN[new], (*path, GROWN[1]))
            assert not path or not tree.verify_consistency(old, new, GROWN[old], GROWN[new], path[:-1])


@given(st.data())
@settings(max_examples=200)
def test_a_proof_with_one_changed_bit_is_rejected(data):
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    for path, holds in (
        (tree.inclusion_path(get, old, new), lambda p: tree.verify_inclusion(NODES[0, old], old, new, p, GROWN[new])),
        (
            tree.consistency_path(get, old, new),
            lambda p: tree.verify_consistency(old, new, GROWN[old], GROWN[new], p),
        ),
    ):
        place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        changed = bytearray(path[place])
        changed[bit >> 3] ^= 1 << (bit & 7)
        assert not holds([*path[:place], bytes(changed), *path[place + 1 :]])


def test_a_consistency_proof_from_size_0_is_rejected():
    assert not tree.verify_consistency(0, 5, tree.EMPTY_ROOT, GROWN[5], ())
    assert not tree.verify_consistency(0, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, ())
    with pytest.raises(ValueError, match="from size 0"):
        tree.consistency_path(get, 0, 5)


def test_a_tree_cannot_be_proved_to_shrink():
    assert not tree.verify_consistency(5, 4, GROWN[5], GROWN[4], ())
    with pytest.raises(ValueError, match="from size 5"):
        tree.needed_nodes_consistency(5, 4)


def test_equal_sizes_need_an_empty_proof_and_equal_roots():
    assert tree.verify_consistency(5, 5, GROWN[5], GROWN[5], ())
    assert not tree.verify_consistency(5, 5, GROWN[5], GROWN[6], ())
    assert not tree.verify_consistency(5, 5, GROWN[5], GROWN[5], (GROWN[1],))


def test_a_leaf_outside_the_tree_has_no_proof():
    for index in (-1, 5):
        assert not tree.verify_inclusion(NODES[0, 0], index, 5, (), GROWN[5])
        with pytest.raises(ValueError, match="not in a tree"):
            tree.needed_nodes_inclusion(index, 5)


def test_the_named_nodes_suffice_and_are_complete():
    for new in range(1, MOST + 1):
        for old in range(new):
            asked = tree.needed_nodes_inclusion(old, new)
            fetched = {node: NODES[node] for node in asked}
            tree.inclusion_path(lambda level, index, fetched=fetched: fetched[level, index], old, new)
            if old:
                asked += tree.needed_nodes_consistency(old, new)
                fetched = {node: NODES[node] for node in asked}
                tree.consistency_path(lambda level, index, fetched=fetched: fetched[level, index], old, new)
            assert all((index + 1) << level <= new for level, index in asked)


def test_the_frontier_can_be_read_back_from_the_stored_nodes():
    for size in range(1, MOST + 1):
        assert tree.root_of_frontier(tuple(NODES[node] for node in tree.frontier_nodes(size))) == GROWN[size]


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError, match="frontier"):
        tree.append((b"x" * 32,), 3, b"entry")
