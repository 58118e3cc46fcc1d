"""
The files a run leaves: ranking, scores, lines, selection values, parameters and a manifest of their hashes.

A full package, which only regulators have, also gives ``signals.csv``: signals
are public in no list.

They hold no moment and no machine, so that the same inputs give the same
bytes anywhere; what was computed when is told by the ledger, not by a file.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from scoring.counted import from_case
from scoring.credit import work
from scoring.cut import cut
from scoring.lines import lines
from scoring.package import csv_bytes, digest, export_of, read
from scoring.params import CREDIT_SCORE_1, Params, as_rows
from scoring.ranking import for_selection, rank
from scoring.spec import Export
from scoring.sums import sums_of
from scoring.watch import watch


def run(files: Mapping[str, bytes], as_of: date, params: Params = CREDIT_SCORE_1) -> dict[str, bytes]:
    """Score an exported package as at the end of *as_of*, and return the files to publish."""
    frames = read(files)
    counted = cut(frames, as_of, params)
    worked = work(counted, sums_of(counted, params), params)
    results = {
        "ranking.csv": csv_bytes(rank(worked.scores, frames["agencies"])),
        "scores.csv": csv_bytes(worked.scores),
        "lines.csv": csv_bytes(lines(worked, params)),
        "selection.csv": csv_bytes(for_selection(worked.scores, frames["admissions"], params)),
        "parameters.json": as_json(as_rows(params)),
    }
    if export_of(files) is Export.FULL:
        results["signals.csv"] = csv_bytes(watch(frames, as_of))
    manifest = {
        "version": params.version,
        "as_of": as_of.isoformat(),
        "inputs": {name: digest(files[name]) for name in sorted(files)},
        "results": {name: digest(results[name]) for name in sorted(results)},
    }
    return {**results, "manifest.json": as_json(manifest)}


def run_case(case: dict[str, Any], params: Params = CREDIT_SCORE_1) -> list[dict[str, Any]]:
    """Score the rows of a case file, in its order of agencies."""
    counted = from_case(case, params)
    scores = work(counted, sums_of(counted, params), params).scores
    rows = {row["agency"]: row for row in map(_result, scores.to_dict("records"))}
    return [rows[agency] for agency in case["agencies"]]


def as_json(value: Any) -> bytes:
    """Return JSON as the test vectors have it: no indentation, one value on a line."""
    return (json.dumps(value, ensure_ascii=False, indent=0) + "\n").encode()


def _result(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return one agency's result as a case file expects it; an absent part is left out."""
    names = [name for name, _ in CREDIT_SCORE_1.part_weights]
    parts = {name: int(row[name]) for name in (*names, "entries", "limit") if not pd.isna(row[name])}
    total = None if pd.isna(row["total"]) else int(row["total"])
    return {"agency": row["agency"], "parts": parts, "total": total, "grade": row["grade"]}
