"""
The public lists of agencies, one statement each.

Only agencies that are or were in the market are shown: an application is
nobody's business but its own. What is personal never enters a list.
"""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from market import db
from market.kernel.divisions import prefix
from market.kernel.times import local


@dataclass(frozen=True, slots=True)
class AgencyQuery:
    """What a reader asks of the list; empty means everything."""

    item: str = ""
    division: str = ""
    standing: str = ""
    word: str = ""


async def listed(query: AgencyQuery, now: datetime, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return the agencies that answer a query; with an item, those in good standing for it or with a guide for it."""
    return await db.fetch(
        "select a.uscc, a.name, a.division, a.state, a.admitted_at, a.left_at,"
        " (select count(*) from guide g where g.agency = a.id and g.state = 'published') as guides,"
        " (select count(distinct q.code) from qualification q where q.agency = a.id and q.verified_at is not null"
        "   and q.revoked_at is null and q.withdrawn_at is null and q.valid_until >= $5) as qualifications,"
        " count(*) over () as total from agency a"
        " where a.admitted_at is not null and a.state in ('admitted','suspended','eliminated','left')"
        " and ($1 = '' or exists (select from guide g join item i on i.id = g.item where g.agency = a.id"
        "   and i.code = $1 and g.state = 'published'))"
        " and ($2 = '' or starts_with(a.division, $2)) and ($3 = '' or a.state = $3)"
        " and ($4 = '' or strpos(a.name, $4) > 0 or strpos(a.uscc, upper($4)) > 0)"
        " order by a.state in ('eliminated','left'), a.name, a.id limit $6 offset $7",
        query.item,
        prefix(query.division) if query.division else "",
        query.standing,
        query.word,
        local(now).date(),
        limit,
        offset,
    )


async def counts() -> dict[str, int]:
    """Return how many agencies stand in each state."""
    rows = await db.fetch("select state, count(*) as many from agency where admitted_at is not null group by state")
    return {row["state"]: row["many"] for row in rows}


async def items_of(agency_id: int) -> list[Record]:
    """Return the items an agency has to do with: those it guides, and those its qualifications are asked for."""
    return await db.fetch(
        "with guided as (select item from guide where agency = $1 and state = 'published'),"
        " asked as (select n.item from item_qualification n join qualification q on q.code = n.code"
        "   where q.agency = $1 and q.withdrawn_at is null)"
        " select i.id, i.code, i.name, i.state, i.id in (select item from guided) as guided from item i"
        " where i.state in ('listed','mandatory','government_paid')"
        " and i.id in (select item from guided union select item from asked) order by i.code limit 200",
        agency_id,
    )


async def guides_of(agency_id: int) -> list[Record]:
    """Return the published guides of an agency."""
    return await db.fetch(
        "select i.code, i.name, g.version, g.time_limit_days, g.fee_kind, g.fee_max_fen, g.published_at from guide g"
        " join item i on i.id = g.item where g.agency = $1 and g.state = 'published' order by i.code",
        agency_id,
    )


async def checks_of(agency_id: int) -> list[Record]:
    """Return the form checks of an agency that were decided, the newest first."""
    return await db.fetch(
        "select number, submitted_at, due_at, outcome, decided_at from admission_check where agency = $1"
        " and outcome is not null order by number desc",
        agency_id,
    )
