"""
The nightly evaluation: the record copied in one snapshot, computed in a process of its own, stored in one transaction.

A slot belongs to the day before it. Computing happens outside any transaction, so a worker may die in it and lose
nothing but time; what is stored is stored with the record that the slot ran (`clock.once`), so that of two workers
one run remains. The log tells counts and hashes, never a name or a signal.

Basis: DESIGN §3 (long jobs), §6, §7.
"""

import asyncio
import csv
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from market.clock import service as clock
from market.credit import records
from market.credit.queries import rankings, runs
from market.credit.queries.runs import Found, Run, Scored
from market.credit.states import Part
from market.kernel import rulesets
from market.kernel.times import local, rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages

RULESET: Final = "model-2026"
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
    with tempfile.TemporaryDirectory(prefix="market-credit-") as folder:
        await records.copy_all(Path(folder), day)
        await _in_own_process(folder, day)
        return Evaluation(day, {path.name: path.read_bytes() for path in (Path(folder) / "out").iterdir()})


async def _in_own_process(folder: str, day: date) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market.credit.frames", folder, "--as-of", day.isoformat()),
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


async def store(evaluation: Evaluation) -> Mapping[str, Any]:
    """Write a run, its scores and signals, and at the end of a quarter its draft; within the caller's transaction."""
    now = await clock.now()
    files, day = evaluation.files, evaluation.as_of
    manifest = json.loads(files["manifest.json"])
    scored = list(_scored(files))
    run = Run(
        as_of=day,
        ruleset=manifest["version"],
        code_version=_code_version(),
        inputs_hash=_digest(json.dumps(manifest["inputs"], sort_keys=True).encode()),
        result_hash=_digest(files["manifest.json"]),
        signals_hash=_digest(files["signals.csv"]),
        agencies=len(scored),
    )
    key = await runs.add_run(run, scored, _signals(files), now)
    told = {"agencies": run.agencies, "inputs": run.inputs_hash, "result": run.result_hash, "version": run.ruleset}
    acts = [Act("credit.run", now, f"credit:{day.isoformat()}", told)]
    if ends_quarter(day):
        acts.append(await _draft(key, evaluation, now))
    await ledger.append_many(acts)
    return {"as_of": day.isoformat(), **told}


async def _draft(run: int, evaluation: Evaluation, now: datetime) -> Act:
    """Draft the ranking of a quarter and open it to objection."""
    ruleset = rulesets.get(RULESET)
    days = (await clock.calendar()).counting(ruleset.workday_unit)
    until = days.period_end(now, ruleset.evaluation.ranking_objection_workdays)
    slot, archive = evaluation.as_of, evaluation.files["public.zip"]
    await rankings.draft(slot, run, archive, now=now, until=until)
    subject = f"ranking:{slot.isoformat()}"
    told = {*await rankings.told(), *await rankings.regulators()}
    named = {"slot": slot.isoformat(), "until": rfc3339(until)}
    await messages.tell_all(sorted(told), "ranking_drafted", at=now, subject=subject, **named)
    return Act("ranking.drafted", now, subject, {"archive": _digest(archive), "until": rfc3339(until)})


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
