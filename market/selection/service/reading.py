"""
What anybody may read of a selection: the bundle, the package with its proofs, the panel and the lists.

Names of registrants are read from the order only, which exists no earlier than the draw.
"""

from dataclasses import dataclass
from typing import Any, Final

from asyncpg import Record

from market.db import reading
from market.kernel.errors import Conflict, NotFound, NotReady
from market.kernel.roles import Actor
from market.ledger import service as ledger
from market.notices.rules.methods import is_quoted
from market.selection.bundle import FIELDS, QUOTED, ProvedEntry, bundle_zip
from market.selection.service.freezing import DIRECT
from market.selection.tables import shown
from market.selection.tables.shown import Progress, ResultQuery

TRACED: Final = frozenset(
    {
        "notice.published", "notice.amended", "pool.frozen", "inputs.frozen", "beacon.missed", "beacon.published",
        "quotes.opened", "draw.result",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel of a notice shows."""

    progress: Progress
    order: list[Record]
    revealed: tuple[tuple[str, str], ...]
    beacons: tuple[dict[str, str], ...]
    named: list[Record]
    opening: dict[str, Any] | None
    opening_hash: str | None


async def bundle(code: str) -> dict[str, Any]:
    """Return what anyone recomputes a draw from, or say why there is none."""
    found = await shown.drawn(code)
    if found is None:
        raise NotFound("notice_not_found")
    method, made = found
    if method == DIRECT:
        raise Conflict("draw_not_used", notice=code)
    if made is None:
        raise NotReady("draw_not_ready", notice=code)
    return {field: made[field] for field in FIELDS} | {field: made[field] for field in QUOTED if field in made}


async def package(code: str, size: int | None = None) -> bytes:
    """
    Return ``draw.zip``: the bundle, its entries with proofs, and a checkpoint that covers them all.

    The checkpoint is the latest, or that of *size*, for whoever noted one.
    """
    async with reading():
        made = await bundle(code)
        entries = [entry for entry in await ledger.entries_of(code) if entry.type in TRACED]
        checkpoint = await ledger.checkpoint_latest() if size is None else await ledger.checkpoint(size)
        if checkpoint is None or any(entry.index >= checkpoint.size for entry in entries):
            raise NotReady("draw_not_in_checkpoint", notice=code)
        paths = await ledger.inclusions([entry.index for entry in entries], checkpoint.size)
    proved = [ProvedEntry(entry.index, entry.body, paths[entry.index]) for entry in entries]
    return bundle_zip(made, proved, checkpoint.note)


async def panel(code: str) -> Panel | None:
    """Return how far the selection of a published notice has come."""
    progress = await shown.progress(code)
    if progress is None:
        return None
    found = await shown.drawn(code)
    made = found[1] if found and found[1] else {}
    revealed = tuple((each["by"], each["secret"] or "") for each in made.get("secrets", ()))
    log, hashed = await shown.opening(code) or (None, None)
    named = await shown.names([part["agency"] for part in log["quotes"]]) if log else []
    beacons = tuple(made.get("beacons", ()))
    return Panel(progress, await shown.order(code), revealed, beacons, named, log, hashed)


async def opening_log(code: str) -> dict[str, Any]:
    """Return the opening log of a notice's quotes, or say why there is none."""
    found = await shown.drawn(code)
    if found is None:
        raise NotFound("notice_not_found")
    if not is_quoted(found[0]):
        raise Conflict("quotes_not_asked", notice=code)
    opened = await shown.opening(code)
    if opened is None:
        raise NotReady("quotes_not_opened", notice=code)
    return opened[0]


async def results(query: ResultQuery, *, limit: int, offset: int = 0) -> tuple[list[Record], int]:
    """Return one page of the public list of awards, and how many there are in all."""
    return await shown.results(query, limit, offset), await shown.count_results(query)


async def awards_of(actor: Actor, limit: int = 50) -> list[Record]:
    """Return the awards of the agency somebody acts for."""
    return await shown.of_organisation(actor.organisation_id or 0, limit)


async def award_of(award_id: int, actor: Actor) -> Record:
    """Return one award of the agency somebody acts for; another's does not exist."""
    found = await shown.one_of_organisation(award_id, actor.organisation_id)
    if found is None:
        raise NotFound("award_not_found")
    return found
