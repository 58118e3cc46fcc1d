"""
What the smaller commands do: migrating, writing the public lists, printing routes, drawing the lifecycles.

Lists are exported through the application itself, so that a file on disk is
the file a visitor gets.
"""

import dataclasses
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import market
from market.kernel.lifecycle import Lifecycle
from market.settings import Settings, manual

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from market.accounts.organisations import NewOrganisation

_NOWHERE = "postgresql:///nowhere"


async def bring_up_to_date(url: str, *, catalogue: bool) -> list[str]:
    """Migrate, add the rules that are missing and on request the catalogue; return what was done, line by line."""
    from market.migrate import migrate
    from market.seeding import seed_catalogue, seed_rules

    done = [f"migrated {name}" for name in await migrate(url)] or ["the schema is up to date"]
    await seed_rules(url)
    if catalogue:
        done.append(f"{await seed_catalogue(url, now=datetime.now(UTC))} items added to the catalogue")
    return done


async def add_organisation(url: str, asked: "NewOrganisation") -> tuple[str, list[str]]:
    """Add an organisation that does not sign up; return its first password, or everything that is wrong."""
    from market import db
    from market.accounts import organisations
    from market.kernel import terms
    from market.kernel.errors import Conflict, Invalid

    await db.connect(url, max_size=2)
    try:
        return await organisations.add(asked, now=await db.value("select clock_timestamp()")), []
    except (Invalid, Conflict) as refusal:
        return "", [f"--{reason.field}: {terms.reason_text(reason, 'en').text}" for reason in refusal.reasons]
    finally:
        await db.close()


async def give_password(url: str, login: str) -> tuple[str, list[str]]:
    """Give a person a password to begin with; return it, or why not."""
    from market import db
    from market.accounts import organisations
    from market.kernel import terms
    from market.kernel.errors import NotFound

    await db.connect(url, max_size=2)
    try:
        return await organisations.give_password(login, now=await db.value("select clock_timestamp()")), []
    except NotFound as refusal:
        return "", [terms.reason_text(refusal.reasons[0], "en").text]
    finally:
        await db.close()


async def watch_log(url: str, policy: Path, kept: Path) -> str:
    """Check a market's newest checkpoint against the one in *kept*, keep it instead, and say what was found."""
    import asyncio
    from urllib.request import urlopen

    from market.ledger import monitor
    from market.ledger.signer import written

    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is not an address like https://market.example.cn")

    def read(path: str) -> str:
        with urlopen(url.rstrip("/") + path, timeout=60) as answer:  # noqa: S310 (http or https, checked above)
            text: str = answer.read().decode()
            return text

    async def get(path: str) -> str:
        return await asyncio.to_thread(read, path)

    before = kept.read_text(encoding="utf-8") if kept.exists() else None
    note = await monitor.watch(get, monitor.key_in(policy.read_text(encoding="utf-8")), before)
    written(kept, note)
    size = note.split("\n")[1]
    return f"signed, {size} entries" + (", and continues what was kept" if before else "; kept as the first")


async def export_lists(settings: Settings, folder: Path) -> list[Path]:
    """Write each public list as CSV into *folder* and return the files."""
    from market.app import create_app

    app = create_app(settings)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    async with app.lifespan():
        for path in sorted({path for path, _, handler in _handlers(app.litestar) if _is_list(path, handler)}):
            target = folder / (path.strip("/").replace("/", "-"))
            status, body = await _get(app, path, settings)
            if status != 200:
                raise OSError(f"{path} answered {status}")
            target.write_bytes(body)
            written.append(target)
    return written


def route_table() -> str:
    """Return every route as a line: method, path, who may use it."""
    from market.app import create_app

    settings = dataclasses.replace(Settings.read({}, command="routes"), database_url=_NOWHERE)
    rows = [(method, path, _who(handler)) for path, method, handler in _handlers(create_app(settings).litestar)]
    wide = max(len(path) for _, path, _ in rows)
    return "".join(
        f"{method:<7} {path:<{wide}}  {who}\n" for method, path, who in sorted(rows, key=lambda r: (r[1], r[0]))
    )


def settings_page() -> str:
    """Return the Markdown page of every setting."""
    return (
        "# Settings\n\nWritten by `python -m market settings`. Environment variables only; a program with a wrong or"
        f" unknown one does not start, and names all that are wrong at once.\n\n{manual()}"
    )


def lifecycles() -> str:
    """Return the Markdown page of every lifecycle of the market."""
    found = {each.name: each for each in _tables()}
    parts = ["# Lifecycles\n\nWritten by `python -m market diagrams` from the tables the services decide with.\n"]
    parts += [f"\n## {name}\n\n```mermaid\n{found[name].mermaid()}```\n" for name in sorted(found)]
    return "".join(parts)


def _tables() -> Iterator[Lifecycle[Any, Any]]:
    for module in pkgutil.iter_modules(market.__path__, "market."):
        name = f"{module.name}.states"
        if module.ispkg and importlib.util.find_spec(name):
            yield from (each for each in vars(importlib.import_module(name)).values() if isinstance(each, Lifecycle))


def _handlers(app: Any) -> Iterator[tuple[str, str, "HTTPRouteHandler"]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            yield from ((route.path, method, handler) for method in sorted(handler.http_methods) if method != "OPTIONS")


def _who(handler: "HTTPRouteHandler") -> str:
    roles = [role for guard in handler.resolve_guards() for role in getattr(guard, "roles", ())]
    if roles:
        return ", ".join(sorted(str(role) for role in set(roles)))
    return "public" if handler.opt.get("public") else "nobody is named"


def _is_list(path: str, handler: "HTTPRouteHandler") -> bool:
    open_to_all = bool(handler.opt.get("public")) and "GET" in handler.http_methods
    return open_to_all and path.endswith(".csv") and "{" not in path


async def _get(app: Any, path: str, settings: Settings) -> tuple[int, bytes]:
    """Ask the application for a page as a visitor would."""
    host = urlsplit(settings.base_url).netloc.encode()
    scope: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": ""}
    scope |= {"headers": [(b"host", host)], "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0), "state": {}}
    status, body = 0, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body += message["body"]

    await app(scope, receive, send)
    return status, body
