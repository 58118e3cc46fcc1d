"""
Sealed quotes: a price that only the worker with the private key can read, and only after the freeze.

A quote is sealed within the request that brings it, before any row, entry or message, and is not kept in any other
form. The plain text has one length whatever the price, so that the length tells nothing. Notice, agency and commitment
are bound to the sealed text: moved to another registration it does not open. The commitment lets everybody check after
the opening that a quote is the one that was sealed, and lets an agency prove its own.

HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305, from `cryptography`; it takes no separate associated
data, so what is bound goes into its ``info``.

Basis: DESIGN §5, `lowest_quote`; reference paper on trust, section 3.
"""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from market.kernel.canonical import canonical, digest
from market.ledger.signer import written

PUBLIC: Final = "quotes.pub"
_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_FEN_BYTES: Final = 8
_SALT_BYTES: Final = 32
_KEY: Final = re.compile(r"[0-9a-f]{64}")


class KeyUnusable(RuntimeError):
    """Say what is wrong with a key of sealed quotes, and where."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Whose quote it is, for which notice, under which suite of hashes."""

    notice: str
    agency: str
    suite: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote in the open, with the salt of its commitment; it never leaves the request or the opening."""

    fen: int = field(repr=False)
    salt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a quote: the commitment to it, and the text that only the private key opens, in hex."""

    commitment: str
    text: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The private keys in a folder outside the database, one file for each public key that notices announced."""

    folder: Path

    def create(self) -> str:
        """Make a first key unless there is one, and return the public half."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.folder / PUBLIC).exists():
            made = X25519PrivateKey.generate()
            public = made.public_key().public_bytes_raw().hex()
            written(self._file(public), made.private_bytes_raw().hex() + "\n")
            written(self.folder / PUBLIC, public + "\n")
        return (self.folder / PUBLIC).read_text().strip()

    def private(self, public: str) -> X25519PrivateKey:
        """Return the private half of a key, or say why it cannot be used."""
        path = self._file(public)
        try:
            found = X25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
        except (OSError, ValueError) as failure:
            raise KeyUnusable(f"No usable key in {path}: {type(failure).__name__}") from failure
        if found.public_key().public_bytes_raw().hex() != public:
            raise KeyUnusable(f"The key in {path} belongs to another public key")
        return found

    def publics(self) -> list[str]:
        """List the public keys whose private halves lie here, usable or not."""
        return sorted(path.stem.removeprefix("quotes-") for path in self.folder.glob("quotes-*.key"))

    def _file(self, public: str) -> Path:
        if not _KEY.fullmatch(public):
            raise KeyUnusable(f"{public!r} is not a public key")
        return self.folder / f"quotes-{public}.key"


def seal(fen: int, bound: Bound, public: str) -> tuple[Quote, Sealed]:
    """Seal a quote for the holder of the private half of *public*."""
    quote = Quote(fen, secrets.token_hex(_SALT_BYTES))
    committed = commitment(quote, bound)
    key = X25519PublicKey.from_public_bytes(bytes.fromhex(public))
    text = _SUITE.encrypt(fen.to_bytes(_FEN_BYTES, "big") + bytes.fromhex(quote.salt), key, _info(bound, committed))
    return quote, Sealed(committed, text.hex())


def unseal(sealed: Sealed, bound: Bound, private: X25519PrivateKey) -> Quote | None:
    """Open a quote; nothing when the text is not the one that was sealed for exactly this."""
    try:
        plain = _SUITE.decrypt(bytes.fromhex(sealed.text), private, _info(bound, sealed.commitment))
    except (InvalidTag, ValueError):
        return None
    if len(plain) != _FEN_BYTES + _SALT_BYTES:
        return None
    quote = Quote(int.from_bytes(plain[:_FEN_BYTES], "big"), plain[_FEN_BYTES:].hex())
    return quote if commitment(quote, bound) == sealed.commitment else None


def commitment(quote: Quote, bound: Bound) -> str:
    """Return the salted hash by which a quote is known before it is opened."""
    said = {"d": "selection/1 quote", "notice": bound.notice, "agency": bound.agency}
    return digest({**said, "fen": quote.fen, "salt": quote.salt}, bound.suite)


def _info(bound: Bound, committed: str) -> bytes:
    said = {"d": "selection/1 sealed quote", "notice": bound.notice, "agency": bound.agency}
    return canonical({**said, "commit": committed, "suite": bound.suite})
