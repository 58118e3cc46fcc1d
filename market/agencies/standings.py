"""
Whether agencies may act for an item: asked for one, for many, and for all of them.

The rule is `rules.item_standing`; `qualified` says the same in SQL for the
competition check, which may look at every agency of the market, and a test
holds the two together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from asyncpg import Record

from market import db
from market.agencies.rules import Held, KeptOut, Standing, item_standing
from market.agencies.states import AgencyState
from market.kernel.errors import Reason
from market.kernel.times import local

# $1 item, $2 now, $3 today: every needed qualification is held, verified, in force and within its last day.
_QUALIFIED = (
    "from agency a where (a.state = 'admitted' or (a.state = 'suspended' and a.suspended_until <= $2))"
    " and not exists (select from item_qualification n where n.item = $1 and not exists ("
    " select from qualification q where q.agency = a.id and q.code = n.code and q.verified_at is not null"
    " and q.revoked_at is null and q.withdrawn_at is null and q.valid_until >= $3))"
    " and not exists (select from item_suspension s where s.agency = a.id and s.item = $1 and s.ended_at is null"
    " and s.from_at <= $2 and s.until_at > $2) and not agency_is_barred(a.id, $2)"
)
# As `agency_is_barred` in the database: by the code, or by a verified controller or legal representative.
_KEPT_OUT = """
select s.agency, 'item_suspended' as code, s.from_at, s.until_at from item_suspension s
where s.agency = any($1::bigint[]) and s.item = $2 and s.ended_at is null
union all
select a.id, 'agency_barred', b.from_at, b.until_on::timestamp at time zone 'Asia/Shanghai'
from agency a join agency_bar b on b.lifted_at is null and ((b.kind = 'uscc' and b.identifier = a.uscc)
  or exists (select from related_party p where p.agency = a.id and p.verified and p.ended_at is null
    and p.kind in ('controller', 'legal_representative') and p.identifier = b.identifier))
where a.id = any($1::bigint[])
"""


async def kept_out(agency_ids: Sequence[int], item_id: int) -> dict[int, tuple[KeptOut, ...]]:
    """Return for each agency the decided spans in which it may not act for an item."""
    found: dict[int, list[KeptOut]] = {each: [] for each in agency_ids}
    for row in await db.fetch(_KEPT_OUT, list(agency_ids), item_id):
        found[row["agency"]].append(KeptOut(row["code"], row["from_at"], row["until_at"]))
    return {agency: tuple(spans) for agency, spans in found.items()}


async def standing_of_many(
    agency_ids: Sequence[int], item_id: int, needed: Collection[str], now: datetime
) -> dict[int, tuple[Reason, ...]]:
    """Return for each agency every reason it may not act for an item; an unknown agency is not in the answer."""
    ids = list(agency_ids)
    agencies = await db.fetch("select id, state, suspended_until from agency where id = any($1::bigint[])", ids)
    held = await db.fetch(
        "select agency, code, valid_until, verified_at, revoked_at from qualification"
        " where agency = any($1::bigint[]) and withdrawn_at is null and code = any($2::text[])",
        ids,
        list(needed),
    )
    spans = await kept_out(ids, item_id)
    by_agency: dict[int, list[Held]] = {agency["id"]: [] for agency in agencies}
    for row in held:
        by_agency[row["agency"]].append(
            Held(row["code"], row["valid_until"], row["verified_at"] is not None, row["revoked_at"] is not None)
        )
    return {
        each["id"]: item_standing(_standing(each, by_agency[each["id"]], spans[each["id"]]), needed, now)
        for each in agencies
    }


async def qualified(item_id: int, now: datetime) -> list[int]:
    """Return the keys of all agencies in good standing for an item."""
    rows = await db.fetch(f"select a.id {_QUALIFIED} order by a.id", item_id, now, local(now).date())
    return [row["id"] for row in rows]


async def count_qualified(item_id: int, now: datetime) -> int:
    """Return how many agencies are in good standing for an item."""
    found: int = await db.value(f"select count(*) {_QUALIFIED}", item_id, now, local(now).date())
    return found


def _standing(agency: Record, held: list[Held], spans: tuple[KeptOut, ...]) -> Standing:
    return Standing(AgencyState(agency["state"]), agency["suspended_until"], tuple(held), spans)
