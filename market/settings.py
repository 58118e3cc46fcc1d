"""
Every setting of the market, read once from the environment; a program with a wrong one does not start.

All that is wrong is told at once. A name that begins with ``MARKET_`` and is not in the table is wrong too: it is a
slip of the pen, and its author believes that it works. `VARIABLES` is the one table, for ``--help`` and for the manual.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ON_A_DATABASE = frozenset({"serve", "worker", "evaluate", "export", "archive", "backup", "restore"})
_QUOTE_KEY_FILE = "quotes.pub"
_AS_OWNER = frozenset({"migrate", "organisation", "password", "city"})


class SettingsRefused(ValueError):
    """Name every setting that is wrong, and why."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("Settings refused:\n" + "\n".join(f"  {reason}" for reason in reasons))


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: the field it fills, its default as one would write it, and what it means."""

    name: str
    field: str
    default: str | None
    read: Callable[[str], Any]
    meaning: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decides; see `VARIABLES` for the meaning of each."""

    command: str
    database_url: str | None = field(repr=False)
    owner_url: str | None = field(repr=False)
    data: Path
    keys: Path
    host: str
    port: int
    base_url: str
    site_name: str
    site_name_en: str
    hotline: str
    log_level: str
    log_origin: str
    quote_key: str | None
    ruleset: str
    pool: tuple[int, int]
    secure_cookies: bool
    session_idle_minutes: int
    scale: Decimal
    until: date | None
    demo: bool
    pg_bindir: Path | None

    @classmethod
    def read(cls, environ: Mapping[str, str], *, command: str) -> "Settings":
        """Return the settings for ``python -m market`` *command*, or refuse with everything that is wrong."""
        reasons = [f"{name}: no such setting" for name in sorted(environ) if _unknown(name)]
        if "PORT" in environ and environ.get("MARKET_PORT", environ["PORT"]) != environ["PORT"]:
            reasons.append("PORT: differs from MARKET_PORT; set one of them")
        given = dict(environ)
        if "PORT" in given:
            given.setdefault("MARKET_PORT", given["PORT"])
        found: dict[str, Any] = {}
        for variable in VARIABLES:
            text = given.get(variable.name, variable.default)
            try:
                found[variable.field] = None if text is None else variable.read(text)
            except ValueError as failure:
                reasons.append(f"{variable.name}: {failure}")
        reasons += _missing(found, given, command)
        if reasons:
            raise SettingsRefused(reasons)
        return cls(command=command, **_completed(found))

    def quote_public(self) -> str | None:
        """Return the public key that new notices have their quotes sealed with, or nothing where there is none."""
        if self.quote_key is not None:
            return self.quote_key
        try:
            return _public_key((self.keys / _QUOTE_KEY_FILE).read_text().strip())
        except (OSError, ValueError):
            return None


def manual() -> str:
    """Return the table of all settings as Markdown, for ``docs/settings.md`` and for ``--help``."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    lines += [
        f"| `{each.name}` | {'' if each.default is None else f'`{each.default}`'} | {each.meaning} |"
        for each in VARIABLES
        if not each.internal
    ]
    return "\n".join(lines) + "\n"


def _unknown(name: str) -> bool:
    return name.startswith("MARKET_") and name not in _NAMES


def _missing(found: Mapping[str, Any], given: Mapping[str, str], command: str) -> list[str]:
    if command in _ON_A_DATABASE and "DATABASE_URL" not in given:
        return [f"DATABASE_URL: `{command}` needs one; only `demo` and tests bring a database of their own"]
    if command in _AS_OWNER and "DATABASE_URL" not in given and "MARKET_OWNER_URL" not in given:
        return [f"MARKET_OWNER_URL: `{command}` needs it, or DATABASE_URL"]
    if found.get("secure_cookies") and str(found.get("base_url") or "").startswith("http:"):
        return ["MARKET_SECURE_COOKIES: a browser never sends a secure cookie to an http: MARKET_BASE_URL"]
    return []


def _completed(found: dict[str, Any]) -> dict[str, Any]:
    """Fill in the defaults that follow from other settings."""
    found["keys"] = found["keys"] or found["data"] / "keys"
    host = f"[{found['host']}]" if ":" in found["host"] else found["host"]
    found["base_url"] = found["base_url"] or f"http://{host}:{found['port']}"
    if found["secure_cookies"] is None:
        found["secure_cookies"] = found["base_url"].startswith("https:")
    found["log_origin"] = found["log_origin"] or f"{urlsplit(found['base_url']).hostname}/gongxuan"
    return found


def _matching(pattern: str, words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {words}")
        return text

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def _database_url(text: str) -> str:
    if not re.match(r"postgres(ql)?://", text):
        # The text itself may hold a password and is not repeated.
        raise ValueError("is not an address that begins with postgresql://")
    return text


def _yes_no(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(f"{text!r} is neither 1 nor 0")
    return text == "1"


def _folder(text: str) -> Path:
    if not text:
        raise ValueError("is empty")
    return Path(text).expanduser().resolve()


def _pool(text: str) -> tuple[int, int]:
    sizes = re.fullmatch(r"([0-9]{1,3})-([0-9]{1,3})", text)
    if not sizes or not 1 <= int(sizes[1]) <= int(sizes[2]) <= 200:
        raise ValueError(f"{text!r} is not LEAST-MOST, for instance 1-10, within 1 to 200")
    return int(sizes[1]), int(sizes[2])


def _scale(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_nan() or not Decimal("0.01") <= number <= 10:
        raise ValueError(f"{text!r} is not a number from 0.01 to 10")
    return number


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date like 2026-11-30") from None


def _public_key(text: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import x25519  # noqa: PLC0415 (no start waits for it)

    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("is not a public key of 64 hexadecimal digits")
    try:
        x25519.X25519PrivateKey.generate().exchange(x25519.X25519PublicKey.from_public_bytes(bytes.fromhex(text)))
    except ValueError:
        raise ValueError("is a public key that keeps nothing secret") from None
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not an address like https://market.example.cn")
    if parts.path not in ("", "/"):
        raise ValueError(f"{text!r} has a path; the market lives at the root of its host")
    return text.rstrip("/")


_phone = _matching(r"[0-9 +()-]{3,24}", "a telephone number")
_level = _matching("debug|info|warning|error", "debug, info, warning or error")
_name = _matching(r"[^\s<>](.{0,58}[^\s<>])?", "a name of 1 to 60 characters")
_code = _matching(r"[a-z0-9]+(-[a-z0-9]+)*", "the code of a ruleset, like model-2026")
_host = _matching(r"[A-Za-z0-9.:-]+", "a host name or address")
_origin = _matching(r"[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+)*", "an origin like market.example.cn/gongxuan")

VARIABLES = (
    Variable("DATABASE_URL", "database_url", None, _database_url,
             "address of PostgreSQL 15 or newer for the role `market_app`; `serve` and `worker` refuse without"),
    Variable("MARKET_OWNER_URL", "owner_url", None, _database_url,
             "address for the role `market_owner`, or an administrator, used by `migrate` and `organisation` alone;"
             " else `DATABASE_URL`"),
    Variable("MARKET_DATA", "data", ".data", _folder, "folder of stored files and of the demo's database"),
    Variable("MARKET_KEYS", "keys", None, _folder,
             "folder of the signing keys, never in the database; `keys` in the data folder unless set"),
    Variable("MARKET_HOST", "host", "127.0.0.1", _host, "address to listen on"),
    Variable("MARKET_PORT", "port", "8000", _whole(1, 65535), "port to listen on; `PORT` is another name for it"),
    Variable("MARKET_BASE_URL", "base_url", None, _base_url,
             "address users see, for links and QR codes; what it listens on unless set"),
    Variable("MARKET_SITE_NAME", "site_name", "云湖市网上中介服务超市", _name, "name of the market on every page"),
    Variable("MARKET_SITE_NAME_EN", "site_name_en", "Yunhu City Intermediary Service Market", _name,
             "name of the market on every English page"),
    Variable("MARKET_HOTLINE", "hotline", "000-0000", _phone, "service number on every page and in every refusal"),
    Variable("MARKET_LOG_LEVEL", "log_level", "info", _level, "least level logged: debug, info, warning, error"),
    Variable("MARKET_LOG_ORIGIN", "log_origin", None, _origin,
             "name of the public log in its checkpoints, never changed later; host of the base URL + `/gongxuan`"),
    Variable("MARKET_QUOTE_KEY", "quote_key", None, _public_key,
             "public key quotes are sealed with, for a web server that may not look into the folder of keys;"
             " `quotes.pub` there unless set"),
    Variable("MARKET_RULESET", "ruleset", "model-2026", _code, "code of the ruleset for new notices"),
    Variable("MARKET_POOL", "pool", "1-10", _pool, "least and most database connections of a process"),
    Variable("MARKET_SECURE_COOKIES", "secure_cookies", None, _yes_no,
             "1: cookies travel over https only; 0: also http; 1 unless set if the base URL is https"),
    Variable("MARKET_SESSION_IDLE_MINUTES", "session_idle_minutes", "60", _whole(5, 1440),
             "minutes without a request after which one has to sign in again"),
    Variable("MARKET_SCALE", "scale", "1", _scale, "demo: size of the sample city, 0.01 to 10"),
    Variable("MARKET_UNTIL", "until", None, _date, "demo: last day of the sample city's history; today unless set"),
    Variable("MARKET_PG_BINDIR", "pg_bindir", None, _folder,
             "demo and tests: folder of PostgreSQL's programs, instead of those found"),
    Variable("MARKET_DEMO", "demo", "0", _yes_no, "set by `demo` for its children", internal=True),
)  # fmt: skip
# The pipe is the supervisor's own: it tells a child that its parent is gone.
_NAMES = frozenset({each.name for each in VARIABLES} | {"MARKET_PARENT_PIPE"})
