"""
What a demo needs once, before its programs start: the schema, the rules, the log's key and the sample city.

It runs in a process of its own, ``python -m market city``: making the city takes half a gigabyte, which the parent of
the demo, alive for as long as the demo is, would never give back.
"""

import sys
import time
from pathlib import Path

import asyncpg

from market.demo.load import is_empty, load, make, no_search_for_garbage
from market.demo.plan import Plan
from market.demo.rows import City
from market.demo.truth import write as write_truth
from market.kernel.times import ZONE
from market.ledger.signer import Signer, written
from market.migrate import migrate
from market.registrations.sealing import Keys
from market.seeding import seed_rules
from market.settings import Settings


async def found(owner_url: str, settings: Settings, seed: int) -> None:
    """Make the keys, migrate, seed the rules, and load the city unless there is one."""
    Signer.create(settings.keys, settings.log_origin)
    Keys(settings.keys).create()
    await migrate(owner_url)
    await seed_rules(owner_url)
    connection = await asyncpg.connect(owner_url)
    try:
        empty, today = await is_empty(connection), await connection.fetchval("select clock_timestamp()")
    finally:
        await connection.close()
    if not empty:
        say("going on with the sample city that is here")
        return
    begun = time.monotonic()
    plan = Plan(seed, settings.until or today.astimezone(ZONE).date(), float(settings.scale))
    say(f"making the sample city (seed {seed}, scale {settings.scale}, until {plan.until})")
    with no_search_for_garbage():
        city = make(plan, say, log=False)
        await load(owner_url, city, say)
    hand_over(city, settings.keys)
    write_truth(city.truth, settings.data)
    say(f"sample city ready ({time.monotonic() - begun:.1f} s)")


def hand_over(city: City, keys: Path) -> None:
    """Give the keepers the secrets they promised for the notices that are still open."""
    for keeper, secrets in city.secrets.items():
        folder = keys / keeper
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for code, secret in secrets.items():
            written(folder / code, secret)


def say(words: str) -> None:
    """Tell whoever started the demo how far it is."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
