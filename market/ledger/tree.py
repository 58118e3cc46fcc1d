"""
The Merkle tree of the ledger: RFC 6962 hashes, growth by one leaf, and proofs, as pure functions.

A *node* is addressed by (level, index) and covers the leaves from ``index << level`` to ``(index + 1) << level``. Only
complete nodes are ever stored, so a stored node never changes. The ragged right edge is folded anew for each size; that
is why a proof may need more nodes than it has elements. ``needed_nodes_…`` names them all, for one query.

A consistency proof from size 0 proves nothing and is rejected; the caller treats an empty tree as a case of its own.

Basis: RFC 6962 section 2.1 and RFC 9162 section 2.1; reference paper on trust, section 2.2.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

Node = tuple[int, int]
Frontier = tuple[bytes, ...]
GetNode = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbouring nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over whole entries."""
    frontier: Frontier = ()
    for size, entry in enumerate(leaves):
        frontier, _ = append(frontier, size, entry)
    return root_of_frontier(frontier)


def append(frontier: Frontier, size: int, leaf: bytes) -> tuple[Frontier, tuple[tuple[int, int, bytes], ...]]:
    """
    Add the entry *leaf* to a tree of *size*; return the new frontier and every node this completed.

    The frontier holds the complete subtrees from left (largest) to right, one for each 1 in the size's binary form.
    """
    if len(frontier) != size.bit_count():
        raise ValueError(f"a tree of {size} leaves has {size.bit_count()} frontier nodes, not {len(frontier)}")
    stack = list(frontier)
    level, index, value = 0, size, leaf_hash(leaf)
    completed = [(level, index, value)]
    while index & 1:
        level, index, value = level + 1, index >> 1, node_hash(stack.pop(), value)
        completed.append((level, index, value))
    return (*stack, value), tuple(completed)


def frontier_nodes(size: int) -> tuple[Node, ...]:
    """Return the addresses of the frontier of a tree of *size*, left to right."""
    return tuple(_cover(0, size))


def root_of_frontier(frontier: Frontier) -> bytes:
    """Return the root of the tree whose frontier this is."""
    return _fold(frontier) if frontier else EMPTY_ROOT


def needed_nodes_inclusion(index: int, size: int) -> tuple[Node, ...]:
    """Return the stored nodes an inclusion proof is made of."""
    return _flat(_inclusion_ranges(index, size))


def needed_nodes_consistency(m: int, n: int) -> tuple[Node, ...]:
    """Return the stored nodes a consistency proof is made of."""
    return _flat(_consistency_ranges(m, n))


def inclusion_path(get_node: GetNode, index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that leaf *index* is in the tree of *size*."""
    return tuple(_range_hash(get_node, begin, end) for begin, end in _inclusion_ranges(index, size))


def consistency_path(get_node: GetNode, m: int, n: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of *m* is a prefix of the tree of *n*."""
    return tuple(_range_hash(get_node, begin, end) for begin, end in _consistency_ranges(m, n))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Tell whether *path* leads from the leaf hash *leaf* at *index* to the root *expected* of the tree of *size*."""
    if not 0 <= index < size or any(len(step) != 32 for step in path):
        return False
    place, last, value = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(step, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, step)
        place, last = place >> 1, last >> 1
    return last == 0 and value == expected


def verify_consistency(m: int, n: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether *path* proves the tree of *m* with *old_root* a prefix of the tree of *n* with *new_root*."""
    if not 0 < m <= n or any(len(step) != 32 for step in path):
        return False
    if m == n:
        return not path and old_root == new_root
    steps = list(path) if m & (m - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = m - 1, n - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    ranges = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    return ranges[::-1]


def _consistency_ranges(m: int, n: int) -> list[tuple[int, int]]:
    if not 0 < m <= n:
        raise ValueError(f"no consistency proof from size {m} to size {n}")
    ranges = []
    begin, end, whole = 0, n, True
    while m != end:
        middle = begin + _split(end - begin)
        if m <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin, whole = middle, False
    if not whole:
        ranges.append((begin, end))
    return ranges[::-1]


def _split(count: int) -> int:
    """Return the largest power of two below *count*."""
    return 1 << ((count - 1).bit_length() - 1)


def _cover(begin: int, end: int) -> list[Node]:
    """Return the complete nodes, left to right, that make up a range which starts on the boundary of its own size."""
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def _flat(ranges: list[tuple[int, int]]) -> tuple[Node, ...]:
    return tuple(node for begin, end in ranges for node in _cover(begin, end))


def _range_hash(get_node: GetNode, begin: int, end: int) -> bytes:
    return _fold([get_node(level, index) for level, index in _cover(begin, end)])


def _fold(hashes: Sequence[bytes]) -> bytes:
    value = hashes[-1]
    for left in reversed(hashes[:-1]):
        value = node_hash(left, value)
    return value
