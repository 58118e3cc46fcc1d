"""
What the offline verifier stands on: JSON read strictly, its one canonical form, and Ed25519 (RFC 8032) in plain Python.

The program that outsiders download holds this text in place of its import, so that it stays one file: nothing but the
standard library, and no line shared with the code that draws.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any


class Unusable(Exception):
    """A file that cannot be read at all."""


def parse(text: str) -> Any:
    """Read JSON strictly: no duplicate keys, no floats, no large integers, no odd strings."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=int, parse_constant=int)
        canonical(value)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"不是规范的 JSON not strict JSON: {error}") from error
    return value


def canonical(value: Any) -> bytes:
    """Return the one byte form that is hashed: RFC 8785 without floats."""
    _strict(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hashed(value: Any, suite: str) -> str:
    """Return the hash of the canonical bytes, in hex."""
    return hashlib.new(suite, canonical(value)).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs) or not all(key.isascii() for key, _ in pairs):
        raise ValueError("a key is repeated or not ASCII")
    return dict(pairs)


def _strict(value: Any) -> None:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _strict(inner)
    odd = isinstance(value, str) and not value.isascii() and unicodedata.normalize("NFC", value) != value
    if odd or (isinstance(value, int) and abs(value) > 2**53 - 1):
        raise ValueError("a string is not in NFC or an integer is too large")


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an Ed25519 signature holds (RFC 8032)."""
    a, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))), _add(r, _times(h, a))
    return all((left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1))


def _point(data: bytes) -> Any:
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[-1] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(p: Any, q: Any) -> Any:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, p: Any) -> Any:
    q = (0, 1, 1, 0)
    while scalar:
        q, p, scalar = _add(q, p) if scalar & 1 else q, _add(p, p), scalar >> 1
    return q
