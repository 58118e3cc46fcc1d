"""
Rulesets: dated versions of the rules, each a TOML file beside this module.

A notice pins the code it was published under, so a file that a notice cites is
never edited: a changed rule is a new file. A ruleset may be based on another
and state only what differs; its fingerprint then covers both files.
"""

import hashlib
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from market.kernel.rulesets.reading import assemble, merged
from market.kernel.rulesets.schema import Ruleset

# What applies where nothing pins a version: cases, drafts of rankings, questions to owners.
MODEL: Final = "model-2026"
_CODE: Final = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9]{4}(?:-[0-9]+)?")
_FOLDER: Final = files(__name__)


class UnknownRuleset(LookupError):
    """No file has this code: a notice cites rules that are not installed."""


@cache
def get(code: str) -> Ruleset:
    """Read and check one ruleset."""
    return assemble(code, _document(code))


def codes() -> tuple[str, ...]:
    """List the codes of all rulesets installed."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))
    )


def latest() -> Ruleset:
    """Return the ruleset in force last, practice ones apart."""
    found = (get(code) for code in codes())
    return max((each for each in found if not each.practice), key=lambda each: (each.in_force_on, each.code))


@cache
def fingerprint(code: str) -> str:
    """Return the SHA-256, in hex, of the ruleset's file, after that of what it is based on."""
    base = tomllib.loads(_read(code).decode()).get("based_on")
    before = bytes.fromhex(fingerprint(base)) if base else b""
    return hashlib.sha256(before + _read(code)).hexdigest()


def _read(code: str) -> bytes:
    if not _CODE.fullmatch(code):
        raise UnknownRuleset(code)
    try:
        return (_FOLDER / f"{code}.toml").read_bytes()
    except FileNotFoundError:
        raise UnknownRuleset(code) from None


def _document(code: str) -> dict[str, Any]:
    document = tomllib.loads(_read(code).decode())
    base = document.pop("based_on", None)
    return merged(_document(base), document) if base else document
