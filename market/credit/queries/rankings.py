"""
What rankings read and write, from the draft to the rows of a published one.

Every query here takes the ranking of a slot whatever its state, unless it says
"published": the service decides who may read it.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.states import RankingState
from market.db import execute, fetch, row, value


@dataclass(frozen=True, slots=True)
class RankingRow:
    """A ranking without its archive."""

    id: int
    slot: date
    run: int
    state: RankingState
    drafted_at: datetime
    objections_until_at: datetime
    confirmed_at: datetime | None
    published_at: datetime | None
    confirmed_for: str | None
    result_hash: str
    inputs_hash: str
    ruleset: str
    agencies: int


async def draft(slot: date, run: int, archive: bytes, *, now: datetime, until: datetime) -> None:
    """Write the draft of a quarter's ranking."""
    sql = """
    insert into ranking (slot, run, state, archive, drafted_at, objections_until_at)
    values ($1, $2, 'drafted', $3, $4, $5)
    """
    await execute(sql, slot, run, archive, now, until)


_RANKING: Final = """
select r.id, r.slot, r.run, r.state, r.drafted_at, r.objections_until_at, r.confirmed_at, r.published_at,
  o.name as confirmed_for, s.result_hash, s.inputs_hash, s.ruleset, s.agencies
from ranking r join score_run s on s.id = r.run left join organisation o on o.id = r.confirmed_for
"""


async def ranking(slot: date) -> RankingRow | None:
    """Return the ranking of a quarter, whatever its state."""
    return _ranking(await row(_RANKING + "where r.slot = $1", slot))


async def locked(slot: date) -> RankingRow | None:
    """Return the ranking of a quarter and keep others from moving it."""
    return _ranking(await row(_RANKING + "where r.slot = $1 for update of r", slot))


async def rankings(*states: RankingState) -> list[RankingRow]:
    """List the rankings in any of these states, newest first."""
    found = await fetch(_RANKING + "where r.state = any($1::text[]) order by r.slot desc", [str(s) for s in states])
    return [made for each in found if (made := _ranking(each))]


async def archive(slot: date) -> bytes | None:
    """Return the package of a published ranking."""
    found: bytes | None = await value("select archive from ranking where slot = $1 and state = 'published'", slot)
    return found


async def confirm(slot: date, *, person: int, organisation: int, now: datetime) -> bool:
    """Confirm a drafted ranking."""
    sql = """
    update ranking set state = 'confirmed', confirmed_by = $2, confirmed_for = $3, confirmed_at = $4
    where slot = $1 and state = 'drafted'
    """
    return await execute(sql, slot, person, organisation, now) == "UPDATE 1"


async def publish(slot: date, changes: list[dict[str, Any]], now: datetime) -> bool:
    """Publish a confirmed ranking with what changed since the one before."""
    sql = """
    update ranking set state = 'published', published_at = $2, changes = $3 where slot = $1 and state = 'confirmed'
    """
    return await execute(sql, slot, now, _json(changes)) == "UPDATE 1"


_PLACES: Final = """
select s.place, a.uscc, a.name as agency, a.division, s.total, s.grade, b.place as place_before,
  b.total as total_before, b.grade as grade_before, b.id is not null as ranked_before, count(*) over () as all_rows
from agency_score s join agency a on a.id = s.agency join ranking r on r.run = s.run
  left join lateral (select p.run from ranking p where p.state = 'published' and p.slot < r.slot
    order by p.slot desc limit 1) before on true
  left join agency_score b on b.run = before.run and b.agency = s.agency
where r.slot = $1 and ($2 = '' or strpos(a.name, $2) > 0 or a.uscc = $2) and ($3 = '' or s.grade = $3)
order by s.place nulls last, a.uscc collate "C"
"""


async def places(slot: date, text: str = "", grade: str = "", *, limit: int, offset: int = 0) -> list[Record]:
    """Return the rows of a ranking by place, each beside the published one before."""
    return await fetch(_PLACES + " limit $4 offset $5", slot, text, grade, limit, offset)


async def changed(slot: date) -> list[dict[str, Any]]:
    """Return the agencies whose grade, total or place is not what the published ranking before said."""
    names = ("uscc", "place_before", "place", "total_before", "total", "grade_before", "grade")
    now, before = "(place, total, grade)", "(place_before, total_before, grade_before)"
    sql = f"select * from ({_PLACES}) p where {now} is distinct from {before}"
    return [{name: each[name] for name in names} for each in await fetch(sql, slot, "", "")]


async def told() -> list[int]:
    """Return the organisations of every agency in the market."""
    rows = await fetch("select organisation from agency where state in ('admitted', 'suspended')")
    return [each["organisation"] for each in rows]


async def regulators() -> list[int]:
    """Return the regulators that watch every trade somewhere."""
    rows = await fetch("select distinct organisation from regulator_scope where trade = '*'")
    return [each["organisation"] for each in rows]


def _ranking(found: Record | None) -> RankingRow | None:
    return RankingRow(**{**dict(found), "state": RankingState(found["state"])}) if found else None


def _json(held: Any) -> str:
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))
