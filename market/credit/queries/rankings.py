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
    edition: int
    run: int
    state: RankingState
    drafted_at: datetime
    objections_until_at: datetime
    confirmed_at: datetime | None
    published_at: datetime | None
    recompute_asked_at: datetime | None
    confirmed_for: str | None
    result_hash: str
    inputs_hash: str
    ruleset: str
    agencies: int
    run_number: int


async def without() -> list[date]:
    """List the ends of quarters that were evaluated and have no ranking yet, oldest first."""
    sql = """
    select as_of from score_run r where number = 1 and date_trunc('quarter', as_of + 1) = as_of + 1
      and not exists (select from ranking k where k.slot = r.as_of) order by as_of
    """
    return [each["as_of"] for each in await fetch(sql)]


async def draft(slot: date, edition: int, run: int, archive: bytes, *, now: datetime, until: datetime) -> None:
    """Write the draft of an edition of a quarter's ranking."""
    sql = """
    insert into ranking (slot, edition, run, state, archive, drafted_at, objections_until_at)
    values ($1, $2, $3, 'drafted', $4, $5, $6)
    """
    await execute(sql, slot, edition, run, archive, now, until)


async def redraft(key: int, run: int, archive: bytes, *, now: datetime, until: datetime) -> None:
    """Let a draft cite another run of its day, with a period for objections of its own."""
    sql = """
    update ranking set run = $2, archive = $3, drafted_at = $4, objections_until_at = $5, recompute_asked_at = null
    where id = $1 and state = 'drafted'
    """
    await execute(sql, key, run, archive, now, until)


async def ask_again(key: int, at: datetime | None) -> None:
    """Note that a ranking is to be computed anew, or that it was."""
    await execute("update ranking set recompute_asked_at = $2 where id = $1", key, at)


_RANKING: Final = """
select r.id, r.slot, r.edition, r.run, r.state, r.drafted_at, r.objections_until_at, r.confirmed_at, r.published_at,
  r.recompute_asked_at, o.name as confirmed_for, s.result_hash, s.inputs_hash, s.ruleset, s.agencies,
  s.number as run_number
from ranking r join score_run s on s.id = r.run left join organisation o on o.id = r.confirmed_for
"""
_NEWEST: Final = " order by r.slot desc, r.edition desc"


async def ranking(slot: date, edition: int | None = None) -> RankingRow | None:
    """Return an edition of the ranking of a quarter, whatever its state; the newest if none is named."""
    sql = _RANKING + "where r.slot = $1 and ($2::int is null or r.edition = $2)" + _NEWEST + " limit 1"
    return _ranking(await row(sql, slot, edition))


async def latest(slot: date | None = None) -> RankingRow | None:
    """Return the published edition that counts, of a quarter or of the latest one."""
    sql = _RANKING + "where r.state = 'published' and ($1::date is null or r.slot = $1)" + _NEWEST + " limit 1"
    return _ranking(await row(sql, slot))


async def locked(slot: date) -> RankingRow | None:
    """Return the newest edition of the ranking of a quarter and keep others from moving it."""
    return _ranking(await row(_RANKING + "where r.slot = $1" + _NEWEST + " limit 1 for update of r", slot))


async def rankings(*states: RankingState) -> list[RankingRow]:
    """List the rankings in any of these states, newest first."""
    found = await fetch(_RANKING + "where r.state = any($1::text[])" + _NEWEST, [str(each) for each in states])
    return [made for each in found if (made := _ranking(each))]


async def asked_again() -> list[RankingRow]:
    """List the rankings to compute anew, the oldest quarter first; one that is just confirmed waits."""
    sql = (
        _RANKING
        + """
    where r.recompute_asked_at is not null and r.state <> 'confirmed'
      and not exists (select from ranking n where n.slot = r.slot and n.edition > r.edition)
    order by r.slot
    """
    )
    return [made for each in await fetch(sql) if (made := _ranking(each))]


async def since(agency: int, day: date) -> list[date]:
    """List the quarters ending on a day or after it whose ranking, drafted or further, holds an agency."""
    sql = """
    select distinct k.slot from ranking k join agency_score s on s.run = k.run
    where k.slot >= $2 and s.agency = $1 order by k.slot
    """
    return [each["slot"] for each in await fetch(sql, agency, day)]


async def archive(key: int) -> bytes | None:
    """Return the package of a published ranking."""
    found: bytes | None = await value("select archive from ranking where id = $1 and state = 'published'", key)
    return found


async def confirm(key: int, *, person: int, organisation: int, now: datetime) -> bool:
    """Confirm a drafted ranking."""
    sql = """
    update ranking set state = 'confirmed', confirmed_by = $2, confirmed_for = $3, confirmed_at = $4
    where id = $1 and state = 'drafted'
    """
    return await execute(sql, key, person, organisation, now) == "UPDATE 1"


async def publish(key: int, changes: list[dict[str, Any]], now: datetime) -> bool:
    """Publish a confirmed ranking with what changed since the one before."""
    sql = """
    update ranking set state = 'published', published_at = $2, changes = $3 where id = $1 and state = 'confirmed'
    """
    return await execute(sql, key, now, _json(changes)) == "UPDATE 1"


_PLACES: Final = """
select s.place, a.uscc, a.name as agency, a.division, s.total, s.grade, b.place as place_before,
  b.total as total_before, b.grade as grade_before, b.id is not null as ranked_before, count(*) over () as all_rows
from agency_score s join agency a on a.id = s.agency join ranking r on r.run = s.run
  left join lateral (select p.run from ranking p where p.state = 'published'
    and (p.slot, p.edition) < (r.slot, r.edition) order by p.slot desc, p.edition desc limit 1) before on true
  left join agency_score b on b.run = before.run and b.agency = s.agency
where r.id = $1 and ($2 = '' or strpos(a.name, $2) > 0 or a.uscc = $2) and ($3 = '' or s.grade = $3)
order by s.place nulls last, a.uscc collate "C"
"""


async def places(key: int, text: str = "", grade: str = "", *, limit: int, offset: int = 0) -> list[Record]:
    """Return the rows of a ranking by place, each beside the published one before."""
    return await fetch(_PLACES + " limit $4 offset $5", key, text, grade, limit, offset)


async def changed(key: int) -> list[dict[str, Any]]:
    """Return the agencies whose grade, total or place is not what the published ranking before said."""
    names = ("uscc", "agency", "place_before", "place", "total_before", "total", "grade_before", "grade")
    now, before = "(place, total, grade)", "(place_before, total_before, grade_before)"
    sql = f"select * from ({_PLACES}) p where {now} is distinct from {before}"
    return [{name: each[name] for name in names} for each in await fetch(sql, key, "", "")]


async def before(found: RankingRow) -> RankingRow | None:
    """Return the published ranking that another one is compared with."""
    sql = _RANKING + "where r.state = 'published' and (r.slot, r.edition) < ($1, $2)" + _NEWEST + " limit 1"
    return _ranking(await row(sql, found.slot, found.edition))


async def told(run: int) -> list[int]:
    """Return the organisations of every agency a run scored that is in the market."""
    sql = """
    select a.organisation from agency_score s join agency a on a.id = s.agency
    where s.run = $1 and a.state in ('admitted', 'suspended') order by 1
    """
    return [each["organisation"] for each in await fetch(sql, run)]


async def grades(run: int) -> dict[str, int]:
    """Count the agencies of a run by grade."""
    found = await fetch("select grade, count(*) as many from agency_score where run = $1 group by grade", run)
    return {each["grade"]: each["many"] for each in found}


async def regulators() -> list[int]:
    """Return the regulators that watch every trade somewhere."""
    rows = await fetch("select distinct organisation from regulator_scope where trade = '*'")
    return [each["organisation"] for each in rows]


def _ranking(found: Record | None) -> RankingRow | None:
    return RankingRow(**{**dict(found), "state": RankingState(found["state"])}) if found else None


def _json(held: Any) -> str:
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))
