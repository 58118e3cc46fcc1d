"""
The log: acts from eight connections, many acts in one transaction, and proofs in a log of a million entries.

Acts are committed to the disk one by one, because each holds the head of the log until it is; so their rate is that of
the disk's flushes. The million is written as the tables would hold it, since logging it act by act would take minutes.
"""

import asyncio
import random
import time
from datetime import datetime
from statistics import median, quantiles
from typing import Final

import asyncpg

from benchmarks.city import act
from benchmarks.lines import Line
from market import db
from market.ledger import service as ledger
from market.ledger import tree
from market.ledger.service import Act

CONNECTIONS: Final = 8
SECONDS: Final = 4.0
AT_ONCE: Final = 20_000
ENTRIES: Final = 1_000_000
PROOFS: Final = 300

_LEAVES: Final = """
insert into ledger_entry (index, at, type, subject, body, leaf)
select n, $1, 'registration', 'GX-' || lpad((n / 20)::text, 8, '0'), body, sha256('\\x00'::bytea || body)
from generate_series(0, $2::bigint - 1) n
cross join lateral (select convert_to('{"at":"2026-11-24T10:00:00+08:00","d":"event","doc":"' || md5(n::text)
  || md5(n::text) || '","type":"registration","v":1}', 'UTF8') as body) made
"""
_FIRST_LEVEL: Final = """
insert into ledger_node (level, index, hash)
select 1, l.index / 2, sha256('\\x01'::bytea || l.leaf || r.leaf)
from ledger_entry l join ledger_entry r on r.index = l.index + 1 where l.index % 2 = 0
"""
_NEXT_LEVEL: Final = """
insert into ledger_node (level, index, hash)
select $1::smallint, l.index / 2, sha256('\\x01'::bytea || l.hash || r.hash)
from ledger_node l join ledger_node r on r.level = l.level and r.index = l.index + 1
where l.level = $1::smallint - 1 and l.index % 2 = 0
"""


async def measure(url: str, now: datetime) -> list[Line]:
    """Return the lines of acts one by one and of acts in one transaction."""
    await db.connect(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    try:
        one_by_one = await _rate_of_acts(now)
        at_once = await _rate_at_once(now)
    finally:
        await db.close()
    return [
        Line(
            f"ledger: acts from {CONNECTIONS} connections, each committed to disk",
            f"{one_by_one:,.0f} acts/s",
            "≥ 500 acts/s",
            one_by_one >= 500,
        ),
        Line(
            f"ledger: {AT_ONCE:,} entries in one transaction",
            f"{at_once:,.0f} entries/s",
            "≥ 10,000 entries/s",
            at_once >= 10_000,
        ),
    ]


async def measure_proofs(url: str, admin_url: str, now: datetime) -> list[Line]:
    """Return the line of inclusion proofs in a log of a million entries."""
    connection = await asyncpg.connect(admin_url)
    try:
        await fill(connection, ENTRIES, now)
    finally:
        await connection.close()
    await db.connect(url, min_size=1, max_size=1)
    try:
        took = await _proofs()
    finally:
        await db.close()
    middle, late = median(took), quantiles(took, n=100)[98]
    what = f"ledger: inclusion proof at {ENTRIES:,} entries, median of {PROOFS}"
    return [Line(what, f"{middle:.2f} ms (p99 {late:.2f} ms)", "≤ 5 ms", middle <= 5)]


async def fill(connection: asyncpg.Connection, entries: int, now: datetime) -> None:
    """Write a log of so many entries and the tree above it into an empty one."""
    async with connection.transaction():
        await connection.execute(_LEAVES, now, entries)
        await connection.execute("analyze ledger_entry")
        await connection.execute(_FIRST_LEVEL)
        for level in range(2, entries.bit_length()):
            await connection.execute("analyze ledger_node")
            await connection.execute(_NEXT_LEVEL, level)
        frontier = []
        for level, index in tree.frontier_nodes(entries):
            where = ("ledger_node", "hash", "level = $1 and") if level else ("ledger_entry", "leaf", "$1 = 0 and")
            sql = f"select {where[1]} from {where[0]} where {where[2]} index = $2"
            frontier.append(await connection.fetchval(sql, level, index))
        await connection.execute("update ledger_head set size = $1, frontier = $2, at = $3", entries, frontier, now)
    await connection.execute("vacuum analyze ledger_entry, ledger_node")


async def _rate_of_acts(now: datetime) -> float:
    until = time.monotonic() + SECONDS
    done = 0

    async def connection(number: int) -> None:
        nonlocal done
        while time.monotonic() < until:
            fields, document = act(number)
            async with db.writing():
                await ledger.append("registration", at=now, subject=fields["notice"], fields=fields, document=document)
            done += 1

    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(CONNECTIONS):
            group.create_task(connection(number))
    return done / (time.monotonic() - begun)


async def _rate_at_once(now: datetime) -> float:
    acts = [Act("registration", now, f"GX-{number:08d}", *act(number)) for number in range(AT_ONCE)]
    begun = time.monotonic()
    async with db.writing():
        await ledger.append_many(acts)
    return AT_ONCE / (time.monotonic() - begun)


async def _proofs() -> list[float]:
    size, root, _ = await ledger.head()
    took = []
    for index in random.Random(1).sample(range(size), PROOFS):
        begun = time.perf_counter()
        path = await ledger.inclusion(index, size)
        took.append((time.perf_counter() - begun) * 1000)
        leaf = (await ledger.entry(index)).leaf
        if not tree.verify_inclusion(leaf, index, size, path, root):
            raise RuntimeError(f"the proof of entry {index} does not hold")
    return took
