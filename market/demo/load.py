"""
Making the sample city and loading it: by COPY, in one transaction, into an empty market.

The log is written while the other tables are loaded, because PostgreSQL checks rows on another core meanwhile.

Runs as `market_owner`, whom the insert checks of the running market exempt;
the constraints and the order of a draw's steps hold for it as for anybody.
"""

import asyncio
import gc
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import asyncpg

from market.demo import SampleCityRefused
from market.demo.agencies import add_agencies
from market.demo.bodies import Bodies, add_items
from market.demo.facts import Facts
from market.demo.guides import add_guides
from market.demo.notices import Notices
from market.demo.owners import add_owners
from market.demo.plan import Plan
from market.demo.rows import LOG, TABLES, City
from market.demo.schemes import plant
from market.demo.selections import Selections
from market.demo.truth import told

Say = Callable[[str], None]


def make(plan: Plan, say: Say = print, *, log: bool = True) -> City:
    """Make the whole city in memory; without *log*, `load` writes the log."""
    with no_search_for_garbage():
        city = _make(plan, say)
        if log:
            city.write_log()
    return city


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Leave a million rows that all stay from being walked again and again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _make(plan: Plan, say: Say) -> City:
    begun = time.monotonic()
    city = City()
    bodies = Bodies(city, plan)
    authorities, districts = bodies.add_officials(), bodies.add_districts()
    items = add_items(city, plan, authorities, bodies.opened_at)
    agencies = add_agencies(city, plan, bodies, items)
    providers = add_guides(city, plan, agencies, items)
    works = add_owners(city, plan, bodies)
    say(f"  {len(agencies)} agencies, {plan.owners} owners, {len(items)} items ({time.monotonic() - begun:.1f} s)")
    schemes = plant(plan, agencies, providers, works)
    notices = Notices(city, plan, works, providers, items, schemes=schemes)
    selections = Selections(city, plan, schemes)
    for count, notice in enumerate(notices, 1):
        selections.run(notices, notice)
        if count % 2_000 == 0:
            say(f"  {count} notices ({time.monotonic() - begun:.1f} s)")
    say(f"  {len(city.tables['notice'])} notices, {len(city.tables['draw'])} draws ({time.monotonic() - begun:.1f} s)")
    facts = Facts(city, plan, schemes)
    facts.check(agencies, bodies.regulator)
    facts.affiliate(agencies, districts[0])
    facts.approve(authorities, districts, items, works)
    city.truth = told(schemes, city)
    city.number(plan.rng("salts"))
    say(f"  {len(city.acts)} acts for the log ({time.monotonic() - begun:.1f} s)")
    return city


async def is_empty(connection: asyncpg.Connection) -> bool:
    """Tell whether nothing has happened in the market yet."""
    return not await connection.fetchval(
        "select exists (select from organisation) or exists (select from item) or exists (select from ledger_entry)"
    )


async def load(url: str, city: City, say: Say = print) -> None:
    """Load a city into the empty market at *url*, all or nothing."""
    begun = time.monotonic()
    connection = await asyncpg.connect(url, server_settings={"application_name": "market demo"})
    try:
        async with connection.transaction():
            if not await is_empty(connection):
                raise SampleCityRefused("The database is not empty; a sample city is loaded into an empty one only.")
            log = asyncio.create_task(asyncio.to_thread(city.write_log))
            try:
                for table in TABLES:
                    await _copy(connection, table, city.tables[table])
            finally:
                await log
            for table in LOG:
                await _copy(connection, table, city.tables[table])
            latest = city.tables["ledger_entry"][-1]["at"]
            await connection.execute(
                "update ledger_head set size = $1, frontier = $2, at = $3 where id = 1",
                city.size,
                list(city.frontier),
                latest,
            )
        await connection.execute("analyze")
    finally:
        await connection.close()
    rows = sum(len(rows) for rows in city.tables.values())
    say(f"  {rows} rows loaded ({time.monotonic() - begun:.1f} s)")


async def _copy(connection: asyncpg.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    await connection.copy_records_to_table(table, columns=columns, records=map(itemgetter(*columns), rows))
    await connection.execute("select setval(pg_get_serial_sequence($1, 'id'), $2)", table, len(rows))


async def dump_hash(connection: asyncpg.Connection) -> str:
    """Return one hash over every row of the city, table by table in the order of keys."""
    whole = hashlib.sha256()
    for table in (*TABLES, *LOG):
        for row in await connection.fetch(f"select t::text as line from {table} t order by id"):
            whole.update(f"{table} {row['line']}\n".encode())
    return whole.hexdigest()
