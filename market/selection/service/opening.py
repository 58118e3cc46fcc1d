"""
The opening of sealed quotes (开启报价): all of them in one step, once nobody can withdraw any more.

The opening log names every registrant: what was opened, with the salt of its commitment, and who is left out and why.
The commitments were hashed into ``pool.frozen``, so that not even the holder of the key can open to another price.
Without the key nothing is opened and nothing is drawn; the notice waits, and ``/readyz`` says so.

Basis: DESIGN §5, `lowest_quote`; reference paper on trust, section 3.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from market.db import writing
from market.kernel.canonical import digest
from market.ledger import service as ledger
from market.notices.rules.methods import is_quoted
from market.notices.states import NoticeState
from market.registrations.sealing import Bound, Keys, KeyUnusable, Sealed, unseal
from market.selection.methods.lowest_quote import excluded
from market.selection.service import steps
from market.selection.tables import acts, quotes
from market.selection.tables.acts import Step
from market.selection.tables.quotes import Kept

LOOK_AGAIN: Final = timedelta(seconds=10)
_log = structlog.get_logger(__name__)


async def open_quotes(notice_id: int, *, keys: Keys | None, now: datetime) -> bool:
    """Open the quotes of a notice whose inputs are frozen; false when it is not the moment, or without the key."""
    async with writing():
        notice = await steps.lock(notice_id)
        return await is_sealed(notice) and await open_locked(notice, now, keys)


async def is_sealed(notice: Step) -> bool:
    """Tell whether a notice stands where its quotes have to be opened before anything is drawn."""
    opening = notice.state == NoticeState.OPENING and is_quoted(notice.method)
    return opening and await quotes.opening(notice.id) is None


async def open_locked(notice: Step, now: datetime, keys: Keys | None) -> bool:
    """Do the opening inside the transaction of the caller: log, quotes, and the end if none counts."""
    await steps.refuse_clock_backwards(now)
    try:
        if keys is None:
            raise KeyUnusable("this worker has no folder of keys")
        private = keys.private(str(notice.body["quote_key"]))
    except KeyUnusable as failure:
        _log.critical("quotes stay sealed", notice=notice.code, reason=str(failure))
        await acts.check_again(notice.id, now + LOOK_AGAIN)
        return False
    found = []
    for kept in await quotes.kept(notice.id):
        bound = Bound(notice.code, kept.agency, notice.suite)
        quote = unseal(Sealed(kept.commitment, kept.sealed), bound, private) if kept.commitment else None
        part = {"agency": kept.agency, "commit": kept.commitment, "fen": None, "salt": None}
        found.append(part | ({"fen": quote.fen, "salt": quote.salt} if quote else {}))
    await _record(notice, found, now)
    return True


async def _record(notice: Step, found: list[dict[str, Any]], now: datetime) -> None:
    floor, ceiling = limits(notice)
    for part in found:
        part["excluded"] = excluded(part["fen"], floor, ceiling)
    frozen = await acts.pool(notice.id)
    if frozen is None:
        raise RuntimeError(f"notice {notice.code} is opening without a pool")
    log = {"d": "selection/1 opening", "notice": notice.hash, "pool": frozen[1], "quotes": found}
    hashed = digest(log, notice.suite)
    await quotes.add_opening(notice.id, log, hashed, now)
    valid = [part for part in found if part["excluded"] is None]
    told = [steps.act(notice, now, "quotes.opened", opening=hashed, count=len(found), valid=len(valid))]
    if valid:
        await acts.check_again(notice.id, max(now, notice.draw_at))
    else:
        told += await steps.fail(notice, "no_valid_quote", now)
    await ledger.append_many(told)


def limits(notice: Step) -> tuple[int | None, int]:
    """Return floor and ceiling as the notice published them."""
    floor = notice.body.get("floor")
    return (floor["fen"] if floor else None), notice.body["ceiling_fen"]


def sealed_hash(notice: Step, kept: Sequence[Kept]) -> str:
    """Return the hash over the commitments of a frozen pool, which its entry in the log carries."""
    parts = [{"agency": each.agency, "commit": each.commitment} for each in kept]
    return digest({"d": "selection/1 sealed quotes", "notice": notice.hash, "quotes": parts}, notice.suite)
