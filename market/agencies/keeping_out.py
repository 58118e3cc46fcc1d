"""
What keeps an agency out: item suspensions, eliminations and their bars, as they are written and taken back.
"""

from datetime import date, datetime

from market import db
from market.agencies.states import AgencyState


async def suspend_item(agency_id: int, item_id: int, *, basis: str, now: datetime, until: datetime) -> None:
    """Close one item to an agency until a moment."""
    await db.execute(
        "insert into item_suspension (agency, item, basis, from_at, until_at) values ($1, $2, $3, $4, $5)",
        *(agency_id, item_id, basis, now, until),
    )


async def lift_items(agency_id: int, *, basis: str, now: datetime) -> None:
    """End the item suspensions one decision made."""
    await db.execute(
        "update item_suspension set ended_at = $3 where agency = $1 and basis = $2 and ended_at is null",
        *(agency_id, basis, now),
    )


async def eliminate(agency_id: int, before: AgencyState, *, reentry_on: date, now: datetime) -> bool:
    """Eliminate an agency that still stands where it stood; the database asks for the signed decision."""
    sql = """
    update agency set state = 'eliminated', eliminated_at = $3, reentry_on = $4, suspended_until = null,
      next_check_at = null where id = $1 and state = $2
    """
    return await db.execute(sql, agency_id, str(before), now, reentry_on) == "UPDATE 1"


async def close_application(agency_id: int, *, now: datetime) -> None:
    """Close the form check an agency waits for, without a finding: what ended it is not in its papers."""
    await db.execute(
        "update admission_check set outcome = 'returned', reasons = '[]', decided_at = $2"
        " where agency = $1 and outcome is null",
        *(agency_id, now),
    )
    await db.execute("update agency set check_due_at = null where id = $1", agency_id)


async def bar(agency_id: int, *, basis: str, since: datetime, now: datetime, until: date) -> int:
    """
    Keep an agency out, and whoever has its verified controller or legal representative; return how many are kept out.

    Whoever was that at a moment *since* counts, so that ending a declaration once one is told opens no door.
    """
    sql = """
    insert into agency_bar (agency, identifier, kind, basis, from_at, until_on)
    select a.id, a.uscc, 'uscc', $2, $3::timestamptz, $4::date from agency a where a.id = $1
    union select p.agency, p.identifier, p.kind, $2, $3::timestamptz, $4::date from related_party p
      where p.agency = $1 and p.verified and (p.ended_at is null or p.ended_at >= $5) and p.identifier is not null
        and p.kind in ('controller', 'legal_representative')
    """
    return int((await db.execute(sql, agency_id, basis, now, until, since)).rsplit(" ", 1)[1])


async def lift_bars(agency_id: int, *, basis: str, now: datetime) -> None:
    """Keep nobody out any more for one decision."""
    await db.execute(
        "update agency_bar set lifted_at = $3 where agency = $1 and basis = $2 and lifted_at is null",
        *(agency_id, basis, now),
    )


async def reinstate(agency_id: int, before: AgencyState, after: AgencyState, *, now: datetime) -> bool:
    """Admit again an agency whose measure was reversed, and lift its bars."""
    sql = """
    update agency set state = $3, eliminated_at = null, reentry_on = null, suspended_until = null,
      next_check_at = null where id = $1 and state = $2
    """
    await db.execute("update agency_bar set lifted_at = $2 where agency = $1 and lifted_at is null", agency_id, now)
    return await db.execute(sql, agency_id, str(before), str(after)) == "UPDATE 1"
