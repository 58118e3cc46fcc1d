"""
The beacons and the draw (抽取): a pure function of rows that nobody can change any more.

Whoever computes it gets the same bytes, so that a worker that dies in the middle leaves nothing behind and another
finishes. The draw is never repeated: the database holds one per notice.

Basis: DESIGN §5; reference paper on trust, section 1.4.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from market.db import writing
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, Invalid, NotFound, NotReady
from market.ledger import service as ledger
from market.ledger.service import Act
from market.notices import service as notices
from market.notices.states import NoticeAction, NoticeState
from market.selection import methods
from market.selection.draw import draw as fair_draw
from market.selection.draw import is_beacon_value
from market.selection.methods.interface import Orders
from market.selection.service import steps
from market.selection.service.awarding import propose
from market.selection.service.freezing import DIRECT
from market.selection.service.opening import is_sealed, limits
from market.selection.tables import acts as tables
from market.selection.tables import quotes
from market.selection.tables.acts import Step

PRACTICE: Final = "practice"
LOOK_AGAIN: Final = timedelta(seconds=30)
LOOK_AGAIN_PRACTICE: Final = timedelta(seconds=1)


async def publish_beacon(kind: str, event: str, told: str, *, now: datetime) -> bool:
    """
    Write a beacon that happened; false when it is written already.

    A practice beacon is refused before its ``at`` and until the inputs of its notice are frozen.
    """
    if not is_beacon_value(kind, told):
        raise Invalid("beacon_value", field="value", kind=kind)
    async with writing():
        notice = await _practised(event, now) if kind == PRACTICE else None
        if not await tables.add_beacon(kind, event, told, now):
            if await tables.beacon(kind, event) != told:
                raise Conflict("beacon_differs", kind=kind, event=event)
            return False
        if notice is not None:
            await tables.check_again(notice.id, max(now, notice.draw_at))
        code = {"notice": notice.code, "hash": notice.hash} if notice else {}
        fields = {**code, "kind": kind, "event": event, "value": told}
        subject = notice.code if notice else beacon_subject(kind, event)
        await ledger.append("beacon.published", at=now, subject=subject, fields=fields)
        return True


async def miss_beacon(kind: str, event: str, *, now: datetime) -> bool:
    """Record that an announced event did not take place, so that its first alternative counts."""
    async with writing():
        if await tables.beacon(kind, event) is not None:
            raise Conflict("beacon_happened", kind=kind, event=event)
        if await _missed(kind, event):
            return False
        fields = {"kind": kind, "event": event}
        await ledger.append("beacon.missed", at=now, subject=beacon_subject(kind, event), fields=fields)
        return True


async def draw(notice_id: int, *, now: datetime) -> bool:
    """Draw a notice whose beacons have happened; false when it is not the moment."""
    async with writing():
        return await draw_locked(await steps.lock(notice_id), now)


async def draw_locked(notice: Step, now: datetime) -> bool:
    """Do the draw inside the transaction of the caller: result, order, and the first proposal."""
    if notice.state != NoticeState.OPENING:
        return False
    if await is_sealed(notice):
        return False
    if notice.method != DIRECT and now < notice.draw_at:
        await tables.check_again(notice.id, notice.draw_at)
        return False
    await steps.refuse_clock_backwards(now)
    found = await _beacons(notice, now)
    if found is None:
        await tables.check_again(notice.id, now + (LOOK_AGAIN_PRACTICE if notice.practice else LOOK_AGAIN))
        return False
    happened, acts = found
    bundle, order = await _computed(notice, happened)
    await tables.add_draw(notice.id, bundle, bundle["result_hash"], now)
    await notices.advance(notice.id, NoticeAction.DRAW, at=now, next_check_at=None, drawn_at=now)
    await tables.place(notice.id, order)
    chosen = {"selection": digest(bundle["selection"], notice.suite)} if "selection" in bundle else {}
    acts += [steps.act(notice, now, "draw.result", result=bundle["result_hash"], **chosen)]
    acts += await propose(notice, now)
    await ledger.append_many(acts)
    return True


async def _computed(notice: Step, happened: list[dict[str, str]]) -> tuple[dict[str, Any], Sequence[str]]:
    """Return the bundle anyone recomputes, and the registrants in order, winner first."""
    frozen, fixed = await tables.pool(notice.id), await tables.inputs(notice.id)
    if frozen is None or fixed is None:
        raise RuntimeError(f"notice {notice.code} is opening without pool or inputs")
    (lists, hashed), (secrets, _) = frozen, fixed
    inputs = {"notice": dict(notice.body), "lists": lists, "secrets": secrets, "beacons": happened}
    if notice.method == DIRECT:
        ranking = await _ranking(notice, {})
        result: dict[str, Any] = {"d": "selection/1 result", "notice": notice.hash, "pool": hashed, "method": DIRECT}
        result["winner"] = next(iter(ranking), None)
        return {**inputs, "result": result, "result_hash": digest(result, notice.suite)}, ranking
    drawn = fair_draw(notice.body, lists, secrets, happened)
    found = {**inputs, "result": drawn.result, "result_hash": drawn.result_hash}
    ranking = await _ranking(notice, drawn.orders())
    opened = await quotes.opening(notice.id)
    return found | (_selected(notice, found, opened, ranking) if opened else {}), ranking


def _selected(
    notice: Step, found: dict[str, Any], opened: tuple[dict[str, Any], str], ranking: Sequence[str]
) -> dict[str, Any]:
    """Return what a bundle holds besides the draw when quotes decide: the opening log, and the order by price."""
    log, hashed = opened
    fens = {part["agency"]: part["fen"] for part in log["quotes"]}
    result = {"d": "selection/1 result", "notice": notice.hash, "pool": log["pool"], "method": notice.method}
    result |= {"draw": found["result_hash"], "opening": hashed}
    result["ranking"] = [{"agency": uscc, "fen": fens[uscc]} for uscc in ranking]
    return {"opening": log, "selection": result}


async def _ranking(notice: Step, orders: Orders) -> Sequence[str]:
    """Let the notice's method rank its registrants, winner first; nobody is ranked when it finds no winner."""
    direct = notice.body.get("direct") or {}
    parameters = {
        "price_fen": notice.body["ceiling_fen"],
        "floor_fen": limits(notice)[0],
        "least": notice.least,
        "ground": direct.get("ground"),
        "agency": notice.direct_uscc,
    }
    entered = [
        methods.Entrant(each.uscc, quote_fen=each.quote_fen, guide_max_fen=each.guide_max_fen)
        for each in await tables.entrants(notice.id)
    ]
    return methods.BY_CODE[notice.method].choose(entered, parameters, orders).ranking


async def _beacons(notice: Step, now: datetime) -> tuple[list[dict[str, str]], list[Act]] | None:
    """
    Return the first event of each announced beacon that took place, or nothing while one is still to come.

    A public beacon serves many notices; the entries say for this one which events were missed and which counted.
    """
    happened: list[dict[str, str]] = []
    acts: list[Act] = []
    for announced in notice.body.get("beacons", ()):
        kind = announced["kind"]
        for event in (announced["event"], *announced.get("else", ())):
            told = await tables.beacon(kind, event)
            if told is not None:
                break
            if not await _missed(kind, event):
                return None
            acts.append(steps.act(notice, now, "beacon.missed", kind=kind, event=event))
        else:
            return None
        happened.append({"kind": kind, "event": event, "value": told})
        if kind != PRACTICE:
            acts.append(steps.act(notice, now, "beacon.published", kind=kind, event=event, value=told))
    return happened, acts


async def _practised(event: str, now: datetime) -> Step:
    """Lock the practice notice a beacon belongs to, and refuse a beacon that comes too early."""
    notice_id = await tables.id_of(event.rpartition(".")[0])
    if notice_id is None:
        raise NotFound("beacon_not_announced")
    notice = await steps.lock(notice_id)
    found = [each for each in notice.body.get("beacons", ()) if (each["kind"], each["event"]) == (PRACTICE, event)]
    if not found or not notice.practice:
        raise NotFound("beacon_not_announced")
    fixed = await tables.inputs(notice.id)
    if fixed is None or now <= fixed[1]:
        raise NotReady("inputs_not_frozen", notice=notice.code)
    if now < datetime.fromisoformat(found[0]["at"]):
        raise NotReady("beacon_early", notice=notice.code)
    return notice


async def _missed(kind: str, event: str) -> bool:
    return any(entry.type == "beacon.missed" for entry in await ledger.entries_of(beacon_subject(kind, event)))


def beacon_subject(kind: str, event: str) -> str:
    """Return the ledger subject of a beacon that serves more than one notice."""
    return f"{kind}/{event}"
