"""
What a signed decision does to an agency, and what an appeal that was upheld undoes.

Each is called within the transaction of the decision's own act, whose lock
and whose log they share: they return entries and append nothing. What a
decision says is not asked here; the database asks it once more.

Basis: DESIGN §7.
"""

from datetime import date, datetime

from asyncpg import Record

from market import db
from market.agencies import queries
from market.agencies.service.found import subject
from market.agencies.states import AgencyState
from market.kernel.errors import MoveRefused, NotFound
from market.kernel.times import local, rfc3339
from market.ledger.service import Act


async def suspend_within(agency_id: int, until: datetime, basis: str, now: datetime) -> list[Act]:
    """Suspend an agency for everything; one that is suspended already stays so until the later end."""
    agency = await _held(agency_id)
    if agency["state"] == AgencyState.ADMITTED:
        await _move(agency, AgencyState.SUSPENDED)
    elif agency["state"] != AgencyState.SUSPENDED:
        raise MoveRefused(agency=agency["uscc"])
    last = max(until, agency["suspended_until"] or until)
    await queries.stamp(agency_id, "suspended_until", last)
    await queries.stamp(agency_id, "next_check_at", last)
    return [_act(agency, "agency.suspended", now, until=rfc3339(last), basis=basis)]


async def suspend_item_within(agency_id: int, item_id: int, until: datetime, basis: str, now: datetime) -> list[Act]:
    """Suspend an agency for one item; it ends by itself."""
    agency = await _held(agency_id)
    await db.execute(
        "insert into item_suspension (agency, item, basis, from_at, until_at) values ($1, $2, $3, $4, $5)",
        *(agency_id, item_id, basis, now, until),
    )
    return [_act(agency, "agency.item_suspended", now, item=item_id, until=rfc3339(until), basis=basis)]


async def eliminate_within(agency_id: int, *, reentry_on: date, basis: str, now: datetime) -> list[Act]:
    """Eliminate an agency, and bar it and whoever has its verified controller or legal representative."""
    agency = await _held(agency_id)
    if agency["state"] not in (AgencyState.ADMITTED, AgencyState.SUSPENDED):
        raise MoveRefused(agency=agency["uscc"])
    await db.execute(
        "update agency set state = 'eliminated', eliminated_at = $2, reentry_on = $3, suspended_until = null,"
        " next_check_at = null where id = $1",
        *(agency_id, now, reentry_on),
    )
    await db.execute(
        "insert into agency_bar (agency, identifier, kind, basis, from_at, until_on)"
        " select $1, uscc, 'uscc', $2, $3::timestamptz, $4::date from agency where id = $1 union"
        " select $1, identifier, kind, $2, $3::timestamptz, $4::date from related_party where agency = $1 and verified"
        " and ended_at is null and kind in ('controller', 'legal_representative') and coalesce(identifier, '') <> ''",
        *(agency_id, basis, now, reentry_on),
    )
    return [_act(agency, "agency.eliminated", now, reentry_on=reentry_on.isoformat(), basis=basis)]


async def reinstate_within(agency_id: int, *, basis: str, now: datetime) -> list[Act]:
    """Undo what a decision did: its bars and item suspensions end, and an agency it kept out or suspended is back."""
    agency = await _held(agency_id)
    mine = "where agency = $1 and basis = $2"
    await db.execute(f"update agency_bar set lifted_at = $3 {mine} and lifted_at is null", agency_id, basis, now)
    await db.execute(f"update item_suspension set ended_at = $3 {mine} and ended_at is null", agency_id, basis, now)
    if agency["state"] == AgencyState.ELIMINATED:
        await db.execute(
            "update agency set state = 'admitted', eliminated_at = null, reentry_on = null where id = $1", agency_id
        )
    elif agency["state"] == AgencyState.SUSPENDED:
        await _move(agency, AgencyState.ADMITTED)
        await queries.stamp(agency_id, "suspended_until", None)
        await queries.stamp(agency_id, "next_check_at", None)
    return [_act(agency, "agency.reinstated", now, basis=basis, on=local(now).date().isoformat())]


async def lift_item_within(agency_id: int, *, basis: str, now: datetime) -> list[Act]:
    """End the suspension of one item early."""
    agency = await _held(agency_id)
    mine = "where agency = $1 and basis = $2 and ended_at is null"
    await db.execute(f"update item_suspension set ended_at = $3 {mine}", agency_id, basis, now)
    return [_act(agency, "agency.item_resumed", now, basis=basis)]


async def _held(agency_id: int) -> Record:
    found = await queries.locked_by_id(agency_id)
    if found is None:
        raise NotFound
    return found


async def _move(agency: Record, after: AgencyState) -> None:
    if not await queries.move(agency["id"], AgencyState(agency["state"]), after):
        raise MoveRefused(agency=agency["uscc"])


def _act(agency: Record, kind: str, now: datetime, **fields: str | int) -> Act:
    return Act(kind, now, subject(agency["uscc"]), {"uscc": agency["uscc"], **fields})
