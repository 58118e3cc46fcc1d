"""
The nightly evaluation: the record copied in one snapshot, computed in a process of its own, stored in one transaction.

A slot belongs to the day before it. Computing happens outside any transaction, so a worker may die in it and lose
nothing but time; what is stored is stored with the record that the slot ran (`clock.once`), so that of two workers
one run remains. The log tells counts and hashes, never a name or a signal. Rankings are drafted later: `drafting`.

Basis: DESIGN §3 (long jobs), §6, §7.
"""

import asyncio
import csv
import hashlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from market.clock import service as clock
from market.credit import records, scratch
from market.credit.queries import runs
from market.credit.queries.runs import Found, Run, Scored
from market.credit.service import questions
from market.credit.states import Part
from market.kernel.times import local
from market.ledger import service as ledger
from market.ledger.service import Act

CLAIMED_FOR: Final = timedelta(minutes=15)
_PARTS: Final = tuple(part for part in Part if part not in (Part.ENTRIES, Part.LIMIT))
_SUBJECTS: Final = ("agency", "owner", "authority", "item", "other_item", "item_family", "region", "record")
_ROOT: Final = Path(__file__).parents[2]


class EvaluationFailed(RuntimeError):
    """Say what the computing process said before it ended."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was computed for a day and is not stored yet."""

    as_of: date
    files: Mapping[str, bytes]
    seconds: float = 0.0


def as_of(slot: datetime) -> date:
    """Return the day a slot evaluates: the one that ended before it."""
    return local(slot).date() - timedelta(days=1)


def ends_quarter(day: date) -> bool:
    """Tell whether a day is the last of a quarter."""
    following = day + timedelta(days=1)
    return following.day == 1 and following.month % 3 == 1


async def prepare(slot: datetime, worker: str) -> Evaluation | None:
    """Compute a slot outside any transaction; nothing while another worker does."""
    now = await clock.now()
    if not await runs.claim(slot, worker, now=now, until=now + CLAIMED_FOR):
        return None
    return await compute(as_of(slot))


async def compute(day: date) -> Evaluation:
    """Evaluate the market as at the end of a day."""
    began = time.monotonic()
    with scratch.folder() as folder:
        await records.copy_all(folder, day)
        await _in_own_process(folder, day)
        files = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    return Evaluation(day, files, time.monotonic() - began)


async def _in_own_process(folder: Path, day: date) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market.credit.frames", str(folder), "--as-of", day.isoformat()),
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), os.environ.get("PYTHONPATH", "")))},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise EvaluationFailed(said.decode(errors="replace")[-2000:])


async def store(evaluation: Evaluation, *, now: datetime | None = None) -> Mapping[str, Any]:
    """Write the night's run with its scores and signals, within the caller's transaction; return what it did."""
    now = now or await clock.now()
    run, scored, signals = read(evaluation)
    act = await add(run, scored, signals, now)
    await ledger.append_many([act])
    return {
        "as_of": run.as_of.isoformat(),
        **act.fields,
        "grades": Counter(each.grade for each in scored),
        "signals": Counter(each.code for each in signals),
        "seconds": round(evaluation.seconds),
    }


def read(evaluation: Evaluation) -> tuple[Run, list[Scored], list[Found]]:
    """Return what was computed as it is stored."""
    files = evaluation.files
    manifest = json.loads(files["manifest.json"])
    scored = list(_scored(files))
    run = Run(
        as_of=evaluation.as_of,
        ruleset=manifest["version"],
        code_version=_code_version(),
        inputs_hash=_digest(json.dumps(manifest["inputs"], sort_keys=True).encode()),
        result_hash=_digest(files["manifest.json"]),
        signals_hash=_digest(files["signals.csv"]),
        agencies=len(scored),
    )
    return run, scored, list(_signals(files))


async def add(run: Run, scored: Iterable[Scored], signals: Iterable[Found], now: datetime) -> Act:
    """Write a run, ask the owners its signals ask about, and return its act."""
    key = await runs.add_run(run, scored, signals, now)
    await questions.ask(key, now=now)
    told = {"agencies": run.agencies, "inputs": run.inputs_hash, "result": run.result_hash, "version": run.ruleset}
    return Act("credit.run", now, f"credit:{run.as_of.isoformat()}", told)


def _scored(files: Mapping[str, bytes]) -> Iterator[Scored]:
    places = {each["agency"]: _number(each["place"]) for each in _rows(files["ranking.csv"])}
    lines: dict[str, list[list[Any]]] = {}
    for each in _rows(files["lines.csv"]):
        told = [each["part"], each["line"], each["source"], *(int(each[n]) for n in ("value", "weight", "points"))]
        lines.setdefault(each["agency"], []).append(told)
    for each in _rows(files["scores.csv"]):
        parts: dict[str, Any] = {
            part: {"value": _number(each[f"{part}_value"]), "points": _number(each[part])} for part in _PARTS
        }
        parts |= {part: {"value": None, "points": int(each[part])} for part in (Part.ENTRIES, Part.LIMIT)}
        uscc = each["agency"]
        yield Scored(uscc, places.get(uscc), each["grade"], _number(each["total"]), parts, lines.get(uscc, []))


def _signals(files: Mapping[str, bytes]) -> Iterator[Found]:
    for each in _rows(files["signals.csv"]):
        if each["outcome"] == "signal":
            subject = {name: each[name] for name in _SUBJECTS if each[name]}
            evidence = {name: text for name, text in each.items() if name not in _SUBJECTS and text}
            yield Found(each["code"], each["severity"], subject, evidence, each["key"])


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(data.decode(), newline=""))


def _number(text: str) -> int | None:
    return int(text) if text else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _code_version() -> str:
    try:
        return version("gongxuan")
    except PackageNotFoundError:
        return "checkout"
