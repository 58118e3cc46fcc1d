"""
The signer of checkpoints: a key and a memory outside the database.

It signs only what continues what it signed before. A database that was restored from an old backup, or whose past was
changed, is refused here, whatever the database says of itself; so the state file must never be restored along with it.
The state is written before the checkpoint is stored: after a crash between the two the same checkpoint is signed again,
to the byte, because Ed25519 signatures are deterministic.

Basis: reference paper on trust, section 2.5.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market import db
from market.kernel.errors import Conflict
from market.ledger import note, service, tree

KEY: Final = "log.key"
STATE: Final = "log.state"
PUBLIC: Final = "log.vkey"


class SignerUnusable(RuntimeError):
    """Say what is wrong with the folder of the signer, and what to do."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The size and root signed last; size 0 before the first."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one log, named by its origin, with the key and the state in one folder."""

    folder: Path
    origin: str
    key: Ed25519PrivateKey

    @classmethod
    def create(cls, folder: Path, origin: str) -> "Signer":
        """Make the folder, the key and an empty state; what exists is kept."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / KEY).exists():
            written(folder / STATE, json.dumps({"size": 0, "root": tree.EMPTY_ROOT.hex()}))
            written(folder / KEY, Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
        signer = cls.load(folder, origin)
        written(folder / PUBLIC, signer.vkey + "\n")
        return signer

    @classmethod
    def load(cls, folder: Path, origin: str) -> "Signer":
        """Read the key of a folder that exists."""
        try:
            seed = bytes.fromhex((folder / KEY).read_text().strip())
            return cls(folder, origin, Ed25519PrivateKey.from_private_bytes(seed))
        except (OSError, ValueError) as failure:
            raise SignerUnusable(f"No usable key in {folder / KEY}: {failure}") from failure

    @property
    def vkey(self) -> str:
        """Return the public key line that outsiders check with."""
        return str(note.key_of(self.origin, self.key))

    def signed(self) -> Signed:
        """Return what was signed last; a missing state is refused, because anything could follow it."""
        try:
            kept = json.loads((self.folder / STATE).read_text())
            return Signed(int(kept["size"]), bytes.fromhex(kept["root"]))
        except (OSError, ValueError, KeyError) as failure:
            raise SignerUnusable(f"No usable state in {self.folder / STATE}: {failure}") from failure

    def remember(self, size: int, root: bytes) -> None:
        """Keep what is signed, on disk before anybody sees the signature."""
        written(self.folder / STATE, json.dumps({"size": size, "root": root.hex()}))

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the folder against other workers of this machine; yields false when one is signing."""
        with (self.folder / "log.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


async def sign_checkpoint(signer: Signer, *, now: datetime) -> int | None:
    """
    Sign and store the log as it stands; return its size, or nothing when there is nothing new to sign.

    A log that is shorter than the one signed before, or that does not continue it, is refused with ``log_forked``.
    """
    with signer.alone() as alone:
        if not alone:
            return None
        before = signer.signed()
        size, root = await _continued(before)
        if size == 0 or (size == before.size and await service.checkpoint(size) is not None):
            return None
        signed = note.sign_checkpoint(signer.origin, size, root, signer.key)
        signer.remember(size, root)
        async with db.writing():
            await service.store_checkpoint(size, root, signed, now=now)
        return size


async def _continued(before: Signed) -> tuple[int, bytes]:
    """Return the log's size and root if it continues what was signed before."""
    async with db.reading():
        size, root, _ = await service.head()
        if size == before.size and root == before.root:
            return size, root
        path = await service.consistency(before.size, size) if 0 < before.size < size else ()
    continues = before.size == 0 or tree.verify_consistency(before.size, size, before.root, root, path)
    if not continues:
        raise Conflict("log_forked", signed=before.size, found=size)
    return size, root


def written(path: Path, text: str) -> None:
    """Write a file only its owner may read, wholly or not at all, and on disk when this returns."""
    half = path.with_name(path.name + ".new")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
