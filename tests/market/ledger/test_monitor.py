"""Rules of the monitor: an honest log passes however it grows; a changed, shrunken or foreign one does not."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market.ledger import note, tree
from market.ledger.monitor import LogForked, key_in, watch
from market.ledger.note import NoteRefused

ORIGIN = "market.example/gongxuan"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VKEY = note.key_of(ORIGIN, KEY)
ENTRIES = [f"entry {number}".encode() for number in range(9)]


class Log:
    """A log of some entries, asked like the market's pages."""

    def __init__(self, entries: list[bytes], key: Ed25519PrivateKey = KEY) -> None:
        self.leaves = [tree.leaf_hash(entry) for entry in entries]
        self.key = key

    @property
    def note(self) -> str:
        return note.sign_checkpoint(ORIGIN, len(self.leaves), tree.root(self.leaves), self.key)

    async def get(self, path: str) -> str:
        if path == "/log/checkpoint":
            return self.note
        first, second = (int(each.split("=")[1]) for each in path.partition("?")[2].split("&"))
        steps = tree.consistency_path(self._node, first, second)
        return json.dumps({"path": [step.hex() for step in steps]})

    def _node(self, level: int, index: int) -> bytes:
        return tree.root(self.leaves[index << level : (index + 1) << level])


@pytest.mark.parametrize("before", range(1, 10))
async def test_a_log_that_grew_or_stayed_continues_what_was_kept(before: int) -> None:
    kept = Log(ENTRIES[:before]).note

    for after in range(before, 10):
        assert await watch(Log(ENTRIES[:after]).get, VKEY, kept) == Log(ENTRIES[:after]).note


@pytest.mark.parametrize("changed", range(5))
@pytest.mark.parametrize("after", [5, 6, 9])
async def test_a_changed_past_is_noticed_wherever_it_was_changed(changed: int, after: int) -> None:
    kept = Log(ENTRIES[:5]).note
    forged = [b"forged" if place == changed else entry for place, entry in enumerate(ENTRIES[:after])]

    with pytest.raises(LogForked):
        await watch(Log(forged).get, VKEY, kept)


async def test_a_log_that_shrank_is_noticed() -> None:
    with pytest.raises(LogForked, match="shrank from 5 to 4"):
        await watch(Log(ENTRIES[:4]).get, VKEY, Log(ENTRIES[:5]).note)


async def test_a_checkpoint_of_another_key_is_refused_even_the_first_time() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")

    with pytest.raises(NoteRefused):
        await watch(Log(ENTRIES, other).get, VKEY, None)


def test_the_key_is_the_line_log_of_the_policy() -> None:
    assert key_in(f"# remark\nlog {VKEY}\n") == VKEY
    with pytest.raises(NoteRefused):
        key_in("# nothing\n")
