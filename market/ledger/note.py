"""
Signed notes and checkpoints: how the ledger states its size and root so that outsiders can hold it to them.

The formats are C2SP's signed-note, tlog-checkpoint and tlog-cosignature v1, byte for byte, so that existing witnesses
and Go tools read ours. A note proves nothing unless the key comes from outside it: ``open_checkpoint`` takes the keys
one trusts and never looks for a key in the note. A signature under a known key that does not verify spoils the whole
note; one under an unknown key is ignored, because notes collect signatures of strangers.

Basis: C2SP signed-note, tlog-checkpoint, tlog-cosignature; reference paper on trust, sections 2.1 to 2.3.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG = 0x01
WITNESS = 0x04
NAME = re.compile(r"[^\s+]+")


class NoteRefused(ValueError):
    """A note, key or checkpoint that is malformed or not signed as demanded."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under; *kind* is LOG or WITNESS."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that mark this key's signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the vkey line to publish."""
        return f"{self.name}+{self.key_id.hex()}+{_encode(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and the signatures beneath it, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states about itself, and the moments (Unix seconds) at which trusted witnesses saw it."""

    origin: str
    size: int
    root: bytes
    cosigned: dict[str, int]


def key_of(name: str, key: Ed25519PrivateKey, kind: int = LOG) -> VerifierKey:
    """Return the public half of *key* under *name*."""
    if not NAME.fullmatch(name):
        raise NoteRefused(f"not a key name: {name!r}")
    return VerifierKey(name, kind, key.public_key().public_bytes_raw())


def parse_vkey(text: str) -> VerifierKey:
    """Read a published vkey line and check that its id is its own."""
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    data = _decode(material)
    if not NAME.fullmatch(name) or len(data) != 33 or data[0] not in (LOG, WITNESS):
        raise NoteRefused(f"not an Ed25519 vkey: {text!r}")
    key = VerifierKey(name, data[0], data[1:])
    if key.key_id.hex() != key_id:
        raise NoteRefused(f"vkey whose id is not its own: {text!r}")
    return key


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note *text* with one signature."""
    if not text.endswith("\n"):
        raise NoteRefused("the text of a note ends in a newline")
    return f"{text}\n{_line(key_of(name, key), key.sign(text.encode()))}"


def sign_checkpoint(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> str:
    """Return the signed checkpoint of a log of *size* and *root*; the origin is also the key's name."""
    return sign_note(f"{origin}\n{size}\n{_encode(root)}\n", origin, key)


def cosign(note: str, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """Return *note* with a witness's signature of the moment *at* (Unix seconds) added."""
    value = at.to_bytes(8, "big") + key.sign(_cosigned_text(parse(note).text, at))
    return note + _line(key_of(name, key, WITNESS), value)


def parse(note: str) -> Note:
    """Read a note without trusting it."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise NoteRefused("not a signed note")
    return Note(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


def verify(note: str, keys: Sequence[VerifierKey]) -> dict[str, int | None]:
    """Return the names of *keys* that signed *note*, witnesses with the moment; refuse a note nobody trusted signed."""
    parsed = parse(note)
    found: dict[str, int | None] = {}
    for signature in parsed.signatures:
        for key in keys:
            if (key.name, key.key_id) == (signature.name, signature.key_id):
                found[key.name] = _verified(parsed.text, key, signature.value)
    if not found:
        raise NoteRefused("no signature of a trusted key")
    return found


def open_checkpoint(note: str, log: VerifierKey, witnesses: Sequence[VerifierKey] = ()) -> Checkpoint:
    """Return the checkpoint in *note* if *log* signed it, with the witnesses that cosigned it."""
    signers = verify(note, [log, *witnesses])
    origin, *rest = parse(note).text.split("\n")
    if log.name not in signers or origin != log.name or log.kind != LOG:
        raise NoteRefused("not signed by the log itself")
    if len(rest) < 3 or not re.fullmatch("0|[1-9][0-9]*", rest[0]) or len(_decode(rest[1])) != 32:
        raise NoteRefused("not a checkpoint")
    cosigned = {name: at for name, at in signers.items() if at is not None}
    return Checkpoint(origin, int(rest[0]), _decode(rest[1]), cosigned)


def _verified(text: str, key: VerifierKey, value: bytes) -> int | None:
    at = int.from_bytes(value[:8], "big") if key.kind == WITNESS else None
    signed, value = (text.encode(), value) if at is None else (_cosigned_text(text, at), value[8:])
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, signed)
    except InvalidSignature:
        raise NoteRefused(f"the signature of {key.name} does not verify") from None
    return at


def _cosigned_text(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _line(key: VerifierKey, value: bytes) -> str:
    return f"— {key.name} {_encode(key.key_id + value)}\n"


def _signature(line: str) -> Signature:
    match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
    data = _decode(match.group(2)) if match else b""
    if match is None or len(data) < 5:
        raise NoteRefused("malformed signature line")
    return Signature(match.group(1), data[:4], data[4:])


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    """Return the bytes of *text*, which must be the one base64 form of them; nothing if it is not."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _encode(data) == text else b""
