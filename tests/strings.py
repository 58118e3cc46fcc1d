"""
The strings that pages mark for translation, and what the English catalogue lacks or has too much of.

``python -m tests.strings`` prints what is missing, ready to be translated and put into ``templates/locale/en.po``;
``python -m tests.strings tidy`` writes the catalogue anew in the order of the pages, without what no page says.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping

from jinja2 import nodes

from market.pages import TEMPLATES, environment
from market.translations import parsed

CATALOGUE = TEMPLATES / "locale" / "en.po"
_PLACE = re.compile(r"%(?:\(([^)]*)\))?(.?)", re.S)
_HEADER = (
    "# English of the pages. Chinese is the source language. A string that counts writes its forms into the place:\n"
    '# "%(n)s %(n:agency|agencies)s". Kept in order by `python -m tests.strings tidy`.\n'
    'msgid ""\nmsgstr "Language: en\\nContent-Type: text/plain; charset=UTF-8\\n"\n'
)


def marked() -> Mapping[str, str]:
    """Map each marked string to the first template that says it, in the order of the pages."""
    found: dict[str, str] = {}
    env = environment()
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        for message in calls(env.parse(path.read_text(encoding="utf-8")), name):
            found.setdefault(message, name)
    return found


def catalogue() -> Mapping[str, str]:
    """Return the catalogue as its file is now."""
    return parsed(CATALOGUE.read_text(encoding="utf-8"))


def missing() -> Mapping[str, str]:
    """Map each string without a translation to its template."""
    known = catalogue()
    return {message: name for message, name in marked().items() if message not in known}


def unused() -> list[str]:
    """List the translations of strings that no page says."""
    said = marked()
    return [message for message in catalogue() if message not in said]


def places(text: str) -> set[str]:
    """Return the names of a string's places; a lone percent sign counts as one that is no name."""
    found = [(name, kind) for name, kind in _PLACE.findall(text) if name or kind != "%"]
    return {name.partition(":")[0] if name and kind == "s" else f"%{name}{kind}" for name, kind in found}


def entry(message: str, translation: str) -> str:
    """Write one string as a PO file has it."""
    return f"msgid {_quoted(message)}\nmsgstr {_quoted(translation)}\n"


def tidied(known: Mapping[str, str]) -> str:
    """Write the catalogue in the order of the pages, each page named once above its strings."""
    parts, above = [_HEADER], ""
    for message, name in marked().items():
        if message in known:
            heading = f"#. {name}\n" if name != above else ""
            parts.append(heading + entry(message, known[message]))
            above = name
    return "\n".join(parts)


def calls(tree: nodes.Template, name: str) -> Iterator[str]:
    """List the strings of one template; refuse what no catalogue can hold."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            first = call.args[0] if call.args else None
            if not isinstance(first, nodes.Const) or call.node.name != "_" or len(call.args) != 1:
                raise ValueError(f'{name}:{call.lineno}: only _("one whole string", place=value) can be translated')
            yield first.value


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def main() -> int:
    """Print what is missing and what is unused, or tidy."""
    if sys.argv[1:] == ["tidy"]:
        CATALOGUE.write_text(tidied(catalogue()), encoding="utf-8")
        return 0
    lacking, spare = missing(), unused()
    for message, name in lacking.items():
        print(f"#. {name}\n{entry(message, '')}")  # noqa: T201 (the listing is what was asked for)
    print(f"# {len(lacking)} without a translation, {len(spare)} translated in vain", *spare, sep="\n# ")  # noqa: T201
    return 1 if lacking or spare else 0


if __name__ == "__main__":
    sys.exit(main())
