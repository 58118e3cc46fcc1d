"""
The public log (公开日志): its size and root, its signed checkpoints, and proofs for every entry.

The key shown here is only a convenience: who checks the market takes it from elsewhere.
"""

from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from market.accounts.guards import PUBLIC_ROUTE
from market.db import reading
from market.kernel import terms
from market.kernel.errors import NotFound
from market.ledger import service as ledger
from market.ledger.service import Checkpoint
from market.ledger.signer import PUBLIC
from market.respond import page
from market.settings import Settings
from market.visit import Visit

RECENT: Final = 50
NO_CACHE: Final = {"Cache-Control": "no-cache"}
LARGEST: Final = 2**53 - 1


@get("/log", opt=PUBLIC_ROUTE)
async def show(
    visit: Visit, settings: NamedDependency[Settings], before: FromQuery[int | None] = None
) -> Response[str]:
    """Show where the log stands, what was entered last, and how to check it."""
    if before is not None and not 0 <= before <= LARGEST:
        raise NotFound("entry_not_found")
    size, root, at = await ledger.head()
    return page(
        visit,
        "selection/log.html",
        nav="data",
        size=size,
        root=root.hex(),
        at=at,
        checkpoint=await ledger.checkpoint_latest(),
        origin=settings.log_origin,
        vkey=_vkey(settings.keys / PUBLIC),
        entries=[(entry, _word(entry.type, visit.lang)) for entry in await ledger.latest(RECENT, before)],
    )


def _word(kind: str, lang: terms.Language) -> str:
    """Return the word for a type of entry, or its code: the log shows what is in it, whatever the words know."""
    try:
        return terms.word("entry", kind, lang)
    except terms.NoWord:
        return kind


@get("/log/policy", opt=PUBLIC_ROUTE)
async def policy(settings: NamedDependency[Settings]) -> Response[str]:
    """Give the log's public key in the form the verifiers read; for a first look, not for a judgment."""
    vkey = _vkey(settings.keys / PUBLIC)
    if not vkey:
        raise NotFound("checkpoint_not_found")
    said = "# 仅供参考：正式复核时，请使用从本网站以外取得的公钥。\n# For a first look; take the key from elsewhere.\n"
    return Response(f"{said}log {vkey}\n", media_type="text/plain; charset=utf-8", headers=NO_CACHE)


@get("/log/checkpoint", opt=PUBLIC_ROUTE)
async def latest() -> Response[str]:
    """Give the newest signed checkpoint."""
    return _note(await ledger.checkpoint_latest())


@get("/log/checkpoint/{size:int}", opt=PUBLIC_ROUTE)
async def of_size(size: FromPath[int]) -> Response[str]:
    """Give the signed checkpoint of one size."""
    return _note(await ledger.checkpoint(size) if 0 <= size <= LARGEST else None)


@get("/log/entry/{index:int}", opt=PUBLIC_ROUTE)
async def entry(index: FromPath[int]) -> Response[bytes]:
    """Give one entry to the byte, with the proof that it is in the latest checkpoint, or else in the log as it is."""
    if not 0 <= index <= LARGEST:
        raise NotFound("entry_not_found")
    async with reading():
        found = await ledger.entry(index)
        size, root, _ = await ledger.head()
        checkpoint = await ledger.checkpoint_latest()
        if checkpoint is not None and index < checkpoint.size:
            size, root = checkpoint.size, checkpoint.root
        path = await ledger.inclusion(index, size)
    body = found.body.decode()
    proof = {"size": size, "root": bytes(root).hex(), "path": [step.hex() for step in path]}
    return _json({"index": index, "body": body, "leaf": found.leaf.hex(), **proof})


@get("/log/proof", opt=PUBLIC_ROUTE)
async def proof(first: FromQuery[int], second: FromQuery[int]) -> Response[bytes]:
    """Give the proof that the log of one size is a prefix of the log of another."""
    if not 0 < first <= second <= LARGEST:
        raise NotFound("entry_not_found")
    async with reading():
        path = await ledger.consistency(first, second)
    return _json({"first": first, "second": second, "path": [step.hex() for step in path]})


def _vkey(path: Path) -> str:
    """Return the public key that the signer left beside its own, or nothing where the web may not look."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _note(found: Checkpoint | None) -> Response[str]:
    if found is None:
        raise NotFound("checkpoint_not_found")
    return Response(found.note, media_type="text/plain; charset=utf-8", headers=NO_CACHE)


def _json(body: dict[str, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(body), media_type=MediaType.JSON, headers=NO_CACHE)


ROUTES: tuple[Any, ...] = (show, policy, latest, of_size, entry, proof)
