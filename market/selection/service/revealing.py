"""
The secrets of the keepers, and the freeze of the inputs, before anybody can know the beacon.

Not revealing gains nothing: the secret counts as null, which is fixed while the beacon is still unknown. That is why
inputs frozen too late end the selection instead of being drawn.

Basis: reference paper on trust, sections 1.4 and 1.6.
"""

from datetime import datetime
from typing import Any

from market.db import writing
from market.kernel.errors import Invalid, MoveRefused, NotFound
from market.ledger import service as ledger
from market.notices import service as notices
from market.notices.rules.methods import is_quoted
from market.notices.states import NoticeAction, NoticeState
from market.selection.draw import HEX64, commitment, secrets_hash
from market.selection.service import steps
from market.selection.service.freezing import after_window
from market.selection.tables import acts as tables
from market.selection.tables.acts import Step


async def reveal(keeper: str, notice_id: int, secret: str, *, now: datetime) -> bool:
    """
    Publish a keeper's secret after the freeze of the pool and until ``reveal_by``, that moment included.

    False when it is published already.
    """
    async with writing():
        notice = await steps.lock(notice_id)
        if notice.state != NoticeState.CLOSED or now > notice.reveal_by:
            raise MoveRefused("reveal_not_now", notice=notice.code)
        promised = _commitments(notice).get(keeper)
        if promised is None:
            raise NotFound("keeper_not_committed")
        if not HEX64.fullmatch(secret) or commitment(notice.code, keeper, secret, notice.suite) != promised:
            raise Invalid("secret_mismatch", field="secret", keeper=keeper)
        if not await tables.add_secret(notice.id, keeper, secret, now):
            return False
        if set(_commitments(notice)) <= set(await tables.secrets(notice.id)):
            await tables.check_again(notice.id, now)
        await ledger.append_many([steps.act(notice, now, "secret.revealed", keeper=keeper)])
        return True


async def freeze_inputs(notice_id: int, *, now: datetime) -> bool:
    """Fix which secrets count once all are in or the window has passed; false when it is not the moment."""
    async with writing():
        return await freeze_inputs_locked(await steps.lock(notice_id), now)


async def freeze_inputs_locked(notice: Step, now: datetime) -> bool:
    """Do the freeze of the inputs inside the transaction of the caller."""
    if notice.state != NoticeState.CLOSED:
        return False
    keepers, found = _commitments(notice), await tables.secrets(notice.id)
    if not set(keepers) <= set(found) and now <= notice.reveal_by:
        await tables.check_again(notice.id, after_window(notice))
        return False
    await steps.refuse_clock_backwards(now)
    if await _too_late(notice, now):
        acts = await steps.fail(notice, "inputs_late", now)
    else:
        counted: list[dict[str, Any]] = [{"by": keeper, "secret": found.get(keeper)} for keeper in keepers]
        hashed = secrets_hash(notice.hash, counted, notice.suite)
        await tables.add_inputs(notice.id, counted, hashed, now)
        # Quotes are opened at once, so that a draw that is due finds them open.
        until = max(now, notice.draw_at) if keepers and not is_quoted(notice.method) else now
        await notices.advance(notice.id, NoticeAction.FREEZE_INPUTS, at=now, next_check_at=until, inputs_frozen_at=now)
        acts = [steps.act(notice, now, "inputs.frozen", secrets=hashed)]
    await ledger.append_many(acts)
    return True


async def _too_late(notice: Step, now: datetime) -> bool:
    """Tell whether a beacon may be known already; a practice beacon waits for the inputs by itself."""
    for announced in notice.body.get("beacons", ()):
        if not notice.practice and now >= notice.draw_at:
            return True
        if await tables.beacon(announced["kind"], announced["event"]) is not None:
            return True
    return False


def _commitments(notice: Step) -> dict[str, str]:
    return {promise["by"]: promise["commit"] for promise in notice.body.get("commits", ())}
