"""
All measurements in one run: a table on the screen and in docs/benchmarks.md, and the page of error rates beside it.

The exit code is 0 even when a target is missed: the table says so, and a number from a busy machine is no error.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import asyncpg

from benchmarks import city, deadline, drawing, lines, listing, log, nightly, rates, web
from benchmarks.database import Place, a_place
from benchmarks.lines import Line
from benchmarks.programs import share_of_a_core
from market import logs
from market.kernel.times import ZONE

NOTICES: Final = 250_000


def main() -> int:
    """Measure everything and write the report."""
    logs.configure("warning")
    now = datetime.now(ZONE)
    begun = time.monotonic()
    found: list[Line] = []
    shares = [share_of_a_core()]
    with a_place() as place:
        subjects: dict[str, Callable[[], list[Line]]] = {
            "the list of notices": lambda: _listing(place, now),
            "the last second": lambda: asyncio.run(_deadline(place, now)),
            "the draw": drawing.measure,
            "the log": lambda: asyncio.run(_log(place, now)),
            "the nightly run": nightly.measure,
        }
        for name, measure in subjects.items():
            print(f"{time.monotonic() - begun:5.0f} s  measuring {name}", flush=True)
            found += measure()
            shares.append(share_of_a_core())
    print(f"{time.monotonic() - begun:5.0f} s  replaying fair worlds and planted schemes", flush=True)
    rates.main()
    lines.REPORT.write_text(lines.report(found, now, shares), encoding="utf-8")
    print(f"{time.monotonic() - begun:5.0f} s  done; we had {min(shares):.0%} to {max(shares):.0%} of a core\n")
    print(lines.table(found))
    return 0


def _listing(place: Place, now: datetime) -> list[Line]:
    place.create("bench_list")
    asyncio.run(_fill(place.admin_url("bench_list"), NOTICES, now))
    url = place.url("bench_list")
    return listing.measure(url, now, NOTICES) + web.measure(url, now)


async def _deadline(place: Place, now: datetime) -> list[Line]:
    place.create("bench_deadline")
    await _fill(place.admin_url("bench_deadline"), 1_000, now)
    return await deadline.measure(place.url("bench_deadline"), place.admin_url("bench_deadline"))


async def _log(place: Place, now: datetime) -> list[Line]:
    place.create("bench_log")
    place.create("bench_proofs")
    acts = await log.measure(place.url("bench_log"), now)
    return acts + await log.measure_proofs(place.url("bench_proofs"), place.admin_url("bench_proofs"), now)


async def _fill(url: str, notices: int, now: datetime) -> None:
    connection = await asyncpg.connect(url)
    try:
        await city.add_notices(connection, notices, now)
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(main())
