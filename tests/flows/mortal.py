"""
A worker that dies: ``python -m tests.flows.mortal`` reads one order a line and forks a worker for each.

The worker runs the jobs of `market.schedule` as they are and sends itself SIGKILL at the first point where no worker
died before: before a statement, before a commit, after a commit, or with the computing process just begun. A point is
known by the chain of calls that leads to it and by what its transaction has done so far, so that the points need no
list: whatever the jobs do is met. The kill is real; only where it strikes is chosen.
"""

import asyncio
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from market import db
from market.credit import evaluation
from market.ledger.signer import Signer
from market.schedule import JOBS, Shift

ROOT: Final = Path(__file__).parents[2] / "market"
TALKING: Final = ("fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_from_query",
                  "copy_records_to_table")  # fmt: skip


class Watch:
    """Knows where workers died before, and dies elsewhere."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order, self.job = order, ""
        self.known = set(order["known"])
        self.done: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()

    def point(self, kind: str) -> None:
        """Come to a point; be killed there if nobody was."""
        chain = list(_chain())
        inside = db.engine.current_transaction.get()
        done = self.done.setdefault(inside, []) if inside is not None else []
        named = {"job": self.job, "kind": kind, "chain": chain, "done": sorted({*done, *chain})}
        key = sha256(json.dumps(named).encode()).hexdigest()[:16]
        done.extend(chain)
        if self.order["kill"] in kind and key not in self.known:
            Path(self.order["told"]).write_text(json.dumps({"key": key, **named}))
            os.kill(os.getpid(), signal.SIGKILL)


def _chain() -> Iterator[str]:
    """Name the functions of the market that lead here, innermost last; `market.db` itself is no step."""
    frame, found = sys._getframe(2), []
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.name != "db.py":
            found.append(f"{path.relative_to(ROOT).with_suffix('')}:{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    yield from reversed(found)


class Talking:
    """A connection or pool whose every statement is a point."""

    def __init__(self, real: Any, watch: Watch) -> None:
        self.real, self.watch = real, watch

    def __getattr__(self, name: str) -> Any:
        """Come to a point before each statement."""
        found = getattr(self.real, name)
        if name in TALKING:
            self.watch.point("statement")
        return found


def observe(watch: Watch) -> None:
    """Make every statement, commit and computing process of this process a point."""
    source, commit, begin = db.engine.source, db.Transaction.commit, asyncio.create_subprocess_exec

    async def committing(self: db.Transaction) -> None:
        watch.point("before the commit")
        await commit(self)  # type: ignore[no-untyped-call]
        watch.point("after the commit")

    async def beginning(*words: Any, **options: Any) -> Any:
        process = await begin(*words, **options)
        watch.point("computing")
        return process

    db.engine.source = lambda: Talking(source(), watch)  # type: ignore[method-assign]
    db.Transaction.commit = committing  # type: ignore[method-assign, assignment]
    asyncio.create_subprocess_exec = beginning


def remember(folder: Path, doctored: Callable[[Any], Any]) -> None:
    """Compute a day once and for real; a worker that comes later takes what was computed, for time's sake."""
    compute = evaluation.compute

    async def computed(day: Any) -> Any:
        kept = folder / f"{day}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(await compute(day)))
        return doctored(pickle.loads(kept.read_bytes()))

    evaluation.compute = computed


async def work(order: dict[str, Any], watch: Watch) -> None:
    """Run every job as often as ordered."""
    shift = Shift(order["worker"], Signer.load(Path(order["keys"]), order["origin"]))
    await db.connect(order["url"], max_size=4)
    for job in JOBS * order["rounds"]:
        if not order["jobs"] or job.name in order["jobs"]:
            watch.job = job.name
            await job.run(shift)
    await db.close()


def _with_signal(extra: str) -> Callable[[Any], Any]:
    """Add a signal to what was computed: no city this small bears one of tying by itself."""

    def doctored(found: evaluation.Evaluation) -> evaluation.Evaluation:
        if not extra:
            return found
        names = found.files["signals.csv"].decode().splitlines()[0].split(",")
        line = ",".join(json.loads(extra).get(name, "") for name in names)
        told = found.files["signals.csv"] + f"{line}\n".encode()
        return evaluation.Evaluation(found.as_of, {**found.files, "signals.csv": told}, 0.0)

    return doctored


def main() -> None:
    """Fork a worker for every order, and tell how each ended."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)
            watch = Watch(order)
            observe(watch)
            remember(Path(order["folder"]), _with_signal(order["signal"]))
            asyncio.run(work(order, watch))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
