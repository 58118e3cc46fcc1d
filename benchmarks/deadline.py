"""
The last second of a notice: 500 agencies register over 64 connections, real HTTP to one real server.

A connection sends its next registration when the one before is answered, as a proxy in front of the market does; so
some leave after the deadline and are late by right. What must not happen is told by the server's own reading of the
clock, which comes with each answer: in time and refused, late and taken, lost, or taken twice.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Final

import asyncpg

from benchmarks import city
from benchmarks.city import Entrant
from benchmarks.lines import Line
from benchmarks.programs import python, running
from benchmarks.readings import HEADER
from market.accounts import sessions

REGISTRATIONS: Final = 500
CONNECTIONS: Final = 64
CODE: Final = "GX-LAST-SECOND"
_UNTIL_CLOSE: Final = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one registration got."""

    uscc: str
    status: int
    reading: datetime
    seconds: float


async def measure(url: str, admin_url: str) -> list[Line]:
    """Return the lines of the last second."""
    connection = await asyncpg.connect(admin_url)
    try:
        now = await connection.fetchval("select clock_timestamp()")
        entrants = await city.add_entrants(connection, REGISTRATIONS + CONNECTIONS, now)
        with running(python("benchmarks.readings"), url, "/healthz") as program:
            closes_at = await connection.fetchval("select clock_timestamp()") + _UNTIL_CLOSE
            await city.add_open_notice(connection, CODE, closes_at)
            # Whoever comes first pays for what a server does once.
            await _send(program.port, entrants[REGISTRATIONS:])
            await _until(connection, closes_at - timedelta(seconds=1))
            begun = time.monotonic()
            answers = await _send(program.port, entrants[:REGISTRATIONS])
            took = time.monotonic() - begun
        held = await connection.fetch("select uscc from registration r where state <> 'withdrawn'")
        logged = await connection.fetchval("select count(*) from ledger_entry where type = 'registration'")
    finally:
        await connection.close()
    return judged(answers, took, closes_at, Counter(row["uscc"] for row in held), logged)


def judged(
    answers: Sequence[Answer], took: float, closes_at: datetime, held: Mapping[str, int], logged: int
) -> list[Line]:
    """Hold what each registration got, and what the tables hold, against the deadline."""
    in_time = [each for each in answers if each.reading < closes_at]
    wrongs = {
        "refused in time": sum(each.status != 303 for each in in_time),
        "taken late": sum(each.status == 303 and each.reading >= closes_at for each in answers),
        "lost": sum(each.status == 303 and not held.get(each.uscc) for each in answers),
        "doubled": sum(count > 1 for count in held.values()) + abs(logged - sum(held.values())),
        "unanswered": REGISTRATIONS - len(answers),
        "failed": sum(each.status >= 500 for each in answers),
    }
    p99 = quantiles((each.seconds for each in answers), n=100)[98]
    what = f"{REGISTRATIONS} registrations in the last second, {CONNECTIONS} connections"
    told = f"{len(in_time)} in time, {len(answers) - len(in_time)} late by the clock; " + ", ".join(
        f"{name} {count}" for name, count in wrongs.items()
    )
    return [
        Line(f"{what}: nobody wronged", told, "none wronged", not any(wrongs.values())),
        Line(f"{what}: all answered", f"{took:.2f} s", "≤ 4 s", took <= 4),
        Line(f"{what}: p99 of an answer", f"{p99 * 1000:.0f} ms"),
    ]


async def _send(port: int, entrants: Sequence[Entrant]) -> list[Answer]:
    waiting = iter(entrants)
    answers: list[Answer] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_connection(port, waiting, answers))
    return answers


async def _connection(port: int, waiting: Iterable[Entrant], answers: list[Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for entrant in waiting:
        begun = time.monotonic()
        writer.write(_request(entrant, port))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        await reader.readexactly(int(headers["content-length"]))
        reading = datetime.fromisoformat(headers[HEADER])
        answers.append(Answer(entrant.uscc, int(status.split()[1]), reading, time.monotonic() - begun))
    writer.close()
    await writer.wait_closed()


def _request(entrant: Entrant, port: int) -> bytes:
    body = f"declared=yes&_csrf={sessions.csrf_of(entrant.token)}"
    return (
        f"POST /notices/{CODE}/register HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: sid={entrant.token}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def _until(connection: asyncpg.Connection, moment: datetime) -> None:
    left = moment - await connection.fetchval("select clock_timestamp()")
    if left < timedelta():
        raise RuntimeError("the machine is too busy: the last second came before everything was ready")
    await asyncio.sleep(left.total_seconds())
