"""
Gzip for public pages and list files; whoever is signed in gets plain bytes.

A page of a signed-in person holds the form token beside text that others may choose, and the length of the compressed
page would tell the token letter by letter (BREACH, CVE-2013-3587). A public page holds no secret. The level is the
lowest one: on Chinese pages the usual one takes half as long again to save another eighth.
"""

import asyncio
import gzip
import re
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from market.kernel.roles import Role

LEVEL: Final = 1
LEAST: Final = 1_000  # bytes; below, the frame of gzip eats what it saves
OFF_THE_LOOP: Final = 200_000  # bytes from which compressing would keep others waiting
_TEXT: Final = re.compile(r"text/|(application|image)/([a-z0-9.-]+\+)?(json|xml)\b")

Headers = list[tuple[bytes, bytes]]


def accepts_gzip(header: str) -> bool:
    """Tell from Accept-Encoding whether the reader takes gzip; weight 0 means no."""
    offers: dict[str, str] = {}
    for offer in header.lower().split(","):
        name, _, weight = offer.strip().partition(";")
        offers[name.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    weight = offers.get("gzip", offers.get("*", "0"))
    return weight.strip("0.") != ""


class Compressed:
    """ASGI middleware behind the gate, which has said who asks."""

    def __init__(self, app: ASGIApp) -> None:
        """Compress what *app* answers."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; compress the answer to somebody who is not signed in."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        if scope["state"]["visit"].actor.role is not Role.PUBLIC:
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        await self.app(scope, receive, _compressing(send, accepts=accepts_gzip(sent.decode("latin-1"))))


def _compressing(send: Send, *, accepts: bool) -> Send:
    held: list[HTTPResponseStartEvent] = []

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and _fits(message):
            held.append(message)  # until the length of the body is known
            return
        if message["type"] == "http.response.body" and held:
            start, body = held.pop(), message.get("body", b"")
            headers: Headers = list(start.get("headers", []))
            if not message.get("more_body") and len(body) >= LEAST:
                headers = _varying(headers)
                if accepts:
                    message["body"] = await _gzipped(body)
                    headers = _encoded(headers, len(message["body"]))
            start["headers"] = headers
            await send(start)
        await send(message)

    return sent


async def _gzipped(body: bytes) -> bytes:
    if len(body) < OFF_THE_LOOP:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)


def _fits(start: HTTPResponseStartEvent) -> bool:
    """Tell whether an answer is text, whole, and not compressed yet."""
    headers = dict(start.get("headers", []))
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return start["status"] == 200 and _TEXT.match(kind) is not None and b"content-encoding" not in headers


def _varying(headers: Headers) -> Headers:
    varies = [value for name, value in headers if name == b"vary"]
    kept = [(name, value) for name, value in headers if name != b"vary"]
    return [*kept, (b"vary", b", ".join([*varies, b"Accept-Encoding"]))]


def _encoded(headers: Headers, length: int) -> Headers:
    kept = [(name, value) for name, value in headers if name != b"content-length"]
    return [*kept, (b"content-length", str(length).encode()), (b"content-encoding", b"gzip")]
