"""
What reviews read and write.

Only `sealed_of` and `own_sealed` touch what is sealed: the former for the
reveal, the latter for the party that wrote it. Every public query names the
states it may show.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from market.contracts.states import Side
from market.db import execute, fetch, row, value
from market.kernel.roles import Scope
from market.reviews.rules import FollowUp
from market.reviews.states import Dimension, ReviewState


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review as its acts see it."""

    id: int
    contract: int
    side: Side
    state: ReviewState
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a side said, with the salt and the hash of its receipt."""

    document: Mapping[str, Any]
    salt: str
    hash: str


async def add_both(contract_id: int, opened_at: datetime, closes_at: datetime) -> bool:
    """Open both reviews of a contract; false if they are open."""
    done = await execute(
        "insert into review (contract, side, state, opened_at, closes_at, next_check_at)"
        " select $1, side, 'open', $2, $3, $3 from unnest(array['owner', 'agency']) side"
        " on conflict (contract, side) do nothing",
        contract_id,
        opened_at,
        closes_at,
    )
    return done == "INSERT 0 2"


async def locked(contract_id: int) -> dict[Side, ReviewRow]:
    """Lock both reviews of a contract."""
    rows = await fetch(
        "select id, contract, side, state, closes_at from review where contract = $1 order by id for update",
        contract_id,
    )
    return {
        Side(each["side"]): ReviewRow(
            each["id"], each["contract"], Side(each["side"]), ReviewState(each["state"]), each["closes_at"]
        )
        for each in rows
    }


async def mark_submitted(review_id: int) -> bool:
    """Move a review that is open; false if it is not."""
    sql = "update review set state = 'submitted' where id = $1 and state = 'open'"
    return await execute(sql, review_id) == "UPDATE 1"


async def seal(review_id: int, sealed: Sealed, person: int, now: datetime) -> None:
    """Keep what a side said."""
    await execute(
        "insert into sealed_review (review, document, salt, hash, submitted_by, submitted_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        review_id,
        json.dumps(sealed.document, ensure_ascii=False),
        sealed.salt,
        sealed.hash,
        person,
        now,
    )


async def sealed_of(review_id: int) -> Sealed | None:
    """Return what a side said, for the reveal."""
    found = await row("select document, salt, hash from sealed_review where review = $1", review_id)
    return Sealed(json.loads(found["document"]), found["salt"], found["hash"]) if found else None


async def own_sealed(number: str, side: Side) -> Sealed | None:
    """Return what a side said, for that side itself."""
    found = await row(
        "select s.document, s.salt, s.hash from sealed_review s join review r on r.id = s.review"
        " join contract c on c.id = r.contract where c.number = $1 and r.side = $2",
        number,
        side,
    )
    return Sealed(json.loads(found["document"]), found["salt"], found["hash"]) if found else None


async def reveal(review_id: int, stars: Mapping[Dimension, int], words: str, hashed: str, now: datetime) -> bool:
    """Reveal a review that was submitted."""
    done = await execute(
        "update review set state = 'revealed', quality = $2, timeliness = $3, fees = $4, conduct = $5, attitude = $6,"
        " words = $7, sealed_hash = $8, revealed_at = $9, next_check_at = null where id = $1 and state = 'submitted'",
        review_id,
        *(stars.get(dimension) for dimension in Dimension),
        words,
        hashed,
        now,
    )
    return done == "UPDATE 1"


async def pass_over(review_id: int, now: datetime) -> bool:
    """Let a review that nobody wrote count as nothing."""
    done = await execute(
        "update review set state = 'neutral', revealed_at = $2, next_check_at = null where id = $1 and state = 'open'",
        review_id,
        now,
    )
    return done == "UPDATE 1"


async def due(now: datetime) -> str | None:
    """Return the contract whose reviews have waited longest for their reveal."""
    found: str | None = await value(
        "select c.number from review r join contract c on c.id = r.contract where r.next_check_at <= $1"
        " order by r.next_check_at, r.id limit 1",
        now,
    )
    return found


async def check_again(contract_id: int, at: datetime) -> None:
    """Let the worker look at the reviews of a contract again at *at*."""
    await execute(
        "update review set next_check_at = $2 where contract = $1 and next_check_at is not null", contract_id, at
    )


async def regulators(division: str, trade: str) -> list[int]:
    """List the regulators in whose scope a matter lies."""
    rows = await fetch("select organisation, division, trade from regulator_scope order by organisation")
    covering = (
        each["organisation"]
        for each in rows
        if Scope(each["division"], None if each["trade"] == "*" else each["trade"]).covers(division, trade)
    )
    return list(dict.fromkeys(covering))


async def add_follow_up(review_id: int, due_at: datetime) -> None:
    """Let a regulator look into a poor review."""
    await execute(
        "insert into review_follow_up (review, due_at) values ($1, $2) on conflict (review) do nothing",
        review_id,
        due_at,
    )


async def follow_ups(done: bool, limit: int = 500) -> list[Record]:
    """List poor reviews that wait for a follow-up, the most urgent first, or those followed up, the newest first."""
    order = "f.done_at desc" if done else "f.due_at"
    return await fetch(
        "select f.id, f.due_at, f.done_at, f.outcome, f.words as found, r.side, r.quality, r.timeliness, r.fees,"
        " r.conduct, r.attitude, r.words, r.revealed_at, c.number, n.title, n.division, n.trade, c.owner,"
        " o.name as owner_name, a.organisation as agency, a.name as agency_name from review_follow_up f"
        " join review r on r.id = f.review join contract c on c.id = r.contract join notice n on n.id = c.notice"
        " join organisation o on o.id = c.owner join agency a on a.id = c.agency"
        f" where (f.done_at is not null) = $1 order by {order}, f.id limit $2",
        done,
        limit,
    )


async def follow_up(number: int) -> Record | None:
    """Lock one follow-up and return it with its contract."""
    await execute("select from review_follow_up where id = $1 for update", number)
    return await row(
        "select f.id, f.due_at, f.done_at, r.side, c.number, n.title, n.division, n.trade, c.owner,"
        " a.organisation as agency from review_follow_up f join review r on r.id = f.review"
        " join contract c on c.id = r.contract join notice n on n.id = c.notice join agency a on a.id = c.agency"
        " where f.id = $1",
        number,
    )


async def finish_follow_up(number: int, found: FollowUp, *, regulator: int, person: int, now: datetime) -> bool:
    """Write down what came of a follow-up, once."""
    done = await execute(
        "update review_follow_up set done_at = $2, outcome = $3, words = $4, regulator = $5, person = $6"
        " where id = $1 and done_at is null",
        number,
        now,
        found.outcome,
        found.words,
        regulator,
        person,
    )
    return done == "UPDATE 1"


async def shown(number: str) -> list[Record]:
    """
    List what anybody may know of the reviews of a contract: sides and period, and what is revealed.

    A review that is open and one that is submitted give the same row.
    """
    return await fetch(
        "select r.side, case when r.state in ('open','submitted') then 'open' else r.state end as state, r.closes_at,"
        " r.quality, r.timeliness, r.fees, r.conduct, r.attitude, r.sealed_hash, r.revealed_at"
        " from review r join contract c on c.id = r.contract where c.number = $1 order by r.id",
        number,
    )


async def words(number: str) -> dict[str, str]:
    """Return the words of revealed reviews, for the two parties and supervision."""
    rows = await fetch(
        "select r.side, r.words from review r join contract c on c.id = r.contract"
        " where c.number = $1 and r.state = 'revealed' and coalesce(r.words, '') <> ''",
        number,
    )
    return {each["side"]: each["words"] for each in rows}


async def open_of(organisation: int, side: Side, now: datetime, limit: int) -> list[Record]:
    """List the contracts that an organisation may still review, the most urgent first."""
    party = "c.owner" if side is Side.OWNER else "a.organisation"
    return await fetch(
        "select c.number, n.title, r.closes_at from review r join contract c on c.id = r.contract"
        " join notice n on n.id = c.notice join agency a on a.id = c.agency"
        f" where {party} = $1 and r.side = $2 and r.state = 'open' and r.closes_at > $3 order by r.closes_at limit $4",
        organisation,
        side,
        now,
        limit,
    )
