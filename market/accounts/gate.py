"""
The gate: the first thing every request passes, before routing.

It reads the database's clock for requests that change something, says who
makes the request, and notes forms sent from elsewhere. A page that only shows
something to somebody who is not signed in costs no query here.

Basis: OWASP ASVS 5.0 3.5.1 (Origin), 7.2.4; DESIGN §3 (以平台收到时间为准).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from market.accounts import sessions
from market.accounts.sessions import SignedIn
from market.arrival import ArrivalClock
from market.kernel.roles import PUBLIC
from market.visit import Prefs, VisitFacts

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
SECURITY_HEADERS = [
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
     b" font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
]  # fmt: skip


class GateSettings(Protocol):
    """What the gate asks of the settings."""

    @property
    def secure_cookies(self) -> bool:
        """Say whether cookies travel over TLS only."""

    @property
    def session_idle_minutes(self) -> int:
        """Say after how many idle minutes a session ends."""

    @property
    def demo(self) -> bool:
        """Say whether sample accounts may enter."""


def cookie_name(secure: bool) -> str:
    """Return the name of the session cookie; the prefix makes browsers hold its rules."""
    return "__Host-sid" if secure else "sid"


def session_cookie(token: str | None, secure: bool) -> str:
    """Return the Set-Cookie value that gives a browser its session, or takes it away."""
    life = "Max-Age=0" if token is None else f"Max-Age={int(sessions.LONGEST.total_seconds())}"
    rest = "; Secure" if secure else ""
    return f"{cookie_name(secure)}={token or ''}; Path=/; HttpOnly; SameSite=Lax; {life}{rest}"


class Gate:
    """ASGI middleware that puts the `Visit` into the scope."""

    def __init__(self, app: ASGIApp, *, settings: GateSettings, clock: ArrivalClock) -> None:
        """Keep what is asked of every request."""
        self.app = app
        self.clock = clock
        self.secure = settings.secure_cookies
        self.samples = settings.demo
        self.idle = timedelta(minutes=settings.session_idle_minutes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its visit, and its answer back with the security headers."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request = scope
        kept = request["state"]
        safe = request["method"] in SAFE_METHODS
        now = self.clock.estimate() if safe else await self.clock.now()
        headers = _headers(request)
        cookies = _cookies(headers.get("cookie", ""))
        token, found = await self._who(request["path"], headers, cookies, now)
        kept["token"] = token
        kept["foreign"] = not safe and not _home_made(request["path"], headers)
        kept["visit"] = VisitFacts(
            now=now,
            actor=found.actor if found else PUBLIC,
            csrf=sessions.csrf_of(token) if found and token else "",
            lang=kept.get("lang", "zh"),
            path=request["path"],
            query=request["query_string"].decode("latin-1"),
            reference=kept["reference"],
            prefs=_prefs(cookies),
            organisation=found.organisation if found else "",
            password_given=found is not None and found.password_given,
        )
        await self.app(scope, receive, _with_headers(send))

    async def _who(
        self, path: str, headers: Mapping[str, str], cookies: Mapping[str, str], now: datetime
    ) -> tuple[str | None, SignedIn | None]:
        """Say whose token this is; programs come with a bearer token to the API, browsers with a cookie."""
        if path.startswith(API):
            scheme, _, bearer = headers.get("authorization", "").partition(" ")
            token = bearer.strip() if scheme.lower() == "bearer" else None
            found = await sessions.behind_token(token, now=now) if token else None
        else:
            token = cookies.get(cookie_name(self.secure))
            found = await sessions.behind_session(token, now=now, idle=self.idle) if token else None
        # A database that once was a demo's may still hold sessions and tokens of its sample accounts.
        return token, None if found and found.sample and not self.samples else found


def _home_made(path: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a form came from a page of ours; programs prove themselves with their token instead."""
    if path.startswith(API):
        return True
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin") or headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == headers.get("host", "")


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
        await send(message)

    return sent


def _headers(scope: HTTPScope) -> Mapping[str, str]:
    """Read the headers; cookies that a proxy passed on in several lines are one."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}; {text}" if key == "cookie" and key in found else text
    return found


def _cookies(header: str) -> Mapping[str, str]:
    """Read cookies one by one: `http.cookies` gives up on all of them when another program's is odd."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value.strip('"'))
    return found


def _prefs(cookies: Mapping[str, str]) -> Prefs:
    text: Literal["normal", "large"] = "large" if cookies.get("text") == "large" else "normal"
    contrast: Literal["normal", "high"] = "high" if cookies.get("contrast") == "high" else "normal"
    return Prefs(text, contrast)
