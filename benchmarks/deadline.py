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
ROUNDS: Final = 2
_UNTIL_CLOSE: Final = timedelta(seconds=6)
_WHAT: Final = f"{REGISTRATIONS} registrations in the last second, {CONNECTIONS} connections"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one registration got."""

    uscc: str
    status: int
    reading: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class LastSecond:
    """One round: every answer, and what the tables hold of it; *logged* counts the entries of the log."""

    answers: Sequence[Answer]
    took: float
    closes_at: datetime
    held: Mapping[str, int]
    logged: int


async def measure(url: str, admin_url: str) -> list[Line]:
    """Return the lines of the last second: everybody's lot in every round, and the times of the quickest."""
    connection = await asyncpg.connect(admin_url)
    try:
        now = await connection.fetchval("select clock_timestamp()")
        entrants = await city.add_entrants(connection, REGISTRATIONS + CONNECTIONS, now)
        with running(python("benchmarks.readings"), url, "/healthz") as program:
            rounds = [
                await _last_second(connection, program.port, f"GX-LAST-SECOND-{number}", entrants)
                for number in range(ROUNDS)
            ]
    finally:
        await connection.close()
    quickest = min(rounds, key=lambda each: each.took)
    return [_verdict(rounds), *_times(quickest)]


async def _last_second(connection: asyncpg.Connection, port: int, code: str, entrants: Sequence[Entrant]) -> LastSecond:
    closes_at = await connection.fetchval("select clock_timestamp()") + _UNTIL_CLOSE
    await city.add_open_notice(connection, code, closes_at)
    # Whoever comes first pays for what a server does once.
    await _send(port, code, entrants[REGISTRATIONS:])
    await _until(connection, closes_at - timedelta(seconds=1))
    begun = time.monotonic()
    answers = await _send(port, code, entrants[:REGISTRATIONS])
    took = time.monotonic() - begun
    held = await connection.fetch(
        "select r.uscc, (select count(*) from ledger_entry e where e.index = r.entry_index) as logged"
        " from registration r join notice n on n.id = r.notice where n.code = $1 and r.state <> 'withdrawn'",
        code,
    )
    return LastSecond(
        answers, took, closes_at, Counter(row["uscc"] for row in held), sum(row["logged"] for row in held)
    )


def wrongs(second: LastSecond) -> dict[str, int]:
    """Count who was wronged, by how; nobody should be."""
    answers, held, closes_at = second.answers, second.held, second.closes_at
    return {
        "refused in time": sum(each.status != 303 and each.reading < closes_at for each in answers),
        "taken late": sum(each.status == 303 and each.reading >= closes_at for each in answers),
        "lost": sum(each.status == 303 and not held.get(each.uscc) for each in answers),
        "doubled": sum(count > 1 for count in held.values()) + abs(second.logged - sum(held.values())),
        "unanswered": REGISTRATIONS - len(answers),
        "failed": sum(each.status >= 500 for each in answers),
    }


def _verdict(rounds: Sequence[LastSecond]) -> Line:
    total: Counter[str] = Counter()
    for each in rounds:
        total.update(wrongs(each))
    in_time = sum(answer.reading < each.closes_at for each in rounds for answer in each.answers)
    told = f"{in_time} of {ROUNDS * REGISTRATIONS} left in time; " + ", ".join(
        f"{name} {count}" for name, count in total.items()
    )
    return Line(f"{_WHAT}: nobody wronged in {ROUNDS} rounds", told, "none wronged", not any(total.values()))


def _times(second: LastSecond) -> tuple[Line, Line]:
    p99 = quantiles((each.seconds for each in second.answers), n=100)[98]
    return (
        Line(
            f"{_WHAT}: all answered, best of {ROUNDS}",
            f"{second.took:.2f} s",
            "≤ 4 s",
            second.took <= 4,
        ),
        Line(f"{_WHAT}: p99 of an answer", f"{p99 * 1000:.0f} ms"),
    )


async def _send(port: int, code: str, entrants: Sequence[Entrant]) -> list[Answer]:
    waiting = iter(entrants)
    answers: list[Answer] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_connection(port, code, waiting, answers))
    return answers


async def _connection(port: int, code: str, waiting: Iterable[Entrant], answers: list[Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for entrant in waiting:
        begun = time.monotonic()
        writer.write(_request(entrant, port, code))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        await reader.readexactly(int(headers["content-length"]))
        reading = datetime.fromisoformat(headers[HEADER])
        answers.append(Answer(entrant.uscc, int(status.split()[1]), reading, time.monotonic() - begun))
    writer.close()
    await writer.wait_closed()


def _request(entrant: Entrant, port: int, code: str) -> bytes:
    body = f"declared=yes&_csrf={sessions.csrf_of(entrant.token)}"
    return (
        f"POST /notices/{code}/register HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: sid={entrant.token}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def _until(connection: asyncpg.Connection, moment: datetime) -> None:
    left = moment - await connection.fetchval("select clock_timestamp()")
    if left < timedelta():
        raise RuntimeError("the machine is too busy: the last second came before everything was ready")
    await asyncio.sleep(left.total_seconds())
