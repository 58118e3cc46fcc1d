"""
The one list of words: what people read for every code, in Chinese and English.

Each domain has a TOML file here; a table ``[kind.code]`` holds ``zh`` and
``en``, and a refusal also ``next_zh`` and ``next_en``: what to do now. The kind
of an enum is its class name in snake case (``NoticeState`` → ``notice_state``).
No code is ever shown to a reader in place of a word; a test asks for all of them.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, Literal

from market.kernel import money
from market.kernel.errors import Reason
from market.kernel.times import shown

Language = Literal["zh", "en"]

_REFUSAL: Final = "refusal"
_WORD_KEYS: Final = frozenset({"zh", "en"})
_REFUSAL_KEYS: Final = _WORD_KEYS | {"next_zh", "next_en"}
# A moment as `rfc3339` writes it for machines: no reader is shown one.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class NoWord(LookupError):
    """No file has a word for this code."""


@dataclass(frozen=True, slots=True)
class Told:
    """A reason in words: what is wrong, and what to do now."""

    text: str
    next_step: str


def word(kind: str, code: str, lang: Language = "zh") -> str:
    """Return the word for a code."""
    return _term(kind, code)[lang]


def word_of(member: StrEnum, lang: Language = "zh") -> str:
    """Return the word for a member of an enum."""
    return word(kind_of(type(member)), str(member), lang)


def kind_of(enum: type[StrEnum]) -> str:
    """Return the kind under which an enum's words are listed: its name in snake case."""
    return _HUMP.sub("_", enum.__name__).lower()


def reason_text(reason: Reason, lang: Language = "zh") -> Told:
    """
    Put a reason into words, with its parameters in place.

    In the words, ``{fen:yuan}`` and ``{fen:wan}`` show money and
    ``{method:method}`` the word of a code; a parameter the reason lacks shows
    as an ellipsis, because a refusal must never be lost over its wording.
    """
    term = _term(_REFUSAL, reason.code)
    fill = _Filling(lang)
    return Told(*(fill.vformat(term[key + lang], (), reason.params) for key in ("", "next_")))


def said(kind: str, code: str, params: Mapping[str, str | int], lang: Language = "zh") -> str:
    """Return the word for a code with parameters in its places, for instance a message."""
    return _Filling(lang).vformat(word(kind, code, lang), (), params)


def codes(kind: str) -> tuple[str, ...]:
    """List every code that has a word of this kind, in the order of the files."""
    return tuple(_all().get(kind, {}))


def kinds() -> tuple[str, ...]:
    """List every kind of code that has words."""
    return tuple(_all())


def texts(kind: str, code: str) -> Mapping[str, str]:
    """Return all the texts of one code, as its file states them."""
    return _term(kind, code)


def gathered(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Join the documents of all files; refuse a code stated twice and a word that is missing or empty."""
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for name, document in documents:
        for kind, table in document.items():
            below = found.setdefault(kind, {})
            for code, term in table.items():
                if code in below:
                    raise ValueError(f"{name}: {kind}.{code} is stated twice")
                below[code] = _checked(f"{name}: {kind}.{code}", kind, term)
    return MappingProxyType({kind: MappingProxyType(table) for kind, table in found.items()})


def _checked(where: str, kind: str, term: object) -> Mapping[str, str]:
    wanted = _REFUSAL_KEYS if kind == _REFUSAL else _WORD_KEYS
    if not isinstance(term, dict) or term.keys() != wanted:
        raise ValueError(f"{where} must have exactly {', '.join(sorted(wanted))}")
    if not all(isinstance(text, str) and text.strip() for text in term.values()):
        raise ValueError(f"{where} has an empty word")
    return MappingProxyType(term)


@cache
def _all() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    folder = sorted((each for each in files(__name__).iterdir() if each.name.endswith(".toml")), key=lambda f: f.name)
    return gathered((each.name, tomllib.loads(each.read_text(encoding="utf-8"))) for each in folder)


def _term(kind: str, code: str) -> Mapping[str, str]:
    try:
        return _all()[kind][code]
    except KeyError:
        raise NoWord(f"{kind}.{code}") from None


class _Filling(Formatter):
    """Fills the places of a word, knowing money and other words."""

    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return "…"
        if format_spec in ("yuan", "wan"):
            return (money.yuan if format_spec == "yuan" else money.wan)(int(value))
        if not format_spec and isinstance(value, str) and _MOMENT.fullmatch(value):
            return shown(datetime.fromisoformat(value))
        return word(format_spec, str(value), self.lang) if format_spec else str(value)
