"""
JCS-I, the one byte form of everything that is hashed or signed.

It is RFC 8785 without floats: null, booleans, integers of at most 2**53 - 1, NFC strings, arrays, and objects with
ASCII keys. Whatever falls outside is refused with its path rather than rounded or normalised, because two readers that
repair an input differently would compute two different hashes. ``parse`` is as strict as ``canonical``: a duplicate key
is refused, since each reader is free to keep another of the two values.

Basis: reference paper on trust, section 1.4 (JCS-I); RFC 8785.
"""

import hashlib
import json
import re
import unicodedata
from typing import Any, NoReturn

LARGEST = 2**53 - 1
SUITES = ("sha256", "sm3")

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotCanonical(ValueError):
    """A value outside JCS-I, with the path at which it stands."""

    def __init__(self, reason: str, path: str = "") -> None:
        """Keep the reason and the path apart, so that a page can show both."""
        self.reason = reason
        self.path = path
        super().__init__(f"{path or '(top)'}: {reason}")


class SuiteUnavailable(RuntimeError):
    """A hash suite that is unknown or that this machine's OpenSSL does not carry."""


def canonical(obj: Any) -> bytes:
    """Return the JCS-I bytes of *obj*, or refuse it."""
    _check(obj)
    return _ENCODER.encode(obj).encode()


def parse(data: bytes | str) -> Any:
    """Read JSON of the JCS-I subset; spacing and key order are free, everything else is not."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
        obj = json.loads(text, object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
    except NotCanonical:
        raise
    except RecursionError:
        raise NotCanonical("nested too deeply") from None
    except ValueError as error:
        raise NotCanonical(f"not JSON: {error}") from error
    _check(obj)
    return obj


def hash_bytes(data: bytes, suite: str = "sha256") -> bytes:
    """Return the hash of *data* in a suite of the draw."""
    if suite not in SUITES:
        raise SuiteUnavailable(f"unknown hash suite {suite!r}; known are {', '.join(SUITES)}")
    if suite == "sha256":  # built in; `new` would look it up by name each time
        return hashlib.sha256(data).digest()
    try:
        return hashlib.new(suite, data).digest()
    except ValueError as error:
        raise SuiteUnavailable(f"this machine's OpenSSL has no {suite}") from error


def digest(obj: Any, suite: str = "sha256") -> str:
    """Return the lower-case hexadecimal hash of the JCS-I bytes of *obj*."""
    return hash_bytes(canonical(obj), suite).hex()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotCanonical("duplicate key", key)
            seen.add(key)
    return found


def _refuse_number(text: str) -> NoReturn:
    raise NotCanonical(f"not an integer: {text}")


def _check(obj: Any) -> None:
    try:
        if not _fits(obj):
            _walk(obj, ())
    except RecursionError:
        raise NotCanonical("nested too deeply") from None


def _fits(obj: Any) -> bool:
    """Tell quickly, without a path, that a value certainly fits; what is left is judged slowly."""
    kind = type(obj)
    if kind is str:
        return obj.isascii() or (unicodedata.is_normalized("NFC", obj) and _SURROGATE.search(obj) is None)
    if kind is int:
        return bool(-LARGEST <= obj <= LARGEST)
    if kind is dict:
        for key in obj:
            if type(key) is not str or not key.isascii():
                return False
        obj = obj.values()
    elif kind is not list and kind is not tuple:
        return obj is None or kind is bool
    for value in obj:  # noqa: SIM110 (a generator costs more than the answer, and this stands before every hash)
        if not _fits(value):
            return False
    return True


def _walk(obj: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(obj, str):
        _check_string(obj, path)
    elif obj is None or isinstance(obj, bool):
        return
    elif isinstance(obj, int):
        if not -LARGEST <= obj <= LARGEST:
            raise NotCanonical("integer beyond 2**53 - 1", dotted(path))
    elif isinstance(obj, dict):
        _walk_object(obj, path)
    elif isinstance(obj, list | tuple):
        for place, value in enumerate(obj):
            _walk(value, (*path, place))
    else:
        raise NotCanonical(f"{type(obj).__name__} has no JCS-I form", dotted(path))


def _walk_object(obj: dict[Any, Any], path: tuple[str | int, ...]) -> None:
    for key, value in obj.items():
        if not isinstance(key, str) or not key.isascii():
            raise NotCanonical(f"key is not an ASCII string: {key!r}", dotted(path))
        _walk(value, (*path, key))


def _check_string(text: str, path: tuple[str | int, ...]) -> None:
    if text.isascii():
        return
    if _SURROGATE.search(text):
        raise NotCanonical("string with a lone surrogate", dotted(path))
    if not unicodedata.is_normalized("NFC", text):
        raise NotCanonical("string is not in NFC", dotted(path))


def dotted(path: tuple[str | int, ...]) -> str:
    """Return a path as readers write it: ``lists[0].entries[3].id``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
