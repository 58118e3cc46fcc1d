"""
What publication reads around a draft, and the rows it writes.

Who qualifies is counted by the published conditions alone: admitted, every
chosen qualification verified and valid that day, a published guide.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from market import db
from market.kernel.times import local
from market.notices.rules.limits import Stated
from market.notices.rules.publication import ItemFacts, Times

_QUALIFIED: Final = (
    " from agency a where (a.state = 'admitted' or (a.state = 'suspended' and a.suspended_until <= $5))"
    " and a.uscc <> all($4)"
    " and exists (select from guide g where g.agency = a.id and g.item = $1 and g.state = 'published')"
    " and not exists (select from unnest($2::text[]) as wanted(code) where not exists ("
    "  select from qualification q where q.agency = a.id and q.code = wanted.code and q.verified_at is not null"
    "  and q.revoked_at is null and q.withdrawn_at is null and q.valid_until >= $3))"
)


@dataclass(frozen=True, slots=True)
class AgencyName:
    """An agency by its key, code and name."""

    id: int
    uscc: str
    name: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a notice asks of agencies: the item, qualifications, who is kept out, and when it is asked."""

    item_id: int
    qualifications: Sequence[str]
    kept_out: Sequence[str]
    now: datetime

    def parameters(self) -> tuple[object, ...]:
        """Give the parameters of the condition in SQL, in its order."""
        return self.item_id, list(self.qualifications), local(self.now).date(), list(self.kept_out), self.now


async def item_facts(item_id: int) -> ItemFacts:
    """Return the item's state and the last day of its basis."""
    row = await db.row("select state, valid_until from item where id = $1 for share", item_id)
    assert row is not None  # the notice's foreign key
    return ItemFacts(row["state"], row["valid_until"])


async def count_qualified(wanted: Wanted) -> int:
    """Count the agencies that could register under these conditions."""
    return int(await db.value("select count(*)" + _QUALIFIED, *wanted.parameters()))


async def qualified_organisations(wanted: Wanted) -> list[int]:
    """List the organisations of the agencies that could register, to tell them."""
    rows = await db.fetch("select a.organisation" + _QUALIFIED, *wanted.parameters())
    return [row["organisation"] for row in rows]


async def is_qualified(uscc: str, wanted: Wanted) -> bool:
    """Tell whether one agency could register under these conditions."""
    sql = "select exists (select" + _QUALIFIED + " and a.uscc = $6)"
    return bool(await db.value(sql, *wanted.parameters(), uscc))


async def agency_by_uscc(uscc: str) -> AgencyName | None:
    """Return an agency by its code, whatever its standing."""
    row = await db.row("select id, uscc, name from agency where uscc = $1", uscc)
    return AgencyName(**dict(row)) if row else None


async def stated_limits(division: str, qualifications: Collection[str], on: date) -> list[Stated]:
    """Return what the yearly table states for a place on a day: of each kind of limit the nearest and newest row."""
    rows = await db.fetch(
        "select distinct on (code) code, funds, limit_fen from statutory_limit where $1 like division_prefix || '%'"
        " and (qualification = '*' or qualification = any($2))"
        " and valid_from <= $3 and (valid_until is null or valid_until >= $3)"
        " order by code, length(division_prefix) desc, valid_from desc, limit_fen",
        division,
        list(qualifications),
        on,
    )
    return [Stated(row["code"], tuple(row["funds"]), row["limit_fen"]) for row in rows]


async def owner_sum(owner_id: int, item_id: int, since: datetime) -> int:
    """Add up the ceilings of an owner's notices of one item published since a moment and not given up."""
    found = await db.value(
        "select coalesce(sum(ceiling_fen), 0) from notice where owner = $1 and item = $2 and published_at >= $3"
        " and state not in ('withdrawn', 'failed', 'annulled')",
        owner_id,
        item_id,
        since,
    )
    return int(found)


async def failures_before(code: str | None) -> int:
    """Count the failed notices in the line of predecessors that begins at *code*."""
    found = await db.value(
        "with recursive line as (select code, predecessor, state from notice where code = $1"
        " union all select n.code, n.predecessor, n.state from notice n join line on n.code = line.predecessor)"
        " select count(*) from line where state = 'failed'",
        code,
    )
    return int(found)


async def publish(notice_id: int, times: Times, *, least: int, next_check_at: datetime, now: datetime) -> bool:
    """Open a draft with all its times; tell whether it still was one."""
    done = await db.execute(
        "update notice set state = 'open', published_at = $2, opens_at = $3, closes_at = $4, reveal_by = $5,"
        " draw_at = $6, least = $7, next_check_at = $8 where id = $1 and state = 'draft'",
        notice_id,
        now,
        times.opens_at,
        times.closes_at,
        times.reveal_by,
        times.draw_at,
        least,
        next_check_at,
    )
    return done == "UPDATE 1"


async def add_version(notice_id: int, number: int, body: str, digest: str, now: datetime) -> None:
    """Keep a published version to the byte, with its hash NH."""
    await db.execute(
        "insert into notice_version (notice, number, body, hash, published_at) values ($1, $2, $3, $4, $5)",
        notice_id,
        number,
        body,
        digest,
        now,
    )


async def version(notice_id: int) -> tuple[str, str] | None:
    """Return the last published version, its canonical text and hash."""
    row = await db.row(
        "select body, hash from notice_version where notice = $1 order by number desc limit 1", notice_id
    )
    return (row["body"], row["hash"]) if row else None
