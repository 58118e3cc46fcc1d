"""Several processes of `tests.races.runner`, told what to do all at once."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.programs import ROOT

WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Crowd:
    """The processes, each with one line of conversation at a time."""

    processes: Sequence[Process]

    async def do(self, acts: Sequence[Sequence[dict[str, Any]]]) -> list[Any]:
        """Give each process its acts and return every outcome."""
        for process, theirs in zip(self.processes, acts, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(theirs).encode() + b"\n")
        told = await asyncio.gather(*(_line(process) for process in self.processes))
        return [outcome for line in told for outcome in json.loads(line)]


async def _line(process: Process) -> bytes:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), WITHIN_S)
    assert line, f"a process ended with {process.returncode}"
    return line


@asynccontextmanager
async def a_crowd(url: str, *, processes: int, tasks: int) -> AsyncIterator[Crowd]:
    """Start the processes, each with *tasks* connections of its own."""
    command = (sys.executable, "-m", "tests.races.runner", url, str(tasks))
    started = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=2**20)
        for _ in range(processes)
    ]
    try:
        for process in started:
            assert await _line(process) == b"ready\n"
        yield Crowd(started)
    finally:
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        for process in started:
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()
