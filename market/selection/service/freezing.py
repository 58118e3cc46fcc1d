"""
The freeze (报名截止): the pool as it is receipted, hashed and never changed again.

What is receipted is in the pool. Who loses standing later stays in it and is skipped by rule, so that nobody can steer
a draw by a suspension in time.

Basis: DESIGN §4 (the deadline); reference paper on trust, section 1.6.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from market.db import writing
from market.kernel import rulesets
from market.ledger import service as ledger
from market.notices import service as notices
from market.notices.rules.methods import is_quoted
from market.notices.states import NoticeAction, NoticeState
from market.selection.draw import pool_hash
from market.selection.service import opening, steps
from market.selection.tables import acts as tables
from market.selection.tables import quotes
from market.selection.tables.acts import Entrant, Step

AGENCIES: Final = "agency"
FACTORS: Final = "pct"
DIRECT: Final = "direct"


async def freeze(notice_id: int, *, now: datetime) -> bool:
    """Freeze the pool of a notice whose registration has ended and drained; false when it is not the moment."""
    async with writing():
        return await freeze_locked(await steps.lock(notice_id), now)


async def freeze_locked(notice: Step, now: datetime) -> bool:
    """
    Do the freeze inside the transaction of the caller.

    The drain lets registrations that came before the deadline be receipted; the least number is counted here.
    """
    if notice.state != NoticeState.OPEN:
        return False
    opens_at = notice.closes_at + timedelta(seconds=notice.drain_seconds)
    if now < opens_at:
        await tables.check_again(notice.id, opens_at)
        return False
    await steps.refuse_clock_backwards(now)
    pool = await tables.entrants(notice.id)
    lists = pool_lists(notice, pool)
    hashed = pool_hash(notice.hash, lists, notice.suite)
    await tables.add_pool(notice.id, lists, hashed, now)
    until = now if notice.method == DIRECT else after_window(notice)
    await notices.advance(
        notice.id, NoticeAction.CLOSE, at=now, next_check_at=until, closed_at=now, pool_size=len(pool)
    )
    sealed = {}
    if is_quoted(notice.method):
        sealed["quotes"] = opening.sealed_hash(notice, await quotes.kept(notice.id))
    acts = [steps.act(notice, now, "pool.frozen", pool=hashed, count=len(pool), **sealed)]
    if len(pool) < notice.least:
        acts += await steps.fail(notice, "too_few", now)
    else:
        await steps.tell([each.organisation for each in pool], "pool_frozen", notice, now, pool=hashed, count=len(pool))
    await ledger.append_many(acts)
    return True


def after_window(notice: Step) -> datetime:
    """Return the first moment at which no secret can be revealed any more."""
    return notice.reveal_by + timedelta(microseconds=1)


def pool_lists(notice: Step, pool: list[Entrant]) -> list[dict[str, Any]]:
    """Return the notice's lists with their entries, each ascending by id; every weight is 1."""
    codes = sorted(each.uscc for each in pool)
    entries = {AGENCIES: codes, FACTORS: [str(factor) for factor in _factors(notice)]}
    labels = [announced["label"] for announced in notice.body.get("lists", ())] or [AGENCIES]
    return [{"label": label, "entries": [{"id": each, "w": 1} for each in entries[label]]} for label in labels]


def _factors(notice: Step) -> list[int]:
    return sorted(rulesets.get(notice.ruleset).price.benchmark_factors_percent)
