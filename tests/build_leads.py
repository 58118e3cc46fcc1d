"""Builders of signals: a run with signals, stored as the nightly job does, its owners asked in that transaction."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from market import db
from market.credit.queries import runs
from market.credit.queries.runs import Found, Run
from market.credit.service import questions

DAY = date(2026, 3, 31)
_RUN = Run(DAY, "credit-score/1", "test", "a" * 64, "b" * 64, "c" * 64, 0)


def a_signal(
    code: str = "T01", severity: str = "S2", key: str = "", rows: tuple[str, ...] = (), **subject: str
) -> Found:
    """Describe a signal about a subject."""
    numbers = {"n": 10, "x": 8, "share": 0.8, "others_share": 0.1, "lift": 8}
    evidence = {
        "version": f"{code}/1",
        "window_from": "2025-04-01",
        "window_to": "2026-03-31",
        "sample": "20",
        "q": "0.01",
        "tested": "2",
        "repeated": "False",
        "supported": "False",
        "numbers": json.dumps(numbers),
        "parameters": json.dumps({"q": 0.05}),
        "rows": json.dumps(list(rows)),
        "rows_hash": "d" * 64,
        "explanation_zh": "信号：示例说明。",
        "explanation_en": "Signal: sample.",
        "others_zh": "距离近；一次性专项工作",
        "others_en": "distance; campaign",
    }
    return Found(code, severity, subject, evidence, key or f"{code}-{severity}-{'-'.join(subject.values())}")


async def a_run_with(*signals: Found, day: date = DAY, now: datetime) -> Mapping[str, Any]:
    """Store a run with signals and ask the owners; return the key of each signal by its fact."""
    run = Run(day, *(getattr(_RUN, name) for name in Run.__slots__[1:]))
    async with db.writing():
        key = await runs.add_run(run, [], signals, now)
        await questions.ask(key, now=now)
    return {
        each["fact_key"]: each["id"] for each in await db.fetch("select id, fact_key from signal where run = $1", key)
    }
