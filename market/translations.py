"""
The English catalogue: what every marked string of the pages is in English.

``templates/locale/en.po`` is read as it is, once at start; nothing is compiled. Chinese is the source language and has
no catalogue. A string that counts writes its forms into the place itself: ``%(n)s %(n:agency|agencies)s``.

Basis: GNU gettext manual, "The Format of PO Files".
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

# A Chinese stop is followed by nothing, an English one by a space.
_STOPS = ("。", "；", "！", "？")
_LINE = re.compile(r'(?:(msgid|msgstr) )?(".*")')


class Counted(dict[str, Any]):
    """The values of a string's places, which also knows ``n:one|many`` for a place ``n``."""

    def __missing__(self, key: str) -> str:
        name, _, forms = key.partition(":")
        one, bar, many = forms.partition("|")
        if not bar:
            raise KeyError(key)
        return one if str(self[name]) == "1" else many


def parsed(text: str) -> Mapping[str, str]:
    """Read a PO file without contexts and plurals; refuse a line it does not know and a string stated twice."""
    found: dict[str, str] = {}
    parts: dict[str, str] = {"msgid": "", "msgstr": ""}
    at = "msgstr"
    for number, line in enumerate([*text.splitlines(), 'msgid ""'], 1):
        if not line.strip() or line.startswith("#"):
            continue
        read = _LINE.fullmatch(line)
        if read is None:
            raise ValueError(f"line {number} is neither a msgid nor a msgstr: {line}")
        if read[1] == "msgid":
            if parts["msgid"] in found:
                raise ValueError(f"stated twice before line {number}: {parts['msgid']}")
            if parts["msgid"] and parts["msgstr"]:
                found[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        at = read[1] or at
        parts[at] += json.loads(read[2])
    return found


@cache
def catalogue(path: Path) -> Mapping[str, str]:
    """Return the translations in a file, read once."""
    return parsed(path.read_text(encoding="utf-8"))


def speaker(words: Mapping[str, str]) -> Callable[..., str]:
    """Return the ``_`` of templates: the translation of a string, or the string itself, with its places filled."""

    @pass_context
    def speak(context: Context, message: str, /, **values: Any) -> str:
        text = words.get(message, message)
        if message.endswith(_STOPS) and not text.endswith((" ", *_STOPS)):
            text += " "
        return (Markup(text) if context.eval_ctx.autoescape else text) % Counted(values)  # noqa: S704 (ours, no input)

    return speak
