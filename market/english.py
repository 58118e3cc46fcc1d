"""
The addresses of the English pages, and the marks English pages need.

Every address has an English twin below ``/en``. The prefix is taken off before anything else sees the request and put
back into links, forms and redirects at the end, so that handlers and templates know one address only. What is still
Chinese on an English page is data, and is marked as such for readers' voices.

Basis: WCAG 2.2 3.1.2 (language of parts).
"""

import re

from litestar.types import HTTPScope, Message, Send

PREFIX = "/en"
# Programs and browsers fetch these; they speak no language.
_ONE_FOR_ALL = r"(?:/|en(?:[/?#\"]|$)|assets/|api/)"
_OURS = re.compile(rf"/(?!{_ONE_FOR_ALL})")
_LINK = re.compile(
    rf'(\s(?:href|action|formaction|hx-get|hx-post|hx-push-url)=")(?={_OURS.pattern})(?![^<>]*\bhreflang=)'
)
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[《“（【]?[{_HAN}](?:[^<>]*[{_HAN}》”）】。，；：！？])?")
_TEXT = re.compile(rf"<(/?)([a-z][a-z0-9]*)([^<>]*)>([^<>]*[{_HAN}][^<>]*)(?=<(/\2>)?)")
# No element may stand in these; a title mixes both languages and stays as it is.
_WHOLE = frozenset({"option", "textarea"})
# What only readers' voices say stands against the word before it.
_SAID = re.compile(r'(?<=[^\s>])(<span class="sr">)(?=[^\s,.;:])')
_UNMARKED = frozenset({"script", "style", "title"})


def entered(scope: HTTPScope, send: Send) -> Send:
    """Take the prefix off an English request, and return how to answer it: redirects keep the reader there."""
    path = scope["path"]
    inner = path.removeprefix(PREFIX) or "/"
    if inner == path or not _OURS.match(inner):
        return send
    scope["path"] = inner
    scope["raw_path"] = scope["raw_path"].removeprefix(PREFIX.encode()) or b"/"
    scope.setdefault("state", {})["lang"] = "en"

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [(name, _kept(name, value)) for name, value in message.get("headers", [])]
        await send(message)

    return sent


def told(page: str) -> str:
    """Return a rendered page with its links within English, and its Chinese marked as Chinese."""
    return _TEXT.sub(_marked, _SAID.sub(r"\1 ", _LINK.sub(rf"\1{PREFIX}", page)))


def _kept(name: bytes, value: bytes) -> bytes:
    if name.lower() == b"location" and _OURS.match(value.decode("latin-1")):
        return PREFIX.encode() + value
    return value


def _marked(found: re.Match[str]) -> str:
    closing, name, attributes, text, ends = found.groups()
    if name in _UNMARKED or (not closing and ' lang="' in attributes):
        return found[0]
    alone = not closing and ends and (name in _WHOLE or _RUN.fullmatch(text.strip()))
    if alone:
        return f'<{name} lang="zh-CN"{attributes}>{text}'
    return f"<{closing}{name}{attributes}>" + _RUN.sub(r'<span lang="zh-CN">\g<0></span>', text)
