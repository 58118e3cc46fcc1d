"""
A process that acts when it is told to, for tests in which several processes do the same thing in the same instant.

Each line on stdin is a list of acts, done at once by as many tasks; each line on stdout is the list of their outcomes.
It is started as a program of its own, not forked: a fork would carry the event loop and the connections of the test.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx

from market import db
from market.clock import service as clock
from market.kernel.errors import Refusal
from market.kernel.roles import Actor, Role
from market.registrations import service as registrations
from market.selection import service as selection

Act = dict[str, Any]


async def register(act: Act, _client: httpx.AsyncClient) -> Any:
    """Register through the service; say what the clock read, and the receipt or the code of the refusal."""
    now = datetime.fromisoformat(act["now"]) if "now" in act else await clock.now()
    await asyncio.sleep(act.get("pause", 0.0))
    actor = Actor(Role.AGENCY, "示例人", act["person"], act["organisation"], "990100", ())
    try:
        receipt = await registrations.register(act["code"], declared=True, actor=actor, now=now)
    except Refusal as refusal:
        return {"at": now.isoformat(), "uscc": act["uscc"], "refused": [reason.code for reason in refusal.reasons]}
    return {"at": now.isoformat(), "uscc": act["uscc"], "receipt": receipt.code, "index": receipt.entry_index}


async def advance(act: Act, _client: httpx.AsyncClient) -> Any:
    """Take the step a notice is due for, as a worker would."""
    return await selection.advance(act["notice"], now=await clock.now())


async def ask(act: Act, client: httpx.AsyncClient) -> Any:
    """Send a request to the API and return status and stable code."""
    headers = {"Authorization": f"Bearer {act['token']}"}
    answer = await client.request(act["method"], act["url"], json=act.get("body"), headers=headers)
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    told = answer.json() if problem else {}
    return {
        "status": answer.status_code,
        "code": told.get("code"),
        "errors": [e["code"] for e in told.get("errors", ())],
    }


ACTS: dict[str, Callable[[Act, httpx.AsyncClient], Awaitable[Any]]] = {
    "register": register,
    "advance": advance,
    "ask": ask,
}


async def timed(act: Act, client: httpx.AsyncClient) -> Any:
    """Do an act at its moment."""
    await asyncio.sleep(max(0.0, act.get("begin", 0.0) - time.time()))
    return await ACTS[act["do"]](act, client)


def say(line: str) -> None:
    """Answer with one line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(url: str, tasks: int) -> None:
    """Do what each line says until there is none."""
    await db.connect(url, min_size=tasks, max_size=tasks)
    async with httpx.AsyncClient(timeout=60) as client:
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            acts = json.loads(line)
            outcomes = await asyncio.gather(*(timed(act, client) for act in acts))
            say(json.dumps(outcomes))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
