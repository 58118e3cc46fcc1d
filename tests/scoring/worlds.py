"""
Builders of small worlds for the indicators: the numbers of a worked example in, frames of a full package out.

Agencies, owners and authorities are numbered; agency 0 is the one the question is about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scoring.facts import Window, facts_of
from scoring.registry import INDICATORS
from scoring.signals import Outcome, Result
from tests.scoring.build import AS_OF, Row, frames

Frames = dict[str, pd.DataFrame]
BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def agency(number: int) -> str:
    return f"91990000MA7{number:07}"


def owner(number: int) -> str:
    return f"12990000MB7{number:07}"


def authority(number: int) -> str:
    return f"11990000MB8{number:07}"


def world(selections: Sequence[Mapping[str, Any]] = (), agencies: Sequence[Row] = (), **rows: list[Row]) -> Frames:
    """Build frames; a selection names owner, winner and pool by number, and columns of its notice as they are."""
    notices, pools = [], []
    for place, given in enumerate(selections, 1):
        chosen = dict(given)
        pool = chosen.pop("pool", [])
        chosen["owner"], chosen["winner"] = owner(chosen["owner"]), agency(chosen["winner"])
        notices.append({"notice": f"N{place:05}", **chosen})
        pools += [{"notice": f"N{place:05}", "agency": agency(number)} for number in pool]
    known = list(agencies) or [{"agency": agency(number)} for number in range(12)]
    return frames(agencies=known, notices=notices, pools=pools, **rows)


def measured(code: str, built: Frames) -> list[Result]:
    """Put one indicator to a world, as at the default slot day."""
    indicator = BY_CODE[code]
    return indicator.measure(facts_of(built, AS_OF), Window(AS_OF, indicator.limits.months))


def signals(code: str, built: Frames) -> list[Result]:
    return [result for result in measured(code, built) if result.outcome is Outcome.SIGNAL]


def the(code: str, built: Frames, **subject: str) -> Result:
    """Return the one result about a subject."""
    (found,) = [
        result
        for result in measured(code, built)
        if all(getattr(result.subject, name) == value for name, value in subject.items())
    ]
    return found


def m02(wins: Sequence[int], owners: int = 5, pool: Sequence[int] | None = None, **notice: Any) -> list[Row]:
    """Return the selections of one market: how often each agency won, everybody registered for everything."""
    winners = [number for number, count in enumerate(wins) for _ in range(count)]
    everybody = range(len(wins))
    return [
        {"owner": place % owners, "winner": winner, "pool": everybody if pool is None else pool, **notice}
        for place, winner in enumerate(winners)
    ]


def l01(wins: Sequence[int], others: Sequence[int], **notice: Any) -> list[Row]:
    """Return what owner 0 chose, and what others did, none of them more than five times."""
    everybody = range(len(wins))
    mine = [number for number, count in enumerate(wins) for _ in range(count)]
    theirs = [number for number, count in enumerate(others) for _ in range(count)]
    return [{"owner": 0, "winner": winner, "pool": everybody, **notice} for winner in mine] + [
        {"owner": 1 + place // 5, "winner": winner, "pool": everybody} for place, winner in enumerate(theirs)
    ]


def d01(table: Sequence[Sequence[int]], owners: int = 6, item: str = "990101", **approval: Any) -> list[Row]:
    """Return approvals of authority 0 and of authority 1: how many used agency 0, how many others."""
    rows = []
    for at, (used, others) in enumerate(table):
        for place in range(used + others):
            who = 0 if place < used else 1 + place % 3
            named = {"authority": authority(at), "agency": agency(who), "owner": owner(100 * at + place % owners)}
            rows.append({**named, "item": item, "approval_id": f"D{item}-{at}-{place:03}", "project": f"P{at}-{place}"})
    return [{**row, **(approval if row["authority"] == authority(0) else {})} for row in rows]


def admitted(count: int = 3, item: str = "990101") -> list[Row]:
    return [{"agency": agency(number), "item": item} for number in range(count)]


def t01(table: Sequence[Sequence[int]], owners: int = 5, later: str = "2026-08-10T04:00:00Z") -> list[Row]:
    """Return purchases of item A from agency 0 and from agency 1: how many bought B there too, how many did not."""
    rows = []
    for at, (tied, alone) in enumerate(table):
        for place in range(tied + alone):
            about = {"owner": place % owners, "winner": at, "pool": [at], "project": f"P{at}-{place}"}
            rows.append({**about, "item": "A"})
            if place < tied:
                rows.append({**about, "item": "B", "selected_at": later})
    return rows


def items_a_and_b(outcome_of_b: str = "listed") -> list[Row]:
    return [{"item": "A", "outcome": "mandatory"}, {"item": "B", "outcome": outcome_of_b}]


def example(code: str, case: Mapping[str, Any]) -> Frames:
    """Build the worked example of an indicator's page."""
    match code:
        case "M02":
            return world(m02(**case))
        case "L01":
            return world(l01(**case))
        case "F01":
            return world(m02(case["wins"], method="random_draw"))
        case "D01":
            return world(approvals=d01(**case), admissions=admitted())
        case "T01":
            return world(t01(**case), items=items_a_and_b())
        case "R02":
            return world([{"owner": 0, "winner": 0, **case["notice"]}], items=[case["item"]])
        case _:
            guide = {"agency": agency(0), "guide": "G1", **case["guide"]}
            fee = {"agency": agency(0), "guide": "G1", "notice": "N00001", **case["fee"]}
            return world([{"owner": 0, "winner": 0}], guides=[guide], fees=[fee])
