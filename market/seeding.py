"""
What a market has before anybody acts: the working-day table, the statutory limits, and on request the catalogue.

Runs as `market_owner` after every migration. Rows that exist are left alone:
the operator may have corrected a holiday or a limit meanwhile.
"""

from datetime import date, datetime
from typing import Final

import asyncpg

from market.catalogue.seed import SeedItem, load
from market.catalogue.seed.entries import item_acts, item_row
from market.kernel import rulesets
from market.kernel.calendar import seed
from market.kernel.canonical import canonical
from market.kernel.divisions import prefix
from market.kernel.rulesets.schema import Limit
from market.kernel.times import rfc3339

_EVERY_ITEM: Final = "*"

LimitRow = tuple[str, str, str, list[str], int, str, date, date | None]


async def seed_rules(url: str) -> None:
    """Add the holidays and limits that are missing."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "market seeding"})
    try:
        async with connection.transaction():
            await _become_owner(connection)
            await connection.executemany(
                'insert into holiday ("on", is_workday, name, source, provisional) values ($1, $2, $3, $4, $5)'
                ' on conflict ("on") do nothing',
                [
                    (day.on, day.is_workday, "调休上班" if day.is_workday else "节假日", day.source, day.provisional)
                    for day in seed()
                ],
            )
            await connection.executemany(
                "insert into statutory_limit"
                " (code, division_prefix, qualification, funds, limit_fen, basis, valid_from, valid_until)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8)"
                " on conflict (code, division_prefix, qualification, valid_from) do nothing",
                limit_rows(rulesets.latest().limits),
            )
    finally:
        await connection.close()


def limit_rows(limits: tuple[Limit, ...]) -> list[LimitRow]:
    """Write a ruleset's limits as the yearly table keeps them: a row a qualification, until the next of its code."""
    rows = []
    for limit in limits:
        later = [other.from_year for other in limits if other.code == limit.code and other.division == limit.division]
        following = min((year for year in later if year > limit.from_year), default=None)
        until = date(following - 1, 12, 31) if following else None
        place = "" if limit.division == "national" else prefix(limit.division)
        for demanded in limit.qualifications or (_EVERY_ITEM,):
            kind = (limit.code, place, demanded, [str(funds) for funds in limit.funds])
            rows.append((*kind, limit.amount_fen, limit.basis, date(limit.from_year, 1, 1), until))
    return rows


async def seed_catalogue(url: str, *, now: datetime) -> int:
    """Publish the items of the seed that the catalogue does not know, with their acts; return how many."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "market seeding"})
    try:
        async with connection.transaction():
            await _become_owner(connection)
            known = {row["code"] for row in await connection.fetch("select code from item")}
            added = [item for item in load() if item.code not in known]
            for item in added:
                await _publish(connection, item, now)
    finally:
        await connection.close()
    return len(added)


async def _publish(connection: asyncpg.Connection, item: SeedItem, now: datetime) -> None:
    row = item_row(item, proposed_by=None, proposed_at=now, published_at=now, abolished_at=now)
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    item_id = await connection.fetchval(f"insert into item ({names}) values ({places}) returning id", *row.values())
    await connection.executemany(
        "insert into item_qualification (item, code, name) values ($1, $2, $3)",
        [(item_id, needed.code, needed.name) for needed in item.qualifications],
    )
    for at, kind, fields in item_acts(row):
        body = canonical({"d": "event", "v": 1, "type": kind, "at": rfc3339(at), **fields})
        await connection.execute("select ledger_append($1, $2, $3, $4)", at, kind, f"item:{item.code}", body)


async def _become_owner(connection: asyncpg.Connection) -> None:
    """Act as the owner of the schema, also when an administrator connected."""
    await connection.execute("set local role market_owner")
