"""
A monitor of the public log: it keeps the last checkpoint it saw, and checks that the next one continues it.

Anybody may run one, on any machine, without an account. It catches what the market itself cannot hide from two people
who compare notes: a past that was changed, and a log that shows different pasts to different people.

Basis: reference paper on trust, section 2.6; RFC 6962 §5.3.
"""

import json
from collections.abc import Awaitable, Callable

from market.ledger import tree
from market.ledger.note import Checkpoint, NoteRefused, VerifierKey, open_checkpoint, parse_vkey

Get = Callable[[str], Awaitable[str]]


class LogForked(RuntimeError):
    """Say which two checkpoints cannot both be of one append-only log; keep both notes, they are the proof."""


def key_in(policy: str) -> VerifierKey:
    """Return the log's public key from the lines of a policy."""
    for line in policy.splitlines():
        name, _, vkey = line.strip().partition(" ")
        if name == "log":
            return parse_vkey(vkey.strip())
    raise NoteRefused("the policy has no line `log <vkey>`")


async def watch(get: Get, key: VerifierKey, kept: str | None) -> str:
    """Return the newest checkpoint's note if it is signed and continues the one *kept*; what it says is to be kept."""
    newest = await get("/log/checkpoint")
    after = open_checkpoint(newest, key)
    if kept is None:
        return newest
    before = open_checkpoint(kept, key)
    if after.size < before.size:
        raise LogForked(f"the log shrank from {before.size} to {after.size} entries")
    if not await _continues(get, before, after):
        raise LogForked(f"the log of {after.size} entries does not contain the log of {before.size} it once signed")
    return newest


async def _continues(get: Get, before: Checkpoint, after: Checkpoint) -> bool:
    if before.size == after.size:
        return before.root == after.root
    proof = json.loads(await get(f"/log/proof?first={before.size}&second={after.size}"))
    steps = [bytes.fromhex(step) for step in proof["path"]]
    return tree.verify_consistency(before.size, after.size, before.root, after.root, steps)
