"""
What a decided measure does to an agency, within the transaction of whoever executes the decision.

Each function returns the entries to be logged last; none knows why. The
database asks for the signed decision behind an elimination, and for the upheld
appeal behind a return. Leaving is no way around a measure: it binds who has
left, and who applies again, as it binds everybody.

Basis: DESIGN §7.
"""

from datetime import date, datetime
from typing import Any

from asyncpg import Record

from market.agencies import keeping_out, queries
from market.agencies.rules import was_outside
from market.agencies.service.found import subject
from market.agencies.states import AGENCY, AgencyAction, AgencyState
from market.kernel.errors import MoveRefused, NotFound
from market.kernel.roles import SYSTEM, Actor
from market.kernel.times import rfc3339
from market.ledger.service import Act
from market.messages import service as messages


async def suspend_within(
    agency_id: int, *, until: datetime, basis: str, now: datetime, actor: Actor = SYSTEM
) -> list[Act]:
    """
    Suspend an agency for all items until a moment; one that is suspended already stays so until the later end.

    One that is outside the market is suspended once it is admitted again before that end.
    """
    agency = await _locked(agency_id)
    if agency["state"] == AgencyState.ADMITTED:
        await _move(agency, AgencyAction.SUSPEND, actor)
    ends = max(until, agency["suspended_until"] or until)
    await queries.stamp(agency_id, "suspended_until", ends)
    await queries.stamp(agency_id, "next_check_at", ends)
    return [await _told(agency, "suspended", now, until=rfc3339(ends), basis=basis)]


async def suspend_item_within(agency_id: int, item_id: int, *, until: datetime, basis: str, now: datetime) -> list[Act]:
    """Close one item to an agency until a moment."""
    agency = await _locked(agency_id)
    await keeping_out.suspend_item(agency_id, item_id, basis=basis, now=now, until=until)
    return [await _told(agency, "item_suspended", now, item=item_id, until=rfc3339(until), basis=basis)]


async def eliminate_within(
    agency_id: int, *, reentry_on: date, basis: str, since: datetime, now: datetime
) -> list[Act]:
    """
    Eliminate an agency, and keep out whoever has its verified controller or legal representative of then or *since*.

    One that is eliminated already stays so until the later day; a form check it waits for is closed.
    """
    agency = await _locked(agency_id)
    before = AgencyState(agency["state"])
    if before is AgencyState.ELIMINATED:
        await queries.stamp(agency_id, "reentry_on", max(reentry_on, agency["reentry_on"]))
    else:
        AGENCY.decide(before, AgencyAction.ELIMINATE, SYSTEM.role)
        if not await keeping_out.eliminate(agency_id, before, reentry_on=reentry_on, now=now):
            raise MoveRefused
        await keeping_out.close_application(agency_id, now=now)
    await keeping_out.bar(agency_id, basis=basis, since=since, now=now, until=reentry_on)
    return [await _told(agency, "eliminated", now, reentry_on=reentry_on.isoformat(), basis=basis)]


async def lift_items_within(agency_id: int, *, basis: str, now: datetime) -> list[Act]:
    """Open again the items one decision had closed."""
    agency = await _locked(agency_id)
    await keeping_out.lift_items(agency_id, basis=basis, now=now)
    return [await _told(agency, "items_opened", now, basis=basis)]


async def reinstate_within(agency_id: int, *, basis: str, now: datetime) -> list[Act]:
    """
    Undo a suspension of all items or an elimination: the agency stands where it stood, and nobody is kept out for it.

    Who had left before it was eliminated has left still: an appeal admits nobody.
    """
    agency = await _locked(agency_id)
    before = AgencyState(agency["state"])
    had_left = before is AgencyState.ELIMINATED and was_outside(agency["admitted_at"], agency["left_at"])
    action = AgencyAction.REINSTATE_LEFT if had_left else AgencyAction.REINSTATE
    after = AGENCY.decide(before, action, SYSTEM.role)
    if not await keeping_out.reinstate(agency_id, before, after, now=now):
        raise MoveRefused
    return [await _told(agency, "reinstated", now, basis=basis)]


async def shorten_within(
    agency_id: int, *, until: datetime, reentry_on: date | None, basis: str, now: datetime
) -> list[Act]:
    """Keep an agency out no longer than the measures that are left say, once the one of *basis* is undone."""
    agency = await _locked(agency_id)
    if reentry_on is not None:
        await keeping_out.lift_bars(agency_id, basis=basis, now=now)
        await queries.stamp(agency_id, "reentry_on", reentry_on)
        return [await _told(agency, "eliminated", now, reentry_on=reentry_on.isoformat(), basis=basis)]
    await queries.stamp(agency_id, "suspended_until", until)
    await queries.stamp(agency_id, "next_check_at", until)
    return [await _told(agency, "suspended", now, until=rfc3339(until), basis=basis)]


async def end_suspension_within(agency_id: int) -> None:
    """Let an agency outside the market come back without the suspension that waited for it."""
    await _locked(agency_id)
    await queries.stamp(agency_id, "suspended_until", None)


async def _locked(agency_id: int) -> Record:
    found = await queries.locked_by_id(agency_id)
    if found is None:
        raise NotFound
    return found


async def _move(agency: Record, action: AgencyAction, actor: Actor) -> None:
    before = AgencyState(agency["state"])
    if not await queries.move(agency["id"], before, AGENCY.decide(before, action, actor.role)):
        raise MoveRefused


async def _told(agency: Record, what: str, now: datetime, **fields: Any) -> Act:
    about = subject(agency["uscc"])
    await messages.tell(agency["organisation"], f"agency_{what}", at=now, subject=about, **fields)
    return Act(f"agency.{what}", now, about, {"uscc": agency["uscc"], **fields})
